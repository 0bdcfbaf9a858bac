"""Folds memories that say the same, at night: one is shown, the others stand behind it.

Runs in the caller's thread, in small pieces between which it gives way. Every piece is stored by
itself, and what is left to do stands in the database, so a night that was cut off is gone on
with. Nothing is deleted: sources stay, and a group or a whole night is taken apart again by one
statement.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.clock import Clock
from memory.folding import alike
from memory.folding.alike import MARKS, Told
from memory.giving_way import GiveWay
from memory.store import folds
from memory.store.db import Connection, Database
from memory.store.folds import Fold

_SLICE = 128
_PAGE = 4_000
_STORED_AT_ONCE = 256
_DONE_AT_ONCE = 1_000

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Folded:
    """What one call did: memories looked at for the first time, and put behind another."""

    looked_at: int = 0
    folded: int = 0


class Folding:
    """``give_way`` is called between two pieces of work; ``on_change`` when something folded."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        give_way: GiveWay | None = None,
        on_change: Callable[[], None] = lambda: None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._give_way = give_way or GiveWay()
        self._on_change = on_change
        self._zone = zone

    def fold(self, night: str) -> Folded:
        """Look at everything that is new since the last time.

        Raises:
            Stopping: the work is to end; the next call goes on.
        """
        looked_at = self._mark()
        with self._database.read() as c:
            waiting = folds.waiting(c)
        folded = self._compare(night) if waiting else 0
        if folded:
            self._on_change()
        return Folded(looked_at, folded)

    # -- undoing

    def undo(self, memory_id: str) -> int:
        """Take the group of a memory apart; returns how many stand alone again.

        Raises:
            NotFound: it stands in no group.
        """
        undone = self._database.write(lambda c: folds.undo(c, memory_id))
        self._on_change()
        return undone

    def undo_night(self, night: str) -> int:
        """The same for everything that a night folded."""
        undone = self._database.write(lambda c: folds.undo_night(c, night))
        self._on_change()
        return undone

    # -- marks

    def _mark(self) -> int:
        after = looked_at = 0
        while True:
            self._give_way()
            with self._database.read() as c:
                rows = folds.unmarked(c, after, _SLICE)
            if not rows:
                return looked_at
            made = [(row["rowid"], row["text"], self._marks_of(row)) for row in rows]
            self._database.write(lambda c, made=made: folds.mark(c, made))  # type: ignore[misc]
            after = rows[-1]["rowid"]
            looked_at += len(rows)

    def _marks_of(self, row: Any) -> bytes | None:
        marks = alike.marks(self._told(row))
        return None if marks is None else marks.tobytes()

    def _told(self, row: Any) -> Told:
        return Told(
            row["rowid"], row["kind"], row["text"], row["role"], row["speaker"], row["heading"],
            row["when_ms"], bool(row["pinned"]), self._zone,
        )  # fmt: skip

    # -- comparing

    def _compare(self, night: str) -> int:
        rows, marks, new = self._all_marks()
        folded, found = 0, list[Fold]()
        for part in self._alike_by_marks(rows, marks, new):
            self._give_way()
            found += self._folds_of(part)
            if len(found) >= _STORED_AT_ONCE:
                folded, found = folded + self._store(found, night), []
        folded += self._store(found, night)
        last = int(rows[-1]) if len(rows) else 0
        while self._database.write(lambda c: folds.done_up_to(c, last, _DONE_AT_ONCE)):
            self._give_way()
        return folded

    def _all_marks(self) -> tuple[Rows, alike.Marks, NDArray[np.bool_]]:
        """Rows, (n,), ascending, their marks, (n, MARKS), and which of them are new, (n,)."""
        rows, packed, new = array("q"), bytearray(), bytearray()  # there may be a million
        while True:
            self._give_way()
            with self._database.read() as c:
                page = folds.page_of_marks(c, rows[-1] if rows else 0, _PAGE)
            if not page:
                break
            for row, marks, is_new in page:
                rows.append(row)
                packed += marks
                new.append(is_new)
        laid = np.frombuffer(packed, dtype=np.uint64).reshape(-1, MARKS)
        return np.frombuffer(rows, np.int64), laid, np.frombuffer(new, np.bool_)

    def _alike_by_marks(
        self, rows: Rows, marks: alike.Marks, new: NDArray[np.bool_]
    ) -> Iterator[list[int]]:
        """Rows that share a mark with one another, a new one among them, together."""
        joined = _Joined()
        for column in range(MARKS):
            self._give_way()
            order = np.argsort(marks[:, column], kind="stable")
            ordered = marks[order, column]
            starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
            ends = np.append(starts[1:], len(ordered))
            shared = ends - starts > 1
            for start, end in zip(starts[shared].tolist(), ends[shared].tolist(), strict=True):
                members = order[start:end]
                if new[members].any():
                    joined.join(rows[members].tolist())
        yield from joined.groups()

    def _folds_of(self, rows: Sequence[int]) -> list[Fold]:
        """What of these says the same, as folds to be made."""
        with self._database.read() as c:
            found = {row["rowid"]: row for row in folds.comparable(c, rows)}
        shows = {rowid for rowid, row in found.items() if row["shows"]}
        told = sorted(
            (self._told(row) for row in found.values()),
            key=lambda one: alike.shown_first(one, one.rowid in shows),
        )
        return [
            Fold(member.rowid, group[0].rowid, found[member.rowid]["marks"],
                 found[group[0].rowid]["marks"])
            for group in alike.groups(self._one_by_one(told))
            for member in group[1:]
        ]  # fmt: skip

    def _one_by_one(self, told: Sequence[Told]) -> Iterator[Told]:
        for one in told:
            self._give_way()
            yield one

    def _store(self, found: Sequence[Fold], night: str) -> int:
        folded, now_ms = 0, self._clock.now_ms()
        for start in range(0, len(found), _STORED_AT_ONCE):
            self._give_way()
            part = found[start : start + _STORED_AT_ONCE]

            def work(c: Connection, part: Sequence[Fold] = part) -> int:
                return folds.put(c, part, night, now_ms)

            folded += self._database.write(work)
        return folded


class _Joined:
    """Sets of numbers that grow together (union and find)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def join(self, members: Sequence[int]) -> None:
        first = self._root(members[0])
        for member in members[1:]:
            self._parent[self._root(member)] = first

    def _root(self, one: int) -> int:
        at = self._parent.setdefault(one, one)
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at

    def groups(self) -> Iterator[list[int]]:
        found: dict[int, list[int]] = {}
        for one in self._parent:
            found.setdefault(self._root(one), []).append(one)
        yield from found.values()
