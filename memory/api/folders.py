"""Watched folders, and the person's word on memories whose files are gone."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import nothing, reply, reply_list
from memory.api.routes import new_router
from memory.protocol import FolderRequest, ForgetReply, MissingChoice
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    watch = services.watch

    @routes.get("/v1/folders")
    def listing() -> Response:
        return reply_list(watch.listing())

    @routes.post("/v1/folders")
    def follow(request: FolderRequest) -> Response:
        return reply(watch.add(request.path, request.ignore))

    @routes.delete("/v1/folders/{folder_id}")
    def let_go(folder_id: str) -> Response:
        watch.remove(folder_id)
        return nothing()

    @routes.post("/v1/missing")
    def decide_missing(request: MissingChoice) -> Response:
        gone = watch.missing(request.sources)
        if request.choice == "keep":
            watch.keep(request.sources)
            return reply(_nothing_forgotten())
        return reply(services.forgetting.forget_sources(gone))

    return routes


def _nothing_forgotten() -> ForgetReply:
    return ForgetReply(preview=False, memories=0, sources=0, chats=0)
