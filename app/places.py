"""A place in a source: what a citation, a hit or a memory points at. Plain values, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memory.protocol import Citation, Hit, MemoryInfo, SourceInfo, SourceKind


@dataclass(frozen=True)
class Place:
    """Where to open a source. ``start`` and ``end`` are code points of the extracted text;
    both 0 mean the source as a whole. ``recall`` names the list it was chosen from."""

    source_id: str
    title: str
    kind: SourceKind
    location: str | None = None
    memory_id: str | None = None
    ref: str | None = None
    page: int | None = None
    start: int = 0
    end: int = 0
    quote: str = ""
    happened_at: datetime | None = None
    strength: float | None = None
    recall: str | None = None

    @staticmethod
    def of_citation(found: Citation) -> Place:
        return _passage(
            found,
            source_id=found.source_id,
            location=found.source,
            memory_id=found.memory,
            start=found.quote_start,
            end=found.quote_end,
            quote=found.quote,
            recall=found.recall,
        )

    @staticmethod
    def of_hit(found: Hit, recall: str | None = None) -> Place:
        return _passage(
            found,
            source_id=found.source_id,
            location=found.source,
            memory_id=found.memory,
            start=found.start,
            end=found.end,
            quote=found.text,
            recall=recall,
        )

    @staticmethod
    def of_memory(found: MemoryInfo) -> Place:
        return _passage(
            found,
            source_id=found.source,
            location=found.location,
            memory_id=found.id,
            start=found.start,
            end=found.end,
            quote=found.text,
        )

    @staticmethod
    def of_source(found: SourceInfo) -> Place:
        return Place(
            source_id=found.id, title=found.title, kind=found.kind, location=found.location
        )


def _passage(found: Citation | Hit | MemoryInfo, **own: Any) -> Place:
    """What all three say in the same words, and what each has a name of its own for."""
    return Place(
        title=found.source_title,
        kind=found.source_kind,
        ref=found.ref,
        page=found.page,
        happened_at=found.happened_at,
        strength=found.strength,
        **own,
    )
