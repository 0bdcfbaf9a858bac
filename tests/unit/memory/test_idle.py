"""Work in idle time: rounds, waking, failures, stepping aside, and the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from memory.errors import Stopping
from memory.idle import IdleThread
from tests.patience import until

Made = Callable[..., IdleThread]


@pytest.fixture
def idle() -> Iterator[Made]:
    """Threads with rounds far apart, so that only waking brings the next one."""
    made: list[IdleThread] = []

    def make(look: Callable[[], object], busy: Callable[[], bool] = lambda: False) -> IdleThread:
        made.append(IdleThread("test", look, "it failed", round_s=3600.0, busy=busy))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_it_looks_at_once_and_whenever_it_is_woken(idle: Made) -> None:
    looks: list[int] = []
    thread = idle(lambda: looks.append(1))
    until(lambda: len(looks) == 1)
    thread.wake()
    until(lambda: len(looks) == 2)


def test_a_round_that_fails_is_told_and_tried_again(
    idle: Made, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise ValueError("once")

    thread = idle(look)
    until(lambda: "it failed" in caplog.text)
    thread.wake()
    until(lambda: len(looks) == 2)


def test_it_waits_while_a_person_is_served(idle: Made) -> None:
    served, began, done = threading.Event(), threading.Event(), threading.Event()

    def look() -> None:
        began.set()
        thread.give_way()
        done.set()

    ready = threading.Event()
    thread = idle(lambda: ready.wait() and look(), lambda: not served.is_set())
    ready.set()
    assert began.wait(60) and not done.wait(0.3)
    served.set()
    assert done.wait(60)


def test_stopping_ends_a_round_that_steps_aside(idle: Made) -> None:
    ended, ready = threading.Event(), threading.Event()

    def look() -> None:
        ready.wait()
        try:
            thread.give_way()
        except Stopping:
            ended.set()
            raise

    thread = idle(look, lambda: True)
    ready.set()
    thread.stop()
    assert ended.is_set() and thread.stopping.is_set()


def test_one_that_never_began_stops_too() -> None:
    looks: list[int] = []
    thread = IdleThread("test", lambda: looks.append(1), "", round_s=1.0, busy=lambda: False)
    thread.stop()
    assert thread.stopping.is_set() and not looks
