"""The log tells where and what kind, never what was stored."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory import log
from memory.errors import StoreError

SECRET = "xylophonequartz"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The log started in a fresh folder; everything it changed is put back."""
    import faulthandler

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    root.handlers.clear()
    found = log.start(tmp_path)
    yield found
    for handler in root.handlers[:]:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    faulthandler.disable()


def test_our_words_are_written_libraries_only_named(file: Path) -> None:
    logging.getLogger("memory.jobs").info("job %s done", "01AB")
    logging.getLogger("chromadb.api").warning("adding %s", SECRET)
    logging.getLogger("chromadb.api").info("not even this")
    text = file.read_text()
    assert "job 01AB done" in text and "chromadb.api" in text
    assert SECRET not in text and "not even" not in text


def test_an_error_is_types_and_places(file: Path) -> None:
    try:
        try:
            raise ValueError(f"cannot parse {SECRET}")
        except ValueError as cause:
            raise StoreError("It failed", SECRET, "Retry.", item=SECRET) from cause
    except StoreError as error:
        logging.getLogger("memory.store").error("failed", exc_info=error)
    text = file.read_text()
    assert "StoreError (It failed)" in text and "builtins.ValueError" in text
    assert "memory/test_log.py:" in text and SECRET not in text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_told(file: Path) -> None:
    def work() -> None:
        raise RuntimeError(SECRET)

    thread = threading.Thread(target=work, name="doomed")
    thread.start()
    thread.join()
    text = file.read_text()
    assert "thread doomed died" in text and "RuntimeError" in text and SECRET not in text


def test_it_rotates_and_is_private(file: Path) -> None:
    logger = logging.getLogger("memory.jobs")
    for _ in range(3):
        logger.info("x" * 600_000)
    files = sorted(found.name for found in file.parent.glob("daemon.log*"))
    assert files == ["daemon.log", "daemon.log.1", "daemon.log.2"]
    if sys.platform != "win32":
        assert all(found.stat().st_mode & 0o077 == 0 for found in file.parent.iterdir())


def test_uncaught_errors_and_warnings_of_a_process(tmp_path: Path) -> None:
    code = (
        "import sys, warnings; from pathlib import Path; from memory import log;"
        f"log.start(Path({str(tmp_path)!r})); warnings.warn('{SECRET}');"
        f"raise KeyError('{SECRET}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    text = (tmp_path / "daemon.log").read_text()
    assert done.returncode == 1 and "uncaught error" in text and "KeyError" in text
    assert "py.warnings" in text and SECRET not in text + done.stderr
