"""Model files on this machine that a person named by their path, and what they say of themselves.

The list lives in the database, headers are read once while a file stays as it is. Any thread.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory.errors import BadRequest, problem_from
from memory.protocol import Problem
from memory.store import meta
from memory.store.db import Connection, Database

if TYPE_CHECKING:
    from models.gguf_file import GgufHeader

_ADDED = "models_added"
_MOST_ADDED = 200


@dataclass(frozen=True)
class Seen:
    """A model file as it was when its header was read."""

    size_bytes: int
    changed_ns: int
    header: GgufHeader | None
    problem: Problem | None


class LocalFiles:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._seen: dict[Path, Seen] = {}

    def look(self, path: Path) -> Seen:
        """The header of a file, read once while it stays as it is."""
        from models.errors import ModelError
        from models.gguf_file import read_header

        try:
            status = path.stat()
        except OSError as error:
            return Seen(0, 0, None, problem_from(error, item=str(path)))
        with self._lock:
            seen = self._seen.get(path)
        if seen and (seen.size_bytes, seen.changed_ns) == (status.st_size, status.st_mtime_ns):
            return seen
        header, problem = None, None
        try:
            header = read_header(path)
        except (ModelError, OSError) as error:
            problem = problem_from(error, item=str(path))
        seen = Seen(status.st_size, status.st_mtime_ns, header, problem)
        with self._lock:
            self._seen[path] = seen
        return seen

    def added(self) -> list[Path]:
        """The last one named comes first."""
        with self._database.read() as c:
            return _paths(c)

    def remember(self, file: Path) -> None:
        """Put it first on the list."""
        self._edit(lambda paths: [file, *(path for path in paths if path != file)])

    def forget(self, file: Path) -> None:
        """Take it off the list; the file stays."""
        self._edit(lambda paths: [path for path in paths if path != file])

    def _edit(self, change: Callable[[list[Path]], list[Path]]) -> None:
        def write(c: Connection) -> None:
            paths = change(_paths(c))[:_MOST_ADDED]
            meta.put(c, _ADDED, json.dumps([str(path) for path in paths]))

        self._database.write(write)


def _paths(c: Connection) -> list[Path]:
    try:
        found = json.loads(meta.get(c, _ADDED) or "[]")
    except ValueError:
        return []
    return [Path(path) for path in found if isinstance(path, str)]


def absolute(path: str) -> Path:
    """The path, if it is one that means something here.

    Raises:
        BadRequest: it is relative.
    """
    file = Path(path)
    if not file.is_absolute():
        raise BadRequest(
            "The full path is needed", "A relative path says nothing here.", "Try again."
        )
    return file


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file."""
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False


def local_id(path: Path) -> str:
    """The id of an added file, the same for the same path."""
    return f"file-{hashlib.sha256(str(path).encode()).hexdigest()[:10]}"
