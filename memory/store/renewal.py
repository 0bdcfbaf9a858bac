"""SQL of the year of forgetting and renewal: lives of memories between their reviews."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from memory.protocol import ReviewReason
from memory.store.db import Connection

# Rows hold their texts, so reading more of them takes seconds where there are a million.
MOST = 100_000

_COLUMNS = "m.id, m.learnt_ms, m.stability_days, m.reviewed_ms, m.pinned"
_THERE = "m.state IN ('active', 'dormant')"


Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretches:
    """Lives of memories between two reviews, (n,) each: from when to when (UTC ms, infinite where
    it lasts), with which stability, and when it was last reviewed. ``pinned`` never sleep."""

    from_ms: Times
    to_ms: Times
    stability_days: Times
    reviewed_ms: Times
    pinned: NDArray[np.bool_]


def lives(c: Connection, most: int = MOST) -> tuple[Stretches, int, float]:
    """Stretches of the memories of now, how many were looked at, and how many memories one of
    them stands for: 1 up to ``most``, beyond that rows at even distances are read."""
    last = int(c.execute("SELECT ifnull(max(rowid), 0) FROM memories").fetchone()[0])
    step = max(1, math.ceil(last / most))
    if step == 1:
        rows = c.execute(f"SELECT {_COLUMNS} FROM memories m WHERE {_THERE}").fetchall()
    else:
        chosen = json.dumps(list(range(step, last + 1, step)))
        rows = c.execute(
            f"SELECT {_COLUMNS} FROM memories m WHERE {_THERE}"
            " AND m.rowid IN (SELECT value FROM json_each(?))",
            (chosen,),
        ).fetchall()
    reviewed = _reviewed(c)
    made = [part for row in rows for part in _parts(row, reviewed.get(row[0], []))]
    columns = np.array([part[:4] for part in made], dtype=np.float64).reshape(-1, 4)
    pinned = np.array([part[4] for part in made], dtype=bool)
    begun, ended, days, since = columns.T
    return Stretches(begun, ended, days, since, pinned), len(rows), float(step)


def renewed(c: Connection, since_ms: int) -> list[tuple[str, int]]:
    """Uses since then, memory and UTC milliseconds; being marked wrong is none."""
    rows = c.execute(
        "SELECT memory_id, at_ms FROM reviews WHERE at_ms > ? AND reason <> ?",
        (since_ms, ReviewReason.WRONG),
    )
    return [(row[0], int(row[1])) for row in rows]


def _reviewed(c: Connection) -> dict[str, list[tuple[int, float, int]]]:
    """Of each memory when it was reviewed, with the stability and the review before it."""
    found: dict[str, list[tuple[int, float, int]]] = {}
    for row in c.execute(
        "SELECT memory_id, at_ms, before_stability, before_reviewed_ms FROM reviews ORDER BY id"
    ):
        found.setdefault(row[0], []).append((row[1], row[2], row[3]))
    return found


def _parts(
    row: tuple[str, int, float, int, int], history: list[tuple[int, float, int]]
) -> list[tuple[float, float, float, float, bool]]:
    """One memory's life: from, to, stability, last review, pinned."""
    _id, learnt_ms, stability, reviewed_ms, pinned = row
    before = [(at, days, since) for at, days, since in history]
    starts = [learnt_ms, *(at for at, _days, _since in before)]
    states = [*((days, since) for _at, days, since in before), (stability, reviewed_ms)]
    bounds = [*pairwise(starts), (starts[-1], math.inf)]
    return [
        (float(begin), float(end), days, float(since), bool(pinned))
        for (begin, end), (days, since) in zip(bounds, states, strict=True)
    ]
