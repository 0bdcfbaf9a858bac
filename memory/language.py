"""The language model in use, as the settings name it. Any thread.

Holds at most one ``models.llm.LanguageModel``; another file, context, thread count or mode
makes a new one and closes the old, whose answer under way then ends with a clear error. Another
memory budget reaches the one that is there. Nothing is loaded here: the worker process starts
with the first answer.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from memory.errors import BadRequest, problem_from
from memory.events import Events
from memory.options import Options
from memory.protocol import Change, ModelCheck, ModelInfo, ModelMeter, ModelMode, Problem
from memory.settings import Settings

if TYPE_CHECKING:
    from models.llm import LanguageModel
    from models.meter import FirstCheck, Meter

_log = logging.getLogger(__name__)

_SHAPING = (
    "model_path", "model_context", "model_threads", "model_idle_minutes", "model_mode",
    "model_kept_mb",
)  # fmt: skip
_MB = 1_000_000


class Language:
    """``current`` is what answers borrow; None means that answers quote."""

    def __init__(self, options: Options, events: Events, folder: Path | None = None):
        """``folder`` is where the engine keeps what it found out about a model."""
        self._options = options
        self._folder = folder
        self._events = events
        self._lock = threading.RLock()
        self._model: LanguageModel | None = None
        self._problem: Problem | None = None
        self._closed = False
        self._leaving = threading.Event()
        options.on_change(self._follow)
        self._open(options.current())

    def current(self) -> tuple[LanguageModel, str] | None:
        """The model and its name."""
        with self._lock:
            model = self._model
        return None if model is None else (model, model.describe().name)

    def info(self) -> ModelInfo | None:
        """What is in use and how it is; None if answers quote."""
        with self._lock:
            model, problem = self._model, self._problem
        if model is None:
            return _unusable(problem) if problem else None
        found = model.describe()
        return ModelInfo(
            name=found.name,
            path=str(found.path),
            size_bytes=found.size_bytes,
            architecture=found.architecture,
            context_tokens=found.context_tokens,
            state=found.state,
            problem=problem_from(found.failure, item=str(found.path)) if found.failure else None,
            mode=_mode(found.meter.mode) if found.meter else None,
            budget_bytes=self.budget_bytes(),
            meter=_meter(found.meter) if found.meter else None,
            check=_first_check(found.check) if found.check else None,
        )

    def budget_bytes(self) -> int | None:
        """What the loaded model may take, or what the person set; None for automatic."""
        with self._lock:
            model = self._model
        meter = model.meter if model is not None else None
        if meter is not None and meter.budget_bytes is not None:
            return meter.budget_bytes
        return self._options.current().model_memory_mb * _MB or None

    def worker_pid(self) -> int | None:
        """Process that has it loaded."""
        with self._lock:
            model = self._model
        return None if model is None else model.worker_pid

    def use(self, path: str) -> None:
        """Answer with this GGUF file from now on.

        Raises:
            models.errors.BadModelFile: it cannot be used; nothing is changed.
            OSError: it cannot be read.
        """
        file = Path(path)
        if not file.is_absolute():
            raise BadRequest(
                "The full path is needed", "A relative path says nothing here.", "Try again."
            )
        _check(file)
        self._options.edit({"model_path": str(file)})
        with self._lock:
            if self._problem is not None:  # the same file again, now in order
                self._open(self._options.current())
        self._events.changed(Change.MODEL)

    def use_none(self) -> None:
        """Answer by quotation from now on."""
        self._options.edit({"model_path": ""})

    def load(self, check_again: bool = False) -> None:
        """Read it into memory now; returns when that is done, or at once if there is none.

        Args:
            check_again: read it anew, and make self-checks that failed once more.

        Raises:
            models.errors.ModelError: it could not be loaded, or was put away meanwhile.
        """
        with self._lock:
            model = self._model
        if model is not None:
            model.load(self._leaving, check_again=check_again)

    def stop_loading(self) -> None:
        """The daemon ends: whoever waits for ``load`` waits no longer, and none begins."""
        self._leaving.set()

    def forget_kept(self) -> None:
        """Delete for good what is kept of prompts and may hold a person's words.

        Raises:
            OSError: a file could not be deleted.
        """
        from models.decoding.kv_files import forget_in
        from models.llm import kept_folder

        with self._lock:
            model = self._model
        if model is not None:
            model.forget_kept()
        elif self._folder is not None and kept_folder(self._folder).is_dir():
            forget_in(kept_folder(self._folder))

    def close(self) -> None:
        """End the worker, if one runs; idempotent."""
        with self._lock:
            self._closed = True
            self._close_model()

    def _follow(self, old: Settings, new: Settings) -> None:
        if any(getattr(old, name) != getattr(new, name) for name in _SHAPING):
            with self._lock:
                self._open(new)
            self._events.changed(Change.MODEL)
        elif old.model_memory_mb != new.model_memory_mb:
            with self._lock:
                model = self._model
            if model is not None:
                model.set_budget(new.model_memory_mb * _MB)
            self._events.changed(Change.MODEL)

    def _open(self, settings: Settings) -> None:
        self._close_model()
        self._problem = None
        if not settings.model_path or self._closed:
            return
        try:
            self._model = self._make(settings)
        except Exception as error:  # the file is gone, or on a drive that is
            _log.warning("the model cannot be used: %s", type(error).__name__)
            self._problem = problem_from(error, item=settings.model_path)

    def _make(self, settings: Settings) -> LanguageModel:
        from models.llm import EngineOptions, LanguageModel

        return LanguageModel(
            Path(settings.model_path),
            settings.model_context,
            settings.model_threads,
            settings.model_idle_minutes * 60.0,
            options=EngineOptions(
                budget_bytes=settings.model_memory_mb * _MB,
                mode="auto" if settings.model_mode == "automatic" else settings.model_mode,
                folder=self._folder,
                kept_bytes=settings.model_kept_mb * _MB,
            ),
            on_meter=lambda meter: self._events.meter(_meter(meter)),
            on_check=lambda check: self._events.check(_first_check(check) if check else None),
            on_change=lambda: self._events.changed(Change.MODEL),
        )

    def _close_model(self) -> None:
        model, self._model = self._model, None
        if model is not None:
            model.close()


def _check(file: Path) -> None:
    from models.gguf_file import read_header

    read_header(file)


def _mode(name: str) -> ModelMode:
    return ModelMode(name) if name in set(ModelMode) else ModelMode.MMAP


def _meter(meter: Meter) -> ModelMeter:
    return ModelMeter(
        mode=_mode(meter.mode),
        pinned_bytes=meter.pinned_bytes,
        cached_bytes=meter.cached_bytes,
        streamed_bytes=meter.streamed_bytes,
        bytes_per_token=meter.bytes_per_token,
        hit_rate=meter.hit_rate,
        tokens_per_s=meter.tokens_per_s,
        reason=meter.reason,
        check_failed=meter.check_failed,
    )


def _first_check(check: FirstCheck) -> ModelCheck:
    return ModelCheck(stage=check.stage, share=check.share)


def _unusable(problem: Problem) -> ModelInfo:
    path = problem.item or ""
    return ModelInfo(name=Path(path).stem, path=path, size_bytes=0, state="failed", problem=problem)
