"""The benchmark itself: real runs on tiny models, and the arithmetic of its table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.budget import read_memory
from models.flash_bench import prompts
from models.flash_bench.__main__ import main
from models.flash_bench.disk import NoScratch, drop_cached, read_ahead_kb, scratch_disk
from models.flash_bench.group import PREFIX, can_limit, limited
from models.flash_bench.outcome import BenchFailed, Moment, Outcome, under_way
from models.flash_bench.process import held_bytes, read_bytes
from models.flash_bench.report import Row, as_text, forecast_row, rows_of, second_question_row
from models.flash_bench.runs import OurWorker, Question, stock_run
from models.flash_bench.series import Found, budget_of, named, second_question
from tests.synthetic_models import TINY_DENSE, Synthetic, write_model

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")

groups = pytest.mark.skipif(
    sys.platform != "linux" or not can_limit(), reason="no control group may be made here"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    return write_model(
        tmp_path_factory.mktemp("model") / "tiny.gguf", replace(TINY_DENSE, words=2000)
    )


def _question(model: Synthetic, tokens: int = 12) -> Question:
    prompt = model.quoting_prompt(40, 1.0, 16, run=16)
    return Question(model.path, prompt, 256, 1, tokens, 2)


# -- runs -------------------------------------------------------------------------------


def test_every_kind_of_run_says_the_same(model: Synthetic) -> None:
    question = _question(model)
    plain = stock_run(question)
    naive = stock_run(question, naive=True)
    load = {"budget_bytes": 1 << 32, "mode": "auto", "lookup": "never"}
    with OurWorker(question, None, **load) as worker:
        ours = worker.ask([{"role": "user", "content": question.prompt}])
    expected = model.text(0, 12).strip()
    assert [one.text.strip() for one in (plain, naive, ours)] == [expected] * 3
    assert plain.prompt_tokens == naive.prompt_tokens == ours.prompt_tokens
    assert (plain.mode, naive.mode, ours.mode) == ("mmap", "naive", "fits")
    for one in (plain, naive, ours):
        assert one.tokens_s > 0 and one.first_token_s > 0 and (one.held_bytes or 0) > 1e7


def test_naive_reads_everything_for_every_token(model: Synthetic) -> None:
    naive = stock_run(_question(model), naive=True)
    size = model.path.stat().st_size
    # Where the disk is memory, nothing counts as read.
    assert naive.token_bytes == 0 or naive.token_bytes >= size * 0.95


def test_a_process_that_cannot_load_is_said_so(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + bytes(100))
    question = Question(bad, "x", 256, 1, 4, 0)
    with pytest.raises(BenchFailed, match="ended with code"):
        stock_run(question)
    with pytest.raises(BenchFailed):
        OurWorker(question, None)


def test_the_second_question_is_answered_from_what_was_kept(model: Synthetic) -> None:
    question = replace(_question(model), context_tokens=1024, tokens=4, skipped=0)
    found = second_question(question, model.text(200, 300), lambda _line: None)
    assert found["same_answer"] and found["prompt_tokens"] > 300
    assert 0 < found["with_kept_s"] and 0 < found["without_s"]
    assert second_question_row(found).goal == 20.0


def test_the_command_prints_the_table(
    model: Synthetic, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text(model.quoting_prompt(40, 1.0, 16, run=16))
    arguments = [str(model.path), "--budget", "50%", "--rounds", "1", "--threads", "1"]
    arguments += ["--tokens", "12", "--prompt", str(prompt), "--brief", "--json"]
    assert main(arguments) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["conditions"]["same_words"] is True
    assert made["conditions"]["size_bytes"] == model.path.stat().st_size
    fits = next(row for row in made["rows"] if row["what"].startswith("fits, against"))
    assert fits["value"] > 0 and fits["goal"] == 0.97
    # Half of so small a model is less than the process itself takes, and the table says so.
    ring = next(row for row in made["rows"] if row["what"].startswith("ring"))
    assert ring["value"] is None and ring["detail"]


def test_no_model_is_a_clear_word(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "not.gguf"
    path.write_text("hello")
    assert main([str(path)]) == 1
    assert "This file is no language model" in capsys.readouterr().err


@pytest.mark.parametrize("budget", ["0%", "900%", "-1"])
def test_senseless_budgets_are_refused(budget: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["x.gguf", f"--budget={budget}"])
    assert "no share" in capsys.readouterr().err


# -- groups and disks -------------------------------------------------------------------

_TELL = "from models.budget import read_memory; print(read_memory().limit_bytes)"
_EAT = "x = bytearray(300_000_000); x[::4096] = b'1' * len(x[::4096]); print('survived')"


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@groups
def test_a_process_in_a_group_has_its_limit_and_no_more() -> None:
    limit = 200 << 20
    with limited(limit) as group:
        assert group is not None
        told = _run(group.joining([sys.executable, "-c", _TELL]))
        assert int(told.stdout) == limit  # the budget's own reading of a real group
        eaten = _run(group.joining([sys.executable, "-c", _EAT]))
        assert "survived" not in eaten.stdout and eaten.returncode != 0
        peak = group.peak_bytes()
        assert peak is None or limit * 0.9 < peak <= limit
    assert not group.folder.exists()
    assert read_memory().limit_bytes != limit


@groups
def test_a_group_goes_with_what_still_runs_in_it() -> None:
    with limited(200 << 20) as group:
        assert group is not None
        left = subprocess.Popen(group.joining(["sleep", "600"]))
        until = time.monotonic() + 60
        while str(left.pid) not in (group.folder / "cgroup.procs").read_text().split():
            assert time.monotonic() < until
    assert left.wait(60) == -9
    assert not [one for one in group.folder.parent.iterdir() if one.name.startswith(PREFIX)]


def test_without_a_wanted_limit_there_is_no_group() -> None:
    with limited(None) as group:
        assert group is None


def test_where_no_group_may_be_made_the_budget_is_alone(tmp_path: Path) -> None:
    with limited(1 << 30, root=tmp_path) as group:
        assert group is None


def test_a_scratch_disk_has_the_usual_read_ahead_and_goes_again(tmp_path: Path) -> None:
    try:
        with scratch_disk(tmp_path, 8 << 20) as folder:
            (folder / "file").write_bytes(bytes(4 << 20))
            assert read_ahead_kb(folder) == 128
            drop_cached(folder / "file")
            image = folder.parent / "image"
            assert image.exists()
    except NoScratch as why:
        pytest.skip(str(why))
    assert list(tmp_path.iterdir()) == []
    assert str(image) not in Path("/proc/mounts").read_text()


def test_the_system_tells_about_this_process() -> None:
    assert (held_bytes() or 0) > 1e7
    assert read_bytes() >= 0 and read_bytes(os.getpid()) >= 0
    assert held_bytes(2**22 + 1) is None and read_bytes(2**22 + 1) == 0


# -- arithmetic -------------------------------------------------------------------------


def _moments(*times: float) -> list[Moment]:
    return [Moment(at, number + 1, number * 100) for number, at in enumerate(times)]


def test_speed_is_that_of_the_answer_under_way() -> None:
    tokens_s, token_bytes, flash_bytes_s = under_way(_moments(9.0, 9.5, 10.0, 10.5, 11.0), 0)
    assert (tokens_s, token_bytes, flash_bytes_s) == pytest.approx((2.0, 100.0, 200.0))
    assert under_way(_moments(9.0, 9.1, 20.0, 21.0, 22.0), 2)[0] == pytest.approx(1.0)


def test_tokens_of_one_pass_count_together() -> None:
    """Four passes of three tokens, a second apart: not twelve in three seconds."""
    times = [second + part for second in range(4) for part in (0.0, 0.001, 0.002)]
    assert under_way(_moments(*times), 0)[0] == pytest.approx(3.0)


@pytest.mark.parametrize("moments", [[], _moments(1.0), _moments(1.0, 2.0, 3.0)])
def test_an_answer_too_short_to_time(moments: list[Moment]) -> None:
    with pytest.raises(BenchFailed):
        under_way(moments, 2)


def _outcome(tokens_s: float, **more: float) -> Outcome:
    made = Outcome("ring", tokens_s, 1.0, 100, 5e8, 1.8e9)
    return replace(made, **more)  # type: ignore[arg-type]


def _found() -> Found:
    found = Found(flash_bytes_s=[2e9, 2e9, 1e9])
    for drift in (1.0, 2.0, 1.5):
        found.add("stock", _outcome(10 * drift))
        found.add("ours", _outcome(9.9 * drift))
        found.add("ours, guessing", _outcome(20 * drift))
        found.add("naive", _outcome(0.5 * drift))
        found.add(named("mmap", 0.5), _outcome(1 * drift))
        found.add(named("ring", 0.5), _outcome(2.5 * drift, direct_bytes_s=2e9, held_bytes=900))
        found.add(named("ring, peak", 0.5), _outcome(2, group_peak_bytes=1100))
        found.add(named("ring, guessing", 0.5), _outcome(5 * drift, tokens_a_pass=2.5))
    return found


def test_ratios_are_those_of_each_round() -> None:
    found = _found()
    assert found.ratio("ours", "stock") == pytest.approx(0.99)
    assert found.median("stock") == 15.0
    assert found.ratio("ours", "nothing") is None and found.median("nothing") is None


def test_the_table_says_what_was_reached() -> None:
    rows = {row.what: row for row in rows_of(_found(), ["ring"], [0.5], {0.5: 1000})}
    against = rows["ring, against plain mapping"]
    assert (against.value, against.goal, against.reached) == (2.5, 2.0, True)
    quoting = rows["ring, quoting answers, against naive"]
    assert quoting.value == 10.0 and "2.5 tokens a pass" in quoting.detail
    share = rows["ring, share of the flash bandwidth"]
    assert share.value == pytest.approx(0.9) and share.reached
    peak = rows["ring, peak memory, file cache too, of its budget"]
    assert peak.value == 1.1 and peak.reached is False
    text = as_text(list(rows.values()))
    assert text.count("MISSED") == 1 and ">= 97 %" in text and "<= 105 %" in text


def test_a_failed_case_stands_in_the_table_with_its_reason() -> None:
    found = _found()
    found.failures[named("ring", 0.5)] = "killed: memory ran out"
    rows = rows_of(found, ["ring"], [0.5], {0.5: 1000})
    assert [row.detail for row in rows if row.value is None] == ["killed: memory ran out"]
    found = _found()
    found.failures[named("mmap", 0.5)] = "killed: memory ran out"
    rows = rows_of(found, ["ring"], [0.5], {0.5: 1000})
    assert "plain mapping: killed" in next(row.detail for row in rows if row.value is None)


def test_forecasts_are_judged_by_how_far_they_are_off() -> None:
    assert forecast_row("x", "50%", 1.29, 1.0, "tokens/s").reached
    assert not forecast_row("x", "50%", 0.69, 1.0, "tokens/s").reached
    assert Row("x", "-", None, "x", 1.0).reached is None


def test_how_much_of_an_answer_is_quoted() -> None:
    prompt = "one two three four five six seven"
    assert prompts.quoted_share("two three four five", prompt) == 1.0
    assert prompts.quoted_share("two three four five and then some more", prompt) == 0.5
    assert prompts.quoted_share("two three seven", prompt) == prompts.quoted_share("", prompt) == 0
    assert len(prompts.beginning(500).split()) >= 500
    assert all(note in prompts.quoting() for note in prompts.NOTES)


def test_a_budget_is_a_share_of_the_file(model: Synthetic) -> None:
    assert budget_of(_question(model), 0.5) == model.path.stat().st_size // 2
