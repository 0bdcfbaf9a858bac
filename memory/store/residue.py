"""Zeroing what deleted rows leave in the unused parts of the database file.

``secure_delete`` zeroes a cell that is deleted and a page that is freed. But when SQLite moves
cells between pages it leaves their old bytes in the gap between the cell pointers and the
cells (file format, "B-tree pages"). No reader looks into these gaps, so they can be zeroed
where they stand, which is far quicker than a vacuum, which writes the whole file anew.

A child process does it: were the file opened and closed in the daemon, POSIX would drop the
locks SQLite holds on it ("How to corrupt", section 2.2).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PAGES = 4_096
_SECONDS = 120.0
_TREE_PAGES = (2, 5, 10, 13)
# An overflow page begins with a page number; below 2^24 its first byte is none of the above.
_MOST_PAGES = 1 << 24
_VACUUM_AT = slice(52, 56)

Gap = tuple[int, int]


def wiped(database: Path) -> bool:
    """Zero every gap; False if that could not be done, and a vacuum has to.

    The caller sees to it that the log is empty, that nobody writes meanwhile, and that no
    connection that writes keeps pages from before.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(str(database), theirs), name="residue")
    child.start()
    theirs.close()
    try:
        return bool(ours.recv()) if ours.poll(_SECONDS) else False
    except EOFError:
        return False
    finally:
        ours.close()
        child.join(1)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _work(database: str, answer: Connection) -> None:
    try:
        wipe(Path(database))
        done = True
    except Exception:
        done = False
    answer.send(done)
    answer.close()


def wipe(database: Path) -> int:
    """Zero the gaps in this process; returns how many held something.

    Raises:
        ValueError: this is no database whose gaps can be told; nothing was written.
        OSError: it cannot be read or written.
    """
    with database.open("r+b", buffering=0) as file:
        found = list(gaps(database))
        for at, size in found:
            file.seek(at)
            file.write(bytes(size))
        if found:
            os.fsync(file.fileno())
    return len(found)


def gaps(database: Path) -> Iterator[Gap]:
    """Offset and length of every gap that is not zero.

    Raises:
        ValueError: see ``wipe``.
    """
    with database.open("rb") as file:
        head = file.read(100)
        page_size = _page_size(head, os.fstat(file.fileno()).st_size)
        at = 0
        file.seek(0)
        while data := file.read(page_size * _PAGES):
            for gap in _gaps(data, page_size, page_size - head[20]):
                yield at + gap[0], gap[1]
            at += len(data)


def _page_size(head: bytes, size: int) -> int:
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise ValueError("no database")
    if any(head[_VACUUM_AT]):
        raise ValueError("pages of another kind, which begin like those with rows")
    told = int.from_bytes(head[16:18], "big")
    page_size = 65_536 if told == 1 else told
    if size // page_size >= _MOST_PAGES:
        raise ValueError("too many pages")
    return page_size


def _gaps(data: bytes, page_size: int, usable: int) -> Iterator[Gap]:
    pages = np.frombuffer(data[: len(data) // page_size * page_size], np.uint8)
    pages = pages.reshape(-1, page_size)
    at = np.flatnonzero(np.isin(pages[:, 0], _TREE_PAGES))
    starts, ends = _bounds(pages[at, :8], usable)
    for row, start, end in zip(at.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if start < end and pages[row, start:end].any():
            yield row * page_size + start, end - start


def _bounds(heads: NDArray[np.uint8], usable: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the gap of each page begins and ends, from the first eight bytes of the page.

    The first page of the file begins with the file's own head and is never among them. What
    does not look like a page with rows is one of another kind: it gets no gap.
    """
    numbers = heads.astype(np.int64)
    starts = np.where(numbers[:, 0] < 8, 12, 8) + 2 * (numbers[:, 3] * 256 + numbers[:, 4])
    ends = numbers[:, 5] * 256 + numbers[:, 6]
    ends = np.where(ends == 0, 65_536, ends)
    return starts, np.where(ends <= usable, ends, starts)
