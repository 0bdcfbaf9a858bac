"""Health and status of the daemon, and its nightly runs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from memory.protocol.base import PROTOCOL_VERSION, Model, Problem, SourceState
from memory.protocol.models import ModelInfo


class Health(Model):
    name: Literal["recollectd"] = "recollectd"
    version: str
    protocol: int = PROTOCOL_VERSION
    pid: int
    data_dir: str
    ready: bool


class EmbedderChange(Model):
    """Memories being embedded anew by another model, while the one in use goes on answering."""

    name: str
    state: Literal["waiting", "embedding", "switching", "failed"]
    done: int
    total: int
    problem: Problem | None = None


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
    embedder_change: EmbedderChange | None = None
    model: ModelInfo | None
    scopes: list[str] = Field(default_factory=lambda: ["home"], description="all there are")
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
