"""The link over a stand-in: waiting, failing, losing the daemon and finding it again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from app.link import Link, LinkState
from app.messages import Message, Messages
from app.ops import Ops
from memory import protocol as p
from memory.client import DaemonUnreachable
from tests.patience import LONG_S
from tests.unit.app.channel import Desk, StandIn
from tests.unit.app.factories import problem


class Daemons:
    """Finds a new stand-in for every life of the daemon."""

    def __init__(self, lives: int):
        self.lives = [StandIn() for _ in range(lives)]
        self.starts = 0
        self.connects = 0

    def start(self) -> None:
        self.starts += 1

    def connect(self) -> Any:
        if self.connects >= len(self.lives):
            raise DaemonUnreachable("gone")
        self.connects += 1
        return self.lives[self.connects - 1]


@pytest.fixture
def closing() -> Iterator[list[Link]]:
    links: list[Link] = []
    yield links
    for link in links:
        link.close()


def linked(daemons: Daemons, closing: list[Link]) -> Link:
    link = Link(daemons.connect, daemons.start)
    closing.append(link)
    return link


def test_requests_made_before_the_daemon_is_there_are_answered(
    qtbot: QtBot, closing: list[Link]
) -> None:
    gate = threading.Event()
    daemons = Daemons(1)
    daemons.lives[0].replies["status"] = "fine"
    link = Link(daemons.connect, lambda: gate.wait(LONG_S))
    closing.append(link)
    link.start()
    answers: list[Any] = []
    link.submit(lambda client: client.status(), lambda result, _error: answers.append(result))
    assert link.state is LinkState.STARTING
    gate.set()
    qtbot.waitUntil(lambda: answers == ["fine"])


def test_answers_arrive_on_the_gui_thread(desk: Desk, qtbot: QtBot) -> None:
    seen: list[tuple[bool, bool]] = []
    gui = QThread.currentThread()
    desk.daemon.replies["status"] = lambda: threading.current_thread() is threading.main_thread()
    desk.context.ops.status().then(
        lambda on_main: seen.append((bool(on_main), QThread.currentThread() is gui))
    ).start()
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(False, True)]


def test_one_automatic_restart_then_the_person_is_asked(qtbot: QtBot, closing: list[Link]) -> None:
    daemons = Daemons(2)
    link = linked(daemons, closing)
    states: list[LinkState] = []
    link.state_changed.connect(lambda state, _problem: states.append(state))
    link.start()
    qtbot.waitUntil(lambda: link.state is LinkState.READY)
    daemons.lives[0].close()
    qtbot.waitUntil(lambda: states[-2:] == [LinkState.LOST, LinkState.READY])
    daemons.lives[1].close()
    qtbot.waitUntil(lambda: link.state is LinkState.FAILED)
    assert link.problem is not None and link.problem.title == "The memory is not running"
    daemons.lives.append(StandIn())
    link.retry()
    qtbot.waitUntil(lambda: link.state is LinkState.READY)


def test_a_daemon_that_does_not_start_fails_with_its_words(
    qtbot: QtBot, closing: list[Link]
) -> None:
    link = linked(Daemons(0), closing)
    link.start()
    qtbot.waitUntil(lambda: link.state is LinkState.FAILED)
    errors: list[Any] = []
    link.submit(lambda client: client.status(), lambda _result, error: errors.append(error))
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].problem.title == "The memory is not running"


def test_every_connection_is_announced(qtbot: QtBot, closing: list[Link]) -> None:
    daemons = Daemons(2)
    link = linked(daemons, closing)
    hellos: list[p.Health] = []
    link.connected.connect(hellos.append)
    link.start()
    qtbot.waitUntil(lambda: len(hellos) == 1)
    daemons.lives[0].close()
    qtbot.waitUntil(lambda: len(hellos) == 2)


def test_events_become_signals(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.link.changed) as heard:
        desk.daemon.say_changed(p.Change.SOURCES)
    assert heard.args[0].flags == [p.Change.SOURCES]


def test_closing_does_not_wait_for_a_stuck_request(qtbot: QtBot) -> None:
    daemons = Daemons(1)
    stuck = threading.Event()
    daemons.lives[0].replies["status"] = lambda: stuck.wait(LONG_S)
    link = Link(daemons.connect, daemons.start)
    link.start()
    qtbot.waitUntil(lambda: link.state is LinkState.READY)
    link.submit(lambda client: client.status(), lambda _r, _e: None)
    link.close(wait_s=0.3)
    assert link.state is LinkState.CLOSED
    stuck.set()


# -- operations over it


def test_an_error_without_handler_is_shown(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["status"] = problem(title="The disk is full")
    desk.context.ops.status().start()
    qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[0].title == "The disk is full"


def test_a_fault_of_ours_is_shown_with_its_stack(desk: Desk, qtbot: QtBot) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    desk.daemon.replies["status"] = broken
    desk.context.ops.status().start()
    qtbot.waitUntil(lambda: bool(desk.told))
    assert "ZeroDivisionError" in desk.told[0].stack


def test_a_handled_error_is_not_shown_twice(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["status"] = problem()
    handled: list[Any] = []
    ended: list[bool] = []
    ask = desk.context.ops.status().otherwise(handled.append)
    ask.always(lambda: ended.append(True)).start()
    qtbot.waitUntil(lambda: bool(ended))
    assert isinstance(handled[0], p.Problem) and desk.told == []


def test_nothing_comes_back_to_an_owner_that_is_gone(desk: Desk, qtbot: QtBot) -> None:
    import shiboken6

    gate = threading.Event()
    desk.daemon.replies["status"] = lambda: gate.wait(LONG_S)
    owner = QObject()
    came: list[Any] = []
    desk.context.ops.status().then(came.append).start(owner)
    shiboken6.delete(owner)
    gate.set()
    desk.daemon.replies["model"] = "after"
    desk.context.ops.model().then(came.append).start()
    desk.settle(qtbot)
    assert came == ["after"]


def test_a_cancelled_operation_is_silent(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["status"] = problem()
    ask = desk.context.ops.status().then(lambda _s: pytest.fail("it was cancelled"))
    ask.start()
    ask.cancel()
    desk.daemon.replies["model"] = "after"
    came: list[Any] = []
    desk.context.ops.model().then(came.append).start()
    qtbot.waitUntil(lambda: bool(came))
    assert desk.told == []


def test_while_the_memory_is_away_it_is_said_once_not_per_request(
    qtbot: QtBot, closing: list[Link]
) -> None:
    link = linked(Daemons(0), closing)
    messages = Messages()
    told: list[Message] = []
    messages.listen(told.append)
    link.start()
    qtbot.waitUntil(lambda: link.state is LinkState.FAILED)
    ended: list[bool] = []
    for _ in range(5):
        Ops(link, messages).status().always(lambda: ended.append(True)).start()
    qtbot.waitUntil(lambda: len(ended) == 5)
    assert told == []


def test_messages_sent_before_the_window_exists_are_kept(qtbot: QtBot) -> None:
    messages = Messages()
    messages.warning("early")
    told: list[Message] = []
    messages.listen(told.append)
    messages.info("late")
    assert [m.title for m in told] == ["early", "late"]
