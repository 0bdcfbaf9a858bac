"""SQL of the sources: files, conversations and notes, and the state each is in.

Functions take a connection first; those that write run on the writer thread in the caller's
transaction. A place is unique: one row per (kind, location, parent).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memory.protocol import SourceKind, SourceState
from memory.store import outbox
from memory.store.db import Connection
from memory.store.ids import new_id
from memory.store.rows import Source
from memory.store.source_listing import SourceQuery as SourceQuery
from memory.store.source_listing import conversations as conversations
from memory.store.source_listing import counts as counts
from memory.store.source_listing import listing as listing
from memory.store.source_rows import COLUMNS, LOOKED_UP, NOT_LOOKED_UP, from_row

# Where the content really is stored: a file that was read whole has its hash and a document;
# its state may meanwhile be anything (queued again, missing). A file left out because another
# one holds its content has the hash only; one that could not be read has no hash.
_HOLDS = "EXISTS (SELECT 1 FROM documents d WHERE d.source_id = s.id)"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file without reading it again. No hash: it could not be read."""

    content_hash: str | None
    size_bytes: int
    modified_ms: int
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a scan of a folder compares: a file's row without its counts."""

    id: str
    location: str
    state: SourceState
    size_bytes: int | None
    modified_ms: int | None
    folder_id: str | None


# -- making and finding


def insert(
    c: Connection,
    *,
    kind: SourceKind,
    title: str,
    now_ms: int,
    location: str | None = None,
    format: str | None = None,
    state: SourceState = SourceState.QUEUED,
    content_hash: str | None = None,
    modified_ms: int | None = None,
    parent_id: str | None = None,
    folder_id: str | None = None,
    scope: str | None = None,
) -> str:
    """A new row; returns its id. Without a scope it has that of its parent, or of its folder.

    Raises:
        sqlite3.IntegrityError: the place is taken.
    """
    source_id = new_id(now_ms)
    c.execute(
        f"INSERT INTO sources ({COLUMNS}) VALUES (?,?,?,?,?,?,NULL,?,NULL,?,?,?,?,?,"
        " coalesce(?, (SELECT scope FROM sources WHERE id = ?),"
        " (SELECT scope FROM folders WHERE id = ?), 'home'))",
        (source_id, kind, title, location, format, state, content_hash, modified_ms, parent_id,
         folder_id, now_ms, now_ms, scope, parent_id, folder_id),
    )  # fmt: skip
    return source_id


def queue_file(c: Connection, path: str, folder_id: str | None, now_ms: int) -> str:
    """The row of this file, made if need be, in state ``queued``; returns its id.

    A row being read stays ``reading``: its job ends first, the new one follows it.
    """
    found = c.execute(
        "SELECT id FROM sources WHERE kind = 'file' AND location = ? AND parent_id IS NULL", (path,)
    ).fetchone()
    if found is None:
        return insert(
            c,
            kind=SourceKind.FILE,
            title=os.path.basename(path),
            location=path,
            folder_id=folder_id,
            now_ms=now_ms,
        )
    c.execute(
        "UPDATE sources SET state = CASE state WHEN 'reading' THEN state ELSE 'queued' END,"
        " folder_id = coalesce(?, folder_id), updated_ms = ? WHERE id = ?",
        (folder_id, now_ms, found["id"]),
    )
    return str(found["id"])


def get(c: Connection, source_id: str) -> Source | None:
    row = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE id = ?", (source_id,)
    ).fetchone()
    return None if row is None else from_row(row)


def get_many(c: Connection, source_ids: Sequence[str]) -> list[Source]:
    """Those that exist, in the order asked for."""
    found = (get(c, source_id) for source_id in source_ids)
    return [source for source in found if source is not None]


def by_place(
    c: Connection, kind: SourceKind, location: str, parent_id: str | None = None
) -> Source | None:
    row = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE kind = ? AND location = ?"
        " AND ifnull(parent_id, '') = ifnull(?, '')",
        (kind, location, parent_id),
    ).fetchone()
    return None if row is None else from_row(row)


def children(c: Connection, parent_id: str) -> list[Source]:
    """Conversations that came from this file, oldest row first."""
    rows = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE parent_id = ? ORDER BY id",
        (parent_id,),
    )
    return [from_row(row) for row in rows]


def imported_conversations(c: Connection, name: str, not_parent: str) -> list[Source]:
    """Conversations of this name that came from other files, newest first."""
    rows = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE kind = 'conversation'"
        " AND location = ? AND parent_id IS NOT NULL AND parent_id <> ? ORDER BY id DESC",
        (name, not_parent),
    )
    return [from_row(row) for row in rows]


def note_with_hash(c: Connection, content_hash: str) -> Source | None:
    row = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE content_hash = ? AND kind = 'note'"
        " ORDER BY id LIMIT 1",
        (content_hash,),
    ).fetchone()
    return None if row is None else from_row(row)


def holders(c: Connection, content_hash: str, not_id: str) -> list[Source]:
    """Other files whose stored memories come from this very content, oldest first."""
    rows = c.execute(
        f"SELECT {COLUMNS}, {NOT_LOOKED_UP} FROM sources s"
        f" WHERE content_hash = ? AND kind = 'file' AND id <> ? AND {_HOLDS} ORDER BY id",
        (content_hash, not_id),
    )
    return [from_row(row) for row in rows]


def twins(c: Connection, content_hash: str, not_id: str) -> list[Source]:
    """Files left out because another one holds this content, oldest first."""
    rows = c.execute(
        f"SELECT {COLUMNS}, {NOT_LOOKED_UP} FROM sources s"
        f" WHERE content_hash = ? AND kind = 'file' AND id <> ? AND state = 'skipped'"
        f" AND NOT {_HOLDS} ORDER BY id",
        (content_hash, not_id),
    )
    return [from_row(row) for row in rows]


def holds(c: Connection, source_id: str) -> bool:
    """Whether what the row's hash says is stored whole."""
    row = c.execute(
        f"SELECT content_hash IS NOT NULL AND {_HOLDS} FROM sources s WHERE id = ?", (source_id,)
    ).fetchone()
    return row is not None and bool(row[0])


def happened_times(c: Connection, source_id: str) -> dict[bytes, int | None]:
    """When each stored text of a source happened, by its ``text_hash``."""
    rows = c.execute(
        "SELECT text_hash, happened_ms FROM memories WHERE source_id = ?", (source_id,)
    )
    return {bytes(row["text_hash"]): row["happened_ms"] for row in rows}


def turn_keys(c: Connection, source_id: str) -> set[tuple[str | None, bytes]]:
    """Turn id and ``text_hash`` of every turn of a conversation."""
    rows = c.execute(
        "SELECT ref, text_hash FROM memories WHERE source_id = ? AND kind NOT IN ('fact', 'topic')",
        (source_id,),
    )
    return {(row["ref"], bytes(row["text_hash"])) for row in rows}


def text_hashes(c: Connection, source_id: str) -> list[bytes]:
    """``text_hash`` of every memory of the row itself, in order."""
    rows = c.execute(
        "SELECT text_hash FROM memories WHERE source_id = ? AND kind NOT IN ('fact', 'topic')"
        " ORDER BY position, rowid",
        (source_id,),
    )
    return [bytes(row["text_hash"]) for row in rows]


def places_below(c: Connection, folder: str) -> Iterator[Place]:
    """Every known file below a folder, whoever added it."""
    low, high = _below(folder)
    rows = c.execute(
        f"SELECT {_PLACE} FROM sources WHERE kind = 'file' AND location >= ? AND location < ?",
        (low, high),
    )
    return (_place(row) for row in rows)


def place(c: Connection, path: str) -> Place | None:
    row = c.execute(
        f"SELECT {_PLACE} FROM sources WHERE kind = 'file' AND location = ?", (path,)
    ).fetchone()
    return None if row is None else _place(row)


# -- changing


def set_state(
    c: Connection,
    source_id: str,
    state: SourceState,
    now_ms: int,
    problem_json: str | None = None,
) -> None:
    """Set the state and the problem (none clears it)."""
    c.execute(
        "UPDATE sources SET state = ?, problem = ?, updated_ms = ? WHERE id = ?",
        (state, problem_json, now_ms, source_id),
    )


def settle(c: Connection, source_id: str, now_ms: int) -> SourceState:
    """``ready``, or ``indexing`` where a vector is still to come; returns which."""
    waiting = c.execute(
        "SELECT 1 FROM memories m JOIN outbox o ON o.memory_id = m.id AND o.op = 'upsert'"
        " WHERE m.source_id = ?"
        " UNION ALL SELECT 1 FROM sources WHERE parent_id = ? AND state = 'indexing' LIMIT 1",
        (source_id, source_id),
    ).fetchone()
    state = SourceState.INDEXING if waiting else SourceState.READY
    set_state(c, source_id, state, now_ms)
    return state


def set_facts(c: Connection, source_id: str, facts: FileFacts) -> None:
    """Record what was read; comes with the memories, never before them."""
    c.execute(
        "UPDATE sources SET content_hash = ?, size_bytes = ?, modified_ms = ?,"
        " format = coalesce(?, format) WHERE id = ?",
        (facts.content_hash, facts.size_bytes, facts.modified_ms, facts.format, source_id),
    )


def set_title(c: Connection, source_id: str, title: str) -> None:
    c.execute("UPDATE sources SET title = ? WHERE id = ?", (title, source_id))


def set_parent(c: Connection, source_id: str, parent_id: str) -> None:
    c.execute("UPDATE sources SET parent_id = ? WHERE id = ?", (parent_id, source_id))


def set_folder(c: Connection, source_id: str, folder_id: str | None) -> None:
    c.execute("UPDATE sources SET folder_id = ? WHERE id = ?", (folder_id, source_id))


def set_folder_of_all(c: Connection, source_ids: Sequence[str], folder_id: str) -> None:
    c.executemany(
        "UPDATE sources SET folder_id = ? WHERE id = ?", [(folder_id, id_) for id_ in source_ids]
    )


def move(c: Connection, source_id: str, location: str, now_ms: int) -> None:
    """The file was renamed; whatever row stood at the new place goes, this one keeps its id.

    The title follows the name only where it was the old name.
    """
    c.execute(
        "DELETE FROM sources WHERE kind = 'file' AND location = ? AND id <> ?",
        (location, source_id),
    )
    row = c.execute("SELECT title, location FROM sources WHERE id = ?", (source_id,)).fetchone()
    title = row["title"]
    if title == os.path.basename(row["location"] or ""):
        title = os.path.basename(location)
    c.execute(
        "UPDATE sources SET location = ?, title = ?, updated_ms = ? WHERE id = ?",
        (location, title, now_ms, source_id),
    )


def mark_missing(c: Connection, source_ids: Sequence[str], now_ms: int) -> list[str]:
    """The files are gone. What holds memories waits for the person's word; returns those ids.

    A row without memories has nothing to ask about and goes, with its open jobs.
    """
    marked = []
    for source_id in source_ids:
        source = get(c, source_id)
        if source is None or source.state is SourceState.MISSING:
            continue
        if source.memories:
            set_state(c, source_id, SourceState.MISSING, now_ms)
            marked.append(source_id)
        else:
            delete(c, source_id)
    return marked


def missing(c: Connection) -> list[Source]:
    rows = c.execute(
        f"SELECT {COLUMNS}, {LOOKED_UP} FROM sources s WHERE state = 'missing' ORDER BY id"
    )
    return [from_row(row) for row in rows]


def delete(c: Connection, source_id: str) -> None:
    """Remove a row that holds no memories (those are forgotten by ``store.forget``); facts told
    in it may still stand beside it."""
    beside = c.execute("SELECT id FROM memories WHERE source_id = ?", (source_id,)).fetchall()
    outbox.delete(c, [row[0] for row in beside])
    c.execute("DELETE FROM sources WHERE id = ?", (source_id,))


_PLACE = "id, location, state, size_bytes, modified_ms, folder_id"


def _place(row: object) -> Place:
    r = dict(row)  # type: ignore[call-overload]
    return Place(
        r["id"],
        r["location"],
        SourceState(r["state"]),
        r["size_bytes"],
        r["modified_ms"],
        r["folder_id"],
    )


def _below(folder: str) -> tuple[str, str]:
    """Bounds of every path below ``folder``: from its separator to the character after it."""
    base = folder.rstrip(os.sep)
    return base + os.sep, base + chr(ord(os.sep) + 1)
