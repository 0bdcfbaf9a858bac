"""The only user of ``memory.client`` in the window: requests, events, answer streams.

Threads of its own, none of which the GUI thread ever waits for: ``link-life`` starts the
daemon, connects, reads the event stream and connects again; four ``link-request`` threads
carry requests; one ``answer`` thread per running answer. What they find out arrives on the
GUI thread through queued signals. The client library is imported on ``link-life``, because
loading it takes longer than painting the window.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from memory.protocol import (
    Changed,
    DownloadProgress,
    ErrorCode,
    Event,
    Hello,
    MeterRead,
    ModelChecked,
    Notice,
    Problem,
    Progress,
)

if TYPE_CHECKING:
    from memory.client import Client

_log = logging.getLogger("recollect.link")

REQUEST_THREADS = 4
WAIT_FOR_DAEMON_S = 100.0  # longer than the daemon may take to start
STEADY_S = 60.0  # up this long, and the daemon has earned another automatic restart

Deliver = Callable[[Any, BaseException | None], None]


class LinkState(StrEnum):
    STARTING = "starting"  # the daemon is being started or found
    READY = "ready"
    LOST = "lost"  # it was there; it is being found or started again
    FAILED = "failed"  # waits for ``retry``
    CLOSED = "closed"


class LinkError(Exception):
    """No daemon to ask; carries a ``Problem`` like the client's own errors."""

    def __init__(self, problem: Problem):
        super().__init__(problem.title)
        self.problem = problem


class Link(QObject):
    """Signals:
    state_changed: ``LinkState`` and the ``Problem`` behind it, or None.
    connected: ``Health``; on every new connection, so that screens load afresh.
    changed: ``Changed``. progress: ``Progress``. notice: ``Notice``.
    download: ``DownloadProgress``. meter: ``MeterRead``. check: ``ModelChecked``.
    """

    state_changed = Signal(object, object)
    connected = Signal(object)
    changed = Signal(object)
    progress = Signal(object)
    notice = Signal(object)
    download = Signal(object)
    meter = Signal(object)
    check = Signal(object)
    _arrived = Signal(object)
    _moved = Signal(object, object)

    def __init__(
        self,
        connect: Callable[[], Client],
        start_daemon: Callable[[], object],
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._connect = connect
        self._start_daemon = start_daemon
        self.state = LinkState.STARTING
        self.problem: Problem | None = None
        self._lock = threading.Condition()
        self._client: Client | None = None
        self._clients: list[Client] = []  # of every life, until no thread can hold one
        self._refused: Problem | None = None  # set while there is no use in waiting
        self._closing = threading.Event()
        self._again = threading.Event()
        self._work: queue.SimpleQueue[tuple[Callable[[Client], Any], Deliver] | None]
        self._work = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        queued = Qt.ConnectionType.QueuedConnection
        self._arrived.connect(self._on_arrived, queued)
        self._moved.connect(self._on_moved, queued)

    # -- life, from the GUI thread

    def start(self) -> None:
        names = [("link-life", self._life)]
        names += [(f"link-request-{n}", self._serve) for n in range(REQUEST_THREADS)]
        for name, target in names:
            thread = threading.Thread(target=target, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def retry(self) -> None:
        """Try to start the daemon again after ``FAILED``."""
        self._again.set()

    def close(self, wait_s: float = 2.0) -> None:
        """End the threads; streams are cut, so the daemon cancels their answers."""
        self._closing.set()
        self._again.set()
        with self._lock:
            client = self._client
            self._lock.notify_all()
        if client is not None:
            client.interrupt()
        for _ in range(REQUEST_THREADS):
            self._work.put(None)
        deadline = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for used in self._clients:
            used.close()
        self.state = LinkState.CLOSED

    # -- requests

    def submit(self, work: Callable[[Client], Any], deliver: Deliver) -> None:
        """Run ``work`` off the GUI thread; ``deliver(result, error)`` follows on it."""
        self._work.put((work, deliver))

    def client(self, wait_s: float = WAIT_FOR_DAEMON_S) -> Client:
        """The connected client; waits for a daemon that is starting. Never from the GUI thread.

        Raises:
            LinkError: there is none and none is on its way.
        """
        with self._lock:
            self._lock.wait_for(
                lambda: self._client or self._refused or self._closing.is_set(), wait_s
            )
            if self._client is not None:
                return self._client
            raise LinkError(self._refused or _not_running())

    def deliver_later(self, call: Callable[[], None]) -> None:
        """Run ``call`` on the GUI thread; from any thread."""
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._arrived.emit(call)

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            work, deliver = item
            result: Any = None
            error: BaseException | None = None
            try:
                result = work(self.client())
            except BaseException as caught:  # every failure travels to the GUI thread
                error = caught
            if self._closing.is_set():
                return
            self.deliver_later(lambda d=deliver, r=result, e=error: d(r, e))  # type: ignore[misc]

    # -- the life of the connection, on link-life

    def _life(self) -> None:
        restarts = 2  # the first start, and one more
        self._move(LinkState.STARTING)
        while not self._closing.is_set():
            since = time.monotonic()
            problem = self._one_life(may_start=restarts > 0)
            if self._closing.is_set():
                return
            steady = time.monotonic() - since > STEADY_S
            restarts = 1 if steady else restarts - 1
            if problem is None and restarts >= 0:
                self._move(LinkState.LOST)
                continue
            self._move(LinkState.FAILED, problem or _not_running())
            self._again.wait()
            self._again.clear()
            restarts = 2
            self._move(LinkState.STARTING)

    def _one_life(self, *, may_start: bool) -> Problem | None:
        """From finding the daemon to losing it; a problem means there was none to find."""
        try:
            if may_start:
                self._start_daemon()
            client = self._connect()
        except BaseException as error:
            return _problem_of(error)
        with self._lock:
            self._client, self._refused = client, None
            self._clients.append(client)
            self._lock.notify_all()
        try:
            self._listen(client)
        except BaseException as error:  # lost, or a reply of another kind of program
            _log.info("event stream ended: %s", type(error).__name__)
        with self._lock:
            self._client = None
        # answers and requests under way still hold the client: they end by themselves
        return None

    def _listen(self, client: Client) -> None:
        with client.events() as events:
            for event in events:
                if self._closing.is_set():
                    return
                self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        match event:
            case Hello():
                self._move(LinkState.READY)
                self.deliver_later(lambda: self.connected.emit(event.health))
            case Changed():
                self.changed.emit(event)
            case Progress():
                self.progress.emit(event)
            case Notice():
                self.notice.emit(event)
            case DownloadProgress():
                self.download.emit(event)
            case MeterRead():
                self.meter.emit(event)
            case ModelChecked():
                self.check.emit(event)

    def _move(self, state: LinkState, problem: Problem | None = None) -> None:
        with self._lock:
            self._refused = problem if state is LinkState.FAILED else None
            self._lock.notify_all()
        with contextlib.suppress(RuntimeError):
            self._moved.emit(state, problem)

    # -- back on the GUI thread

    @Slot(object)
    def _on_arrived(self, call: Callable[[], None]) -> None:
        if not self._closing.is_set():
            call()

    @Slot(object, object)
    def _on_moved(self, state: LinkState, problem: Problem | None) -> None:
        self.state, self.problem = state, problem
        self.state_changed.emit(state, problem)


def link_for(data_dir: str | None, parent: QObject | None = None) -> Link:
    """A link to the daemon of this data folder, which is started if it is not there."""

    def connect() -> Client:
        from memory import client

        return client.connect(data_dir)

    told = False  # that a daemon of another version is running

    def start_daemon() -> object:
        from app import daemon_process
        from memory.client import DaemonError

        nonlocal told
        try:
            return daemon_process.ensure_daemon(data_dir)
        except DaemonError as error:
            if error.problem.code is not ErrorCode.VERSION_MISMATCH or not told:
                told = error.problem.code is ErrorCode.VERSION_MISMATCH
                raise
        # the person has read that, and asked to start again all the same
        told = False
        daemon_process.stop_daemon(data_dir)
        return daemon_process.ensure_daemon(data_dir)

    return Link(connect, start_daemon, parent)


def _problem_of(error: BaseException) -> Problem:
    found = getattr(error, "problem", None)
    if isinstance(found, Problem):
        return found
    _log.error("the daemon could not be reached", exc_info=error)
    return _not_running(f"{type(error).__name__}.")


def _not_running(detail: str = "The background program ended.") -> Problem:
    return Problem(
        code=ErrorCode.STOPPING,
        title="The memory is not running",
        message=f"{detail} Everything it had acknowledged is safe.",
        next_step="Start it again.",
    )
