"""What the command line prints."""

from __future__ import annotations

import json

import pytest

from app.commands.output import Output, counted, first_line, size_text
from memory.protocol import ErrorCode, Problem


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [(0, "memory", "0 memories"), (1, "memory", "1 memory"), (12_000, "file", "12,000 files")],
)
def test_counts_have_their_noun(count: int, noun: str, said: str) -> None:
    assert counted(count, noun) == said


def test_sizes_and_first_lines() -> None:
    assert [size_text(n) for n in (None, 12, 1_500, 2_000_000)] == ["", "12 B", "1.5 kB", "2.0 MB"]
    assert first_line("one\n two   three", 9) == "one two…"


def test_names_in_brackets_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False).table(["name"], [["[draft] lease [/b].txt"]])
    assert "[draft] lease [/b].txt" in capsys.readouterr().out


def test_a_problem_is_words_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(
        code=ErrorCode.NOT_FOUND, title="Gone", message="It left.", next_step="Look.", item="x"
    )
    Output(json=False).problem(problem)
    assert capsys.readouterr().err.splitlines() == ["Gone (x)", "  It left.", "  Look."]
    Output(json=True).problem(problem)
    assert json.loads(capsys.readouterr().err)["error"]["item"] == "x"
