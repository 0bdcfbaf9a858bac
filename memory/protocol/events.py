"""What the daemon says by itself, as server-sent events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from memory.protocol.base import Change, Model, Problem
from memory.protocol.models import DownloadInfo, ModelCheck, ModelMeter
from memory.protocol.sources import BatchInfo
from memory.protocol.status import Health


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


class ModelChecked(Model):
    """How far the first check of a model is; None: it has ended, or was broken off."""

    event: Literal["check"] = "check"
    seq: int
    check: ModelCheck | None


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
    Changed | Progress | DownloadProgress | MeterRead | ModelChecked | Notice | Hello,
    Field(discriminator="event"),
]
