"""SQL of recall by time: what is dated within a span, what mentions an event, and which turns
belong together. Read only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from memory.protocol import MemoryKind
from memory.scripts import laid_out
from memory.store.db import Connection
from memory.store.words import Rowids

_KINDS = {kind.value: kind for kind in MemoryKind}
_FIRST, _LAST = -(1 << 62), 1 << 62


class Mention(NamedTuple):
    """A memory that holds certain words. ``told_ms`` is when it was told, None where only the
    day is known on which its file was read."""

    rowid: int
    kind: MemoryKind
    text: str
    heading: str | None
    told_ms: int | None
    when_ms: int


class Placed(NamedTuple):
    """A memory's place: in its source and in time."""

    rowid: int
    source_id: str
    kind: MemoryKind
    when_ms: int
    length: int = 0  # characters


def mentions(c: Connection, words: Sequence[str], limit: int) -> list[Mention]:
    """Memories in reach that hold all of these words in text or heading, newest first. Facts
    only say again what others tell, here and below."""
    quoted = ('"' + laid_out(word).replace('"', '""') + '"' for word in words)
    rows = c.execute(
        "SELECT m.rowid, m.kind, m.text, m.heading, m.happened_ms, m.learnt_ms"
        " FROM (SELECT rowid FROM memories_fts WHERE memories_fts MATCH ?"
        " ORDER BY rowid DESC LIMIT ?) f CROSS JOIN memories m ON m.rowid = f.rowid"
        " WHERE +m.state IN ('active', 'dormant') AND m.kind NOT IN ('fact', 'topic')",
        (" AND ".join(quoted), limit),
    )
    found = []
    for row in rows:
        kind = _KINDS[row[1]]
        told = row[4] if row[4] is not None or kind is not MemoryKind.NOTE else row[5]
        when = row[4] if row[4] is not None else row[5]
        found.append(Mention(row[0], kind, row[2], row[3], told, when))
    return found


def within(c: Connection, start_ms: int | None, end_ms: int | None, limit: int) -> Rowids:
    """Rows in reach dated from ``start_ms`` to before ``end_ms``, ascending; of too many those
    that happened go before those that were only learnt then, and newer ones before older."""
    bounds = (_FIRST if start_ms is None else start_ms, _LAST if end_ms is None else end_ms)
    rows = c.execute(
        "SELECT * FROM (SELECT m.rowid FROM memories m WHERE m.happened_ms >= ?1"
        " AND m.happened_ms < ?2 AND +m.state IN ('active', 'dormant')"
        " AND m.kind NOT IN ('fact', 'topic')"
        " ORDER BY m.happened_ms DESC LIMIT ?3)"
        " UNION ALL SELECT * FROM (SELECT m.rowid FROM memories m WHERE m.learnt_ms >= ?1"
        " AND m.learnt_ms < ?2 AND m.happened_ms IS NULL AND +m.state IN ('active', 'dormant')"
        " AND m.kind NOT IN ('fact', 'topic')"
        " ORDER BY m.learnt_ms DESC LIMIT ?3) LIMIT ?3",
        (*bounds, limit),
    )
    return np.array(sorted(row[0] for row in rows), dtype=np.int64)


def between(
    c: Connection, start_ms: int, end_ms: int, reach: Rowids | None = None
) -> tuple[int, int, int]:
    """Times of the first and the last memory in reach dated within, and how many there are;
    where ``reach`` is given, of these rows only."""
    only = "" if reach is None else " AND m.rowid IN (SELECT value FROM json_each(?3))"
    values: tuple[object, ...] = (start_ms, end_ms)
    if reach is not None:
        values += (json.dumps(reach.tolist()),)
    parts = [
        c.execute(
            f"SELECT min(m.{column}), max(m.{column}), count(*) FROM memories m"
            f" WHERE m.{column} >= ?1 AND m.{column} < ?2 AND +m.state IN ('active', 'dormant')"
            f"{more}{only}",
            values,
        ).fetchone()
        for column, more in (("happened_ms", ""), ("learnt_ms", " AND m.happened_ms IS NULL"))
    ]
    found = [part for part in parts if part[2]]
    if not found:
        return start_ms, start_ms, 0
    return min(p[0] for p in found), max(p[1] for p in found), sum(p[2] for p in found)


def placed(c: Connection, source_ids: Sequence[str]) -> list[Placed]:
    """Memories in reach of these sources, in their order."""
    rows = c.execute(
        'SELECT m.rowid, m.source_id, m.kind, ifnull(m.happened_ms, m.learnt_ms), m."end" - m.start'
        " FROM json_each(?) j CROSS JOIN memories m ON m.source_id = j.value"
        " WHERE +m.state IN ('active', 'dormant') AND m.kind NOT IN ('fact', 'topic')"
        " ORDER BY m.source_id, m.position",
        (json.dumps(list(source_ids)),),
    )
    return [Placed(row[0], row[1], _KINDS[row[2]], row[3], row[4]) for row in rows]
