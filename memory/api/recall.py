"""Recall: the memories that answer a question, best first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import RecallRequest
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.post("/v1/recall")
    def recall(request: RecallRequest) -> Response:
        with services.activity.question():
            return reply(services.recall.recall(request))

    return routes
