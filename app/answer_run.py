"""One running answer: its thread reads the stream, its signals arrive on the GUI thread.

Events are gathered for about 40 ms before the GUI thread hears of them, so that a fast model
does not make the window repaint for every token; deltas gathered together arrive as one.
"""

from __future__ import annotations

import threading
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.link import Link, LinkState
from memory.protocol import (
    AskDelta,
    AskDone,
    AskEvent,
    AskFailed,
    AskLooked,
    AskRequest,
    AskSources,
    AskStage,
    ErrorCode,
    Problem,
)

MERGE_MS = 40


class AnswerRun(QObject):
    """Signals:
    sources: ``AskSources``. stage: ``AskStage``. delta: text to append.
    done: ``AskDone``. failed: ``Problem``. Exactly one of the last two ends the run.
    """

    sources = Signal(object)
    stage = Signal(object)
    delta = Signal(str)
    done = Signal(object)
    failed = Signal(object)
    _poked = Signal()

    def __init__(self, link: Link, request: AskRequest, parent: QObject | None = None):
        super().__init__(parent)
        self.request = request
        self.finished = False
        self._link = link
        self._lock = threading.Lock()
        self._events: list[AskEvent] = []
        self._request_id: str | None = None
        self._stopping = threading.Event()
        self._timer = QTimer(self, singleShot=True, interval=MERGE_MS)
        self._timer.timeout.connect(self._drain)
        self._poked.connect(self._on_poked, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._read, name="answer", daemon=True)

    def start(self) -> AnswerRun:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop at the next token; ``done`` follows with what there is."""
        if self.finished or self._stopping.is_set():
            return
        self._stopping.set()
        with self._lock:
            request_id = self._request_id
        if request_id is not None:
            self._link.submit(lambda client: client.cancel_ask(request_id), _ignore)

    # -- on the answer's thread

    def _read(self) -> None:
        try:
            with self._link.client().ask(self.request) as stream:
                for event in stream:
                    self._put(event)
                    if self._stopping.is_set() and isinstance(
                        event, AskStage | AskSources | AskLooked
                    ):
                        break  # leaving the stream stops the answer
        except BaseException as error:
            self._put(AskFailed(seq=0, request="", problem=_problem(error, self._link)))
        else:
            self._put(None)

    def _put(self, event: AskEvent | None) -> None:
        with self._lock:
            if event is None:
                event = AskFailed(seq=0, request="", problem=_ended(self._stopping.is_set()))
            elif self._request_id is None:
                self._request_id = event.request
            self._events.append(event)
            alone = len(self._events) == 1
        if alone:
            try:
                self._poked.emit()
            except RuntimeError:
                self._stopping.set()  # the window is gone

    # -- on the GUI thread

    @Slot()
    def _on_poked(self) -> None:
        with self._lock:
            first = self._events[0] if self._events else None
        if isinstance(first, AskDelta):
            self._timer.start()
        else:
            self._drain()

    def _drain(self) -> None:
        with self._lock:
            events, self._events = self._events, []
        text: list[str] = []
        for event in events:
            if isinstance(event, AskDelta):
                text.append(event.text)
                continue
            if text:
                self.delta.emit("".join(text))
                text = []
            self._emit(event)
        if text:
            self.delta.emit("".join(text))

    def _emit(self, event: AskEvent) -> None:
        if self.finished:
            return
        match event:
            case AskSources():
                self.sources.emit(event)
            case AskStage():
                self.stage.emit(event)
            case AskDone():
                self.finished = True
                self.done.emit(event)
            case AskFailed():
                self.finished = True
                self.failed.emit(event.problem)


def _ignore(_result: Any, _error: BaseException | None) -> None:
    """A cancel that comes too late is no error."""


def _problem(error: BaseException, link: Link) -> Problem:
    found = getattr(error, "problem", None)
    if isinstance(found, Problem):
        return found
    lost = link.state is not LinkState.READY
    return Problem(
        code=ErrorCode.STOPPING if lost else ErrorCode.INTERNAL,
        title="The answer broke off",
        message=f"The connection to the memory ended ({type(error).__name__}).",
        next_step="Ask again.",
    )


def _ended(stopped: bool) -> Problem:
    if stopped:
        return Problem(
            code=ErrorCode.CANCELLED,
            title="Stopped",
            message="You stopped this answer before it began.",
            next_step="Ask again whenever you like.",
        )
    return Problem(
        code=ErrorCode.INTERNAL,
        title="The answer broke off",
        message="The memory ended it without saying why.",
        next_step="Ask again.",
    )
