"""SQL of the Memories page: filter, count and page through memories."""

from __future__ import annotations

from typing import Any

from memory.clock import DAY_MS, to_ms
from memory.decay import days_until
from memory.protocol import MemoryQuery
from memory.scripts import MARKS, laid_out
from memory.store.db import Connection
from memory.store.memory_rows import WITH_SOURCE, with_source
from memory.store.rows import MemoryWithSource

_HAPPENED = "ifnull(m.happened_ms, m.learnt_ms)"
_WEAKEST = 0.001


def listing(c: Connection, query: MemoryQuery, now_ms: int) -> tuple[list[MemoryWithSource], int]:
    """Memories that fit, newest first, and how many fit in all.

    With a text, those that hold all of its words (or words that begin so) come, best first.
    """
    where, values = _conditions(query, now_ms)
    order = f"{_HAPPENED} DESC, m.rowid DESC"
    tables = WITH_SOURCE
    words = _match(query.text)
    if query.text.strip():
        if words is None:
            return [], 0
        tables += " JOIN memories_fts f ON f.rowid = m.rowid"
        where.append("memories_fts MATCH ?")
        values.append(words)
        order = "bm25(memories_fts), m.rowid DESC"
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    count_sql = tables.replace(WITH_SOURCE, "SELECT count(*) FROM memories m")
    total = int(c.execute(count_sql + condition, values).fetchone()[0])
    rows = c.execute(
        f"{tables}{condition} ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, query.limit, query.offset),
    )
    return [with_source(row) for row in rows], total


def _conditions(query: MemoryQuery, now_ms: int) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []

    def add(sql: str, *given: Any) -> None:
        where.append(sql)
        values.extend(given)

    if query.kinds:
        add(f"m.kind IN ({_marks(query.kinds)})", *query.kinds)
    if query.states:
        add(f"m.state IN ({_marks(query.states)})", *query.states)
    if query.source is not None:
        add(
            "(m.source_id = ? OR m.source_id IN (SELECT id FROM sources WHERE parent_id = ?))",
            query.source,
            query.source,
        )
    if query.since is not None:
        add(f"{_HAPPENED} >= ?", to_ms(query.since))
    if query.until is not None:
        add(f"{_HAPPENED} <= ?", to_ms(query.until))
    if query.flagged:
        add(
            "m.id IN (SELECT memory_id FROM suspicions WHERE cleared_ms IS NULL)",
        )
    if query.pinned is not None:
        add("m.pinned = ?", int(query.pinned))
    # Strength falls steadily with time, so a bound on it is a bound on the days gone by,
    # counted in stabilities: plain arithmetic instead of a power for every row.
    days = f"(({now_ms} - m.reviewed_ms) / {DAY_MS}.0)"
    if query.min_strength is not None:
        add(f"{days} <= m.stability_days * ?", days_until(max(query.min_strength, _WEAKEST)))
    if query.max_strength is not None:
        add(f"{days} >= m.stability_days * ?", days_until(max(query.max_strength, _WEAKEST)))
    return where, values


def _marks(values: list[Any]) -> str:
    return ",".join("?" * len(values))


def _match(text: str) -> str | None:
    """An FTS5 expression of every word, quoted; None when there is no word in it."""
    kept = "'_-" + MARKS
    words = ["".join(ch for ch in word if ch.isalnum() or ch in kept) for word in text.split()]
    words = [word for word in words if any(ch.isalnum() for ch in word)]
    if not words:
        return None
    return " ".join(f'"{laid_out(word)}"*' for word in words)
