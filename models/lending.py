"""Lends the worker process to one borrower at a time, and sees to its life.

Any thread may borrow. The process is started on first need, ended when nobody has asked for a
while (so that its memory really comes back), and started anew after a crash.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from models.errors import GenerationFailed, ModelClosed, ModelError, WorkerDied
from models.failures import failure_of
from models.llm_parts import State
from models.worker_link import Aside, Event, WorkerLink

# How often a waiting borrower looks whether it was cancelled.
POLL_S = 0.02
# A worker that was told to stop and goes on longer is killed.
STOP_WITHIN_S = 2.0
# How long an answer to a word that must not wait may take.
ANSWER_WITHIN_S = 30.0

# What the order "load" says besides its number; read anew at every start.
LoadOrder = Callable[[], dict[str, object]]


class Lending:
    """One worker, while it is needed.

    Attributes:
        state: idle (not loaded), loading, loaded, answering, or failed.
        failure: why it failed; the next borrower tries again.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        load_order: LoadOrder,
        idle_s: float,
        on_change: Callable[[], None],
        aside: Aside,
    ) -> None:
        """
        Args:
            name: of the model's file, for words to people.
            load_order: may raise ModelError, if the file is bad now.
            aside: what to do with events that nobody asked for.
        """
        self.failure: ModelError | None = None
        self._name = name
        self._command = list(command)
        self._load_order = load_order
        self._idle_s = idle_s
        self._on_change = on_change
        self._aside = {**aside, "forgotten": self._note_forgotten}
        self._state: State = "idle"
        self._loan = threading.Lock()
        self._closed = False
        self._worker: WorkerLink | None = None
        self._loaded = False
        self._numbers = threading.Lock()
        self._number = 0
        self._loading_number = 0
        self._timer: threading.Timer | None = None
        self._yielding: threading.Event | None = None
        self._forgotten: dict[int, Event | None] = {}
        self._told = threading.Condition()

    @property
    def state(self) -> State:
        return self._state

    @property
    def pid(self) -> int | None:
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def fail(self, error: ModelError) -> None:
        self.failure = error
        self.become("failed")

    def become(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._on_change()

    # -- the loan -----------------------------------------------------------------------

    @contextmanager
    def borrowed(
        self, cancel: threading.Event, gives_way: bool = False
    ) -> Iterator[WorkerLink | None]:
        """Holds the loan of a worker with the model loaded; None if cancelled before.

        Args:
            gives_way: ``cancel`` is set as soon as somebody else asks for the model.

        Raises:
            ModelError: it could not be loaded, or died; the next call starts afresh.
        """
        while not self._loan.acquire(timeout=POLL_S):
            if (yielding := self._yielding) is not None:
                yielding.set()
            if cancel.is_set():
                yield None
                return
        try:
            self._yielding = cancel if gives_way else None
            self._check_open()
            if self._timer is not None:
                self._timer.cancel()
            yield None if cancel.is_set() else self._ready(cancel)
        except GenerationFailed:
            raise
        except ModelError as error:
            self._drop()
            self._check_open()
            self.fail(error)
            raise
        finally:
            self._yielding = None
            if self._state == "answering":
                self.become("loaded")
            self._wait_idle()
            self._loan.release()

    def number(self) -> int:
        """A new number for an order."""
        with self._numbers:
            self._number += 1
            return self._number

    def answer(
        self, worker: WorkerLink, number: int, cancel: threading.Event | None
    ) -> Event | None:
        """The answer to order ``number``; None if cancelled first."""
        while cancel is None or not cancel.is_set():
            event = worker.receive(POLL_S)
            if event is not None and event["id"] == number:
                return self.checked(event)
        return None

    def checked(self, event: Event) -> Event:
        """The event; raises what it reports."""
        if event["event"] == "failed":
            raise failure_of(event, self._name)
        return event

    def stop(self, worker: WorkerLink, number: int) -> Event | None:
        """Makes order ``number`` end, and the worker too if it does not listen.

        Returns its last event, None if there was none.
        """
        try:
            worker.send(op="cancel", id=number)
            until = time.monotonic() + STOP_WITHIN_S
            while time.monotonic() < until:
                event = worker.receive(POLL_S)
                if event is not None and event["id"] == number and event["event"] != "text":
                    return event
        except WorkerDied:
            pass  # then it has stopped too
        self._drop(grace_s=0)
        self.become("idle")
        return None

    # -- without a loan -----------------------------------------------------------------

    def tell(self, **order: object) -> bool:
        """Says something that must not wait to the worker; False if there is none."""
        worker = self._worker
        if worker is None:
            return False
        try:
            worker.send(id=self.number(), **order)
        except WorkerDied:
            return False
        return True

    def forget(self) -> str | None:
        """Has the worker forget what it keeps of prompts; returns when it has.

        A worker that does not answer is killed, so that nothing is written afterwards. Returns
        what went wrong with the files, if anything.
        """
        worker, number = self._worker, self.number()
        if worker is None:
            return None
        try:
            worker.send(op="forget", id=number)
        except WorkerDied:
            return None
        with self._told:
            self._told.wait_for(
                lambda: number in self._forgotten or not worker.alive, ANSWER_WITHIN_S
            )
            event = self._forgotten.pop(number, None)
        if event is None:
            if worker.alive:
                worker.kill()  # its borrower notices
            return None
        failed: str | None = event["failed"]
        return failed

    def unload(self) -> None:
        """Ends the worker once its borrower is done; the next one loads it again."""
        while not self._loan.acquire(timeout=POLL_S):
            if (yielding := self._yielding) is not None:
                yielding.set()
        try:
            self._drop()
            if self._state != "failed":
                self.become("idle")
        finally:
            self._loan.release()

    def close(self) -> None:
        """Ends the worker now; a running answer ends with ModelClosed."""
        self._closed = True
        if (timer := self._timer) is not None:
            timer.cancel()
        while not self._loan.acquire(timeout=POLL_S):
            if (worker := self._worker) is not None:
                worker.kill()  # its borrower notices and gives the loan back
        try:
            self._drop()
            self.become("idle")
        finally:
            self._loan.release()

    # -- within the loan ----------------------------------------------------------------

    def _ready(self, cancel: threading.Event) -> WorkerLink | None:
        """A worker with the model loaded; None if cancelled first."""
        if self._worker is not None and not self._worker.alive:
            self._drop()
        if not self._start(cancel):
            self._drop(grace_s=0)
            self.become("idle")
            return None
        self.failure = None
        self.become("loaded")
        return self._worker

    def _start(self, cancel: threading.Event) -> bool:
        if self._worker is None:
            self.become("loading")
            order = self._load_order()
            self._loaded = False
            self._worker = WorkerLink(self._command, self._aside)
            self._loading_number = self.number()
            self._worker.send(op="load", id=self._loading_number, **order)
        if not self._loaded:
            if self.answer(self._worker, self._loading_number, cancel) is None:
                return False
            self._loaded = True
        return True

    def _drop(self, grace_s: float = STOP_WITHIN_S) -> None:
        worker, self._worker, self._loaded = self._worker, None, False
        if worker is not None:
            worker.end(grace_s)

    def _check_open(self) -> None:
        if self._closed:
            raise ModelClosed(
                "The model was put away",
                "Another model was chosen, or Recollect is ending.",
                "Ask again.",
            )

    def _wait_idle(self) -> None:
        if self._closed or self._worker is None:
            return
        self._timer = threading.Timer(self._idle_s, self._unload_if_idle)
        self._timer.name = "llm-idle"
        self._timer.daemon = True
        self._timer.start()

    def _unload_if_idle(self) -> None:
        timer = threading.current_thread()
        if not self._loan.acquire(blocking=False):
            return  # borrowed just now; its end sets a new timer
        try:
            if self._timer is timer:
                self._drop()
                self.become("idle")
        finally:
            self._loan.release()

    def _note_forgotten(self, event: Event) -> None:
        with self._told:
            self._forgotten[event["id"]] = event
            self._told.notify_all()
