"""What was understood of a question, as chips in quick recall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.quick_recall import QuickRecall
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import hit

START = datetime(2023, 5, 25, tzinfo=UTC)
END = datetime(2023, 6, 8, tzinfo=UTC)
QUESTION = "What did Ann buy two weeks before the wedding?"
TIME = p.Understood(
    kind=p.UnderstoodKind.TIME,
    text="two weeks before the wedding",
    label="two weeks before the wedding (14 June 2023): 25 May – 7 June 2023",
    start_ms=round(START.timestamp() * 1000),
    end_ms=round(END.timestamp() * 1000),
)
ANN = p.Understood(kind=p.UnderstoodKind.SPEAKER, text="Ann", label="Ann", value="Ann")


def answer(request: p.RecallRequest) -> p.RecallReply:
    said = [one for one in (TIME, ANN) if one.text in request.question]
    understood = [one for one in said if one.text not in request.ignore]
    return p.RecallReply(hits=[hit(1)], took_ms=3, searched=9, understood=understood)


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> QuickRecall:
    desk.daemon.replies["recall"] = answer
    made = QuickRecall(desk.context)
    qtbot.addWidget(made)
    made.open_panel()
    qtbot.waitUntil(made.isActiveWindow)
    made.field.setText(QUESTION)
    qtbot.waitUntil(lambda: made.chips.texts() == ["25 May – 7 June 2023", "Ann"])
    return made


def last(desk: Desk) -> p.RecallRequest:
    found = desk.daemon.asked("recall")[-1][0]
    assert isinstance(found, p.RecallRequest)
    return found


def press(panel: QuickRecall, qtbot: QtBot, kind: type[QPushButton | QToolButton]) -> None:
    """Click the first of these buttons."""
    button = panel.chips.findChildren(kind)[0]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_cross_asks_anew_without_it(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    assert last(desk).ignore == []
    press(panel, qtbot, QToolButton)
    qtbot.waitUntil(lambda: panel.chips.texts() == ["Ann"])
    assert last(desk).ignore == [TIME.text] and last(desk).question == QUESTION
    assert panel.isVisible() and panel.results.count() == 1


def test_a_click_makes_it_a_filter_and_another_undoes_that(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    press(panel, qtbot, QPushButton)
    qtbot.waitUntil(lambda: last(desk).filter.since is not None)
    chosen = last(desk).filter
    assert chosen.since == START and chosen.until is not None and chosen.until < END
    assert (END - chosen.until).total_seconds() < 1
    qtbot.waitUntil(lambda: panel.chips.findChildren(QPushButton)[0].isChecked())
    press(panel, qtbot, QPushButton)
    qtbot.waitUntil(lambda: last(desk).filter == p.RecallFilter())


def test_a_person_can_be_made_a_filter(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    button = panel.chips.findChildren(QPushButton)[1]
    assert "Ann" in button.accessibleName()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: last(desk).filter.speaker == "Ann")


def test_what_was_struck_out_holds_while_its_words_are_there(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    press(panel, qtbot, QToolButton)
    qtbot.waitUntil(lambda: panel.chips.texts() == ["Ann"])
    panel.field.setText(f"{QUESTION} Please")
    qtbot.waitUntil(lambda: last(desk).question.endswith("Please"))
    assert last(desk).ignore == [TIME.text]
    panel.field.setText("What did Ann buy?")
    qtbot.waitUntil(lambda: last(desk).question == "What did Ann buy?")
    assert last(desk).ignore == []
    panel.field.setText(QUESTION)
    qtbot.waitUntil(lambda: panel.chips.texts() == ["25 May – 7 June 2023", "Ann"])


def test_without_anything_understood_nothing_is_shown(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    high = panel.height()
    panel.field.setText("What did Bob buy?")
    qtbot.waitUntil(lambda: panel.chips.texts() == [])
    assert panel.chips.isHidden() and panel.height() < high
