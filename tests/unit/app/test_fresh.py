"""Replies that overtake each other: what is older never covers what is newer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.fresh import Fresh
from app.ops import Operation
from memory import protocol as p
from tests.unit.app.channel import Desk, Held
from tests.unit.app.factories import problem, status


class Screen(QObject):
    """Shows one number, which the stand-in keeps; asks for it and changes it through ``Fresh``."""

    def __init__(self, desk: Desk):
        super().__init__()
        self._desk = desk
        self.fresh = Fresh(self)
        self.number = 0
        self.shown: list[int] = []
        self.failed: list[object] = []
        desk.daemon.replies.update(
            status=lambda: status(memories=self.number), pause=self._change, model="another name"
        )

    def _change(self, more: int) -> p.Status:
        self.number = self.number * 10 + more
        return status(memories=self.number)

    def ask(self) -> None:
        self.fresh.ask(self._desk.context.ops.status().then(self._show))

    def change(self, more: int) -> None:
        self.fresh.do(self.changing(more))

    def changing(self, more: int) -> Operation[p.Status]:
        change: Callable[[Any], Any] = lambda client: client.pause(more)  # noqa: E731
        made = self._desk.context.ops.call("change", change)
        return made.then(self._show).otherwise(self.failed.append)

    def _show(self, found: p.Status) -> None:
        self.shown.append(found.memories)


@pytest.fixture
def screen(desk: Desk) -> Screen:
    return Screen(desk)


def held(desk: Desk, qtbot: QtBot, name: str, begin: Callable[[], None]) -> Held:
    """``begin`` something whose reply is made, and kept back."""
    made = desk.daemon.hold(name)
    begin()
    qtbot.waitUntil(lambda: made.ready)
    return made


def test_an_older_answer_does_not_cover_a_newer_one(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    old = held(desk, qtbot, "status", screen.ask)
    screen.number = 5
    screen.ask()
    qtbot.waitUntil(lambda: screen.shown == [5])
    old.let_go()
    desk.settle(qtbot)
    assert screen.shown == [5]


def test_an_answer_from_before_a_deed_is_not_shown_after_it(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    old = held(desk, qtbot, "status", screen.ask)
    screen.change(7)
    qtbot.waitUntil(lambda: 7 in screen.shown)
    old.let_go()
    desk.settle(qtbot)
    assert screen.shown == [7, 7], "the deed's reply, then the question put again"


def test_a_question_that_comes_during_a_deed_waits_for_its_end(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    deed = held(desk, qtbot, "pause", lambda: screen.change(7))
    screen.ask()
    screen.ask()
    assert desk.daemon.asked("status") == [] and screen.fresh.busy
    deed.let_go()
    qtbot.waitUntil(lambda: screen.shown == [7, 7])
    desk.settle(qtbot)
    assert len(desk.daemon.asked("status")) == 1 and not screen.fresh.busy


def test_deeds_are_done_in_the_order_they_were_begun(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    first = held(desk, qtbot, "pause", lambda: screen.change(1))
    for more in (2, 3):
        screen.change(more)
    assert desk.daemon.asked("pause") == [(1,)] and screen.fresh.more_to_do
    first.let_go()
    qtbot.waitUntil(lambda: screen.shown == [1, 12, 123])


def test_a_deed_that_failed_holds_nothing_up(screen: Screen, desk: Desk, qtbot: QtBot) -> None:
    old = held(desk, qtbot, "status", screen.ask)
    desk.daemon.replies["pause"] = problem()
    screen.change(1)
    qtbot.waitUntil(lambda: len(screen.failed) == 1)
    qtbot.waitUntil(lambda: screen.shown == [0])
    old.let_go()
    desk.settle(qtbot)
    assert screen.shown == [0] and not screen.fresh.busy


def test_questions_of_other_names_are_left_alone(screen: Screen, desk: Desk, qtbot: QtBot) -> None:
    other: list[Any] = []
    old = held(desk, qtbot, "status", screen.ask)
    screen.fresh.ask(desk.context.ops.model().then(other.append))
    qtbot.waitUntil(lambda: other == ["another name"])
    old.let_go()
    qtbot.waitUntil(lambda: screen.shown == [0])


def test_dropped_questions_are_not_answered(screen: Screen, desk: Desk, qtbot: QtBot) -> None:
    old = held(desk, qtbot, "status", screen.ask)
    screen.fresh.drop()
    old.let_go()
    desk.settle(qtbot)
    assert screen.shown == []


def test_what_was_begun_is_done_when_the_one_who_asked_is_gone(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    dialog = QObject()
    first = held(desk, qtbot, "pause", lambda: screen.fresh.do(screen.changing(1), owner=dialog))
    screen.change(2)
    shiboken6.delete(dialog)
    first.let_go()
    qtbot.waitUntil(lambda: screen.shown == [12])


def test_a_fault_in_what_follows_a_deed_holds_nothing_up(
    screen: Screen, desk: Desk, qtbot: QtBot
) -> None:
    def broken(_found: object) -> None:
        raise ZeroDivisionError

    with qtbot.captureExceptions() as faults:
        screen.fresh.do(screen.changing(1).then(broken))
        screen.change(2)
        qtbot.waitUntil(lambda: screen.shown == [12])
    assert [kind for kind, *_ in faults] == [ZeroDivisionError]
