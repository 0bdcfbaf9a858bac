"""SQL of archives: every row that is truth, out in order and in again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from memory.archive.layout import Part
from memory.store import portrait, scopes
from memory.store.db import Connection

Row = tuple[Any, ...]

_ORDER = {
    "folders": "path",
    "sources": "parent_id IS NOT NULL, id",
    "documents": "source_id",
    "memories": "rowid",
    "memory_versions": "memory_id, version",
    "reviews": "id",
    "forgotten": "source_id, text_hash",
    "chats": "id",
    "messages": "id",
    "facts": "id",
    "fact_statements": "id",
    "portrait_lines": "at_ms, id",
}
_WITHIN = {
    "folders": "scope = ?1",
    "sources": "scope = ?1",
    "documents": "source_id IN (SELECT id FROM sources WHERE scope = ?1)",
    "memories": "rowid IN (SELECT value FROM json_each(?2))",
    "memory_versions": (
        "memory_id IN (SELECT id FROM memories WHERE rowid IN (SELECT value FROM json_each(?2)))"
    ),
    "reviews": (
        "memory_id IN (SELECT id FROM memories WHERE rowid IN (SELECT value FROM json_each(?2)))"
    ),
    "forgotten": "source_id IN (SELECT id FROM sources WHERE scope = ?1)",
    "chats": "scope = ?1",
    "messages": "chat_id IN (SELECT id FROM chats WHERE scope = ?1)",
    # A fact says what all statements on its topic leave of it.
    "facts": (
        "NOT EXISTS (SELECT 1 FROM fact_statements t JOIN memories m ON m.id = t.memory_id"
        " WHERE t.subject_key = facts.subject_key AND t.relation = facts.relation"
        " AND t.slot_key = facts.slot_key"
        " AND m.rowid NOT IN (SELECT value FROM json_each(?2)))"
    ),
    "fact_statements": (
        "memory_id IN (SELECT id FROM memories WHERE rowid IN (SELECT value FROM json_each(?2)))"
    ),
    # What the person wrote of themself belongs to the scope of all that was given no other.
    "portrait_lines": (
        "fact_id IS NULL AND ?1 = 'home' OR EXISTS (SELECT 1 FROM facts"
        " WHERE facts.id = portrait_lines.fact_id"
        " AND NOT EXISTS (SELECT 1 FROM fact_statements t JOIN memories m ON m.id = t.memory_id"
        " WHERE t.subject_key = facts.subject_key AND t.relation = facts.relation"
        " AND t.slot_key = facts.slot_key"
        " AND m.rowid NOT IN (SELECT value FROM json_each(?2))))"
    ),
    "embeddings": "e.memory IN (SELECT value FROM json_each(?2))",
}


_INSIDE = (
    "SELECT id FROM memories WHERE ?1 IS NOT NULL AND rowid IN (SELECT value FROM json_each(?2))"
)
_PARENT = "(SELECT p.id FROM sources p WHERE p.id = sources.parent_id AND p.scope = ?1)"


class Selection:
    """Everything, or one scope: what is exported, in the snapshot of this connection."""

    def __init__(self, c: Connection, scope: str | None):
        self._c = c
        self.scope = scope
        self._inside = "[]"
        if scope is not None:
            self._inside = json.dumps(scopes.reach(c, [scope]).inside.tolist())

    def rows(self, part: Part) -> Iterator[Row]:
        """The rows of a part, columns as in its fields."""
        sql = self._select(part, _columns(part, self.scope))
        return (tuple(row) for row in self._c.execute(sql, self._values(sql)))

    def count(self, part: Part) -> int:
        sql = self._select(part, "count(*)").partition(" ORDER BY ")[0]
        return int(self._c.execute(sql, self._values(sql)).fetchone()[0])

    def withheld_spans(self) -> dict[str, list[tuple[int, int]]]:
        """Places in documents of the scope that hold what is made from other scopes."""
        found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in self._outside('m.source_id, m.start, m."end"'):
            found[row[0]].append((row[1], row[2]))
        return found

    def withheld_messages(self) -> frozenset[str]:
        """Messages in chats of the scope that use memories of others."""
        if self.scope is None:
            return frozenset()
        remembered = {row[0] for row in self._outside("m.ref") if row[0]}
        inside = {row[0] for row in self._c.execute(_INSIDE, (self.scope, self._inside))}
        cited = self._c.execute(
            "SELECT id, citations FROM messages WHERE citations <> '[]'"
            " AND chat_id IN (SELECT id FROM chats WHERE scope = ?)",
            (self.scope,),
        )
        using = {
            row[0]
            for row in cited
            if any(one.get("memory") not in inside for one in json.loads(row[1]))
        }
        return frozenset(remembered | using | portrait.retelling(self._c, inside))

    def _outside(self, columns: str) -> list[Row]:
        if self.scope is None:
            return []
        sql = (
            f"SELECT {columns} FROM memories m JOIN sources s ON s.id = m.source_id"
            " WHERE s.scope = ?1 AND m.rowid NOT IN (SELECT value FROM json_each(?2))"
        )
        return self._c.execute(sql, (self.scope, self._inside)).fetchall()

    def _values(self, sql: str) -> Row:
        values = (self.scope, self._inside)
        return values[: 2 if "?2" in sql else 1 if "?1" in sql else 0]

    def _select(self, part: Part, columns: str) -> str:
        where = f" WHERE {_WITHIN[part.table]}" if self.scope is not None else ""
        if part.table == "embeddings":
            return (
                f"SELECT {columns} FROM memories m CROSS JOIN embeddings e ON e.memory = m.rowid"
                f"{where} ORDER BY m.rowid, e.model"
            )
        return f"SELECT {columns} FROM {part.table}{where} ORDER BY {_ORDER[part.table]}"


def _columns(part: Part, scope: str | None) -> str:
    if part.table == "embeddings":
        return "m.id, e.model, e.vector, e.tokens"
    columns = ", ".join(f'"{column}"' for column in part.columns)
    if part.table == "sources" and scope is not None:
        return columns.replace('"parent_id"', _PARENT)
    return columns


def insert(c: Connection, part: Part, rows: Iterable[Row], *, ignore: bool = False) -> None:
    """Add rows; ``ignore`` leaves out those whose key is there."""
    verb = "INSERT OR IGNORE" if ignore else "INSERT"
    columns = ", ".join(f'"{column}"' for column in part.columns)
    marks = ", ".join("?" * len(part.fields))
    c.executemany(f"{verb} INTO {part.table} ({columns}) VALUES ({marks})", rows)


def insert_vectors(c: Connection, rows: Iterable[Row]) -> None:
    """Vectors by memory id; of a memory that is not there none is kept."""
    c.executemany(
        "INSERT OR IGNORE INTO embeddings (memory, model, vector, tokens)"
        " SELECT rowid, ?2, ?3, ?4 FROM memories WHERE id = ?1",
        rows,
    )


def with_vector(c: Connection, model: str) -> set[str]:
    rows = c.execute(
        "SELECT m.id FROM embeddings e JOIN memories m ON m.rowid = e.memory WHERE e.model = ?",
        (model,),
    )
    return {row[0] for row in rows}
