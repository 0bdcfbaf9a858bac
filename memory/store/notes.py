"""SQL of what memories are about, version by version, and of those that are to be looked at.

Notes, topics and turns that a fact rests on have such a note; passages of files have none: a
file has its own order, and what binds its passages is found when a question asks for it
(``memory.recall.links``). Every version stays until its memory is forgotten, or the one that
brought it about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.facts.statements import YOU
from memory.notes.content import Cause, Content, content
from memory.store import facts
from memory.store.db import Connection

_VERSION = "SELECT version, keywords, tags, context, cause, because, at_ms FROM note_versions"


@dataclass(frozen=True, slots=True)
class Version:
    """``because`` is the id of the memory that brought it about."""

    version: int
    content: Content
    cause: Cause
    because: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A memory that is to be looked at, with what is needed for it."""

    id: str
    rowid: int
    why: str  # new | edited | lost
    kind: str
    text: str
    heading: str | None
    source_id: str
    when_ms: int
    provenance: str


# -- what is to be done


def waiting(c: Connection, without_vector_before_ms: int, limit: int) -> list[Queued]:
    """The next memories to be looked at, in the order they were learnt, none that gives orders to
    a model; one whose vector is still
    to come only if it was learnt before that time."""
    rows = c.execute(
        "SELECT q.why, m.* FROM note_queue q JOIN memories m ON m.id = q.memory_id"
        " WHERE NOT EXISTS (SELECT 1 FROM suspicions s WHERE s.memory_id = q.memory_id"
        " AND s.cleared_ms IS NULL) AND (m.learnt_ms < ? OR NOT EXISTS (SELECT 1 FROM outbox o"
        " WHERE o.memory_id = q.memory_id AND o.op = 'upsert')) ORDER BY q.memory_id LIMIT ?",
        (without_vector_before_ms, limit),
    )
    return [
        Queued(
            row["id"],
            row["rowid"],
            row["why"],
            row["kind"],
            row["text"],
            row["heading"],
            row["source_id"],
            row["learnt_ms"] if row["happened_ms"] is None else row["happened_ms"],
            row["provenance"],
        )
        for row in rows
    ]


def done(c: Connection, memory_ids: Iterable[str]) -> None:
    c.executemany("DELETE FROM note_queue WHERE memory_id = ?", [(id_,) for id_ in memory_ids])


def still_waits(c: Connection, one: Queued) -> bool:
    """Whether a memory reads as it did when it was taken from the queue."""
    row = c.execute(
        "SELECT m.text, q.why FROM note_queue q JOIN memories m ON m.id = q.memory_id"
        " WHERE q.memory_id = ?",
        (one.id,),
    ).fetchone()
    return row is not None and (row[0], row[1]) == (one.text, one.why)


# -- versions


def current(c: Connection, memory_id: str) -> Version | None:
    row = c.execute(
        f"{_VERSION} WHERE memory_id = ? ORDER BY version DESC LIMIT 1", (memory_id,)
    ).fetchone()
    return None if row is None else _version(row)


def versions(c: Connection, memory_id: str) -> list[Version]:
    """All of them, oldest first."""
    rows = c.execute(f"{_VERSION} WHERE memory_id = ? ORDER BY version", (memory_id,))
    return [_version(row) for row in rows]


def noted(c: Connection, memory_ids: Sequence[str]) -> dict[str, Version]:
    """The newest version of each of these that has any."""
    rows = c.execute(
        "SELECT n.memory_id, n.version, n.keywords, n.tags, n.context, n.cause, n.because, n.at_ms"
        " FROM json_each(?) j CROSS JOIN note_versions n ON n.memory_id = j.value"
        " ORDER BY n.memory_id, n.version",
        (json.dumps(list(memory_ids)),),
    )
    return {row[0]: _version(row) for row in rows}


def put(
    c: Connection, memory_id: str, new: Content, cause: Cause, now_ms: int, because: str | None
) -> bool:
    """Add a version unless it would say what the newest one says; whether it did."""
    newest = current(c, memory_id)
    if newest is not None and newest.content == new:
        return False
    c.execute(
        "INSERT INTO note_versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (memory_id, newest.version + 1 if newest else 1, _list(new.keywords), _list(new.tags),
         new.context_json(), cause.value, because, now_ms),
    )  # fmt: skip
    return True


def _list(words: Sequence[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)


def _version(row: Any) -> Version:
    return Version(
        row["version"],
        content(row["keywords"], row["tags"], row["context"]),
        Cause(row["cause"]),
        row["because"],
        row["at_ms"],
    )


# -- what notes are made of


def relations(c: Connection, memory_id: str) -> set[str]:
    """Relations of the facts a memory tells."""
    rows = c.execute("SELECT relation FROM fact_statements WHERE memory_id = ?", (memory_id,))
    return {row[0] for row in rows}


def superseding(c: Connection, memory_id: str) -> list[tuple[str, str, str]]:
    """Where a fact told in a memory took another one's place, or lost its own: the older memory,
    the newer one, and the value that holds no longer."""
    rows = c.execute(
        "SELECT DISTINCT o.memory_id, n.memory_id, f.value FROM fact_statements s"
        " JOIN facts f ON f.id = s.fact_id OR f.superseded_by = s.fact_id"
        " JOIN fact_statements o ON o.fact_id = f.id"
        " JOIN fact_statements n ON n.fact_id = f.superseded_by"
        " WHERE s.memory_id = ?1 AND ?1 IN (o.memory_id, n.memory_id)"
        " AND o.memory_id <> n.memory_id",
        (memory_id,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def known_names(c: Connection) -> set[str]:
    """Folded names of people and pets that facts tell of."""
    return {name for name in facts.known_names(c, YOU) if name and name != YOU}


def held_by(c: Connection, term: str) -> int:
    """In how many memories a term of the keyword index stands."""
    row = c.execute("SELECT doc FROM memories_vocabulary WHERE term = ?", (term,)).fetchone()
    return 0 if row is None else int(row[0])


def topic_turns(queued: Queued) -> list[str]:
    """Turns a topic was made from."""
    said = json.loads(queued.provenance).get("from")
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
