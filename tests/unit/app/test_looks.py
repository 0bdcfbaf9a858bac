"""Further looks and answers given before, as the chat shows them and the command prints them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app import look_words
from app.chat_page import ChatPage
from app.commands import ask as command
from app.commands.output import EXIT_OK, Output
from app.exchange import Answer
from memory import protocol as p
from tests.unit.app.asking import Script, citation, looked
from tests.unit.app.test_chat_page import asked, page, script

__all__ = ["asked", "page", "script"]  # fixtures


def _finish(answer: Answer, script: Script, qtbot: QtBot, **changes: Any) -> None:
    script.done("Petra [1].", [citation(1)], **changes)
    qtbot.waitUntil(lambda: answer.finished)


def test_one_look_is_not_worth_a_line(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Who owned the mill?")
    _finish(answer, script, qtbot)
    assert answer.looks.isHidden() and answer.anew.isHidden()


def test_looks_are_one_folded_line_that_opens(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Who owned the mill?")
    script.stage("looking")
    qtbot.waitUntil(lambda: answer.stage.words.text() == "Looking for what is missing")
    _finish(answer, script, qtbot, looked=looked())
    assert answer.looks.isVisible() and answer.looks.details.isHidden()
    said = "Looked 3 times: Who owned the <b>mill</b>?; Petra sold it."
    assert answer.looks.summary.text() == said
    assert answer.looks.fold.accessibleName() == "Show what was looked for"
    qtbot.mouseClick(answer.looks.fold, Qt.MouseButton.LeftButton)
    assert answer.looks.details.isVisible()
    assert answer.looks.fold.accessibleName() == "Hide what was looked for"
    assert answer.looks.details.text().splitlines() == look_words.lines(looked())
    assert answer.looks.details.textFormat() is Qt.TextFormat.PlainText
    qtbot.mouseClick(answer.looks.fold, Qt.MouseButton.LeftButton)
    assert answer.looks.details.isHidden()


def test_sources_that_a_later_look_found_are_shown_with_the_first(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Who owned the mill?")
    script.sources([citation(1)])
    qtbot.waitUntil(lambda: len(answer.chips()) == 1)
    script.looked(looked().looks[0])
    script.sources([citation(1), citation(2)])
    qtbot.waitUntil(lambda: len(answer.chips()) == 2)


def test_an_answer_given_before_says_so_and_can_be_asked_anew(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Who owned the mill?")
    _finish(answer, script, qtbot, answered_before=datetime(2024, 3, 4, 12, tzinfo=UTC))
    assert answer.anew.isVisible()
    assert answer._foot_words.text() == "Answered before, 4 March 2024"
    qtbot.mouseClick(answer.anew, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(script.requests) == 2)
    first, second = script.requests
    assert not first.anew and second.anew and second.question == "Who owned the mill?"
    assert page.current_view() is not None


# -- in words, and on the command line


def test_the_summary() -> None:
    assert look_words.summary(looked(looks=looked().looks[:1])).startswith("Looked twice: ")
    none = look_words.summary(looked(looks=[], end="enough"))
    assert none == "Looked once: the model thought it was enough"


def test_every_reason_and_every_end_has_words() -> None:
    for reason in p.HardReason:
        assert look_words.why(looked(hard=[reason]))
    assert len({look_words.end(looked(end=end)) for end in p.LookEnd}) == len(p.LookEnd)


@contextmanager
def _client(script: Script) -> Iterator[Any]:
    yield script


def _run(
    script: Script, monkeypatch: pytest.MonkeyPatch, *words: str, json: bool = False, **done: Any
) -> None:
    parser = argparse.ArgumentParser()
    common = argparse.ArgumentParser(add_help=False)
    command.register(parser.add_subparsers(), common)
    args = parser.parse_args(["ask", *words])
    args.data_dir = None
    monkeypatch.setattr(command, "connect", lambda _folder: _client(script))
    script.looked(looked().looks[0])
    script.delta("Petra [1].")
    script.done("Petra [1].", [citation(1)], **done)
    assert command.run_ask(args, Output(json=json)) == EXIT_OK


def test_the_command_tells_of_looks_when_asked(
    script: Script, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(script, monkeypatch, "Who?", looked=looked())
    assert "Look 2" not in capsys.readouterr().out
    for option in ("--explain", "--trace"):
        again = Script()
        _run(again, monkeypatch, option, "Who?", looked=looked())
        printed = capsys.readouterr().out
        assert "\n".join(look_words.lines(looked())) in printed
    _run(Script(), monkeypatch, "--trace", "Who?")
    assert "Looked once." in capsys.readouterr().out


def test_the_command_asks_anew_and_says_when_it_was_answered(
    script: Script, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = datetime(2024, 3, 4, 12, tzinfo=UTC)
    _run(script, monkeypatch, "Who?", answered_before=before)
    assert "Answered before, 2024-03-04 " in capsys.readouterr().out
    assert not script.requests[0].anew
    again = Script()
    _run(again, monkeypatch, "--anew", "Who?", json=True, answered_before=before, looked=looked())
    printed = capsys.readouterr().out
    assert again.requests[0].anew
    assert (
        '"answered_before": "2024-03-04T12:00:00Z"' in printed and '"end": "nothing_new"' in printed
    )
