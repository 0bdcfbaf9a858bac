"""The diary: entries of days, weeks and months; and what was folded at night."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from memory.protocol.base import Model, SourceKind
from memory.protocol.memories import MemoryInfo


class DiaryZoom(StrEnum):
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


class DiaryQuote(Model):
    """Exact words of a memory, with the place in its source where they stand."""

    memory: str
    text: str
    start: int = Field(description="in the source's text, where the memory stands in it unchanged")
    end: int
    page: int | None = None
    ref: str | None = None
    speaker: str | None = Field(default=None, description='who said it; "You" is the person')
    happened_at: datetime | None = None


class DiaryLine(Model):
    """What is said of one source on one day. ``text`` is the whole line; ``opening`` is what
    stands before the quotes."""

    day: date
    text: str
    opening: str
    quotes: list[DiaryQuote]
    source: str = Field(description="id of its source")
    source_kind: SourceKind
    source_title: str
    location: str | None = None
    memories: int = Field(description="how many memories of that day the source has")


class DiaryTold(Model):
    """A sentence a language model wrote, with the memories it rests on."""

    text: str
    memories: list[str]


class DiaryEntry(Model):
    """One day, week or month, both ends included."""

    zoom: DiaryZoom
    first: date
    last: date
    memories: int
    files: int = Field(default=0, description="files added in that time")
    lines: list[DiaryLine]
    told: list[DiaryTold] = Field(default_factory=list)
    model: str | None = Field(default=None, description="who told it; null: quotations only")


class DiaryReply(Model):
    """Newest first. ``more`` says that there are earlier ones; ``unwritten`` how many days wait
    to be written before all of this is up to date: ask again."""

    entries: list[DiaryEntry]
    more: bool = False
    unwritten: int = 0


class FoldGroup(Model):
    """A memory shown and those behind it, which say the same."""

    night: str
    at: datetime
    shown: MemoryInfo
    others: list[MemoryInfo]


class FoldNight(Model):
    night: str
    memories: int = Field(description="how many stand behind others since that night")


class FoldList(Model):
    groups: list[FoldGroup]
    total: int
    nights: list[FoldNight] = Field(default_factory=list)


class FoldUndo(Model):
    """Exactly one of both: the group of a memory, or all that a night folded."""

    memory: str | None = None
    night: str | None = None


class FoldsUndone(Model):
    memories: int = Field(description="how many stand for themselves again")
