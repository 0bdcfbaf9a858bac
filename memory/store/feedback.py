"""SQL of choices: which memory was picked out of a recall, and how it differed from the others.

A line is a pair, the memory chosen and one that was passed over. It holds the difference of
their columns as numbers, never a text, and goes with either of the two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.store import meta
from memory.store.db import Connection

# Pairs kept; the oldest leave. Nine to a choice at most, so over a thousand choices.
KEPT = 10_000
# What was learnt from them, as JSON.
LEARNT = "learnt_ranking"


@dataclass(frozen=True, slots=True)
class Pair:
    """``chosen`` and ``passed`` are rows of memories; ``difference`` has a number for each of
    the columns, in their order, and one for the rest of the score."""

    recall: str
    chosen: int
    passed: int
    place: int
    strength: float
    difference: NDArray[np.float32]


def columns_key(names: Sequence[str]) -> str:
    """What tells one set of columns from another."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def add(c: Connection, key: str, pairs: Sequence[Pair], now_ms: int) -> None:
    """Keep pairs; of too many the oldest go."""
    c.executemany(
        "INSERT INTO feedback"
        " (recall, columns, chosen, passed, place, strength, difference, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (p.recall, key, p.chosen, p.passed, p.place, p.strength,
             p.difference.astype("<f2").tobytes(), now_ms)
            for p in pairs
        ],
    )  # fmt: skip
    c.execute(
        "DELETE FROM feedback WHERE id <= (SELECT id FROM feedback ORDER BY id DESC"
        " LIMIT 1 OFFSET ?)",
        (KEPT,),
    )


def take_back(c: Connection, recall: str, row: int, *, chosen: bool) -> None:
    """Remove what one recall taught of a memory as the one chosen, or as one passed over."""
    side = "chosen" if chosen else "passed"
    c.execute(f"DELETE FROM feedback WHERE recall = ? AND {side} = ?", (recall, row))


def chosen_of(c: Connection, recall: str) -> set[int]:
    """Rows of what was chosen out of one recall."""
    rows = c.execute("SELECT DISTINCT chosen FROM feedback WHERE recall = ?", (recall,))
    return {row[0] for row in rows}


def existing(c: Connection, rows: Sequence[int]) -> set[int]:
    """Those of these rows that are still memories."""
    sql = "SELECT 1 FROM memories WHERE rowid = ?"
    return {row for row in rows if c.execute(sql, (row,)).fetchone()}


def strongest(c: Connection, recall: str, row: int) -> float:
    """What this choice counts so far; 0 where it is none."""
    found = c.execute(
        "SELECT max(strength) FROM feedback WHERE recall = ? AND chosen = ?", (recall, row)
    ).fetchone()
    return float(found[0] or 0.0)


def pairs(c: Connection, key: str) -> list[Pair]:
    """Every pair over these columns, those of one choice together, in order of choices."""
    rows = c.execute(
        "SELECT recall, chosen, passed, place, strength, difference FROM feedback"
        " WHERE columns = ? ORDER BY recall, chosen, id",
        (key,),
    )
    return [
        Pair(r[0], r[1], r[2], r[3], r[4], np.frombuffer(r[5], "<f2").astype(np.float32))
        for r in rows
    ]


def extent(c: Connection, key: str, until: int | None = None) -> tuple[int, int]:
    """Number of pairs over these columns and the id of the newest, of those up to an id: tells
    whether some of them have gone since."""
    row = c.execute(
        "SELECT count(*), ifnull(max(id), 0) FROM feedback WHERE columns = ?1"
        " AND (?2 IS NULL OR id <= ?2)",
        (key, until),
    ).fetchone()
    return int(row[0]), int(row[1])


def count(c: Connection, key: str) -> int:
    """Choices over these columns."""
    found = c.execute(
        "SELECT count(*) FROM (SELECT DISTINCT recall, chosen FROM feedback WHERE columns = ?)",
        (key,),
    ).fetchone()
    return int(found[0])


def drop_others(c: Connection, key: str) -> None:
    """Remove pairs over columns that this program has no more."""
    c.execute("DELETE FROM feedback WHERE columns <> ?", (key,))


def clear(c: Connection) -> None:
    """Remove every pair and what was learnt."""
    c.execute("DELETE FROM feedback")
    meta.delete(c, LEARNT)


def learnt(c: Connection) -> dict[str, Any] | None:
    """What was put there last."""
    text = meta.get(c, LEARNT)
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def put_learnt(c: Connection, record: dict[str, Any]) -> None:
    meta.put(c, LEARNT, json.dumps(record))
