"""What all messages build on: the base model, the words both sides use, and problems."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 4
"""Raised when a client of the old version could misread a reply of the new one."""


class Model(BaseModel):
    """Base of everything on the channel: unknown fields are errors in requests."""

    model_config = ConfigDict(extra="forbid")


class SourceKind(StrEnum):
    FILE = "file"
    CONVERSATION = "conversation"
    NOTE = "note"


class SourceState(StrEnum):
    QUEUED = "queued"  # safe in the database, not read yet
    READING = "reading"
    INDEXING = "indexing"  # recallable by words, meaning still to come
    READY = "ready"
    SKIPPED = "skipped"  # nothing is wrong, but there is nothing to remember
    FAILED = "failed"
    MISSING = "missing"  # the file is gone; its memories wait for the person's word


class MemoryKind(StrEnum):
    PASSAGE = "passage"
    TURN = "turn"
    NOTE = "note"
    FACT = "fact"
    SUMMARY = "summary"
    TOPIC = "topic"


class MemoryState(StrEnum):
    ACTIVE = "active"
    DORMANT = "dormant"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReviewReason(StrEnum):
    """Why a memory was reviewed; each reason stands for one FSRS rating."""

    CITED = "cited"  # Good
    OPENED = "opened"  # Good
    HELPFUL = "helpful"  # Easy
    PINNED = "pinned"  # Easy
    WRONG = "wrong"  # Again
    KEPT = "kept"  # Good: the person wants to keep it, at a review of what fades


class Change(StrEnum):
    """Flags of a ``changed`` event: what a screen may have to show anew."""

    SOURCES = "sources"
    MEMORIES = "memories"
    JOBS = "jobs"
    CHATS = "chats"
    MODEL = "model"
    SETTINGS = "settings"
    FACTS = "facts"
    FOLDERS = "folders"
    STATUS = "status"


class ErrorCode(StrEnum):
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    VERSION_MISMATCH = "version_mismatch"
    UNREADABLE = "unreadable"  # a file that cannot be read: encrypted, corrupt, binary ...
    DISK_FULL = "disk_full"
    STORE = "store"  # SQLite
    INDEX = "index"  # Chroma
    MODEL = "model"  # LLM or embedder
    CANCELLED = "cancelled"
    STOPPING = "stopping"
    INTERNAL = "internal"  # a fault of ours


class Problem(Model):
    """An error meant for a person: what happened, what it means, what to do next."""

    code: ErrorCode
    title: str
    message: str
    next_step: str
    item: str | None = Field(default=None, description="path, id or name it concerns")
