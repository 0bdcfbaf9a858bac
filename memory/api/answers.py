"""Asking: an answer streamed as server-sent events, and stopping it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import nothing
from memory.api.routes import new_router
from memory.api.streams import EventStream, as_event
from memory.asking import Running
from memory.protocol import AskEvent, AskRequest
from memory.services import Services
from memory.store.ids import new_id


def router(services: Services) -> APIRouter:
    routes = new_router()
    asking = services.asking

    @routes.post("/v1/ask")
    async def ask(request: AskRequest) -> Response:
        request_id = new_id(services.clock.now_ms())
        running = asking.start(
            request_id, lambda cancel: services.answers.ask(request, request_id, cancel)
        )
        # What is wrong with the question itself (no such chat) is told as an error reply.
        return EventStream(_pieces(running, await running.next()))

    @routes.post("/v1/ask/{request_id}/cancel")
    async def cancel(request_id: str) -> Response:
        asking.cancel(request_id)
        return nothing()

    return routes


async def _pieces(running: Running, event: AskEvent | None) -> AsyncGenerator[bytes, None]:
    """The events; leaving, in whatever way, stops the answer."""
    try:
        while event is not None:
            yield as_event(event, event.event)
            event = await running.next()
    finally:
        running.cancel.set()
