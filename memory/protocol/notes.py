"""Topics of talks; what memories are about, version by version; and the links between them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from memory.protocol.base import MemoryKind, Model


class TopicInfo(Model):
    id: str = Field(description="of its memory, of kind topic")
    title: str
    summary: str
    source: str
    source_title: str
    turns: int = Field(description="how many turns it was made from")
    began_at: datetime | None
    by_model: bool = Field(description="worded by a model, else in words of its turns")


class TopicTurn(Model):
    memory: str
    text: str
    speaker: str | None
    said_at: datetime


class TopicList(Model):
    topics: list[TopicInfo]
    total: int


class TopicDetail(Model):
    topic: TopicInfo
    turns: list[TopicTurn]


class LinkReason(StrEnum):
    SUPERSEDED = "superseded"
    TOLD_ANEW = "told anew"
    NAMES = "names"
    MEANING = "meaning"


class NoteCause(StrEnum):
    FIRST = "first"
    EDITED = "edited"
    TOLD_ANEW = "told anew"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"
    UNDONE = "undone"


class LinkEnd(Model):
    """A memory as links show it."""

    memory: str
    kind: MemoryKind
    title: str = Field(description="of a topic, else empty")
    text: str = Field(description="its first words")
    source: str
    source_title: str
    said_at: datetime


class LinkInfo(Model):
    to: LinkEnd
    reason: LinkReason
    words: list[str]
    why: str = Field(description="the reason in words")
    weight: float


class NoteContext(Model):
    """Where a memory belongs; its source and day stand with the memory itself."""

    topic: LinkEnd | None = Field(default=None, description="the topic a turn belongs to")
    anew: LinkEnd | None = Field(default=None, description="the later memory that tells it anew")


class MemoryLinks(Model):
    """What a memory is about and what it has to do with."""

    memory: LinkEnd
    keywords: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list, description="kinds of things, and names")
    context: NoteContext = Field(default_factory=NoteContext)
    version: int | None = Field(default=None, description="None: it has no note")
    versions: int = 0
    links: list[LinkInfo] = Field(default_factory=list)


class NoteVersion(Model):
    version: int
    keywords: list[str]
    tags: list[str]
    context: NoteContext
    cause: NoteCause
    because: LinkEnd | None = Field(description="the memory that brought it about")
    at: datetime


class NoteVersions(Model):
    memory: str
    versions: list[NoteVersion] = Field(description="oldest first; the last one counts")


class NoteUndo(Model):
    """Without a version the one before the newest is put in its place."""

    version: Annotated[int, Field(ge=1)] | None = None


class NotesMade(Model):
    topics: int
    notes: int
