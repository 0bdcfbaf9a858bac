"""What the daemon and its clients say to each other: requests, replies, events, error codes.

Everything on the channel is one of these models as JSON. The module imports pydantic and
nothing of ours, so that a window or a command line can use it without loading an engine.
Times are UTC: ``datetime`` with an offset in the models, ISO 8601 with ``Z`` on the wire.
Character positions are counted in Unicode code points of the extracted text, end exclusive.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 2
"""Raised when a client of the old version could misread a reply of the new one."""


class Model(BaseModel):
    """Base of everything on the channel: unknown fields are errors in requests."""

    model_config = ConfigDict(extra="forbid")


# -- words both sides use ---------------------------------------------------------------


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


class Change(StrEnum):
    """Flags of a ``changed`` event: what a screen may have to show anew."""

    SOURCES = "sources"
    MEMORIES = "memories"
    JOBS = "jobs"
    CHATS = "chats"
    MODEL = "model"
    SETTINGS = "settings"
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


# -- health and status ------------------------------------------------------------------


class Health(Model):
    name: Literal["recollectd"] = "recollectd"
    version: str
    protocol: int = PROTOCOL_VERSION
    pid: int
    data_dir: str
    ready: bool


class Status(Model):
    """Counts and states for the tray, the status bar and ``recollect status``."""

    version: str
    pid: int
    data_dir: str
    started_at: datetime
    memories: int
    dormant: int
    sources: dict[SourceState, int]
    conversations: int
    waiting_for_meaning: int = Field(description="memories not yet in the meaning index")
    jobs_waiting: int
    jobs_running: int
    jobs_paused: int
    jobs_failed: int
    paused: bool
    index: Literal["ready", "rebuilding", "unavailable"]
    index_problem: Problem | None = None
    embedder: str
    model: ModelInfo | None
    database_bytes: int
    index_bytes: int
    last_night: RunInfo | None = None


class RunInfo(Model):
    """One nightly run."""

    night: str = Field(description="local date the night began, YYYY-MM-DD")
    state: Literal["running", "interrupted", "finished", "failed"]
    started_at: datetime
    finished_at: datetime | None = None
    counts: dict[str, int] = Field(default_factory=dict)


# -- sources, jobs, folders -------------------------------------------------------------


class AddRequest(Model):
    """Files and folders to remember; a folder is read with everything below it."""

    paths: Annotated[list[str], Field(min_length=1)] = Field(description="absolute paths")
    watch: bool = Field(default=False, description="keep following the folders")


class AddReply(Model):
    """Given only when every path is safe in the database."""

    batch: str
    sources: list[SourceInfo]
    refused: list[Problem] = Field(default_factory=list)


class NoteRequest(Model):
    text: Annotated[str, Field(min_length=1, max_length=2_000_000)]
    title: str | None = None
    happened_at: datetime | None = None


class SourceInfo(Model):
    id: str
    kind: SourceKind
    title: str
    location: str | None = Field(description="absolute path of a file, name of a conversation")
    format: str | None = Field(default=None, description="text, markdown, html, pdf, docx ...")
    state: SourceState
    problem: Problem | None = None
    size_bytes: int | None = None
    memories: int = 0
    parent: str | None = Field(default=None, description="file a conversation came from")
    parent_location: str | None = Field(default=None, description="absolute path of that file")
    folder: str | None = Field(default=None, description="watched folder it was found in")
    added_at: datetime
    updated_at: datetime
    modified_at: datetime | None = None


class SourceList(Model):
    sources: list[SourceInfo]
    total: int


class DocumentPage(Model):
    number: int = Field(description="1-based")
    start: int
    end: int


class Document(Model):
    """The extracted text of a source; ``pages`` is empty where the format has none."""

    source: SourceInfo
    text: str
    pages: list[DocumentPage] = Field(default_factory=list)
    markup: str | None = Field(default=None, description="'markdown', 'code' or None: how to show")


class PagePicture(Model):
    """One PDF page as PNG; marks are in pixels of the picture: [left, top, width, height]."""

    page: int
    width: int
    height: int
    png_base64: str
    marks: list[tuple[float, float, float, float]] = Field(default_factory=list)


class JobInfo(Model):
    id: str
    batch: str
    kind: Literal["file", "folder", "note"]
    source: str | None
    name: str = Field(description="file or folder name, for people")
    state: JobState
    attempts: int
    problem: Problem | None = None
    created_at: datetime
    finished_at: datetime | None = None


class BatchInfo(Model):
    """One drop or one ``add``: what the progress tray shows."""

    id: str
    total: int
    done: int
    skipped: int
    failed: int
    cancelled: int
    memories: int
    paused: bool
    current: str | None = Field(default=None, description="name of the file being read")
    rate_per_s: float | None = Field(default=None, description="files per second")
    seconds_left: float | None = None
    created_at: datetime
    finished_at: datetime | None = None


class JobList(Model):
    batches: list[BatchInfo]
    jobs: list[JobInfo]


class JobAction(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"


class FolderRequest(Model):
    path: str
    ignore: list[str] | None = Field(default=None, description="extra gitignore-like patterns")


class FolderInfo(Model):
    id: str
    path: str
    ignore: list[str]
    state: Literal["watching", "unavailable", "paused"]
    sources: int
    missing: int = Field(description="files that are gone and wait for the person's word")
    added_at: datetime
    scanned_at: datetime | None = None


class MissingChoice(Model):
    """The person's word on memories of files that are gone; none named means all of them."""

    choice: Literal["forget", "keep"]
    sources: list[str] = Field(default_factory=list)


# -- memories ---------------------------------------------------------------------------


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


class MemoryEdit(Model):
    text: Annotated[str, Field(min_length=1)] | None = None
    pinned: bool | None = None
    importance: Annotated[float, Field(ge=0, le=1)] | None = None


class ReviewRequest(Model):
    reason: ReviewReason


class ForgetRequest(Model):
    """Exactly one of the four ways to say what goes."""

    memories: list[str] = Field(default_factory=list)
    source: str | None = Field(default=None, description="source id, path or conversation name")
    before: datetime | None = Field(default=None, description="what happened before this time")
    all: bool = False
    preview: bool = Field(default=False, description="only say what would go")


class ForgetReply(Model):
    preview: bool
    memories: int
    sources: int
    chats: int
    samples: list[str] = Field(default_factory=list, description="first words of some that go")
    source_titles: list[str] = Field(default_factory=list)
    took_ms: float = 0.0


# -- recall -----------------------------------------------------------------------------


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
    why: dict[str, float] | None = Field(default=None, description="features, with explain")


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
    trace: list[OperatorTrace] | None = None


# -- chats and answers ------------------------------------------------------------------


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


class ChatInfo(Model):
    id: str
    title: str
    private: bool
    created_at: datetime
    updated_at: datetime
    messages: int = 0


class ChatList(Model):
    chats: list[ChatInfo]


class ChatCreate(Model):
    title: str | None = None
    private: bool = Field(default=False, description="never stored, never remembered")


class ChatEdit(Model):
    title: Annotated[str, Field(min_length=1, max_length=200)]


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
    """A question; without a chat the answer is given and nothing is kept."""

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    chat: str | None = None
    use_model: bool = Field(
        default=True, description="False: answer by quotation even if a model is there"
    )
    filter: RecallFilter = Field(default_factory=RecallFilter)


class AskSources(Model):
    """First event of an answer's stream."""

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
    stage: Literal["searching", "loading", "reading", "answering"]
    detail: str | None = None


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


class AskFailed(Model):
    event: Literal["failed"] = "failed"
    seq: int
    request: str
    problem: Problem


AskEvent = Annotated[
    AskSources | AskStage | AskDelta | AskDone | AskFailed, Field(discriminator="event")
]


# -- model, settings, upkeep ------------------------------------------------------------


class ModelMode(StrEnum):
    """How a model's weights live under its memory budget."""

    FITS = "fits"  # all of them in memory
    RING = "ring"  # dense: a share in memory, the rest read from flash in every pass
    ADVISE = "advise"  # experts: read ahead into the system's file cache
    SLOTS = "slots"  # experts: read into a cache of our own
    MMAP = "mmap"  # the system pages as it sees fit: works, slowly


class ModelVerdict(StrEnum):
    FITS = "fits"
    STREAMS = "streams"
    TOO_SLOW = "too_slow"


class ModelPrediction(Model):
    """How a model would do on this machine, reckoned from its measured speeds."""

    budget_bytes: int = Field(description="memory it would be given")
    mode: ModelMode
    verdict: ModelVerdict
    tokens_per_s: float | None = Field(default=None, description="None while nothing is measured")
    first_token_s: float | None = Field(
        default=None, description="to the first word of a typical answer"
    )
    reason: str = Field(description="one sentence for a person")


class ModelMeter(Model):
    """What the loaded model's weights do; counters run from its loading on."""

    mode: ModelMode
    pinned_bytes: int = Field(description="in memory for good")
    cached_bytes: int = Field(description="in memory for now")
    streamed_bytes: int = Field(description="read from flash so far")
    bytes_per_token: float | None = None
    hit_rate: float | None = Field(default=None, description="0 to 1, of the cached part")
    tokens_per_s: float | None = None
    reason: str = Field(description="why this mode: one sentence for a person")


class ModelInfo(Model):
    """The language model in use; ``None`` in a reply means there is none."""

    name: str
    path: str
    size_bytes: int
    architecture: str | None = None
    context_tokens: int | None = None
    state: Literal["idle", "loading", "loaded", "answering", "failed"]
    problem: Problem | None = None
    mode: ModelMode | None = Field(default=None, description="None until it was loaded")
    budget_bytes: int | None = Field(default=None, description="memory it may take")
    meter: ModelMeter | None = Field(default=None, description="while it is loaded")


class ModelUse(Model):
    """Exactly one of the two: a file, or the id of a model of the library that is there."""

    path: str | None = None
    id: str | None = None


class ModelReply(Model):
    model: ModelInfo | None


class ModelState(StrEnum):
    AVAILABLE = "available"  # not here, can be downloaded
    WAITING = "waiting"  # asked for; another download runs
    DOWNLOADING = "downloading"
    CHECKING = "checking"  # its SHA-256 is being compared
    PAUSED = "paused"  # by the person, or by a restart; goes on where it stopped
    FAILED = "failed"  # ``problem`` says why; resume tries again
    READY = "ready"


class DownloadInfo(Model):
    """One download on its way, stopped or failed. Its id is that of the catalogue entry."""

    id: str
    state: ModelState
    done_bytes: int
    total_bytes: int | None = Field(default=None, description="None until the hub has said it")
    rate_bytes_per_s: float | None = None
    seconds_left: float | None = None
    problem: Problem | None = None


class CatalogueEntry(Model):
    """A model that can be downloaded, or was."""

    id: str
    family: str
    name: str
    parameters: int
    active_parameters: int | None = Field(
        default=None, description="that work on each word; None: all of them (dense)"
    )
    repository: str = Field(description="owner/name on the hub")
    file: str
    quantization: str
    size_bytes: int = Field(description="about, until ``size_exact``")
    size_exact: bool = False
    licence: str = Field(description="SPDX id, or the name of its terms")
    gated: bool = Field(default=False, description="the hub asks to accept terms first")
    context_tokens: int
    good_for: str
    state: ModelState
    download: DownloadInfo | None = Field(default=None, description="while not available or ready")
    path: str | None = Field(default=None, description="of the file, once ready")
    in_use: bool = False
    prediction: ModelPrediction | None = None


class LocalModel(Model):
    """A GGUF file on this machine: downloaded, or added by its path."""

    id: str
    name: str
    path: str
    origin: Literal["downloaded", "added"]
    size_bytes: int
    architecture: str | None = None
    parameters: int | None = None
    context_tokens: int | None = None
    in_use: bool = False
    problem: Problem | None = Field(default=None, description="gone, damaged or not readable")
    prediction: ModelPrediction | None = None


class ModelBudget(Model):
    """Memory for the model's process: weights, what it keeps of the text, and itself."""

    budget_bytes: int = Field(description="in force now")
    automatic: bool
    automatic_bytes: int = Field(description="what automatic would give now")
    least_bytes: int = Field(description="ends of a slider")
    most_bytes: int
    mode: ModelMode | None = Field(default=None, description="fixed by the person; None: chosen")


class ModelLibrary(Model):
    """Everything the Models page shows."""

    model: ModelInfo | None
    catalogue: list[CatalogueEntry]
    local: list[LocalModel]
    budget: ModelBudget
    folder: str = Field(description="where downloads go")
    free_bytes: int = Field(description="on that disk")
    hub: str = Field(description="address that downloads come from; contacted only for them")
    measuring: bool = Field(
        default=False, description="speeds of this machine are being measured; MODEL follows"
    )


class ModelAdd(Model):
    path: str = Field(description="absolute path of a GGUF file; it stays where it is")


class DownloadAction(StrEnum):
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # what was downloaded so far is deleted


class ModelRemoved(Model):
    id: str
    path: str
    deleted: bool = Field(description="False: only taken off the list, the file stays")
    freed_bytes: int = 0


class ModelBudgetEdit(Model):
    """What is left out stays as it is."""

    budget_bytes: Annotated[int, Field(ge=1)] | Literal["automatic"] | None = None
    mode: ModelMode | Literal["automatic"] | None = None


class PredictRequest(Model):
    """One model (id of the library or a path) at several budgets; none means the one in force."""

    model: str
    budgets: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=64)] = Field(
        default_factory=list
    )
    mode: ModelMode | None = None


class PredictReply(Model):
    """In the order of the budgets asked for."""

    predictions: list[ModelPrediction]


class SettingInfo(Model):
    name: str
    title: str
    help: str
    type: Literal["bool", "int", "float", "text", "choice"]
    value: Any
    default: Any
    choices: list[str] = Field(default_factory=list)
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None


class SettingsReply(Model):
    settings: list[SettingInfo]


class SettingsEdit(Model):
    values: dict[str, Any]


class PauseRequest(Model):
    paused: bool


class ReindexReply(Model):
    memories: int
    took_ms: float


class BackupReply(Model):
    path: str
    bytes: int


class ExportRequest(Model):
    path: str = Field(description="file to write: JSON Lines, one memory a line")


class ExportReply(Model):
    path: str
    memories: int


# -- events -----------------------------------------------------------------------------


class Changed(Model):
    """Something changed; screens decide for themselves whether to refresh."""

    event: Literal["changed"] = "changed"
    seq: int
    flags: list[Change]
    sources: list[str] = Field(default_factory=list, description="ids, where few")
    memories: list[str] = Field(default_factory=list)


class Progress(Model):
    event: Literal["progress"] = "progress"
    seq: int
    batch: BatchInfo


class DownloadProgress(Model):
    """How far a download is, at most four times a second; its other changes come as flags."""

    event: Literal["download"] = "download"
    seq: int
    download: DownloadInfo


class MeterRead(Model):
    """What the model's weights do now, at most four times a second while it answers."""

    event: Literal["meter"] = "meter"
    seq: int
    meter: ModelMeter


class Notice(Model):
    """A message for the person that belongs to no request (a crash survived, a rebuild)."""

    event: Literal["notice"] = "notice"
    seq: int
    level: Literal["info", "warning", "error"]
    problem: Problem


class Hello(Model):
    """First event on a new connection; tells a client where the sequence stands."""

    event: Literal["hello"] = "hello"
    seq: int
    health: Health


Event = Annotated[
    Changed | Progress | DownloadProgress | MeterRead | Notice | Hello,
    Field(discriminator="event"),
]

for _model in (Status, AddReply):
    _model.model_rebuild()
