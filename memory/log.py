"""The daemon's log: rotating, private, without the content of any memory.

Our own modules log with care: ids, counts, times. An exception's message can hold the text it
failed on, so a traceback is written as types and places only. Libraries say what they like, so
of most of them only the place that spoke is written.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from memory.errors import RecollectError

_BYTES = 1_000_000
_FILES = 5
_OURS = ("memory", "models", "__main__")
_PLAIN = ("uvicorn.error",)
"""Libraries whose words are about sockets and never about what is stored."""

_log = logging.getLogger(__name__)


class QuietFormatter(logging.Formatter):
    """Lines without content: see the module head."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(quiet)s")

    def format(self, record: logging.LogRecord) -> str:
        known = record.name.startswith(_OURS) or record.name in _PLAIN
        record.quiet = (
            record.getMessage()
            if known
            else f"(said something) {Path(record.pathname).name}:{record.lineno}"
        )
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name logging calls
        error = ei[1] if isinstance(ei, tuple) else None
        return describe(error) if isinstance(error, BaseException) else ""

    def formatStack(self, _stack_info: str) -> str:  # noqa: N802
        return ""  # holds source lines of whoever called


def describe(error: BaseException) -> str:
    """An exception as types and places, without its message."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        title = f" ({current.title})" if isinstance(current, RecollectError) else ""
        code = f" [errno {current.errno}]" if isinstance(current, OSError) else ""
        lines.append(f"{kind.__module__}.{kind.__qualname__}{title}{code}")
        for frame in traceback.extract_tb(current.__traceback__):
            lines.append(f"    {_short(frame.filename)}:{frame.lineno} {frame.name}")
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def _short(filename: str) -> str:
    """The last two parts of a path: enough to find the place, nothing of the machine."""
    return "/".join(Path(filename).parts[-2:])


def start(folder: Path, level: int = logging.INFO) -> Path:
    """Log into ``folder`` from now on, hooks for uncaught errors included; returns the file."""
    file = folder / "daemon.log"
    handler = _PrivateHandler(file, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(QuietFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    _set_hooks()
    _watch_native_crashes(folder / "crash.log")
    return file


class _PrivateHandler(RotatingFileHandler):
    def _open(self):  # type: ignore[no-untyped-def]
        return open(
            self.baseFilename,
            self.mode,
            encoding=self.encoding,
            opener=lambda path, flags: os.open(path, flags, 0o600),
        )


def _set_hooks() -> None:
    def uncaught(
        _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        if not isinstance(error, KeyboardInterrupt):
            _log.critical("uncaught error", exc_info=error)

    def uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
        name = hook.thread.name if hook.thread else "?"
        _log.critical("thread %s died", name, exc_info=hook.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread


def _watch_native_crashes(file: Path) -> None:
    """Where native code dies, the places of all threads are the only trace there is."""
    if file.exists() and file.stat().st_size > _BYTES:
        file.unlink()
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faulthandler.enable(opened)
