"""Rows of ``memories`` as values, with or without their source."""

from __future__ import annotations

import json
from typing import Any

from memory.protocol import MemoryKind, MemoryState, SourceKind
from memory.store.rows import Memory, MemoryWithSource, Strength

ORDERS = "(SELECT q.kinds FROM suspicions q WHERE q.memory_id = m.id AND q.cleared_ms IS NULL)"
OUTVOTED = (
    "EXISTS (SELECT 1 FROM fact_statements t JOIN facts f ON f.id = t.fact_id"
    " WHERE t.memory_id = m.id AND f.state = 'doubtful' AND f.doubt = 'outvoted')"
)
"""Of memories m: kinds of orders, or NULL; whether most others say otherwise."""
WITH_SOURCE = (
    f"SELECT m.*, {ORDERS} AS orders, {OUTVOTED} AS outvoted,"
    " s.kind AS source_kind, s.title AS source_title, s.location AS source_location"
    " FROM memories m JOIN sources s ON s.id = m.source_id"
)


def from_row(row: Any) -> Memory:
    """A row of ``memories`` as a value."""
    return Memory(
        rowid=row["rowid"],
        id=row["id"],
        kind=MemoryKind(row["kind"]),
        text=row["text"],
        source_id=row["source_id"],
        position=row["position"],
        start=row["start"],
        end=row["end"],
        page=row["page"],
        ref=row["ref"],
        speaker=row["speaker"],
        role=row["role"],
        heading=row["heading"],
        happened_ms=row["happened_ms"],
        learnt_ms=row["learnt_ms"],
        strength=Strength(row["stability_days"], row["difficulty"], row["reviewed_ms"]),
        importance=row["importance"],
        pinned=bool(row["pinned"]),
        marked_wrong=bool(row["marked_wrong"]),
        state=MemoryState(row["state"]),
        version=row["version"],
        provenance=json.loads(row["provenance"]) if row["provenance"] != "{}" else {},
    )


def with_source(row: Any) -> MemoryWithSource:
    """A row of ``WITH_SOURCE`` as a value."""
    return MemoryWithSource(
        from_row(row),
        SourceKind(row["source_kind"]),
        row["source_title"],
        row["source_location"],
        row["orders"],
        bool(row["outvoted"]),
    )
