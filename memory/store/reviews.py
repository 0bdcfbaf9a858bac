"""SQL of the review log: every use of a memory, with the strength before and after."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from memory.protocol import ReviewReason
from memory.store.db import Connection
from memory.store.rows import Review, Strength

_COLUMNS = (
    "memory_id, reason, at_ms, before_stability, before_difficulty, before_reviewed_ms,"
    " after_stability, after_difficulty"
)


def add(c: Connection, review: Review) -> None:
    """Log one review; the memory's own state is set by ``memories.set_strength``."""
    add_many(c, [review])


def add_many(c: Connection, reviews: Sequence[Review]) -> None:
    c.executemany(
        f"INSERT INTO reviews ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                r.memory_id,
                r.reason,
                r.at_ms,
                r.before.stability_days,
                r.before.difficulty,
                r.before.reviewed_ms,
                r.after.stability_days,
                r.after.difficulty,
            )
            for r in reviews
        ],
    )


def of_memory(c: Connection, memory_id: str) -> list[Review]:
    """All reviews of a memory, oldest first."""
    rows = c.execute(
        f"SELECT {_COLUMNS} FROM reviews WHERE memory_id = ? ORDER BY at_ms, id", (memory_id,)
    )
    return [_review(row) for row in rows]


def last(c: Connection, memory_id: str, reason: ReviewReason) -> int | None:
    """When a memory was last reviewed for this reason, UTC milliseconds."""
    row = c.execute(
        "SELECT max(at_ms) FROM reviews WHERE memory_id = ? AND reason = ?", (memory_id, reason)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def count(c: Connection, memory_id: str) -> int:
    """How often a memory was used or marked, other than wrong."""
    asked = "SELECT count(*) FROM reviews WHERE memory_id = ? AND reason <> ?"
    return int(c.execute(asked, (memory_id, ReviewReason.WRONG)).fetchone()[0])


def newest(c: Connection, memory_id: str) -> tuple[int, Review] | None:
    """The last review of a memory with its number in the log."""
    row = c.execute(
        f"SELECT id, {_COLUMNS} FROM reviews WHERE memory_id = ? ORDER BY id DESC LIMIT 1",
        (memory_id,),
    ).fetchone()
    return None if row is None else (int(row[0]), _review(tuple(row)[1:]))


def remove(c: Connection, number: int) -> None:
    """Take one review out of the log."""
    c.execute("DELETE FROM reviews WHERE id = ?", (number,))


def uses(c: Connection, rowids: Sequence[int]) -> dict[int, list[int]]:
    """When each of these rows was used because it was needed, UTC milliseconds, oldest first;
    without those never used. Being marked wrong is no use, nor being kept at a review."""
    rows = c.execute(
        "SELECT m.rowid, r.at_ms FROM memories m JOIN reviews r ON r.memory_id = m.id"
        " WHERE m.rowid IN (SELECT value FROM json_each(?)) AND r.reason NOT IN (?, ?)"
        " ORDER BY r.at_ms",
        (json.dumps(list(rowids)), ReviewReason.WRONG, ReviewReason.KEPT),
    )
    found: dict[int, list[int]] = defaultdict(list)
    for rowid, at_ms in rows:
        found[rowid].append(at_ms)
    return dict(found)


def _review(row: tuple[object, ...]) -> Review:
    memory_id, reason, at_ms, stability, difficulty, reviewed_ms, after, after_difficulty = row
    at = int(str(at_ms))
    return Review(
        memory_id=str(memory_id),
        reason=ReviewReason(str(reason)),
        at_ms=at,
        before=Strength(float(str(stability)), float(str(difficulty)), int(str(reviewed_ms))),
        after=Strength(float(str(after)), float(str(after_difficulty)), at),
    )
