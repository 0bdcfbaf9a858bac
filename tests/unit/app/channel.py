"""A stand-in at the channel's edge: answers as the daemon would, with real protocol models.

Everything on the window's side of it is real: link, its threads, operations, pages.
"""

from __future__ import annotations

import queue
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.context import Context, WindowState
from app.link import Deliver, Link, LinkState
from app.messages import Message, Messages
from app.ops import Ops
from app.theme import Mode, Theme
from memory import protocol as p
from memory.client import DaemonError, DataPaths
from tests.patience import LONG_S


class Held:
    """A reply the stand-in has made up and keeps back until it is let go."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._go = threading.Event()

    @property
    def ready(self) -> bool:
        """The request came in and its reply, whatever happens after, is made."""
        return self._ready.is_set()

    def let_go(self) -> None:
        self._go.set()

    def keep(self) -> None:
        self._ready.set()
        assert self._go.wait(2 * LONG_S), "the test never let this reply go"


class StandIn:
    """Has the methods of ``memory.client.Client``: each call is kept in ``calls`` and answered
    from ``replies``, by a value, a function of the arguments, or a ``Problem`` to raise."""

    def __init__(self) -> None:
        self.replies: dict[str, Any] = {}
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._to_hold: dict[str, deque[Held]] = defaultdict(deque)
        self._held: list[Held] = []
        self._events: queue.Queue[p.Event | None] = queue.Queue()
        self._seq = 0
        health = p.Health(version="0.1.0", pid=1, data_dir="/data", ready=True)
        self._events.put(p.Hello(seq=0, health=health))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, args, named))
            if name not in self.replies:
                raise AssertionError(f"the test gave no reply for {name}")
            reply = self.replies[name]
            if callable(reply):
                reply = reply(*args, **named)
            if self._to_hold[name]:
                self._to_hold[name].popleft().keep()
            if isinstance(reply, p.Problem):
                raise DaemonError(reply)
            return reply

        return call

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [args for called, args, _ in self.calls if called == name]

    def hold(self, name: str) -> Held:
        """Answer the next call of ``name`` (the one after, said again) as things are then, but
        let the reply out only when the test says so: later replies overtake it.
        """
        held = Held()
        self._held.append(held)
        self._to_hold[name].append(held)
        return held

    @contextmanager
    def events(self) -> Iterator[Iterator[p.Event]]:
        yield iter(self._events.get, None)  # type: ignore[misc]

    def interrupt(self) -> None:
        self._events.put(None)
        for held in self._held:
            held.let_go()

    def close(self) -> None:
        self._events.put(None)

    # -- what the daemon says by itself

    def say_changed(self, *flags: p.Change, **ids: list[str]) -> None:
        self._seq += 1
        self._events.put(p.Changed(seq=self._seq, flags=list(flags), **ids))

    def say_progress(self, batch: p.BatchInfo) -> None:
        self._seq += 1
        self._events.put(p.Progress(seq=self._seq, batch=batch))

    def say_download(self, download: p.DownloadInfo) -> None:
        self._seq += 1
        self._events.put(p.DownloadProgress(seq=self._seq, download=download))

    def say_meter(self, meter: p.ModelMeter) -> None:
        self._seq += 1
        self._events.put(p.MeterRead(seq=self._seq, meter=meter))

    def say_check(self, check: p.ModelCheck | None) -> None:
        self._seq += 1
        self._events.put(p.ModelChecked(seq=self._seq, check=check))


class CountedLink(Link):
    """Knows how many requests have been begun and not yet answered on the GUI thread."""

    under_way = 0

    def submit(self, work: Callable[[Any], Any], deliver: Deliver) -> None:
        def arrived(result: Any, error: BaseException | None) -> None:
            self.under_way -= 1
            deliver(result, error)

        self.under_way += 1
        super().submit(work, arrived)


class Desk:
    """A context with a stand-in behind it, and what the person was told."""

    def __init__(self, paths: DataPaths, mode: Mode = Mode.LIGHT):
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.daemon = StandIn()
        self.theme = Theme(application, mode)
        self.link = CountedLink(lambda: self.daemon, lambda: None)  # type: ignore[arg-type, return-value]
        messages = Messages()
        self.told: list[Message] = []
        messages.listen(self.told.append)
        self.context = Context(
            paths=paths,
            theme=self.theme,
            link=self.link,
            messages=messages,
            ops=Ops(self.link, messages),
            state=WindowState(paths),
        )

    def start(self, qtbot: QtBot) -> Desk:
        self.link.start()
        qtbot.waitUntil(lambda: self.link.state is LinkState.READY)
        return self

    def settle(self, qtbot: QtBot) -> None:
        """Wait until every reply has arrived; what it begins in turn, too."""
        qtbot.waitUntil(lambda: self.link.under_way == 0)

    def close(self) -> None:
        self.link.close()
        self.theme.deleteLater()


def ready(qtbot: QtBot, held: Held) -> Held:
    """Wait until the reply is made; from then on it is older than whatever happens."""
    qtbot.waitUntil(lambda: held.ready)
    return held


@contextmanager
def overtaking(desk: Desk, qtbot: QtBot, name: str, begin: Callable[[], object]) -> Iterator[None]:
    """``begin`` what asks for ``name``; its reply, made by then, comes after all that is done
    within, and with it whatever it begins."""
    old = desk.daemon.hold(name)
    begin()
    ready(qtbot, old)
    yield
    old.let_go()
    desk.settle(qtbot)
