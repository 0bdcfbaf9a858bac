"""Where the daemon's files live: one private folder, everything below it.

``--data-dir`` or ``RECOLLECT_DATA_DIR`` chooses another folder; nothing is written outside it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "RECOLLECT_DATA_DIR"


@dataclass(frozen=True)
class DataPaths:
    """Names of everything in a data folder."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "recollect.db"

    @property
    def chroma(self) -> Path:
        return self.root / "chroma"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def engine(self) -> Path:
        """What was found out about models and this machine; can be deleted at any time."""
        return self.root / "engine"

    @property
    def runtime(self) -> Path:
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.runtime / "daemon.lock"

    @property
    def daemon_json(self) -> Path:
        return self.runtime / "daemon.json"

    @property
    def start_problem(self) -> Path:
        """Why the last start failed, in words for the person; gone after one that worked."""
        return self.runtime / "problem.json"

    def create(self) -> None:
        """Make the folders, readable by this person only.

        Raises:
            OSError: a folder cannot be made.
        """
        places = (self.root, self.backups, self.logs, self.models, self.engine, self.runtime)
        for folder in places:
            folder.mkdir(parents=True, exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)


def default_root() -> Path:
    """The person's data folder: the variable if set, else the system's own place."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Recollect"
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Recollect"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "recollect"


def data_paths(root: str | os.PathLike[str] | None = None) -> DataPaths:
    """Paths below ``root``, or below the default folder."""
    return DataPaths(Path(root).expanduser().absolute() if root else default_root())
