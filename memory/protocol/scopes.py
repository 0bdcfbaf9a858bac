"""Scopes: what may be used where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from memory.protocol.base import Model


class ScopeInfo(Model):
    name: str
    sources: int
    memories: int
    chats: int
    folders: int


class ScopeList(Model):
    scopes: list[ScopeInfo]


class ScopeEdit(Model):
    """Give sources, what comes from folders, and what is said in chats another scope."""

    scope: Annotated[str, Field(min_length=1, max_length=200)]
    sources: list[str] = Field(
        default_factory=list, description="ids, paths (a folder: all below it), names of chats"
    )
    folders: list[str] = Field(default_factory=list, description="ids of followed folders")
    chats: list[str] = Field(default_factory=list, description="ids")


class ScopeReply(Model):
    scope: str
    sources: int = Field(description="how many sources have it now because of this")
    chats: int
    folders: int
