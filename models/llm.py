"""The language model as the daemon sees it: lent to one borrower at a time.

Any thread may borrow. The worker process is started on first need, unloaded when nobody has
asked for a while (so that its memory really comes back), and started anew after a crash.
Loading llama.cpp is the worker's business; this module is light to import.
"""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from models.decoding import kv_files
from models.decoding.schema import BadSchema, check, parse_schema
from models.errors import ModelError
from models.failures import failure_of
from models.gguf_file import GgufHeader, read_header
from models.lending import Lending
from models.llm_parts import (
    ChatMessage,
    EngineOptions,
    Finished,
    Kept,
    ModelDescription,
    State,
    answer_order,
    kept_folder,
    plain,
    rows_of,
)
from models.meter import FirstCheck, Meter
from models.planning import other_mode
from models.worker_link import Event, WorkerLink, default_command

__all__ = [
    "ChatMessage", "EngineOptions", "Finished", "Kept", "LanguageModel", "Meter",
    "ModelDescription", "State", "kept_folder",
]  # fmt: skip


class LanguageModel:
    """One GGUF file and, while it is needed, the process that has it loaded.

    Attributes:
        state: idle (not loaded), loading, loaded, answering, or failed.
        failure: why it failed; the next question tries again.
        last: how the last answer ended, None before the first.
        meter: what its weights do, None while it is not loaded.
        check: what is found out about it once, while it is loaded for the first time.
    """

    def __init__(
        self,
        path: Path,
        context_tokens: int = 4096,
        threads: int = 0,
        idle_s: float = 600.0,
        *,
        options: EngineOptions | None = None,
        on_change: Callable[[], None] | None = None,
        on_meter: Callable[[Meter], None] | None = None,
        on_check: Callable[[FirstCheck | None], None] | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        """Reads the file's header only; a bad file shows as state ``failed``.

        Args:
            context_tokens: text the model sees at once; never more than it was trained for.
            threads: 0 takes the number of physical cores.
            idle_s: seconds after which it is unloaded.
            on_change: called on any thread when ``state`` changes.
            on_meter: called on any thread, at most four times a second, with a new ``meter``.
            on_check: called on any thread with a new ``check``, and with None once when it ends.
            command: how to start the worker, for packaged builds.
        """
        self.path = path
        self.last: Finished | None = None
        self._wanted_tokens = context_tokens
        self._threads = threads or psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
        self._options = options or EngineOptions()
        self._budget_bytes = self._options.budget_bytes
        self._on_meter = on_meter or (lambda _meter: None)
        self._meter: Meter | None = None
        self._on_change = on_change or (lambda: None)
        self._on_check = on_check or (lambda _check: None)
        self._check: FirstCheck | None = None
        self._check_again = False
        self._lending = Lending(
            path.name,
            list(command or default_command()),
            self._load_order,
            idle_s,
            self._changed,
            {"meter": self._note_meter, "check": self._note_check},
        )
        self._header: GgufHeader | None = None
        try:
            self._header = read_header(path)
        except ModelError as error:
            self._lending.fail(error)

    # -- what it is ---------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._lending.state

    @property
    def failure(self) -> ModelError | None:
        return self._lending.failure

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker while there is one."""
        return self._lending.pid

    @property
    def meter(self) -> Meter | None:
        return self._meter if self.worker_pid is not None else None

    @property
    def check(self) -> FirstCheck | None:
        return self._check

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
            state=self.state,
            failure=self.failure,
            meter=self.meter,
            check=self.check,
        )

    # -- answers ------------------------------------------------------------------------

    def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int = 512,
        temperature: float = 0.3,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
        seed: int | None = None,
        kept: Kept | None = None,
        several: bool = True,
        grammar: str | None = None,
    ) -> Iterator[str]:
        """Streams an answer in pieces of text; waits its turn if another one runs.

        Setting ``cancel``, or dropping the iterator, stops it at once, whether it waits,
        loads, reads the prompt or writes. Equal seeds give equal answers. Whoever iterates
        holds the loan: count tokens before or after, not in between.

        Args:
            kept: beginnings of the prompt that may be kept in files; None keeps nothing.
            several: check guesses together, for speed; without it the same answer comes one
                token at a time.
            grammar: in llama.cpp's notation, with a rule ``root``; only text it allows.

        Raises:
            ModelError: the file is bad, the prompt too long, or the worker died. The next
                call starts afresh.
        """
        more = {"stop": list(stop), "several": several, "grammar": grammar}
        order = answer_order(messages, max_tokens, temperature, seed, kept)
        yield from self._answered({**order, **more}, cancel or threading.Event())

    def generate_json(
        self,
        messages: Sequence[ChatMessage],
        schema: Mapping[str, Any],
        *,
        max_tokens: int = 512,
        temperature: float = 0.3,
        cancel: threading.Event | None = None,
        seed: int | None = None,
        kept: Kept | None = None,
    ) -> Any:
        """A value of this JSON schema, whatever the model is like; None if cancelled.

        The model can write nothing else, and what it has not finished when ``max_tokens`` are
        used up is finished for it, as briefly as the schema allows. All properties of an
        object are there, in their order. Which part of JSON Schema is understood:
        ``models.decoding.schema``. Say in ``messages`` what the fields mean.

        Raises:
            ModelError: see ``generate``; BadSchemaGiven if the schema is not understood.
        """
        cancel = cancel or threading.Event()
        try:
            node = parse_schema(schema)
        except BadSchema as error:
            raise failure_of({"kind": "schema", "detail": str(error)}, self.path.name) from error
        order = answer_order(messages, max_tokens, temperature, seed, kept)
        text = "".join(self._answered({**order, "stop": [], "schema": dict(schema)}, cancel))
        if cancel.is_set():
            return None
        value = json.loads(text)
        if not check(node, value):  # the grammar and the schema disagree
            raise failure_of({"kind": "generation", "detail": "another form"}, self.path.name)
        return value

    def prepare(
        self, messages: Sequence[ChatMessage], kept: Kept, cancel: threading.Event | None = None
    ) -> int:
        """Reads what the next prompt will begin with, and gives way to whoever asks meanwhile.

        Args:
            messages: that beginning, and any message after it.

        Returns:
            Tokens it has read now; 0 if it gave way.
        """
        cancel = cancel or threading.Event()
        order = {
            "messages": plain(messages),
            "fixed": kept.fixed,
            "chat": kept.chat,
            "in_files": kept.in_files,
        }
        with self._lending.borrowed(cancel, gives_way=True) as worker:
            if worker is None:
                return 0
            event = self._asked(worker, cancel, op="prepare", **order)
            return 0 if event is None or "tokens" not in event else int(event["tokens"])

    # -- the rest -----------------------------------------------------------------------

    def count_tokens(self, text: str, cancel: threading.Event | None = None) -> int:
        """Tokens of ``text`` as this model counts; loads it if need be, 0 if cancelled."""
        return sum(self.count_many([text], cancel))

    def count_many(self, texts: Sequence[str], cancel: threading.Event | None = None) -> list[int]:
        """Tokens of each text, in one round trip; empty if cancelled while it loaded."""
        with self._lending.borrowed(cancel or threading.Event()) as worker:
            if worker is None:
                return []
            event = self._asked(worker, None, op="count", texts=list(texts))
            return list(event["tokens"]) if event else []

    def logits(
        self, text: str | Sequence[int], rows: int = 1, cancel: threading.Event | None = None
    ) -> list[array[float]]:
        """Logits after each of the last ``rows`` tokens of a text or of tokens.

        Each row is float32 and as long as the vocabulary. Empty if cancelled.
        """
        cancel = cancel or threading.Event()
        tokens = [] if isinstance(text, str) else list(text)
        words = text if isinstance(text, str) else ""
        with self._lending.borrowed(cancel) as worker:
            if worker is None:
                return []
            event = self._asked(worker, cancel, op="logits", text=words, tokens=tokens, rows=rows)
        return [] if event is None or "data" not in event else rows_of(event)

    def load(self, cancel: threading.Event | None = None, *, check_again: bool = False) -> None:
        """Loads it now, with ``check_again`` anew, and self-checks that failed are made once more.

        Raises ModelError.
        """
        if check_again:
            self._check_again = True
            self.unload()
        with self._lending.borrowed(cancel or threading.Event()):
            pass

    def unload(self) -> None:
        """Ends the worker once its borrower is done; the next question loads it again."""
        self._lending.unload()

    def close(self) -> None:
        """Ends the worker now; a running answer ends with ModelClosed."""
        self._lending.close()

    def set_budget(self, budget_bytes: int) -> None:
        """Memory the worker may take from now on, 0 for automatic; also while it answers.

        Weights that come from flash follow at once. Where another mode would be chosen now, the
        model is put away as soon as nobody uses it, and loaded so with the next question.
        """
        self._budget_bytes = budget_bytes
        self._lending.tell(op="budget", bytes=budget_bytes)
        meter = self.meter if self._options.mode == "auto" else None
        if meter is not None and other_mode(self.path, self.context_tokens, budget_bytes, meter):
            threading.Thread(target=self.unload, name="llm-replan", daemon=True).start()

    def forget_kept(self) -> None:
        """Deletes every kept beginning that may hold a person's words, for good.

        What the worker holds of prompts is not written or used any more either.

        Raises:
            OSError: a file could not be deleted.
        """
        failed = self._lending.forget()
        if (folder := self._kept_folder()) is not None and folder.is_dir():
            kv_files.forget_in(folder)
        if failed is not None:
            raise OSError(failed)

    # -- within -------------------------------------------------------------------------

    def _kept_folder(self) -> Path | None:
        folder = self._options.folder
        return None if folder is None else kept_folder(folder)

    def _load_order(self) -> dict[str, object]:
        """What the worker needs to know to load it; the header is read anew."""
        self._meter = None
        self._header = read_header(self.path)
        folder, kept = self._options.folder, self._kept_folder()
        check_again, self._check_again = self._check_again, False
        return {
            "path": str(self.path),
            "context_tokens": self.context_tokens,
            "threads": self._threads,
            "lookup": self._options.lookup,
            "budget_bytes": self._budget_bytes,
            "mode": self._options.mode,
            "checks": str(folder) if folder else None,
            "check_again": check_again,
            "kv_folder": str(kept) if kept else None,
            "kv_bytes": self._options.kept_bytes,
            "quiet_s": self._options.quiet_s,
        }

    def _answered(self, order: dict[str, Any], cancel: threading.Event) -> Iterator[str]:
        with self._lending.borrowed(cancel) as worker:
            if worker is None:
                return
            number = self._lending.number()
            worker.send(op="generate", id=number, **order)
            self._lending.become("answering")
            yield from self._stream(worker, number, cancel)

    def _stream(self, worker: WorkerLink, number: int, cancel: threading.Event) -> Iterator[str]:
        running = True
        try:
            while not cancel.is_set():
                event = worker.receive(0.02)
                if event is None or event["id"] != number:
                    continue
                running = event["event"] == "text"
                self._lending.checked(event)
                if not running:
                    self._note_end(event)
                    return
                yield event["text"]
        finally:
            if running:
                self._note_end(self._lending.stop(worker, number))

    def _asked(
        self, worker: WorkerLink, cancel: threading.Event | None, **order: Any
    ) -> Event | None:
        """The answer to an order; None, and the order is stopped, if cancelled."""
        number = self._lending.number()
        worker.send(id=number, **order)
        event = self._lending.answer(worker, number, cancel)
        return self._lending.stop(worker, number) if event is None else event

    def _note_end(self, event: Event | None) -> None:
        if event is not None and event["event"] == "done":
            names = Finished.__dataclass_fields__
            self.last = Finished(**{name: event[name] for name in names if name in event})

    def _note_meter(self, event: Event) -> None:
        self._meter = Meter(**{name: event[name] for name in Meter.__dataclass_fields__})
        self._on_meter(self._meter)

    def _note_check(self, event: Event) -> None:
        self._check = FirstCheck(event["stage"], event["share"])
        self._on_check(self._check)

    def _changed(self) -> None:
        """A first check is part of loading: when that ends, however it does, so does the check.

        The worker says nothing of it after ``loaded``, and is gone when loading ends otherwise.
        """
        if self.state != "loading" and self._check is not None:
            self._check = None
            self._on_check(None)
        self._on_change()
