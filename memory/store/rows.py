"""Rows of the database as values. No SQL here; times are UTC milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from memory.protocol import (
    JobState,
    MemoryKind,
    MemoryState,
    ReviewReason,
    SourceKind,
    SourceState,
)
from memory.suspicion.judge import Suspicion


@dataclass(frozen=True, slots=True)
class Strength:
    """FSRS state: stability in days, difficulty 1-10, time of the last review."""

    stability_days: float
    difficulty: float
    reviewed_ms: int


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    kind: SourceKind
    title: str
    location: str | None
    format: str | None
    state: SourceState
    problem_json: str | None
    content_hash: str | None  # SHA-256 of the bytes, hex
    size_bytes: int | None
    modified_ms: int | None
    parent_id: str | None
    folder_id: str | None
    added_ms: int
    updated_ms: int
    memories: int = 0  # counted on reading
    parent_location: str | None = None  # where the file lies that a conversation came from
    scope: str = "home"


@dataclass(frozen=True, slots=True)
class PageSpan:
    number: int  # 1-based
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentText:
    """Extracted text of a source with its pages; ``markup`` says how to show it."""

    text: str
    pages: tuple[PageSpan, ...] = ()
    markup: str | None = None


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory as the chunker or an importer makes it, before it has an id."""

    kind: MemoryKind
    text: str
    position: int
    start: int
    end: int
    page: int | None = None
    ref: str | None = None
    speaker: str | None = None
    role: str | None = None  # person | assistant | other, for turns
    heading: str | None = None  # path of headings above it, " › " between
    happened_ms: int | None = None
    importance: float = 0.5
    provenance: dict[str, object] = field(default_factory=dict)
    suspicion: Suspicion | None = None  # how much it gives orders, where that was judged


@dataclass(frozen=True, slots=True)
class Memory:
    rowid: int
    id: str
    kind: MemoryKind
    text: str
    source_id: str
    position: int
    start: int
    end: int
    page: int | None
    ref: str | None
    speaker: str | None
    role: str | None
    heading: str | None
    happened_ms: int | None
    learnt_ms: int
    strength: Strength
    importance: float
    pinned: bool
    marked_wrong: bool
    state: MemoryState
    version: int
    provenance: dict[str, object]


@dataclass(frozen=True, slots=True)
class MemoryWithSource:
    """A memory and what a hit needs to know of its source."""

    memory: Memory
    source_kind: SourceKind
    source_title: str
    location: str | None
    orders: str | None = None  # kinds of orders it gives to an assistant, commas between
    outvoted: bool = False  # it says what many others deny


@dataclass(frozen=True, slots=True)
class Review:
    """One use of a memory and the state it led to; the log can rebuild the state."""

    memory_id: str
    reason: ReviewReason
    at_ms: int
    before: Strength
    after: Strength


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    batch_id: str
    kind: str  # file | folder | note
    source_id: str | None
    path: str | None
    state: JobState
    attempts: int
    problem_json: str | None
    created_ms: int
    started_ms: int | None
    finished_ms: int | None
    skipped: bool = False  # done, but there was nothing to remember
    memories: int = 0
    due_ms: int = 0  # a retry waits until then


@dataclass(frozen=True, slots=True)
class Batch:
    """One drop or one ``add`` with its counts."""

    id: str
    total: int
    done: int
    skipped: int
    failed: int
    cancelled: int
    memories: int
    paused: bool
    current: str | None
    created_ms: int
    finished_ms: int | None
    open: int = 0  # jobs queued, running or paused, folders still being listed included


@dataclass(frozen=True, slots=True)
class Folder:
    id: str
    path: str
    ignore: tuple[str, ...]
    state: str
    added_ms: int
    scanned_ms: int | None
    sources: int = 0
    missing: int = 0
    scope: str = "home"


@dataclass(frozen=True, slots=True)
class Chat:
    id: str
    title: str
    created_ms: int
    updated_ms: int
    messages: int = 0
    scope: str = "home"
    scopes: tuple[str, ...] | None = None  # those it may use; None: all


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    chat_id: str
    role: str  # person | assistant
    text: str
    at_ms: int
    state: str  # complete | streaming | stopped | failed
    citations_json: str
    model: str | None
    problem_json: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A memory whose vector must follow: ``upsert`` or ``delete``."""

    seq: int
    memory_id: str
    op: str


@dataclass(frozen=True, slots=True)
class Run:
    night: str
    state: str
    started_ms: int
    finished_ms: int | None
    counts: dict[str, int]
