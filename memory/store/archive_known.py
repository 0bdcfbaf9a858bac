"""SQL of taking an archive in: what of it the memory knows already, and what becomes newer."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memory.store.db import Connection

_HOLDS = "EXISTS (SELECT 1 FROM documents d WHERE d.source_id = s.id)"


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that is there; ``holds`` says whether its text is."""

    id: str
    kind: str
    title: str
    location: str | None
    content_hash: str | None
    holds: bool


@dataclass(frozen=True, slots=True)
class KnownMemory:
    id: str
    source_id: str
    text_hash: bytes
    reviewed_ms: int
    version: int


def source_by_id(c: Connection, id_: str) -> KnownSource | None:
    return _source(c, "s.id = ?", (id_,))


def source_by_place(
    c: Connection, kind: str, location: str, parent_id: str | None
) -> KnownSource | None:
    return _source(
        c, "s.kind = ? AND s.location = ? AND ifnull(s.parent_id, '') = ifnull(?, '')",
        (kind, location, parent_id),
    )  # fmt: skip


def source_by_content(c: Connection, kind: str, content_hash: str) -> KnownSource | None:
    """One that holds this very content."""
    return _source(c, f"s.kind = ? AND s.content_hash = ? AND {_HOLDS}", (kind, content_hash))


def _source(c: Connection, where: str, values: tuple[object, ...]) -> KnownSource | None:
    row = c.execute(
        f"SELECT s.id, s.kind, s.title, s.location, s.content_hash, {_HOLDS} FROM sources s"
        f" WHERE {where} ORDER BY s.id LIMIT 1",
        values,
    ).fetchone()
    return (
        None if row is None else KnownSource(row[0], row[1], row[2], row[3], row[4], bool(row[5]))
    )


def folders_by_path(c: Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in c.execute("SELECT path, id FROM folders")}


def ids(c: Connection, table: str) -> set[str]:
    return {row[0] for row in c.execute(f"SELECT id FROM {table}")}


def memories_of(
    c: Connection, source_id: str
) -> tuple[dict[str, KnownMemory], dict[tuple[Any, ...], deque[str]]]:
    """Memories of a source by id, and ids in order by what makes two memories the same."""
    by_id: dict[str, KnownMemory] = {}
    by_key: defaultdict[tuple[Any, ...], deque[str]] = defaultdict(deque)
    for id_, kind, ref, digest, reviewed_ms, version in c.execute(
        "SELECT id, kind, ref, text_hash, reviewed_ms, version FROM memories"
        " WHERE source_id = ? ORDER BY position, rowid",
        (source_id,),
    ):
        by_id[id_] = KnownMemory(id_, source_id, bytes(digest), reviewed_ms, version)
        by_key[(kind, ref, bytes(digest))].append(id_)
    return by_id, by_key


def memory(c: Connection, id_: str) -> KnownMemory | None:
    row = c.execute(
        "SELECT id, source_id, text_hash, reviewed_ms, version FROM memories WHERE id = ?", (id_,)
    ).fetchone()
    return None if row is None else KnownMemory(row[0], row[1], bytes(row[2]), row[3], row[4])


def forgotten(c: Connection, source_id: str) -> set[bytes]:
    rows = c.execute("SELECT text_hash FROM forgotten WHERE source_id = ?", (source_id,))
    return {bytes(row[0]) for row in rows}


def next_position(c: Connection, source_id: str) -> int:
    row = c.execute(
        "SELECT ifnull(max(position) + 1, 0) FROM memories WHERE source_id = ?", (source_id,)
    ).fetchone()
    return int(row[0])


def fill_source(c: Connection, source_id: str, said: dict[str, Any]) -> None:
    """A row that held nothing gets what the archive knows of it."""
    c.execute(
        "UPDATE sources SET title = ?, format = ?, state = ?, problem = ?, content_hash = ?,"
        " size_bytes = ?, modified_ms = ? WHERE id = ?",
        (said["title"], said["format"], said["state"], said["problem"], said["content_hash"],
         said["size_bytes"], said["modified_at"], source_id),
    )  # fmt: skip
    c.execute("DELETE FROM jobs WHERE source_id = ?", (source_id,))


def newer_text(c: Connection, id_: str, text: str, version: int) -> None:
    c.execute("UPDATE memories SET text = ?, version = ? WHERE id = ?", (text, version, id_))


def newer_strength(c: Connection, id_: str, stability: float, difficulty: float, at: int) -> None:
    c.execute(
        "UPDATE memories SET stability_days = ?, difficulty = ?, reviewed_ms = ? WHERE id = ?",
        (stability, difficulty, at, id_),
    )


def reviews_of(c: Connection, memory_id: str) -> set[tuple[Any, ...]]:
    rows = c.execute(
        "SELECT reason, at_ms, before_stability, before_difficulty, before_reviewed_ms,"
        " after_stability, after_difficulty FROM reviews WHERE memory_id = ?",
        (memory_id,),
    )
    return {tuple(row) for row in rows}


def versions_of(c: Connection, memory_id: str) -> set[int]:
    rows = c.execute("SELECT version FROM memory_versions WHERE memory_id = ?", (memory_id,))
    return {row[0] for row in rows}


def set_provenance(c: Connection, changed: Iterable[tuple[str, str]]) -> None:
    """``(provenance, id)`` of memories whose origins got other ids here."""
    c.executemany("UPDATE memories SET provenance = ? WHERE id = ?", changed)


def await_meaning(c: Connection, ids_: Iterable[str], model: str) -> None:
    """Sources of these memories that are ready but for vectors still to be made."""
    c.execute(
        "UPDATE sources SET state = 'indexing' WHERE state = 'ready' AND id IN"
        " (SELECT m.source_id FROM memories m WHERE m.id IN (SELECT value FROM json_each(?))"
        " AND NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.memory = m.rowid AND e.model = ?))",
        (json.dumps(list(ids_)), model),
    )
