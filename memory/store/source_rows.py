"""Columns of the sources and how a row becomes a value."""

from __future__ import annotations

from memory.protocol import SourceKind, SourceState
from memory.store.rows import Source

COLUMNS = (
    "id, kind, title, location, format, state, problem, content_hash, size_bytes, modified_ms,"
    " parent_id, folder_id, added_ms, updated_ms, scope"
)
LOOKED_UP = (
    "(SELECT count(*) FROM memories m WHERE m.source_id = s.id"
    " AND m.kind NOT IN ('fact', 'topic'))"
    " + (SELECT count(*) FROM sources k JOIN memories m ON m.source_id = k.id"
    " WHERE k.parent_id = s.id AND m.kind NOT IN ('fact', 'topic')) AS memories,"
    " (SELECT f.location FROM sources f WHERE f.id = s.parent_id) AS parent_location"
)
"""What a row says beyond its own columns; the table is named ``s``."""
NOT_LOOKED_UP = "0 AS memories, NULL AS parent_location"
"""Instead of it, where only the row itself is wanted."""


def from_row(row: object) -> Source:
    r: dict[str, object] = dict(row)  # type: ignore[call-overload]
    return Source(
        id=str(r["id"]),
        kind=SourceKind(str(r["kind"])),
        title=str(r["title"]),
        location=_text(r["location"]),
        format=_text(r["format"]),
        state=SourceState(str(r["state"])),
        problem_json=_text(r["problem"]),
        content_hash=_text(r["content_hash"]),
        size_bytes=_int(r["size_bytes"]),
        modified_ms=_int(r["modified_ms"]),
        parent_id=_text(r["parent_id"]),
        folder_id=_text(r["folder_id"]),
        added_ms=int(str(r["added_ms"])),
        updated_ms=int(str(r["updated_ms"])),
        memories=int(str(r["memories"])),
        parent_location=_text(r["parent_location"]),
        scope=str(r["scope"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))
