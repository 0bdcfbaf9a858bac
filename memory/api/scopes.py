"""Scopes: listed, and given to sources, folders and chats."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.errors import NotFound
from memory.protocol import Change, ScopeEdit, ScopeInfo, ScopeList, ScopeReply
from memory.services import Services
from memory.store import chats, folders, scopes
from memory.store.db import Connection
from memory.store.doomed import named_sources


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.get("/v1/scopes")
    def listing() -> Response:
        with services.database.read() as c:
            found = scopes.counts(c)
        infos = [
            ScopeInfo(
                name=one.name,
                sources=one.sources,
                memories=one.memories,
                chats=one.chats,
                folders=one.folders,
            )
            for one in found
        ]
        return reply(ScopeList(scopes=infos))

    @routes.put("/v1/scopes")
    def give(request: ScopeEdit) -> Response:
        changed = services.database.write(lambda c: _give(c, request))
        services.events.changed(Change.SOURCES, Change.CHATS, Change.FOLDERS, Change.MEMORIES)
        return reply(changed)

    return routes


def _give(c: Connection, request: ScopeEdit) -> ScopeReply:
    """All of them or none.

    Raises:
        BadRequest, NotFound: the name is none, or something is not there.
    """
    scope = scopes.name(request.scope)
    changed = 0
    for id_ in request.folders:
        if folders.get(c, id_) is None:
            raise NotFound(
                "This folder is not followed", "It was let go.", "Refresh the list.", item=id_
            )
        changed += scopes.set_folder(c, id_, scope)
    for name in request.sources:
        changed += scopes.set_sources(c, named_sources(c, name), scope)
        folder = folders.by_path(c, name)
        if folder is not None:
            scopes.set_folder(c, folder.id, scope)
    for id_ in request.chats:
        chat = chats.get(c, id_)
        if chat is None:
            raise NotFound("This chat is gone", "It was deleted.", "Refresh the list.", item=id_)
        scopes.set_chat(c, id_, scope, chat.scopes)
    return ScopeReply(
        scope=scope, sources=changed, chats=len(request.chats), folders=len(request.folders)
    )
