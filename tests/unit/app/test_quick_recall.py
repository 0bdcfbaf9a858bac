"""Quick recall: results as you type, and the keys that do something with them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.quick_recall import QuickRecall
from memory import protocol as p
from tests.unit.app.channel import Desk, ready
from tests.unit.app.factories import hit, problem, source

_CTRL = Qt.KeyboardModifier.ControlModifier


def answer(request: p.RecallRequest) -> p.RecallReply:
    hits = [hit(n) for n in range(5)] if "deposit" in request.question else []
    return p.RecallReply(hits=hits, took_ms=3, searched=48_210)


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> QuickRecall:
    desk.daemon.replies["recall"] = answer
    made = QuickRecall(desk.context)
    qtbot.addWidget(made)
    made.open_panel()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def type_and_wait(panel: QuickRecall, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.field, "deposit")
    qtbot.waitUntil(lambda: panel.results.count() == 5)


def test_results_as_you_type_first_selected(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    empty = panel.height()
    type_and_wait(panel, qtbot)
    assert panel.results.currentRow() == 0 and panel.height() > empty
    assert [args[0].question for args in desk.daemon.asked("recall")] == ["deposit"]
    qtbot.keyClick(panel.field, Qt.Key.Key_Down)
    assert panel.results.currentRow() == 1
    qtbot.keyClick(panel.field, Qt.Key.Key_Up)
    qtbot.keyClick(panel.field, Qt.Key.Key_Up)
    assert panel.results.currentRow() == 4


def test_enter_opens_the_source_in_the_window(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    type_and_wait(panel, qtbot)
    qtbot.keyClick(panel.field, Qt.Key.Key_Down)
    requests = desk.context.requests
    with (
        qtbot.waitSignal(requests.window_wanted),
        qtbot.waitSignal(requests.place_wanted) as wanted,
    ):
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert wanted.args[0].memory_id == hit(1).memory
    assert not panel.isVisible()


def test_ctrl_enter_asks(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    type_and_wait(panel, qtbot)
    with qtbot.waitSignal(desk.context.requests.question_wanted) as asked:
        qtbot.keyClick(panel.field, Qt.Key.Key_Return, _CTRL)
    assert asked.args == ["deposit", True] and not panel.isVisible()


def test_plus_remembers(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["add_note"] = source(1, kind=p.SourceKind.NOTE)
    qtbot.keyClicks(panel.field, "+ The spare key is with Jonas")
    assert panel.said.text() == "Enter remembers this."
    with qtbot.waitSignal(panel.closed):
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert desk.daemon.asked("add_note")[0][0].text == "The spare key is with Jonas"
    assert not desk.daemon.asked("recall")


def test_enter_twice_remembers_once(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["add_note"] = source(1, kind=p.SourceKind.NOTE)
    held = desk.daemon.hold("add_note")
    qtbot.keyClicks(panel.field, "+ The spare key is with Jonas")
    for _ in range(3):
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    ready(qtbot, held)
    qtbot.keyClicks(panel.field, ".")
    assert panel.said.text() == "Enter remembers this."
    qtbot.keyClick(panel.field, Qt.Key.Key_Backspace)
    assert panel.said.text() == "Remembering"
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    held.let_go()
    qtbot.waitUntil(lambda: panel.said.text() == "Remembered.")
    desk.settle(qtbot)
    assert len(desk.daemon.asked("add_note")) == 1


def test_another_note_need_not_wait_for_the_first(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["add_note"] = source(1, kind=p.SourceKind.NOTE)
    held = desk.daemon.hold("add_note")
    qtbot.keyClicks(panel.field, "+ One")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    ready(qtbot, held)
    qtbot.keyClicks(panel.field, " more")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(desk.daemon.asked("add_note")) == 2)
    held.let_go()
    desk.settle(qtbot)
    assert [args[0].text for args in desk.daemon.asked("add_note")] == ["One", "One more"]


def test_a_note_that_failed_can_be_sent_again(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["add_note"] = problem(title="The disk is full", next_step="Free some.")
    qtbot.keyClicks(panel.field, "+ Remember this")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "The disk is full" in panel.said.text())
    desk.settle(qtbot)
    desk.daemon.replies["add_note"] = source(1, kind=p.SourceKind.NOTE)
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.said.text() == "Remembered.")
    assert len(desk.daemon.asked("add_note")) == 2


def test_plus_alone_remembers_nothing(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.field, "+ ")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert not desk.daemon.asked("add_note") and panel.isVisible()


def test_failed_note_stays_in_the_field(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["add_note"] = problem(title="The disk is full", next_step="Free some.")
    qtbot.keyClicks(panel.field, "+ Remember this")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "The disk is full" in panel.said.text())
    assert panel.field.text() == "+ Remember this"


def test_nothing_found_and_trouble_are_told_apart(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    panel.field.setText("zebra")
    qtbot.waitUntil(lambda: "Nothing" in panel.said.text())
    desk.daemon.replies["recall"] = problem(title="The database reported an error")
    panel.field.setText("zebras")
    qtbot.waitUntil(lambda: "The database reported an error" in panel.said.text())


def test_escape_closes_and_the_query_is_kept_for_a_minute(panel: QuickRecall, qtbot: QtBot) -> None:
    type_and_wait(panel, qtbot)
    qtbot.keyClick(panel.field, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    panel.open_panel()
    assert panel.field.text() == "deposit" and panel.field.selectedText() == "deposit"
    panel.close()
    panel._closed_at -= 61
    panel.open_panel()
    assert panel.field.text() == "" and panel.results.count() == 0


def test_closes_when_it_loses_the_focus(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not panel.isVisible())


def test_upper_third_and_no_wider_than_the_screen(panel: QuickRecall) -> None:
    area = panel.screen().availableGeometry()
    assert panel.y() < area.top() + area.height() / 3
    assert area.left() <= panel.x() and panel.width() <= area.width()


def test_what_is_only_nearest_is_said_and_shown_in_a_lower_voice(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    hits = [hit(n) for n in range(3)]
    nearest = p.RecallReply(
        hits=hits, took_ms=3, searched=48_210, confidence=0.01, nearest_only=True
    )
    desk.daemon.replies["recall"] = nearest
    qtbot.keyClicks(panel.field, "zebra")
    qtbot.waitUntil(lambda: panel.results.count() == 3)
    qtbot.waitUntil(panel.nearest.isVisible)
    assert panel.nearest.text() == "Nothing found that answers this. Nearest:"
    assert panel.results.row_of(hits[0]).dimmed and panel.results.current() == hits[0]
    desk.daemon.replies["recall"] = answer
    panel.field.setText("deposit")
    qtbot.waitUntil(lambda: panel.results.count() == 5)
    assert not panel.nearest.isVisible() and not panel.results.row_of(hits[0]).dimmed


def test_a_word_still_being_typed_is_not_called_nothing(
    panel: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["recall"] = p.RecallReply(
        hits=[hit(0)], took_ms=3, searched=48_210, confidence=0.01, nearest_only=True
    )
    panel._rested.setInterval(3_600_000)
    panel.field.setText("depos")
    qtbot.waitUntil(lambda: panel.results.count() == 1)
    assert panel._rested.isActive() and not panel.nearest.isVisible()
    desk.daemon.replies["recall"] = answer
    panel.field.setText("deposit")
    assert not panel._rested.isActive()
    qtbot.waitUntil(lambda: panel.results.count() == 5)
    assert not panel.nearest.isVisible() and not panel._rested.isActive()


def test_no_hit_at_all_has_nothing_nearest(panel: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["recall"] = p.RecallReply(
        hits=[], took_ms=3, searched=48_210, confidence=0.0, nearest_only=True
    )
    panel.field.setText("zebra")
    qtbot.waitUntil(lambda: "Nothing in your memories" in panel.said.text())
    assert not panel.nearest.isVisible()
