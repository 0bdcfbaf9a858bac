"""SQL of the links between memories. A link goes with either of its two memories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from memory.notes.reasons import MOST, Link, Reason
from memory.store.db import Connection

_OF = (
    "SELECT other AS id, reason, words, weight, at_ms FROM memory_links WHERE one = ?1"
    " UNION ALL SELECT one, reason, words, weight, at_ms FROM memory_links WHERE other = ?1"
    " ORDER BY weight DESC, id"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """The other memory of a link, seen from one of them."""

    id: str
    reason: Reason
    words: tuple[str, ...]
    weight: float
    at_ms: int


def of(c: Connection, memory_id: str) -> list[Linked]:
    """Links of a memory, the strongest first."""
    return [
        Linked(row["id"], Reason(row["reason"]), tuple(json.loads(row["words"])), row["weight"],
               row["at_ms"])
        for row in c.execute(_OF, (memory_id,))
    ]  # fmt: skip


def replace(c: Connection, memory_id: str, links: Sequence[Link], now_ms: int) -> int:
    """Give a memory these links beside those it has; returns how many came or changed.

    No memory has more than ``MOST``: a stronger link takes the place of the weakest.
    """
    changed = 0
    known = {one.id: one for one in of(c, memory_id)}
    for link in links:
        was = known.get(link.other)
        if was is not None and (was.reason, was.words) == (link.reason, link.words):
            continue
        if was is not None:
            _drop(c, memory_id, link.other)
        if _room(c, memory_id, link.weight) and _room(c, link.other, link.weight):
            c.execute(
                "INSERT INTO memory_links SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS"
                " (SELECT 1 FROM memories WHERE id = ?2)",
                (memory_id, link.other, link.reason.value,
                 json.dumps(link.words, ensure_ascii=False), round(link.weight, 4), now_ms),
            )  # fmt: skip
            changed += 1
    return changed


def _room(c: Connection, memory_id: str, weight: float) -> bool:
    """Whether a memory can take one more link of this weight; its weakest goes for it."""
    there = of(c, memory_id)
    if len(there) < MOST:
        return True
    if there[-1].weight >= weight:
        return False
    _drop(c, memory_id, there[-1].id)
    return True


def _drop(c: Connection, one: str, other: str) -> None:
    c.execute(
        "DELETE FROM memory_links WHERE (one = ?1 AND other = ?2) OR (one = ?2 AND other = ?1)",
        (one, other),
    )
