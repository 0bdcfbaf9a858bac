"""A recall: its filter, its hits, and what each operator cost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from memory.protocol.base import MemoryKind, Model, Problem, SourceKind


class RecallFilter(Model):
    """What the person fixed by hand; it filters hard."""

    kinds: list[MemoryKind] = Field(default_factory=list)
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    speaker: str | None = None


class RecallRequest(Model):
    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    limit: Annotated[int, Field(ge=1, le=200)] = 10
    filter: RecallFilter = Field(default_factory=RecallFilter)
    explain: bool = False


class Hit(Model):
    """One recalled memory. ``source`` is a path or a conversation's name."""

    memory: str
    source: str
    source_id: str
    source_title: str
    source_kind: SourceKind
    kind: MemoryKind
    ref: str | None = None
    speaker: str | None = None
    page: int | None = None
    start: int
    end: int
    text: str
    score: float
    strength: float
    happened_at: datetime | None = None
    similar: list[str] = Field(default_factory=list, description="near-duplicates folded in")
    why: dict[str, float] | None = Field(
        default=None, description="points by witness, with explain"
    )


class OperatorTrace(Model):
    name: str
    ms: float
    candidates: int
    note: str | None = None


class RecallReply(Model):
    """Best first. ``problems`` tells which way of searching failed, so that empty and
    failed are never the same."""

    hits: list[Hit]
    took_ms: float
    searched: int = Field(description="memories that were in reach")
    problems: list[Problem] = Field(default_factory=list)
    confidence: float | None = Field(
        default=None, description="how likely the memory holds an answer, 0 to 1; null: not known"
    )
    nearest_only: bool = Field(
        default=False, description="nothing seems to answer this: the hits are only the nearest"
    )
    confidence_why: dict[str, float] | None = Field(
        default=None, description="what the confidence is made of, with explain"
    )
    trace: list[OperatorTrace] | None = None
