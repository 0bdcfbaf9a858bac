"""SQL of the stored vectors: float16, with the id of the model that made them.

They are the truth from which the meaning index can be rebuilt without embedding again. A short
text has the vectors of its tokens beside its own, so that recall finds both at once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.store import outbox
from memory.store.db import Connection

Vector = NDArray[np.float32]
Tokens = NDArray[np.int8]

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Work:
    """One outbox entry with what is needed to do it.

    ``text`` is None for a delete and for a memory that is gone meanwhile. ``vector`` is there
    when the model embedded this very text before.
    """

    seq: int
    memory_id: str
    op: str
    source_id: str | None
    text: str | None
    heading: str | None
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished outbox entry; ``vector`` is None where there is none to keep.

    ``tokens`` are the vectors of single tokens, (n, width) signed bytes, of a short text.
    """

    seq: int
    memory_id: str
    vector: Vector | None
    tokens: Tokens | None = None


def pack(vector: Vector) -> bytes:
    return vector.astype("<f2").tobytes()


def unpack(blob: bytes) -> Vector:
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)


def take(c: Connection, limit: int, model: str, after_seq: int = 0) -> list[Work]:
    """The oldest outbox entries past ``after_seq`` with text and known vector, in order."""
    rows = c.execute(
        "SELECT o.seq, o.memory_id, o.op, m.source_id, m.text, m.heading, e.vector"
        " FROM outbox o"
        " LEFT JOIN memories m ON o.op = 'upsert' AND m.id = o.memory_id"
        " LEFT JOIN embeddings e ON e.memory = m.rowid AND e.model = ?"
        " WHERE o.seq > ? ORDER BY o.seq LIMIT ?",
        (model, after_seq, limit),
    )
    return [
        Work(
            row["seq"],
            row["memory_id"],
            row["op"],
            row["source_id"],
            row["text"],
            row["heading"],
            None if row["vector"] is None else unpack(row["vector"]),
        )
        for row in rows
    ]


def done(c: Connection, model: str, finished: Sequence[Done]) -> None:
    """Keep the vectors and take the entries out of the outbox.

    A memory edited or forgotten meanwhile lost its entry: a vector is kept only while the very
    entry it was made for still stands. One whose vector was known when it was taken out of the
    outbox comes without tokens, and keeps those it has: a new text would have lost both.
    """
    c.executemany(
        "INSERT INTO embeddings (memory, model, vector, tokens)"
        " SELECT rowid, ?3, ?4, ?5 FROM memories WHERE id = ?2"
        " AND EXISTS (SELECT 1 FROM outbox WHERE seq = ?1 AND memory_id = ?2)"
        " ON CONFLICT (memory, model) DO UPDATE SET vector = excluded.vector,"
        " tokens = ifnull(excluded.tokens, tokens)",
        [
            (f.seq, f.memory_id, model, pack(f.vector), _packed(f.tokens))
            for f in finished
            if f.vector is not None
        ],
    )
    outbox.done(c, [f.seq for f in finished])


def _packed(tokens: Tokens | None) -> bytes | None:
    return tokens.tobytes() if tokens is not None and len(tokens) else None


def drop(c: Connection, memory_ids: Sequence[str]) -> None:
    """Forget the vectors of these memories, of every model."""
    c.executemany(
        "DELETE FROM embeddings WHERE memory = (SELECT rowid FROM memories WHERE id = ?)",
        [(id_,) for id_ in memory_ids],
    )


def get_many(c: Connection, memory_ids: Sequence[str], model: str) -> dict[str, Vector]:
    """Known vectors of these memories."""
    found: dict[str, Vector] = {}
    for start in range(0, len(memory_ids), _PAGE):
        part = memory_ids[start : start + _PAGE]
        marks = ",".join("?" * len(part))
        rows = c.execute(
            "SELECT m.id, e.vector FROM memories m JOIN embeddings e"
            f" ON e.memory = m.rowid AND e.model = ? WHERE m.id IN ({marks})",
            (model, *part),
        )
        found.update((row[0], unpack(row[1])) for row in rows)
    return found


def page(
    c: Connection, model: str, after_row: int = 0, limit: int = _PAGE
) -> list[tuple[int, str, Vector]]:
    """The next vectors in order of the memories' rows, with row and id, for a rebuild."""
    rows = c.execute(
        # CROSS JOIN: by the rows' own order, without sorting.
        "SELECT m.rowid, m.id, e.vector FROM memories m CROSS JOIN embeddings e"
        " ON e.memory = m.rowid AND e.model = ? WHERE m.rowid > ? ORDER BY m.rowid LIMIT ?",
        (model, after_row, limit),
    )
    return [(row[0], row[1], unpack(row[2])) for row in rows]


def sample(c: Connection, model: str, count: int) -> list[tuple[str, Vector]]:
    """Some vectors from all over the store, to check the index against."""
    low, high = c.execute(
        "SELECT ifnull(min(rowid), 0), ifnull(max(rowid), 0) FROM memories"
    ).fetchone()
    found: dict[str, Vector] = {}
    for _ in range(count if high else 0):
        row = c.execute(
            "SELECT m.id, e.vector FROM memories m CROSS JOIN embeddings e"
            " ON e.memory = m.rowid AND e.model = ? WHERE m.rowid >= ? ORDER BY m.rowid LIMIT 1",
            (model, random.randint(low, high)),
        ).fetchone()
        if row is not None:
            found[row[0]] = unpack(row[1])
    return list(found.items())


def drop_other_models(c: Connection, model: str) -> None:
    """Forget the vectors another embedder made; they live in another space."""
    c.execute("DELETE FROM embeddings WHERE model <> ?", (model,))


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A memory without a vector of some model, as it was when read."""

    rowid: int
    memory_id: str
    version: int
    text: str
    heading: str | None


def missing(c: Connection, model: str, after_rowid: int, limit: int) -> list[Unembedded]:
    """The next memories without a vector of this model, in order of row."""
    rows = c.execute(
        "SELECT m.rowid, m.id, m.version, m.text, m.heading FROM memories m WHERE m.rowid > ?"
        " AND NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.memory = m.rowid AND e.model = ?)"
        " ORDER BY m.rowid LIMIT ?",
        (after_rowid, model, limit),
    )
    return [Unembedded(*row) for row in rows]


def keep(c: Connection, model: str, made: Sequence[tuple[Unembedded, Vector]]) -> None:
    """Store vectors of memories that are still what they were when read."""
    c.executemany(
        "INSERT OR REPLACE INTO embeddings (memory, model, vector) SELECT rowid, ?2, ?3"
        " FROM memories WHERE id = ?1 AND version = ?4 AND heading IS ?5",
        [(one.memory_id, model, pack(vector), one.version, one.heading) for one, vector in made],
    )


def keep_models(c: Connection, models: Sequence[str]) -> None:
    """Forget the vectors of all other models."""
    marks = ",".join("?" * len(models))
    c.execute(f"DELETE FROM embeddings WHERE model NOT IN ({marks})", tuple(models))


def page_of_ids(c: Connection, model: str, after: str, limit: int) -> list[str]:
    """The next ids in their own order, of memories that have a vector of this model."""
    rows = c.execute(
        # Two indexes tell it: no text is read on the way.
        "SELECT m.id FROM memories m WHERE m.id > ?"
        " AND EXISTS (SELECT 1 FROM embeddings e WHERE e.memory = m.rowid AND e.model = ?)"
        " ORDER BY m.id LIMIT ?",
        (after, model, limit),
    )
    return [row[0] for row in rows]


def without_vector(c: Connection, model: str, memory_ids: Sequence[str]) -> list[str]:
    """Those of these ids that no memory with a vector of this model has."""
    rows = c.execute(
        "SELECT m.id FROM json_each(?) j CROSS JOIN memories m ON m.id = j.value"
        " WHERE EXISTS (SELECT 1 FROM embeddings e WHERE e.memory = m.rowid AND e.model = ?)",
        (json.dumps(list(memory_ids)), model),
    )
    held = {row[0] for row in rows}
    return [id_ for id_ in memory_ids if id_ not in held]


def count(c: Connection, model: str) -> int:
    row = c.execute("SELECT count(*) FROM embeddings WHERE model = ?", (model,)).fetchone()
    return int(row[0])


def request_missing(c: Connection, model: str) -> int:
    """Put every memory without a vector of this model into the outbox; returns how many."""
    # A vector belongs to one memory, so where there are as many, none is missing.
    if count(c, model) == c.execute("SELECT count(*) FROM memories").fetchone()[0]:
        return 0
    changed = c.execute(
        # Which rows they are is told by indexes alone; only those found are read.
        "INSERT INTO outbox (memory_id, op) SELECT m.id, 'upsert' FROM memories m"
        " WHERE m.rowid IN (SELECT one.rowid FROM memories one WHERE NOT EXISTS"
        " (SELECT 1 FROM embeddings e WHERE e.memory = one.rowid AND e.model = ?))"
        " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.memory_id = m.id AND o.op = 'upsert')"
        " ORDER BY m.rowid",
        (model,),
    )
    return changed.rowcount
