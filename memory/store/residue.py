"""Whether bytes of deleted rows still stand in the unused parts of the database file.

``secure_delete`` zeroes a cell that is deleted and a page that is freed. But when SQLite moves
cells between pages it leaves their old bytes in the gap between the cell pointers and the
cells (file format, "B-tree pages"). Only these gaps are searched, so words that other rows
still hold are no matter. Looking is far quicker than a vacuum, which rewrites the file.

A child process reads the file: were it opened and closed in the daemon, POSIX would drop the
locks SQLite holds on it ("How to corrupt", section 2.2).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

_PIECE = 16
_PAGES = 4_096
_MOST_FREE = 16 << 20
_SECONDS = 60.0
_TREE_PAGES = (2, 5, 10, 13)


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for: texts that went, and words that no memory holds any more."""

    texts: list[str]
    words: list[str]


def found(database: Path, traces: Traces) -> bool:
    """Whether a gap holds 16 bytes in a row of a text, or a word. True too if that cannot be
    told: the caller then does the slow and certain thing.

    The log must have been written back into the file before.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_look, args=(str(database), traces, theirs), name="residue")
    child.start()
    theirs.close()
    try:
        return bool(ours.recv()) if ours.poll(_SECONDS) else True
    except EOFError:
        return True
    finally:
        ours.close()
        child.join(1)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _look(database: str, traces: Traces, answer: Connection) -> None:
    try:
        verdict = holds(unused_bytes(Path(database)), traces)
    except Exception:
        verdict = True
    answer.send(verdict)
    answer.close()


def holds(unused: bytes | None, traces: Traces) -> bool:
    """Whether these bytes have a piece of a text or a word; None stands for too many."""
    if unused is None:
        return True
    pieces = {
        data[at : at + _PIECE]
        for data in (text.encode("utf-8", "surrogatepass") for text in traces.texts)
        for at in range(len(data) - _PIECE + 1)
    }
    if any(unused[at : at + _PIECE] in pieces for at in range(len(unused) - _PIECE + 1)):
        return True
    folded = unused.lower()
    return any(word.lower().encode("utf-8", "surrogatepass") in folded for word in traces.words)


def unused_bytes(database: Path) -> bytes | None:
    """The gaps of all B-tree pages that are not zero, one after the other; None if they are
    too many to be searched."""
    gaps: list[bytes] = []
    total = 0
    with database.open("rb") as file:
        head = file.read(100)
        page_size = int.from_bytes(head[16:18], "big")
        page_size = 65_536 if page_size == 1 else page_size
        file.seek(0)
        while data := file.read(page_size * _PAGES):
            for gap in _gaps(data, page_size):
                gaps.append(gap)
                total += len(gap)
            if total > _MOST_FREE:
                return None
    return b"\0".join(gaps)


def _gaps(data: bytes, page_size: int) -> Iterator[bytes]:
    """Non-zero gaps of the pages in ``data`` (the first page of the file has no rows of ours)."""
    pages = np.frombuffer(data[: len(data) // page_size * page_size], np.uint8)
    pages = pages.reshape(-1, page_size)
    # An overflow or free page begins with a page number below 2^24, so with a zero.
    pages = pages[np.isin(pages[:, 0], _TREE_PAGES)]
    numbers = pages[:, 3:7].astype(np.int32)
    starts = np.where(pages[:, 0] < 8, 12, 8) + 2 * (numbers[:, 0] * 256 + numbers[:, 1])
    ends = numbers[:, 2] * 256 + numbers[:, 3]
    ends = np.where(ends == 0, page_size, ends)
    columns = np.arange(page_size)
    unused = (columns >= starts[:, None]) & (columns < ends[:, None])
    for row in np.flatnonzero((unused & (pages != 0)).any(axis=1)):
        yield pages[row, starts[row] : ends[row]].tobytes().strip(b"\0")
