"""The person's word on memories that were taken for orders to an assistant."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.memories import one_info
from memory.api.replies import reply
from memory.api.routes import new_router
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.post("/v1/memories/{memory_id}/fine")
    def fine(memory_id: str) -> Response:
        services.wariness.clear(memory_id)
        return reply(one_info(services, memory_id))

    return routes
