"""Sources, the jobs that read them, and followed folders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from memory.protocol.base import JobState, Model, Problem, SourceKind, SourceState


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
    scope: str | None = Field(default=None, description="the person's own word: work, health ...")


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
    scope: str = "home"
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
    scope: str = "home"
    added_at: datetime
    scanned_at: datetime | None = None


class MissingChoice(Model):
    """The person's word on memories of files that are gone; none named means all of them."""

    choice: Literal["forget", "keep"]
    sources: list[str] = Field(default_factory=list)


AddReply.model_rebuild()
