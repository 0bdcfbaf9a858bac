"""SQL of taking facts in: which statements are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memory.store.db import Connection


@dataclass(frozen=True, slots=True)
class KnownStatement:
    id: int
    verdict: str


def statement(c: Connection, memory_id: str, said: Mapping[str, Any]) -> KnownStatement | None:
    """The same claim of the same sentence; the person may have put other words in its place."""
    row = c.execute(
        "SELECT id, verdict FROM fact_statements WHERE memory_id = ? AND subject_key = ?"
        ' AND relation = ? AND slot_key = ? AND mode = ? AND start = ? AND "end" = ?'
        " AND (value = ? OR verdict = 'accepted' OR ? = 'accepted') ORDER BY value <> ? LIMIT 1",
        (memory_id, said["subject_key"], said["relation"], said["slot_key"], said["mode"],
         said["start"], said["end"], said["value"], said["verdict"], said["value"]),
    ).fetchone()  # fmt: skip
    return None if row is None else KnownStatement(row[0], row[1])


def decide(c: Connection, statement_id: int, verdict: str) -> None:
    """The person's word, given elsewhere."""
    c.execute("UPDATE fact_statements SET verdict = ? WHERE id = ?", (verdict, statement_id))
