"""Topics, what memories are about, and the links between them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import NotesMade, NoteUndo
from memory.services import Services

_Scopes = Annotated[list[str] | None, Query(alias="scope")]


def router(services: Services) -> APIRouter:
    routes = new_router()
    notes = services.notes

    @routes.get("/v1/topics")
    def topics(
        source: str = "",
        text: str = "",
        scopes: _Scopes = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        found = notes.topics(source=source, text=text, scopes=scopes, limit=limit, offset=offset)
        return reply(found)

    @routes.post("/v1/topics/learn")
    def learn() -> Response:
        done = services.note_learning.learn(resting=False)
        return reply(NotesMade(topics=done.topics, notes=done.notes))

    @routes.get("/v1/topics/{topic_id}")
    def topic(topic_id: str, scopes: _Scopes = None) -> Response:
        return reply(notes.topic(topic_id, scopes))

    @routes.get("/v1/memories/{memory_id}/links")
    def links(memory_id: str, scopes: _Scopes = None) -> Response:
        return reply(notes.links(memory_id, scopes))

    @routes.get("/v1/memories/{memory_id}/versions")
    def versions(memory_id: str, scopes: _Scopes = None) -> Response:
        return reply(notes.versions(memory_id, scopes))

    @routes.post("/v1/memories/{memory_id}/undo")
    def undo(memory_id: str, request: NoteUndo) -> Response:
        return reply(notes.undo(memory_id, request.version))

    return routes
