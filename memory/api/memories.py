"""Looking through memories, changing them, using them, forgetting them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.memory_infos import memory_detail, memory_info
from memory.api.replies import reply
from memory.api.routes import new_router
from memory.errors import BadRequest, NotFound
from memory.protocol import (
    ForgetRequest,
    MemoryEdit,
    MemoryInfo,
    MemoryList,
    MemoryQuery,
    ReviewRequest,
)
from memory.services import Services
from memory.store import folds, memories, reviews
from memory.store.db import Connection
from memory.store.rows import MemoryWithSource

_AROUND = 2
_ALSO = 50


def router(services: Services) -> APIRouter:
    routes = new_router()
    database = services.database

    @routes.post("/v1/memories/query")
    def query(request: MemoryQuery) -> Response:
        now_ms = services.clock.now_ms()
        with database.read() as c:
            found, total = memories.listing(c, request, now_ms)
        infos = [memory_info(memory, now_ms) for memory in found]
        return reply(MemoryList(memories=infos, total=total))

    @routes.get("/v1/memories/{memory_id}")
    def detail(memory_id: str) -> Response:
        with database.read() as c:
            found = _one(c, memory_id)
            around = memories.neighbours(c, found.memory, _AROUND, _AROUND)
            history = reviews.of_memory(c, memory_id)
            also = list(memories.get_many(c, folds.others(c, memory_id, _ALSO)).values())
        below = services.options.current().dormant_below
        return reply(memory_detail(found, around, history, services.clock.now_ms(), below, also))

    @routes.patch("/v1/memories/{memory_id}")
    def edit(memory_id: str, request: MemoryEdit) -> Response:
        if request.text is not None and not request.text.strip():
            raise BadRequest("There is no text", "A memory needs words.", "Forget it instead.")
        changed = services.reviews.edit(
            memory_id, text=request.text, pinned=request.pinned, importance=request.importance
        )
        if changed:
            services.index.wake()
        return reply(one_info(services, memory_id))

    @routes.post("/v1/memories/{memory_id}/reviews")
    def review(memory_id: str, request: ReviewRequest) -> Response:
        services.reviews.review(memory_id, request.reason, request.recall)
        return reply(one_info(services, memory_id))

    @routes.post("/v1/forget")
    def forget(request: ForgetRequest) -> Response:
        return reply(services.forgetting.forget(request))

    return routes


def one_info(services: Services, memory_id: str) -> MemoryInfo:
    """One memory as the channel shows it.

    Raises:
        NotFound: there is no such memory.
    """
    with services.database.read() as c:
        return memory_info(_one(c, memory_id), services.clock.now_ms())


def _one(c: Connection, memory_id: str) -> MemoryWithSource:
    found = memories.get_many(c, [memory_id]).get(memory_id)
    if found is None:
        raise NotFound(
            "This memory is gone",
            "It was forgotten or replaced meanwhile.",
            "Refresh the list.",
            item=memory_id,
        )
    return found
