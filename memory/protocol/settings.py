"""Settings, and upkeep that a person starts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from memory.protocol.base import Model


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
