"""The declared settings with their values, and changing them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import SettingsEdit, SettingsReply
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    options = services.options

    @routes.get("/v1/settings")
    def listing() -> Response:
        return reply(SettingsReply(settings=options.current().described()))

    @routes.patch("/v1/settings")
    def edit(request: SettingsEdit) -> Response:
        return reply(SettingsReply(settings=options.edit(request.values).described()))

    return routes
