"""Facts: what holds and what held, where it was said, and the person's word on doubtful ones."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from memory.protocol.base import Model, SourceKind


class FactState(StrEnum):
    CURRENT = "current"
    PAST = "past"
    DOUBTFUL = "doubtful"  # waits for the person's word
    REJECTED = "rejected"


class FactChoice(StrEnum):
    """What the person says of a fact."""

    ACCEPT = "accept"
    REJECT = "reject"
    BOTH = "both"  # it is true beside what it seems to contradict
    UNDECIDED = "undecided"  # takes back what was said of it


class FactInfo(Model):
    id: str
    memory: str | None = Field(description="the memory recall finds; none of a doubtful fact")
    subject: str = Field(description='"you", a name, or "your sister"')
    relation: str
    slot: str = Field(description="what a favourite is of, else empty")
    value: str
    detail: str = Field(description="role or kind beside the value: sister, dog")
    text: str = Field(description="the fact as a sentence, with its dates")
    state: FactState
    valid_from: datetime | None
    valid_from_days: int | None = Field(description="how wide that time is: 30 for a month")
    valid_to: datetime | None
    valid_to_days: int | None
    said_at: datetime = Field(description="when it was last said")
    learnt_at: datetime
    confidence: float
    doubt: str = Field(
        description="why it is doubtful: unsure, contradicts, unclear order, outvoted"
    )
    superseded_by: str | None = None
    contradicts: str | None = None


class FactSource(Model):
    """A sentence a fact rests on."""

    memory: str
    source: str = Field(description="id of its source")
    source_kind: SourceKind
    source_title: str
    ref: str | None
    speaker: str | None
    text: str = Field(description="the sentence")
    start: int = Field(description="of the sentence in its memory")
    end: int
    said_at: datetime
    confidence: float


class FactList(Model):
    facts: list[FactInfo]
    total: int
    current: int
    past: int
    doubtful: int


class FactDetail(Model):
    fact: FactInfo
    line: list[FactInfo] = Field(description="every fact of its topic, in order of time")
    sources: list[FactSource]


class FactDoubt(Model):
    """One case for the person: a doubtful fact, and the one it contradicts."""

    fact: FactInfo
    against: FactInfo | None
    sources: list[FactSource]
    against_sources: list[FactSource] = Field(
        default_factory=list, description="the sentences the one it contradicts rests on"
    )


class FactReview(Model):
    doubts: list[FactDoubt]
    total: int


class FactDecision(Model):
    choice: FactChoice


class FactEdit(Model):
    """The person's own words in the place of what was read; what is left out stays."""

    value: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class FactsLearnt(Model):
    memories: int
    statements: int
    changed: int
