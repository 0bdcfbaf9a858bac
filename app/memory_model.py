"""The item model behind the memories list: a paged model with a query. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.paged_model import ITEM_ROLE, PAGE, Done, PagedModel
from app.words import memory_label
from memory.protocol import MemoryInfo, MemoryList, MemoryQuery

__all__ = ["MEMORY_ROLE", "PAGE", "Load", "MemoryModel"]

MEMORY_ROLE = ITEM_ROLE

Load = Callable[[MemoryQuery, Callable[[MemoryList], None], Callable[[Any], None]], None]
"""Asks for the memories of a query; calls one of the two functions later."""


class MemoryModel(PagedModel[MemoryInfo]):
    """What ``load`` brings for the query set last."""

    def __init__(self, load: Load, parent: QObject | None = None):
        super().__init__(lambda memory: memory.id, memory_label, parent)
        self._load_query = load
        self.query = MemoryQuery()

    def set_query(self, query: MemoryQuery) -> None:
        """Show what fits ``query``. The old rows stay until the first reply comes."""
        self.query = query.model_copy(update={"limit": PAGE, "offset": 0})
        asked = self.query

        def ask(offset: int, done: Done[MemoryInfo], failed: Callable[[Any], None]) -> None:
            page = asked.model_copy(update={"offset": offset})
            self._load_query(page, lambda reply: done(reply.memories, reply.total), failed)

        self.start(ask)

    def memory(self, row: int) -> MemoryInfo | None:
        """The memory in ``row`` if it is here; else it is asked for."""
        return self.item(row)
