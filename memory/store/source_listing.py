"""Listing and counting sources."""

from __future__ import annotations

from dataclasses import dataclass

from memory.protocol import SourceKind, SourceState
from memory.store.db import Connection
from memory.store.rows import Source
from memory.store.source_rows import COLUMNS, LOOKED_UP, from_row


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """Filters of a listing; what is None or empty does not filter."""

    text: str = ""
    state: SourceState | None = None
    kind: SourceKind | None = None
    batch: str | None = None
    folder: str | None = None
    limit: int = 200
    offset: int = 0


def listing(c: Connection, query: SourceQuery) -> tuple[list[Source], int]:
    """One page, newest first (a batch: in order of its jobs), and how many there are in all."""
    where, values = _conditions(query)
    order = "s.added_ms DESC, s.id DESC"
    start = "sources s"
    if query.batch:
        start = "jobs j JOIN sources s ON s.id = j.source_id"
        where.append("j.batch_id = ?")
        values.append(query.batch)
        order = "j.rowid"
    condition = " AND ".join(where) or "1"
    total = c.execute(f"SELECT count(*) FROM {start} WHERE {condition}", values).fetchone()[0]
    columns = ", ".join(f"s.{name.strip()}" for name in COLUMNS.split(","))
    rows = c.execute(
        f"SELECT {columns}, {LOOKED_UP} FROM {start} WHERE {condition} ORDER BY {order}"
        " LIMIT ? OFFSET ?",
        (*values, query.limit, query.offset),
    )
    return [from_row(row) for row in rows], int(total)


def _conditions(query: SourceQuery) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    if query.text.strip():
        escaped = query.text.strip()
        for special in "\\%_":
            escaped = escaped.replace(special, "\\" + special)
        where.append("(s.title LIKE ? ESCAPE '\\' OR s.location LIKE ? ESCAPE '\\')")
        values += [f"%{escaped}%", f"%{escaped}%"]
    if query.state:
        where.append("s.state = ?")
        values.append(query.state)
    if query.kind:
        where.append("s.kind = ?")
        values.append(query.kind)
    if query.folder:
        where.append("s.folder_id = ?")
        values.append(query.folder)
    return where, values


def counts(c: Connection) -> dict[SourceState, int]:
    """Files and notes by state; conversations are counted by ``conversations``."""
    rows = c.execute(
        "SELECT state, count(*) AS n FROM sources WHERE kind <> 'conversation' GROUP BY state"
    )
    return {SourceState(row["state"]): row["n"] for row in rows}


def conversations(c: Connection) -> int:
    row = c.execute("SELECT count(*) FROM sources WHERE kind = 'conversation'").fetchone()
    return int(row[0])
