"""Chats, questions and the events of an answer that streams."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from memory.protocol.base import Model, Problem, SourceKind
from memory.protocol.flags import Flag
from memory.protocol.looking import Look, Looked
from memory.protocol.recall import RecallFilter, Scopes


class Citation(Model):
    n: int
    memory: str
    source: str
    source_id: str
    source_title: str
    source_kind: SourceKind
    ref: str | None = None
    page: int | None = None
    start: int
    end: int
    quote: str = Field(description="the sentence or sentences used, as they stand in the memory")
    quote_start: int = Field(description="place of the quote in the extracted text")
    quote_end: int
    happened_at: datetime | None = None
    strength: float = 0.0
    flags: list[Flag] = Field(default_factory=list, description="what to know of it")
    recall: str | None = Field(
        default=None, description="names the list it was chosen from, for half an hour"
    )


class ChatInfo(Model):
    id: str
    title: str
    private: bool
    scope: str = Field(default="home", description="of what is said in it")
    scopes: Scopes = Field(default=None, description="those it may use; null: all")
    created_at: datetime
    updated_at: datetime
    messages: int = 0


class ChatList(Model):
    chats: list[ChatInfo]


class ChatCreate(Model):
    title: str | None = None
    private: bool = Field(default=False, description="never stored, never remembered")
    scope: str = "home"
    scopes: Scopes = None


class ChatEdit(Model):
    """What is None stays. ``every_scope`` lets it use all of them again."""

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    scope: str | None = None
    scopes: Scopes = None
    every_scope: bool = False


class MessageInfo(Model):
    id: str
    chat: str
    role: Literal["person", "assistant"]
    text: str
    at: datetime
    state: Literal["complete", "streaming", "stopped", "failed"] = "complete"
    citations: list[Citation] = Field(default_factory=list)
    model: str | None = None
    problem: Problem | None = None


class ChatDetail(Model):
    chat: ChatInfo
    messages: list[MessageInfo]


class AskRequest(Model):
    """A question; without a chat the answer is given, and kept only for the case that the same
    is asked again."""

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    chat: str | None = None
    use_model: bool = Field(
        default=True, description="False: answer by quotation even if a model is there"
    )
    filter: RecallFilter = Field(default_factory=RecallFilter)
    anew: bool = Field(default=False, description="not from what was answered before")
    scopes: Scopes = Field(
        default=None, description="of those the chat may use, only these; null: all of them"
    )


class AskSources(Model):
    """What was found, before the first word; again, with all of it, when later looks found
    more."""

    event: Literal["sources"] = "sources"
    seq: int
    request: str
    message: str | None = Field(default=None, description="id of the answer in its chat")
    citations: list[Citation]
    searched: int
    took_ms: float
    problems: list[Problem] = Field(default_factory=list)


class AskStage(Model):
    """What happens now, for the line under the question."""

    event: Literal["stage"] = "stage"
    seq: int
    request: str
    stage: Literal["searching", "looking", "loading", "reading", "answering"]
    detail: str | None = None


class AskLooked(Model):
    """One more look at the memories for a hard question has ended."""

    event: Literal["looked"] = "looked"
    seq: int
    request: str
    look: Look


class AskDelta(Model):
    event: Literal["delta"] = "delta"
    seq: int
    request: str
    text: str


class AskDone(Model):
    """Last event: the whole answer as stored, with the numbers really used."""

    event: Literal["done"] = "done"
    seq: int
    request: str
    answer: str
    citations: list[Citation]
    model: str | None
    stopped: bool = False
    quotation: bool = Field(description="True: exact quotations, no model took part")
    took_ms: float
    problem: Problem | None = Field(
        default=None, description="why a model that should have answered did not"
    )
    looked: Looked | None = Field(default=None, description="later looks, for a hard question")
    answered_before: datetime | None = Field(
        default=None, description="when this was answered, if it was kept from then"
    )


class AskFailed(Model):
    event: Literal["failed"] = "failed"
    seq: int
    request: str
    problem: Problem


AskEvent = Annotated[
    AskSources | AskStage | AskLooked | AskDelta | AskDone | AskFailed,
    Field(discriminator="event"),
]
