"""Chats: the list, one with its messages, new, renamed, deleted."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import ChatCreate, ChatEdit
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    chats = services.chats

    @routes.get("/v1/chats")
    def listing(text: str = "") -> Response:
        return reply(chats.list(text))

    @routes.post("/v1/chats")
    def create(request: ChatCreate) -> Response:
        return reply(chats.create(request))

    @routes.get("/v1/chats/{chat_id}")
    def one(chat_id: str) -> Response:
        return reply(chats.get(chat_id))

    @routes.patch("/v1/chats/{chat_id}")
    def edit(chat_id: str, request: ChatEdit) -> Response:
        return reply(chats.edit(chat_id, request))

    @routes.delete("/v1/chats/{chat_id}")
    def delete(chat_id: str) -> Response:
        return reply(chats.delete(chat_id))

    return routes
