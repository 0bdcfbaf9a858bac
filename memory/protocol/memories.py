"""Memories: lists, details, edits, reviews, and what forgetting shows and does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from memory.protocol.base import MemoryKind, MemoryState, Model, ReviewReason, SourceKind
from memory.protocol.flags import Flag


class MemoryInfo(Model):
    id: str
    kind: MemoryKind
    text: str
    source: str = Field(description="id of its source")
    source_kind: SourceKind
    source_title: str
    location: str | None = None
    ref: str | None = Field(default=None, description="turn id within a conversation")
    speaker: str | None = None
    heading: str | None = None
    page: int | None = None
    start: int
    end: int
    position: int = Field(description="order within its source, from 0")
    happened_at: datetime | None
    learnt_at: datetime
    strength: float = Field(description="FSRS retrievability now, 0 to 1")
    stability_days: float
    difficulty: float
    reviewed_at: datetime
    importance: float = Field(description="0 to 1")
    pinned: bool
    marked_wrong: bool = False
    flags: list[Flag] = Field(default_factory=list, description="what to know of it")
    state: MemoryState
    version: int


class MemoryQuery(Model):
    """Filters of the Memories page; an empty text lists newest first."""

    text: str = ""
    kinds: list[MemoryKind] = Field(default_factory=list)
    source: str | None = None
    states: list[MemoryState] = Field(default_factory=lambda: [MemoryState.ACTIVE])
    since: datetime | None = None
    until: datetime | None = None
    min_strength: float | None = None
    max_strength: float | None = None
    pinned: bool | None = None
    flagged: bool = Field(default=False, description="only those that give orders")
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0)] = 0


class MemoryList(Model):
    memories: list[MemoryInfo]
    total: int


class ReviewInfo(Model):
    at: datetime
    reason: ReviewReason
    stability_days: float
    difficulty: float


class CurvePoint(Model):
    at: datetime
    strength: float


class MemoryDetail(Model):
    memory: MemoryInfo
    before: list[MemoryInfo] = Field(default_factory=list, description="neighbours, in order")
    after: list[MemoryInfo] = Field(default_factory=list)
    reviews: list[ReviewInfo] = Field(default_factory=list)
    curve: list[CurvePoint] = Field(
        default_factory=list, description="strength from when it was learnt to a year from now"
    )
    dormant_below: float = Field(
        default=0.0, description="strength below which it goes dormant, 0 where it never does"
    )
    also: list[MemoryInfo] = Field(
        default_factory=list, description="what says the same and is folded with it, 50 at most"
    )


class MemoryEdit(Model):
    text: Annotated[str, Field(min_length=1)] | None = None
    pinned: bool | None = None
    importance: Annotated[float, Field(ge=0, le=1)] | None = None


class ReviewRequest(Model):
    """``recall`` names the list the memory was chosen from, as a reply or citation told it."""

    reason: ReviewReason
    recall: Annotated[str, Field(max_length=64)] | None = None


class ForgetRequest(Model):
    """Exactly one of the ways to say what goes: memories, a source, a person, a time (``before``,
    or from ``since`` to ``until``, either end of which may be open), or everything."""

    memories: list[str] = Field(default_factory=list)
    source: str | None = Field(default=None, description="source id, path or conversation name")
    person: str | None = Field(default=None, description="who said it, by name")
    naming: bool = Field(
        default=False, description="with a person: what others said that names them goes too"
    )
    before: datetime | None = Field(default=None, description="what happened before this time")
    since: datetime | None = Field(default=None, description="what happened from this time on")
    until: datetime | None = Field(default=None, description="end of that, exclusive")
    all: bool = False
    preview: bool = Field(default=False, description="only say what would go")


class ForgetReply(Model):
    """What goes, or went. ``memories`` counts all of them, ``derived`` those of them that were
    made from others (summaries, facts). ``naming`` counts memories that name the person asked
    about: they are among ``memories`` only where that was asked for."""

    preview: bool
    memories: int
    sources: int
    chats: int
    samples: list[str] = Field(default_factory=list, description="first words of some that go")
    source_titles: list[str] = Field(default_factory=list)
    derived: int = 0
    derived_samples: list[str] = Field(default_factory=list)
    messages: int = Field(default=0, description="messages of chats that go")
    answers: int = Field(default=0, description="answers that are emptied, not deleted")
    naming: int = 0
    naming_samples: list[str] = Field(default_factory=list)
    still_named: list[str] = Field(
        default_factory=list, description="names of sources that stay with the person's in them"
    )
    took_ms: float = 0.0
    parts_ms: dict[str, float] = Field(default_factory=dict)
