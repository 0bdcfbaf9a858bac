"""A folder of kept prompt beginnings: what a model has read once need not be read again.

A file holds the state of llama.cpp for the first tokens of a prompt, as llama.cpp wrote it,
and behind it our own words about it: which model and parameters it is for, which tokens, and
a SHA-256 over everything. llama.cpp believes what it reads, so a file whose sum is wrong never
reaches it: it is deleted. Files are written under another name and moved into place, the
longest unused go when there are too many bytes.

``fixed-*`` holds nothing of a person; every other file may, and ``forget`` deletes it. No
llama.cpp in here. One folder belongs to one worker; any of its threads may call.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FIXED, CHAT = "fixed", "chat"
_ENDING, _UNFINISHED = ".kv", ".new"
_MAGIC = b"rcl-kv\x00\x01"
# Magic, key, bytes of the state, number of tokens; then a SHA-256 of all before it.
_FOOT = struct.Struct("<8s32sQQ")
_SUM = hashlib.sha256().digest_size
_PIECE = 1 << 20
# Tokens a file must save over what is at hand; below that, reading it is not worth it.
LEAST_GAIN = 32


@dataclass(frozen=True)
class Kept:
    """A file: the beginning of a prompt, and how many of its tokens agree with the one asked."""

    path: Path
    tokens: tuple[int, ...]
    common: int


class _Damaged(Exception):
    pass


class KvFiles:
    """The files in ``folder`` made for ``key``; those of other models only count in size."""

    def __init__(self, folder: Path, key: bytes, most_bytes: int) -> None:
        """Makes the folder if need be and removes what a crash left half written.

        Args:
            key: 32 bytes that name model, library and parameters.
            most_bytes: of all files together; 0 keeps none.

        Raises:
            OSError: the folder cannot be used.
        """
        self._folder = folder
        self._key = key
        self._most_bytes = most_bytes
        self._lock = threading.RLock()
        self._tokens: dict[Path, tuple[int, ...]] = {}
        self._generation = 0
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(f"*{_UNFINISHED}"):
            _remove(path)
        self._trim()

    @property
    def generation(self) -> int:
        """Counts the forgettings; what was read before the last one must not be kept."""
        return self._generation

    @property
    def lock(self) -> threading.RLock:
        """Held by whoever writes, so that forgetting comes before or after it, not within."""
        return self._lock

    def find(self, tokens: Sequence[int], at_hand: int = 0, kind: str = "") -> Kept | None:
        """The file that shares most tokens with the beginning of ``tokens``.

        Args:
            at_hand: so many need no file; one that saves hardly more is left alone.
            kind: only files of this kind.
        """
        best: Kept | None = None
        with self._lock:
            for path in self._paths():
                kept = self._known(path)
                if kept is None or not path.name.startswith(kind):
                    continue
                common = _common(kept, tokens)
                if common < at_hand + LEAST_GAIN:
                    continue
                if best is None or (common, -len(kept)) > (best.common, -len(best.tokens)):
                    best = Kept(path, kept, common)
        return best

    def covered(self, tokens: Sequence[int], kind: str = "") -> int:
        """How many of these tokens are kept already, in a file of this kind."""
        found = self.find(tokens, kind=kind)
        return 0 if found is None else found.common

    def checked(self, kept: Kept) -> bool:
        """The file is whole; one that is not is deleted. To be asked before it is used."""
        try:
            _check(kept.path, self._key)
            os.utime(kept.path)  # for who looks what was used last
            return True
        except (OSError, _Damaged):
            self.drop(kept)
            return False

    def drop(self, kept: Kept) -> None:
        with self._lock:
            self._tokens.pop(kept.path, None)
            _remove(kept.path)

    def begin(self, kind: str) -> Path:
        """A name to write a new state under, for ``finish``."""
        return self._folder / f"{kind}-{secrets.token_hex(8)}{_UNFINISHED}"

    def finish(self, path: Path, tokens: Sequence[int], generation: int) -> bool:
        """Puts a written state among the kept ones; shorter beginnings of it go.

        False, and nothing is left of it, if there was a forgetting since ``generation``, or if
        it cannot be written or is too large.
        """
        try:
            with self._sealed(path, tokens), self._lock:
                size = path.stat().st_size
                if generation != self._generation or size > self._most_bytes:
                    return False
                done = path.with_suffix(_ENDING)
                os.replace(path, done)
                self._tokens[done] = tuple(tokens)
                self._drop_beginnings_of(done)
                self._trim()
            return True
        except OSError:
            return False
        finally:
            _remove(path)

    def forget(self) -> None:
        """Deletes every file that may hold a person's words, finished or not.

        Raises:
            OSError: one could not be deleted.
        """
        with self._lock:
            self._generation += 1
            self._tokens = {
                path: one for path, one in self._tokens.items() if path.name.startswith(FIXED)
            }
            forget_in(self._folder)

    # -- within the lock ----------------------------------------------------------------

    def _paths(self) -> list[Path]:
        return [path for path in self._folder.glob(f"*{_ENDING}") if path.is_file()]

    def _known(self, path: Path) -> tuple[int, ...] | None:
        """Tokens of a file for this key; () is remembered for the files of others."""
        if path not in self._tokens:
            try:
                self._tokens[path] = _tokens_of(path, self._key)
            except OSError:
                return None
            except _Damaged:
                _remove(path)
                return None
        return self._tokens[path] or None

    def _drop_beginnings_of(self, done: Path) -> None:
        """A longer state serves for its beginnings, unless it goes with the next forgetting."""
        tokens, fixed = self._tokens[done], done.name.startswith(FIXED)
        for path in self._paths():
            other = self._known(path)
            if path == done or other is None or (path.name.startswith(FIXED) and not fixed):
                continue
            if len(other) <= len(tokens) and tokens[: len(other)] == other:
                self._tokens.pop(path, None)
                _remove(path)

    def _trim(self) -> None:
        """Least recently used first, until what is left is within the limit."""
        found = []
        for path in self._paths():
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        total = sum(size for _used, size, _path in found)
        for _used, size, path in sorted(found):
            if total <= self._most_bytes:
                break
            self._tokens.pop(path, None)
            _remove(path)
            total -= size

    @contextlib.contextmanager
    def _sealed(self, path: Path, tokens: Sequence[int]) -> Iterator[None]:
        """Writes our words behind the state, safely on the disk."""
        with open(path, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.write(struct.pack(f"<{len(tokens)}i", *tokens))
            file.write(_FOOT.pack(_MAGIC, self._key, size, len(tokens)))
            file.flush()
            file.seek(0)
            digest = hashlib.sha256()
            while piece := file.read(_PIECE):
                digest.update(piece)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        yield


def forget_in(folder: Path) -> None:
    """Deletes what may hold a person's words in a folder that no worker uses now.

    Raises:
        OSError: something could not be deleted; the rest is.
    """
    failed: OSError | None = None
    for path in folder.glob("*"):
        if path.name.startswith(FIXED + "-") and path.suffix == _ENDING:
            continue
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _foot(path: Path) -> tuple[bytes, int, int, int]:
    """Key, bytes of the state, number of tokens, size of the file; raises if they disagree."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < _FOOT.size + _SUM:
            raise _Damaged
        file.seek(size - _FOOT.size - _SUM)
        magic, key, state, count = _FOOT.unpack(file.read(_FOOT.size))
    if magic != _MAGIC or state + 4 * count + _FOOT.size + _SUM != size:
        raise _Damaged
    return key, state, count, size


def _tokens_of(path: Path, key: bytes) -> tuple[int, ...]:
    """Tokens of a file for ``key``, () for another key. The sum is not checked here."""
    found, state, count, _size = _foot(path)
    if found != key:
        return ()
    with open(path, "rb") as file:
        file.seek(state)
        return struct.unpack(f"<{count}i", file.read(4 * count))


def _check(path: Path, key: bytes) -> None:
    found, _state, _count, size = _foot(path)
    if found != key:
        raise _Damaged
    digest, left = hashlib.sha256(), size - _SUM
    with open(path, "rb") as file:
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            digest.update(piece)
            left -= len(piece)
        if left or file.read() != digest.digest():
            raise _Damaged
