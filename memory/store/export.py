"""Everything remembered as JSON Lines, one memory a line: the person's own copy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memory.clock import to_datetime
from memory.store.db import Connection, Database
from memory.store.memory_rows import WITH_SOURCE, with_source
from memory.store.rows import MemoryWithSource

_PAGE = 1_000


def lines(c: Connection, after_rowid: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """The next memories as ``(rowid, plain values)``, in the order they were learnt."""
    rows = c.execute(
        f"{WITH_SOURCE} WHERE m.rowid > ? ORDER BY m.rowid LIMIT ?", (after_rowid, limit)
    )
    return [(found.memory.rowid, _plain(found)) for found in map(with_source, rows)]


def write(database: Database, target: Path) -> int:
    """Write all memories to ``target``; returns how many.

    The file appears under its name only when complete, readable by this person only.

    Raises:
        OSError: it cannot be written there.
    """
    part = target.with_name(target.name + ".part")
    count = 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            for line in _all(database):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def _all(database: Database) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with database.read() as c:  # a page at a time: a long snapshot would hold the log
            page = lines(c, after, _PAGE)
        if not page:
            return
        yield from (line for _rowid, line in page)
        after = page[-1][0]


def _plain(found: MemoryWithSource) -> dict[str, Any]:
    m = found.memory
    return {
        "id": m.id,
        "kind": m.kind,
        "text": m.text,
        "source": found.location or found.source_title,
        "source_id": m.source_id,
        "source_kind": found.source_kind,
        "source_title": found.source_title,
        "position": m.position,
        "start": m.start,
        "end": m.end,
        "page": m.page,
        "ref": m.ref,
        "speaker": m.speaker,
        "heading": m.heading,
        "happened_at": _iso(m.happened_ms),
        "learnt_at": _iso(m.learnt_ms),
        "stability_days": round(m.strength.stability_days, 6),
        "difficulty": round(m.strength.difficulty, 6),
        "reviewed_at": _iso(m.strength.reviewed_ms),
        "importance": m.importance,
        "pinned": m.pinned,
        "marked_wrong": m.marked_wrong,
        "state": m.state,
        "version": m.version,
        "provenance": m.provenance,
    }


def _iso(ms: int | None) -> str | None:
    return None if ms is None else to_datetime(ms).isoformat().replace("+00:00", "Z")
