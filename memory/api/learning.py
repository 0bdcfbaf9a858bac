"""What recall learnt from use, and starting over."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    learning = services.learning

    @routes.get("/v1/learning")
    def shown() -> Response:
        return reply(learning.info())

    @routes.delete("/v1/learning")
    def reset() -> Response:
        return reply(learning.reset())

    return routes
