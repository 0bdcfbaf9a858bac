"""What the Model page says and offers: pure functions over what the daemon tells."""

from __future__ import annotations

from typing import Any

import pytest

from app import model_curve, model_meter, model_shown, model_words
from app.model_actions import download_question, remove_question
from app.model_shown import Action
from memory import protocol as p
from tests.unit.app import model_factories as made
from tests.unit.app.factories import model, problem

GB = made.GB


@pytest.mark.parametrize(
    ("tokens_per_s", "said"),
    [
        (62.8, "63 tokens a second"),
        (12.0, "12 tokens a second"),
        (6.24, "6.2 tokens a second"),
        (6.0, "6 tokens a second"),
        (1.0, "1 token a second"),
        (0.5, "0.5 tokens a second"),
        (0.1, "a token every 10 seconds"),
        (0.0, "no speed yet"),
    ],
)
def test_speed(tokens_per_s: float, said: str) -> None:
    assert model_words.speed(tokens_per_s) == said


def test_verdict_names_speed_and_colour() -> None:
    assert model_words.verdict(made.prediction()) == (
        "Fits in memory",
        "about 12 tokens a second",
        "good",
    )
    late = made.prediction(first_token_s=120.0)
    assert model_words.verdict(late)[1] == "about 12 tokens a second, the first after 2 minutes"
    slow = made.prediction(verdict=p.ModelVerdict.TOO_SLOW, tokens_per_s=None)
    assert model_words.verdict(slow) == ("Too slow here", "", "warn")
    assert model_words.verdict(None) == ("", "", "muted")


def test_expectation_says_what_one_will_wait_for() -> None:
    ring = made.prediction(mode=p.ModelMode.RING, tokens_per_s=6.2, first_token_s=0.4)
    assert model_words.expectation(ring) == (
        "Streams from disk, about 6.2 tokens a second; the first word after under a second."
    )
    slow = ring.model_copy(
        update={"verdict": p.ModelVerdict.TOO_SLOW, "tokens_per_s": 0.1, "first_token_s": 300.0}
    )
    assert model_words.expectation(slow) == (
        "Streams from disk, about a token every 10 seconds; the first word after 5 minutes. "
        "That is too slow to be of use."
    )
    unknown = ring.model_copy(update={"tokens_per_s": None})
    assert "not known yet" in model_words.expectation(unknown)


def test_state_line_is_one_line_on_what_it_does() -> None:
    meter = made.meter()
    answering = model(state="answering")
    assert model_words.state_line(answering, meter) == (
        "Answering · streams from disk · 6.2 tokens a second"
    )
    assert model_words.state_line(model(state="loaded"), meter) == (
        "Ready · streams from disk · last time 6.2 tokens a second"
    )
    idle = model(state="idle", mode=p.ModelMode.FITS)
    assert model_words.state_line(idle, None) == "Not in memory"
    assert model_words.state_line(model(state="loading"), None) == "Loading"


def test_a_first_check_says_what_it_is_how_far_and_that_it_is_done_once() -> None:
    said = model_words.check_line(p.ModelCheck(stage="comparing", share=0.4))
    assert said == "Checking this model once: 40 %"
    said = model_words.check_line(p.ModelCheck(stage="measuring", share=1.0))
    assert said == "Measuring this model once: 100 %"
    for stage in ("comparing", "measuring"):
        check = p.ModelCheck.model_validate({"stage": stage, "share": 0.0})
        assert "done once and remembered" in model_words.check_help(check)


def test_meter_line_counts_only_what_streams() -> None:
    assert model_words.meter_line(made.meter()) == (
        "310 MB read for each token · 62 % found in memory"
    )
    assert model_words.meter_line(made.meter(bytes_per_token=None, hit_rate=None)) == ""
    assert model_words.meter_line(made.meter(mode=p.ModelMode.FITS)) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "640 MB of 2.0 GB · 11 MB a second · 2 minutes left"),
        ({"done_bytes": 1_200_000_000}, "1.2 of 2.0 GB · 11 MB a second · 2 minutes left"),
        ({"total_bytes": None, "rate_bytes_per_s": None, "seconds_left": None}, "640 MB"),
        ({"state": p.ModelState.PAUSED}, "Paused at 640 MB of 2.0 GB"),
        ({"state": p.ModelState.WAITING}, "Waits for the other download"),
        ({"state": p.ModelState.FAILED}, "Stopped at 640 MB of 2.0 GB"),
        ({"state": p.ModelState.FAILED, "done_bytes": 0}, ""),
    ],
)
def test_download_line(changes: dict[str, Any], said: str) -> None:
    assert model_words.download_line(made.download(**changes)) == said


# -- rows


def test_an_entry_tells_everything_and_offers_the_download() -> None:
    shown = model_shown.entry_shown(made.entry())
    assert shown.facts == "Qwen · 2.0 GB · Q4_K_M · Apache-2.0 · sees 32,768 tokens at once"
    assert shown.text and shown.verdict == "Fits in memory"
    assert shown.actions == (Action.DOWNLOAD,) and shown.progress is None


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (p.ModelState.DOWNLOADING, (Action.PAUSE, Action.CANCEL)),
        (p.ModelState.WAITING, (Action.PAUSE, Action.CANCEL)),
        (p.ModelState.CHECKING, (Action.CANCEL,)),
        (p.ModelState.PAUSED, (Action.RESUME, Action.CANCEL)),
        (p.ModelState.FAILED, (Action.RETRY, Action.CANCEL)),
    ],
)
def test_a_download_can_be_held_or_ended(state: p.ModelState, actions: tuple[Action, ...]) -> None:
    failed = problem(title="The connection was cut") if state is p.ModelState.FAILED else None
    on_its_way = made.download(state=state, problem=failed)
    shown = model_shown.entry_shown(made.entry(state=state, download=on_its_way))
    assert shown.actions == actions and shown.problem == failed
    assert shown.progress == (-1.0 if state is p.ModelState.CHECKING else 640 / 2019)
    ended = model_shown.with_download(shown, made.download(state=p.ModelState.AVAILABLE))
    assert ended.actions == (Action.DOWNLOAD,) and ended.progress is None and not ended.problem


@pytest.mark.parametrize(
    ("changes", "progress"),
    [
        ({"total_bytes": None}, -1.0),
        ({"state": p.ModelState.WAITING, "total_bytes": None, "done_bytes": 0}, 0.0),
        ({"state": p.ModelState.FAILED, "total_bytes": None, "done_bytes": 0}, None),
        ({"done_bytes": 3_000_000_000}, 1.0),
    ],
)
def test_progress(changes: dict[str, Any], progress: float | None) -> None:
    shown = model_shown.with_download(
        model_shown.entry_shown(made.entry()), made.download(**changes)
    )
    assert shown.progress == progress


def test_a_file_here_can_be_used_and_removed() -> None:
    shown = model_shown.local_shown(made.local())
    assert shown.actions == (Action.USE, Action.REMOVE)
    assert shown.path == "/models/small-writer-3b-q4.gguf"
    used = model_shown.local_shown(made.local(in_use=True))
    assert used.verdict == "In use" and used.actions == (Action.REMOVE,)
    gone = model_shown.local_shown(made.local(problem=problem(title="The file is gone")))
    assert gone.problem is not None and gone.actions == (Action.REMOVE,)


def test_a_downloaded_file_keeps_what_the_catalogue_says_of_it() -> None:
    entry = made.entry(state=p.ModelState.READY, path="/data/models/small.gguf")
    local = made.local("other", path="/data/models/small.gguf", origin="downloaded")
    assert model_shown.entry_of(local, [entry]) is entry
    assert "Apache-2.0" in model_shown.local_shown(local, entry).facts
    assert model_shown.entry_of(made.local(path="/data/models/small.gguf"), [entry]) is None


def test_the_first_model_is_the_biggest_that_is_quick_enough() -> None:
    found = model_shown.suggested(made.catalogue())
    assert found is not None and found.id == "small"
    slow = [
        e.model_copy(update={"prediction": made.prediction(tokens_per_s=1.0 / e.size_bytes)})
        for e in made.catalogue()
    ]
    assert (first := model_shown.suggested(slow)) is not None and first.id == "tiny"
    unknown = [e.model_copy(update={"prediction": None}) for e in made.catalogue()]
    assert (first := model_shown.suggested(unknown)) is not None and first.id == "tiny"
    assert model_shown.suggested([]) is None
    here = [e.model_copy(update={"state": p.ModelState.READY}) for e in made.catalogue()]
    assert model_shown.suggested(here) is None


# -- the slider


@pytest.mark.parametrize("most", [700_000_000, 4 * GB, 16 * GB, 64 * GB, 9_000 * GB])
def test_the_slider_stops_at_round_budgets_and_both_ends(most: int) -> None:
    budget = made.budget(most_bytes=most)
    stops = model_curve.grid(budget)
    assert stops == sorted(set(stops)) and stops[0] == 600_000_000 and stops[-1] == most
    assert all(stop % 100_000_000 == 0 for stop in stops[1:-1]) or most > 3_000 * GB
    assert len(stops) <= model_curve.MOST_POINTS


def test_a_slider_without_room_has_one_stop() -> None:
    assert model_curve.grid(made.budget(least_bytes=5, most_bytes=5)) == [5]
    assert model_curve.grid(made.budget(least_bytes=9, most_bytes=5)) == [9]


def test_the_curve_is_read_between_its_points() -> None:
    curve = [made.predicted(2_019_000_000, b) for b in (1 * GB, 2 * GB, 3 * GB)]
    one, two = curve[0].tokens_per_s, curve[1].tokens_per_s
    assert one is not None and two is not None
    half = model_curve.at(curve, 1_500_000_000)
    assert half is not None and half.tokens_per_s == pytest.approx((one + two) / 2)
    assert model_curve.at(curve, 2 * GB) == curve[1]
    assert model_curve.at(curve, 0) == curve[0]
    assert model_curve.at(curve, 99 * GB) == curve[2]
    assert model_curve.at([], GB) is None


def test_the_curve_promises_nothing_too_early() -> None:
    curve = [made.predicted(2_019_000_000, b) for b in (2 * GB, 3 * GB)]
    assert curve[0].verdict is p.ModelVerdict.STREAMS
    assert model_curve.at(curve, 2_999_000_000) == curve[0]
    assert model_curve.fits_from(curve) == 3 * GB
    assert model_curve.fits_from(curve[:1]) is None


# -- the live bar


def test_shares_are_of_the_whole_file() -> None:
    found = model_meter.shares(made.meter(), 2_019_000_000)
    assert (found.kept, found.for_now, found.on_disk) == (1_100_000_000, 220_000_000, 699_000_000)
    more = made.meter(pinned_bytes=1_900_000_000, cached_bytes=900_000_000)
    full = model_meter.shares(more, 2_019_000_000)
    assert full.whole == 2_019_000_000 and full.on_disk == 0
    fits = made.meter(mode=p.ModelMode.FITS, pinned_bytes=0, cached_bytes=0)
    assert model_meter.shares(fits, 100).kept == 100
    assert model_meter.shares(None, 100).on_disk == 100


def test_the_legend_leaves_out_what_is_nothing() -> None:
    found = model_meter.shares(made.meter(cached_bytes=0), 2_019_000_000)
    assert [said for _fill, said in model_meter.legend(found, p.ModelMode.RING)] == [
        "1.1 GB kept in memory",
        "919 MB read from disk as needed",
    ]
    system = model_meter.shares(made.meter(mode=p.ModelMode.MMAP), 2_019_000_000)
    ((_fill, said),) = model_meter.legend(system, p.ModelMode.MMAP)
    assert said == "2.0 GB, in memory as far as the system has room"
    asleep = model_meter.shares(None, 2_019_000_000)
    assert [s for _f, s in model_meter.legend(asleep, None)] == ["2.0 GB on disk"]


# -- before anything leaves the computer


def test_the_question_before_a_download_hides_nothing() -> None:
    entry = made.entry(gated=True)
    asked = download_question(entry, made.library(), lambda: None)
    said = " ".join((asked.title, asked.text, *asked.details, asked.yes))
    for fact in (
        "Small Writer 3B Instruct",
        "huggingface.co",
        "writers/small-3b-GGUF",
        "small-3b-q4_k_m.gguf",
        "about 2.0 GB",
        made.FOLDER,
        "61 GB are free",
        "Apache-2.0",
        "nothing of your memories",
        "accepted its terms",
    ):
        assert fact in said
    exact = download_question(made.entry(size_exact=True), made.library(), lambda: None)
    assert "about" not in " ".join((exact.text, *exact.details))
    assert "terms" not in exact.text


def test_removing_says_whether_the_file_goes() -> None:
    mine = remove_question(made.local(in_use=True), "Mine", lambda: None)
    assert "stays where it is" in mine.text and "quote from then on" in mine.text
    assert not mine.danger and mine.title == "Take Mine off the list?"
    fetched = remove_question(made.local(origin="downloaded"), "Mine", lambda: None)
    assert fetched.danger and "2.0 GB become free" in fetched.text
