"""Archives: everything, or one scope, in one open file; and taking one in."""

from __future__ import annotations

from pydantic import Field

from memory.protocol.base import Model


class ExportRequest(Model):
    path: str = Field(description="zip file to write, see assets/docs/archive-format.md")
    scope: str | None = Field(default=None, description="only this scope; else everything")
    vectors: bool = Field(default=True, description="so that taking it in is quick")


class ExportReply(Model):
    path: str
    memories: int
    counts: dict[str, int] = Field(default_factory=dict, description="lines by part")
    bytes: int = 0
    took_ms: float = 0.0


class ImportRequest(Model):
    path: str = Field(description="absolute path of an archive, or of a folder it was unpacked to")


class ImportReply(Model):
    """``known`` was there already, ``sources_differ`` are here in another version, which stays;
    what is left out belongs to those, or was forgotten here."""

    path: str
    sources_new: int
    sources_known: int
    sources_differ: int
    memories_new: int
    memories_known: int
    memories_left_out: int
    chats_new: int
    messages_new: int
    facts_changed: int = Field(description="facts that came, or read otherwise now")
    folders: list[str] = Field(
        default_factory=list, description="folders followed there; none is followed by this"
    )
    took_ms: float = 0.0


class ArchiveProgress(Model):
    """How far an export or import is."""

    active: bool
    stage: str = ""
    done: int = 0
    total: int = 0
