"""SQL of the daily review: memories about to go dormant, and what was offered of them.

Nothing is stored as a memory fades, so the database is asked by how many stabilities have passed
(see ``memory.store.upkeep``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memory.clock import DAY_MS
from memory.protocol import FadingAnswer, ReviewReason
from memory.store import memories
from memory.store.db import Connection
from memory.store.rows import Memory

_ELAPSED = "(? - m.reviewed_ms) / (m.stability_days * ?)"
# What a person wrote down, and what was ever used; never an assistant's words, nor facts, which
# have a page of their own.
_WORTH = (
    "(m.kind = 'note' OR EXISTS (SELECT 1 FROM reviews r WHERE r.memory_id = m.id"
    " AND r.reason <> ?)) AND m.kind IN ('note', 'turn', 'passage')"
    " AND ifnull(m.role, '') <> 'assistant'"
)
_IDS = (
    "(SELECT memory_id FROM reviews UNION"
    " SELECT id FROM memories WHERE kind = 'note' AND state = 'active')"
)


@dataclass(frozen=True, slots=True)
class Fading:
    """A memory near the line, and on how many reviews it was used."""

    memory: Memory
    uses: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One memory of a day's list; ``answer`` is None until the person decides."""

    memory_id: str
    answer: FadingAnswer | None


def near(
    c: Connection,
    now_ms: int,
    window: tuple[float, float],
    soon_days: int,
    not_since_ms: int,
    limit: int,
) -> list[Fading]:
    """Memories within this window, in stabilities after their last use, and so many days before
    its end, the most used first; without those offered since ``not_since_ms`` and those the
    person lets fade."""
    rows = c.execute(
        "SELECT m.id, (SELECT count(*) FROM reviews r WHERE r.memory_id = m.id AND r.reason <> ?)"
        f" AS uses FROM memories m WHERE m.id IN {_IDS} AND m.state = 'active' AND m.pinned = 0"
        f" AND m.marked_wrong = 0 AND {_WORTH} AND {_ELAPSED} BETWEEN ? AND ?"
        " AND ? * m.stability_days - (? - m.reviewed_ms) / ? <= ?"
        " AND NOT EXISTS (SELECT 1 FROM fading_offers f WHERE f.memory_id = m.id"
        " AND (f.answer = 'fade' OR f.offered_ms > ?))"
        " ORDER BY uses DESC, m.importance DESC, m.id LIMIT ?",
        (ReviewReason.WRONG, ReviewReason.WRONG, now_ms, float(DAY_MS), *window,
         window[1], now_ms, float(DAY_MS), soon_days, not_since_ms, limit),
    )  # fmt: skip
    uses = {row["id"]: int(row["uses"]) for row in rows}
    found = memories.get_many(c, list(uses))
    return [Fading(found[id_].memory, count) for id_, count in uses.items() if id_ in found]


def offered(c: Connection, day: str) -> list[Offer]:
    """The list of a local day, in its order; what was forgotten since is not on it."""
    rows = c.execute(
        "SELECT memory_id, answer FROM fading_offers WHERE day = ? ORDER BY place", (day,)
    )
    return [Offer(row[0], FadingAnswer(row[1]) if row[1] else None) for row in rows]


def offer(c: Connection, day: str, ids: Sequence[str], now_ms: int) -> None:
    """Put these on the day's list; those forgotten meanwhile are left out."""
    c.executemany(
        "INSERT OR REPLACE INTO fading_offers (memory_id, day, place, offered_ms)"
        " SELECT id, ?, ?, ? FROM memories WHERE id = ?",
        [(day, place, now_ms, id_) for place, id_ in enumerate(ids)],
    )


def answer(c: Connection, memory_id: str, said: FadingAnswer | None, now_ms: int) -> bool:
    """Keep the person's word, None takes it back; False where it was never offered."""
    return bool(
        c.execute(
            "UPDATE fading_offers SET answer = ?, answered_ms = ? WHERE memory_id = ?",
            (said or "", None if said is None else now_ms, memory_id),
        ).rowcount
    )


def answered(c: Connection, memory_id: str) -> FadingAnswer | None:
    """The person's word on a memory."""
    row = c.execute("SELECT answer FROM fading_offers WHERE memory_id = ?", (memory_id,)).fetchone()
    return FadingAnswer(row[0]) if row is not None and row[0] else None
