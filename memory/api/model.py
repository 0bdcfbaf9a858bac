"""The language model: which one, another one, none."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import ModelReply, ModelUse
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    language = services.language

    @routes.get("/v1/model")
    def which() -> Response:
        return reply(ModelReply(model=language.info()))

    @routes.put("/v1/model")
    def use(request: ModelUse) -> Response:
        language.use(request.path or "")
        return reply(ModelReply(model=language.info()))

    @routes.delete("/v1/model")
    def use_none() -> Response:
        language.use_none()
        return reply(ModelReply(model=language.info()))

    return routes
