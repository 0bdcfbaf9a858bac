"""The portrait: the page, a line of the person's own, and their word on a line."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import PortraitAdd, PortraitEdit
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    portrait = services.portrait

    @routes.get("/v1/portrait")
    def page() -> Response:
        return reply(portrait.page())

    @routes.post("/v1/portrait/lines")
    def add(request: PortraitAdd) -> Response:
        return reply(portrait.add(request.text))

    @routes.patch("/v1/portrait/lines/{line_id}")
    def edit(line_id: str, request: PortraitEdit) -> Response:
        return reply(portrait.edit(line_id, request))

    @routes.delete("/v1/portrait/lines/{line_id}")
    def remove(line_id: str) -> Response:
        return reply(portrait.remove(line_id))

    return routes
