"""SQL of the outbox: which memories' vectors must follow into the meaning index.

A row commits together with the change it stands for and disappears together with the stored
result, so a crash can only make work be done twice, never lost; the work is idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory.store.db import Connection
from memory.store.rows import OutboxEntry


def upsert(c: Connection, memory_ids: Iterable[str], *, fresh: bool = False) -> None:
    """Ask for the vectors of these memories to be made and indexed.

    What still waited for them is dropped, so that work under way on an older text is not kept;
    ``fresh`` says that the ids are new and nothing can wait.
    """
    ids = [(id_,) for id_ in memory_ids]
    if not fresh:
        c.executemany("DELETE FROM outbox WHERE memory_id = ?", ids)
    c.executemany("INSERT INTO outbox (memory_id, op) VALUES (?, 'upsert')", ids)


def delete(c: Connection, memory_ids: Iterable[str]) -> None:
    """Ask for these vectors to go; what was still waiting for them is dropped."""
    ids = [(id_,) for id_ in memory_ids]
    c.executemany("DELETE FROM outbox WHERE memory_id = ?", ids)
    c.executemany("INSERT INTO outbox (memory_id, op) VALUES (?, 'delete')", ids)


def take(c: Connection, limit: int, after_seq: int = 0) -> list[OutboxEntry]:
    """The oldest waiting entries past ``after_seq``, in order. They stay until ``done``."""
    rows = c.execute(
        "SELECT seq, memory_id, op FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, limit),
    )
    return [OutboxEntry(row["seq"], row["memory_id"], row["op"]) for row in rows]


def done(c: Connection, seqs: Sequence[int]) -> None:
    c.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])


def standing(c: Connection, seqs: Sequence[int]) -> set[int]:
    """Which of these entries are still in the outbox."""
    marks = ",".join("?" * len(seqs))
    return {row[0] for row in c.execute(f"SELECT seq FROM outbox WHERE seq IN ({marks})", seqs)}


def with_upsert(c: Connection, memory_ids: Sequence[str]) -> set[str]:
    """Which of these memories wait for their vector."""
    sql = "SELECT 1 FROM outbox WHERE memory_id = ? AND op = 'upsert'"
    return {id_ for id_ in memory_ids if c.execute(sql, (id_,)).fetchone()}


def is_empty(c: Connection) -> bool:
    return c.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is None


def pending(c: Connection) -> int:
    """How many memories wait for their vector (or for it to go)."""
    return int(c.execute("SELECT count(*) FROM outbox").fetchone()[0])


def pending_upserts(c: Connection) -> int:
    """How many memories cannot be found by meaning yet."""
    row = c.execute("SELECT count(DISTINCT memory_id) FROM outbox WHERE op = 'upsert'").fetchone()
    return int(row[0])


def finish_sources(c: Connection, source_ids: Iterable[str], now_ms: int) -> list[str]:
    """Set sources ``indexing`` -> ``ready`` where nothing of theirs waits; returns their ids.

    A file that only holds conversations becomes ready with the last of them.
    """
    finished = [id_ for id_ in dict.fromkeys(source_ids) if _finish(c, id_, now_ms)]
    parents = _parents(c, finished)
    return finished + [id_ for id_ in parents if _finish(c, id_, now_ms)]


def finish_all_sources(c: Connection, now_ms: int) -> list[str]:
    """The same for every source; for start-up and for when the outbox runs empty."""
    waiting = [row[0] for row in c.execute("SELECT id FROM sources WHERE state = 'indexing'")]
    return finish_sources(c, waiting, now_ms)


def _finish(c: Connection, source_id: str, now_ms: int) -> bool:
    # Entries are taken in order of position, so the last memory is the first to look at.
    waiting = c.execute(
        "SELECT 1 FROM memories m WHERE m.source_id = ? AND EXISTS"
        " (SELECT 1 FROM outbox o WHERE o.memory_id = m.id AND o.op = 'upsert')"
        " ORDER BY m.position DESC LIMIT 1",
        (source_id,),
    ).fetchone()
    if waiting:
        return False
    changed = c.execute(
        "UPDATE sources SET state = 'ready', updated_ms = ? WHERE id = ? AND state = 'indexing'"
        " AND NOT EXISTS (SELECT 1 FROM sources child WHERE child.parent_id = sources.id"
        " AND child.state = 'indexing')",
        (now_ms, source_id),
    )
    return changed.rowcount > 0


def _parents(c: Connection, source_ids: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for id_ in source_ids:
        row = c.execute("SELECT parent_id FROM sources WHERE id = ?", (id_,)).fetchone()
        if row and row[0]:
            found[row[0]] = None
    return list(found)
