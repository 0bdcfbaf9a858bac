"""A recall: its filter, its hits, and what each operator cost."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from memory.protocol.base import MemoryKind, Model, Problem, SourceKind
from memory.protocol.flags import Flag
from memory.protocol.learning import PersonalRanking

Scopes = Annotated[list[str], Field(max_length=100)] | None
"""Names of scopes; None sets no limit, an empty list allows nothing."""


class RecallFilter(Model):
    """What the person fixed by hand; it filters hard."""

    kinds: list[MemoryKind] = Field(default_factory=list)
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    speaker: str | None = None


class RecallUnit(StrEnum):
    """What one hit stands for."""

    MEMORY = "memory"
    SESSION = "session"  # turns of one chat without a long break; a file or a note as a whole
    DAY = "day"  # everything of one day


class RecallRequest(Model):
    """``ignore`` names words of the question whose meaning the person struck out, as the
    ``text`` of an ``Understood`` tells them."""

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    limit: Annotated[int, Field(ge=1, le=200)] = 10
    filter: RecallFilter = Field(default_factory=RecallFilter)
    unit: RecallUnit = RecallUnit.MEMORY
    ignore: Annotated[list[str], Field(max_length=50)] = Field(default_factory=list)
    explain: bool = False
    scopes: Scopes = Field(
        default=None, description="use nothing but these; null: everything allowed here"
    )


class UnderstoodKind(StrEnum):
    TIME = "time"
    KIND = "kind"
    SPEAKER = "speaker"
    PHRASE = "phrase"


class Understood(Model):
    """Something read from the words of a question. It raises what fits and excludes nothing.

    ``text`` are the words, ``label`` what they were taken for, ``value`` the same as a filter
    wants it (a kind of memory, a speaker). Times are UTC milliseconds, end exclusive; one that
    is missing is open.
    """

    kind: UnderstoodKind
    text: str
    label: str
    value: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class HitUnit(Model):
    """The session or day that a hit stands for; the hit itself is the best memory of it."""

    title: str
    since: datetime | None = None
    until: datetime | None = None
    memories: int = Field(description="how many it holds")
    others: list[str] = Field(default_factory=list, description="its next best memories, by id")


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
    flags: list[Flag] = Field(default_factory=list, description="what to know of it")
    similar: list[str] = Field(default_factory=list, description="near-duplicates folded in")
    unit: HitUnit | None = Field(default=None, description="where sessions or days were asked for")
    why: dict[str, float] | None = Field(
        default=None, description="points by witness, with explain"
    )


class OperatorTrace(Model):
    name: str
    ms: float
    candidates: int
    note: str | None = None


class RecallReply(Model):
    """Best first, or, with ``timeline``, in the order of time: the question named a time and
    nothing else. ``problems`` tells which way of searching failed, so that empty and failed are
    never the same."""

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
    understood: list[Understood] = Field(default_factory=list)
    timeline: bool = False
    trace: list[OperatorTrace] | None = None
    recall: str | None = Field(
        default=None, description="names this list when a memory of it is reviewed"
    )
    personal: PersonalRanking | None = Field(
        default=None, description="weights learnt from the person's choices, with explain"
    )
