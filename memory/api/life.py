"""Health, the event stream, and the polite stop."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.api.streams import HEARTBEAT, HEARTBEAT_S, EventStream, as_event
from memory.events import Stream, follow
from memory.protocol import Health, Hello
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.get("/v1/health")
    async def health() -> Response:
        return reply(_health(services))

    @routes.post("/v1/stop")
    async def stop() -> Response:
        return Response(status_code=204, background=BackgroundTask(services.stop))

    @routes.get("/v1/events")
    async def events() -> Response:
        return EventStream(_events(services, services.events.open()))

    return routes


def _health(services: Services) -> Health:
    return Health(
        version=services.version,
        pid=os.getpid(),
        data_dir=str(services.paths.root),
        ready=True,
    )


async def _events(services: Services, stream: Stream) -> AsyncGenerator[bytes, None]:
    try:
        hello = Hello(seq=stream.first_seq, health=_health(services))
        yield as_event(hello, hello.event)
        async for found in follow(stream, HEARTBEAT_S):
            yield b"".join(as_event(event, event.event) for event in found) or HEARTBEAT
    finally:
        services.events.drop(stream)
