"""The window's own log: rotates, readable by its owner only, holds no content of memories."""

from __future__ import annotations

import contextlib
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path


def start(folder: Path) -> None:
    """Write ``window.log`` into ``folder``; a folder that cannot be written to costs the log."""
    target = folder / "window.log"
    try:
        handler = RotatingFileHandler(target, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            target.chmod(0o600)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    )
    root = logging.getLogger("recollect")
    root.setLevel(logging.DEBUG if os.environ.get("RECOLLECT_DEBUG") else logging.INFO)
    root.addHandler(handler)
    root.propagate = False
