"""A scripted month: somebody moves, changes a plan, a friend takes another name, a liking ends.

No language model anywhere: rules, quotations and nightly upkeep.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from memory.protocol import DiaryZoom, FactInfo, FactState, FadingAnswer, ForgetRequest, MemoryQuery
from tests.integration.month import Month, started


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with started(tmp_path_factory.mktemp("month") / "data") as played:
        played.play()
        yield played


def _facts(month: Month, state: FactState) -> list[FactInfo]:
    return [one for one in month.client.facts(limit=500).facts if one.state is state]


@pytest.mark.parametrize(
    "text",
    [
        "You live in Whitby (before: Leeds).",
        "You work at Esk Valley School (since 16 March 2026; before: Chapel Allerton Clinic).",
        "Your friend is Robin (before: Danielle).",
        "You plan to go to Porto (July 2026).",
        "You prefer rooibos tea.",
        "You are allergic to hazelnuts.",
        "Your partner is Jonas.",
    ],
)
def test_what_holds_at_the_end(month: Month, text: str) -> None:
    assert text in [one.text for one in _facts(month, FactState.CURRENT)]


@pytest.mark.parametrize(
    "text",
    [
        "You lived in Leeds (until March 2026, then Whitby).",
        "You worked at Chapel Allerton Clinic (until 16 March 2026, then Esk Valley School).",
        "Your friend was Danielle (until March 2026, then Robin).",
        "You planned to go to Lisbon (June 2026).",
        "You liked coffee (until March 2026).",
    ],
)
def test_what_held_before_is_history(month: Month, text: str) -> None:
    assert text in [one.text for one in _facts(month, FactState.PAST)]


def test_every_fact_says_where_it_was_told(month: Month) -> None:
    for one in month.client.facts(limit=500).facts:
        detail = month.client.fact(one.id)
        assert detail.sources and all(source.text for source in detail.sources)


def test_questions_of_the_month_were_answered(month: Month) -> None:
    removal, summer, _boiler = month.answers
    assert "640 pounds" in removal
    assert summer.index("in July instead") < summer.index("Lisbon in June")


def test_every_night_ended_well(month: Month) -> None:
    night = month.client.status().last_night
    assert night is not None and night.state == "finished"


def test_the_portrait_is_right(month: Month) -> None:
    page = month.client.portrait()
    told = {line.text for section in page.sections for line in section.lines}
    assert {
        "You live in Whitby.",
        "You work at Esk Valley School (since 16 March 2026).",
        "Your friend is Robin.",
        "You plan to go to Porto (July 2026).",
        "You prefer rooibos tea.",
        "You are allergic to hazelnuts.",
    } <= told
    assert not any(gone in text for text in told for gone in ("Leeds", "Danielle is", "Lisbon"))
    assert not any("coffee" in text for text in told)
    assert all(line.sources for section in page.sections for line in section.lines)


def test_the_diary_reads_as_it_was(month: Month) -> None:
    week = month.client.diary(DiaryZoom.WEEK, before=date(2026, 3, 16), limit=1).entries[0]
    assert (week.first, week.last) == (date(2026, 3, 9), date(2026, 3, 15))
    said = {quote.text for line in week.lines for quote in line.quotes}
    assert any("piano stool" in text for text in said)
    day = month.client.diary(DiaryZoom.DAY, before=date(2026, 3, 6), limit=1).entries[0]
    assert day.first == date(2026, 3, 5)
    assert any("Gave notice" in quote.text for line in day.lines for quote in line.quotes)
    for line in (*week.lines, *day.lines):
        for quote in line.quotes:
            assert quote.text in month.client.memory(quote.memory).memory.text


def test_what_is_about_to_fade_can_be_kept(month: Month) -> None:
    """Nothing fades in a month: half a year on, unused, something is offered."""
    offers = []
    for _week in range(40):
        offers = month.client.fading().offers
        if offers:
            break
        month.clock.advance(days=7)
    assert 0 < len(offers) <= 5
    kept = offers[0].memory
    month.client.decide_fading(kept.id, FadingAnswer.KEEP)
    assert month.client.memory(kept.id).memory.strength > kept.strength


def test_forgetting_the_landlady_s_papers(month: Month) -> None:
    """The last of the tests: the lease goes, with the words of answers that used it."""
    lease = next(s for s in month.client.sources().sources if s.title.startswith("lease"))
    shown = month.client.forget(ForgetRequest(source=lease.id, preview=True))
    assert shown.memories >= 1 and any("LEASE" in text for text in shown.samples)
    assert month.client.memories(MemoryQuery(text="gulls")).total == 1
    gone = month.client.forget(ForgetRequest(source=lease.id))
    assert gone.memories == shown.memories
    assert month.client.memories(MemoryQuery(text="gulls")).total == 0
