"""The language model as the daemon sees it: lent to one borrower at a time.

Any thread may borrow. The worker process is started on first need, unloaded when nobody has
asked for a while (so that its memory really comes back), and started anew after a crash.
Loading llama.cpp is the worker's business; this module is light to import.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from models.errors import (
    GenerationFailed,
    ModelClosed,
    ModelError,
    ModelLoadFailed,
    PromptTooLong,
    WorkerDied,
)
from models.gguf_file import GgufHeader, read_header
from models.worker_link import Event, WorkerLink, default_command

# How often a waiting borrower looks whether it was cancelled.
POLL_S = 0.02
# A worker that was told to stop and goes on longer is killed.
STOP_WITHIN_S = 2.0

State = Literal["idle", "loading", "loaded", "answering", "failed"]
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ChatMessage:
    """One message of a chat. Its text is data: control tokens in it mean nothing."""

    role: Role
    content: str


@dataclass(frozen=True)
class ModelDescription:
    """What there is to say about the model without loading it."""

    name: str
    path: Path
    size_bytes: int
    architecture: str | None
    context_tokens: int | None
    state: State
    failure: ModelError | None


@dataclass(frozen=True)
class Finished:
    """How the last answer ended.

    Attributes:
        reason: ``end`` by the model itself, ``stop`` at a stop text, ``length`` or ``cancelled``.
    """

    reason: str
    prompt_tokens: int
    made_tokens: int


class LanguageModel:
    """One GGUF file and, while it is needed, the process that has it loaded.

    Attributes:
        state: idle (not loaded), loading, loaded, answering, or failed.
        failure: why it failed; the next question tries again.
        last: how the last answer ended, None before the first.
    """

    def __init__(
        self,
        path: Path,
        context_tokens: int = 4096,
        threads: int = 0,
        idle_s: float = 600.0,
        *,
        on_change: Callable[[], None] | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        """Reads the file's header only; a bad file shows as state ``failed``.

        Args:
            context_tokens: text the model sees at once; never more than it was trained for.
            threads: 0 takes the number of physical cores.
            idle_s: seconds after which it is unloaded.
            on_change: called on any thread when ``state`` changes.
            command: how to start the worker, for packaged builds.
        """
        self.path = path
        self.last: Finished | None = None
        self.failure: ModelError | None = None
        self._wanted_tokens = context_tokens
        self._threads = threads or psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
        self._idle_s = idle_s
        self._on_change = on_change or (lambda: None)
        self._command = list(command or default_command())
        self._state: State = "idle"
        self._loan = threading.Lock()
        self._closed = False
        self._worker: WorkerLink | None = None
        self._loaded = False
        self._number = 0
        self._loading_number = 0
        self._timer: threading.Timer | None = None
        self._header: GgufHeader | None = None
        try:
            self._header = read_header(path)
        except ModelError as error:
            self._fail(error)

    # -- what others ask ----------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._state

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker while there is one."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    @property
    def context_tokens(self) -> int:
        trained = self._header.context_tokens if self._header else None
        return min(self._wanted_tokens, trained or self._wanted_tokens)

    def describe(self) -> ModelDescription:
        header = self._header
        return ModelDescription(
            name=header.name if header else self.path.stem,
            path=self.path,
            size_bytes=header.size_bytes if header else 0,
            architecture=header.architecture if header else None,
            context_tokens=self.context_tokens if header else None,
            state=self._state,
            failure=self.failure,
        )

    def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int = 512,
        temperature: float = 0.3,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Streams an answer in pieces of text; waits its turn if another one runs.

        Setting ``cancel``, or dropping the iterator, stops it at once, whether it waits,
        loads, reads the prompt or writes. Equal seeds give equal answers. Whoever iterates
        holds the loan: count tokens before or after, not in between.

        Raises:
            ModelError: the file is bad, the prompt too long, or the worker died. The next
                call starts afresh.
        """
        cancel = cancel or threading.Event()
        with self._borrowed(cancel) as mine:
            if not mine or (worker := self._ready(cancel)) is None:
                return
            self._number += 1
            worker.send(
                op="generate",
                id=self._number,
                messages=[{"role": m.role, "content": m.content} for m in messages],
                max_tokens=max_tokens,
                temperature=temperature,
                stop=list(stop),
                seed=secrets.randbits(31) if seed is None else seed,
            )
            self._become("answering")
            yield from self._stream(worker, self._number, cancel)

    def count_tokens(self, text: str, cancel: threading.Event | None = None) -> int:
        """Tokens of ``text`` as this model counts; loads it if need be, 0 if cancelled."""
        return sum(self.count_many([text], cancel))

    def count_many(self, texts: Sequence[str], cancel: threading.Event | None = None) -> list[int]:
        """Tokens of each text, in one round trip; empty if cancelled while it loaded."""
        cancel = cancel or threading.Event()
        with self._borrowed(cancel) as mine:
            if not mine or (worker := self._ready(cancel)) is None:
                return []
            self._number += 1
            worker.send(op="count", id=self._number, texts=list(texts))
            event = self._await(worker, self._number, None)
            return list(event["tokens"]) if event else []

    def load(self, cancel: threading.Event | None = None) -> None:
        """Loads it now, so that the next answer starts sooner."""
        cancel = cancel or threading.Event()
        with self._borrowed(cancel) as mine:
            if mine:
                self._ready(cancel)

    def unload(self) -> None:
        """Ends the worker once its borrower is done; the next question loads it again."""
        with self._loan:
            self._drop_worker()
            if self._state != "failed":
                self._become("idle")

    def close(self) -> None:
        """Ends the worker now; a running answer ends with ModelClosed."""
        self._closed = True
        if (timer := self._timer) is not None:
            timer.cancel()
        while not self._loan.acquire(timeout=POLL_S):
            if (worker := self._worker) is not None:
                worker.kill()  # its borrower notices and gives the loan back
        try:
            self._drop_worker()
            self._become("idle")
        finally:
            self._loan.release()

    # -- lending ------------------------------------------------------------------------

    @contextmanager
    def _borrowed(self, cancel: threading.Event) -> Iterator[bool]:
        """Holds the loan; False if cancelled while waiting. Records what went wrong."""
        while not self._loan.acquire(timeout=POLL_S):
            if cancel.is_set():
                yield False
                return
        try:
            self._check_open()
            if self._timer is not None:
                self._timer.cancel()
            yield not cancel.is_set()
        except (PromptTooLong, GenerationFailed):
            raise
        except ModelError as error:
            self._drop_worker()
            self._check_open()
            self._fail(error)
            raise
        finally:
            if self._state == "answering":
                self._become("loaded")
            self._wait_idle()
            self._loan.release()

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
                self._drop_worker()
                self._become("idle")
        finally:
            self._loan.release()

    # -- the worker, for whoever holds the loan -----------------------------------------

    def _ready(self, cancel: threading.Event) -> WorkerLink | None:
        """A worker with the model loaded; None if cancelled first."""
        if self._worker is not None and not self._worker.alive:
            self._drop_worker()
        if self._worker is None:
            self._become("loading")
            self._header = read_header(self.path)
            self._worker = WorkerLink(self._command)
            self._loaded = False
            self._number += 1
            self._loading_number = self._number
            self._worker.send(
                op="load",
                id=self._number,
                path=str(self.path),
                context_tokens=self.context_tokens,
                threads=self._threads,
            )
        if not self._loaded:
            if self._await(self._worker, self._loading_number, cancel) is None:
                self._drop_worker(grace_s=0)
                self._become("idle")
                return None
            self._loaded = True
        self.failure = None
        self._become("loaded")
        return self._worker

    def _await(
        self, worker: WorkerLink, number: int, cancel: threading.Event | None
    ) -> Event | None:
        """The answer to order ``number``; None if cancelled first."""
        while cancel is None or not cancel.is_set():
            event = worker.receive(POLL_S)
            if event is not None and event["id"] == number:
                return self._checked(event)
        return None

    def _stream(self, worker: WorkerLink, number: int, cancel: threading.Event) -> Iterator[str]:
        running = True
        try:
            while not cancel.is_set():
                event = worker.receive(POLL_S)
                if event is None or event["id"] != number:
                    continue
                running = event["event"] == "text"
                self._checked(event)
                if not running:
                    self._note_end(event)
                    return
                yield event["text"]
        finally:
            if running:
                self._stop(worker, number)

    def _stop(self, worker: WorkerLink, number: int) -> None:
        """Makes order ``number`` end, and the worker too if it does not listen."""
        try:
            worker.send(op="cancel", id=number)
            until = time.monotonic() + STOP_WITHIN_S
            while time.monotonic() < until:
                event = worker.receive(POLL_S)
                if event is not None and event["id"] == number and event["event"] != "text":
                    if event["event"] == "done":
                        self._note_end(event)
                    return
        except WorkerDied:
            pass  # then it has stopped too
        self._drop_worker(grace_s=0)
        self._become("idle")

    def _note_end(self, event: Event) -> None:
        self.last = Finished(event["reason"], event["prompt_tokens"], event["made_tokens"])

    def _checked(self, event: Event) -> Event:
        if event["event"] != "failed":
            return event
        if event["kind"] == "load":
            raise _load_failed(self.path.name, event["detail"])
        if event["kind"] == "too_long":
            raise PromptTooLong(
                "This is too much for the model at once",
                f"The question and its memories take {event['detail']}.",
                "Ask something shorter, or raise the context of the model in the settings.",
            )
        raise GenerationFailed(
            "The model could not finish this answer",
            f"It reported: {event['detail']}.",
            "Ask again; if it happens again, choose another model.",
        )

    def _drop_worker(self, grace_s: float = STOP_WITHIN_S) -> None:
        worker, self._worker, self._loaded = self._worker, None, False
        if worker is not None:
            worker.end(grace_s)

    def _fail(self, error: ModelError) -> None:
        self.failure = error
        self._become("failed")

    def _become(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._on_change()


def _load_failed(name: str, detail: str) -> ModelLoadFailed:
    """Words for what llama.cpp gives as its reason."""
    low = detail.lower()
    if "unknown model architecture" in low or "unsupported" in low:
        message = f"{name} is of a kind this version of llama.cpp does not know."
        then = "Choose another model, or update Recollect."
    elif "alloc" in low or "memory" in low:
        message = f"There is not enough free memory for {name}."
        then = "Close other programs, lower the context in the settings, or choose a smaller one."
    else:
        message = f"llama.cpp could not open {name}: {detail[:200] or 'no reason given'}."
        then = "Download it again, or choose another model."
    return ModelLoadFailed("The model could not be loaded", message, then)
