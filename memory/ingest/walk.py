"""Which files of a folder are read: ignore rules and the walk. No database here.

Used by the ingest thread (a folder that was added) and by the watcher (catch-up scans).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

ALWAYS_IGNORED = (
    ".git/", ".hg/", ".svn/", "node_modules/", "__pycache__/", "venv/", ".venv/", "*.pyc",
    "*.tmp", "*.part", "*.crdownload", "*.download", "*.swp", "*~", "~$*", "#*#", ".#*",
    ".DS_Store", "Thumbs.db", "desktop.ini",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the folder lists it."""

    path: str
    size_bytes: int
    modified_ms: int


class Rules:
    """What is left out below one folder: versions, caches and half-written files always, what
    is hidden unless asked for, the person's own gitignore-like patterns, and whole folders
    given by path (our own data folder)."""

    def __init__(
        self,
        root: str,
        ignore: Sequence[str] = (),
        *,
        hidden: bool = False,
        excluded: Sequence[str] = (),
    ) -> None:
        self.root = root
        self._hidden = hidden
        self._excluded = tuple(os.path.realpath(path) for path in excluded)
        self._spec = GitIgnoreSpec.from_lines((*ALWAYS_IGNORED, *ignore))
        self._last_folder = ""
        self._last_answer = False

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether this path, its name and every folder above it up to the root considered."""
        relative = os.path.relpath(path, self.root)
        if relative != os.curdir:
            parts = relative.split(os.sep)
            if parts[0] == os.pardir:
                return True
            if not self._hidden and any(part.startswith(".") for part in parts):
                return True
            if self._spec.match_file("/".join(parts) + ("/" if folder else "")):
                return True
        return self._is_excluded(path if folder else os.path.dirname(path))

    def _is_excluded(self, folder: str) -> bool:
        if not self._excluded:
            return False
        if folder != self._last_folder:  # files come folder by folder
            inside = os.path.realpath(folder)
            self._last_answer = any(
                inside == above or inside.startswith(above + os.sep) for above in self._excluded
            )
            self._last_folder = folder
        return self._last_answer


def files_below(
    root: str, rules: Rules, on_problem: Callable[[str, OSError], None] = lambda _p, _e: None
) -> Iterator[Entry]:
    """Every file to read, folder by folder in order of name; links are not followed into
    folders, so that a circle ends.

    ``on_problem`` hears of folders that cannot be listed.

    Raises:
        OSError: the root itself cannot be listed.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                children = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            if folder == root:
                raise
            on_problem(folder, error)
            continue
        below: list[str] = []
        for child in children:
            try:
                is_folder = child.is_dir(follow_symlinks=False)
                if rules.leaves_out(child.path, folder=is_folder):
                    continue
                if is_folder:
                    below.append(child.path)
                elif (entry := entry_of(child.path)) is not None:
                    yield entry
            except FileNotFoundError:
                continue  # went a moment ago, or a link that leads nowhere
            except OSError as error:
                on_problem(child.path, error)
        waiting += reversed(below)


def entry_of(path: str) -> Entry | None:
    """The regular file at this path, or None (a folder, a pipe, a device).

    Raises:
        OSError: there is nothing, or it may not be looked at.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        return None
    return Entry(path, found.st_size, found.st_mtime_ns // 1_000_000)


def storable(path: str) -> bool:
    """Whether the name can be written to the database: some file systems allow names that are
    no text in any encoding."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def absolute(path: str) -> str:
    """The one spelling of a path: absolute, without ``..`` and doubled separators."""
    return os.path.normpath(Path(path).expanduser().absolute())
