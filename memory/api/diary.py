"""The diary, and what was folded at night."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from memory.api.memory_infos import memory_info
from memory.api.replies import reply
from memory.api.routes import new_router
from memory.clock import to_datetime
from memory.errors import BadRequest
from memory.protocol import DiaryZoom, FoldGroup, FoldList, FoldNight, FoldsUndone, FoldUndo
from memory.services import Services
from memory.store import folds, memories

_NIGHTS = 60
_Limit = Annotated[int, Query(ge=1, le=200)]


def router(services: Services) -> APIRouter:
    routes = new_router()
    diary, folding = services.diary, services.folding

    @routes.get("/v1/diary")
    def page(
        zoom: DiaryZoom = DiaryZoom.DAY, before: date | None = None, limit: _Limit = 30
    ) -> Response:
        with services.activity.question():
            return reply(diary.page(zoom, before, limit))

    @routes.get("/v1/diary/{day}")
    def one(day: date, zoom: DiaryZoom = DiaryZoom.DAY) -> Response:
        with services.activity.question():
            return reply(diary.at(zoom, day))

    @routes.get("/v1/folds")
    def listing(
        night: str | None = None, limit: _Limit = 50, offset: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        return reply(_folds(services, night, limit, offset))

    @routes.post("/v1/folds/undo")
    def undo(request: FoldUndo) -> Response:
        if request.memory is not None and request.night is None:
            return reply(FoldsUndone(memories=folding.undo(request.memory)))
        if request.night is not None and request.memory is None:
            return reply(FoldsUndone(memories=folding.undo_night(request.night)))
        raise BadRequest(
            "Say what to take apart", "Name a memory or a night: exactly one.", "Try again."
        )

    return routes


def _folds(services: Services, night: str | None, limit: int, offset: int) -> FoldList:
    now_ms = services.clock.now_ms()
    with services.database.read() as c:
        found, total = folds.groups(c, night, limit, offset)
        ids = [id_ for group in found for id_ in (group.shown, *group.others)]
        rows = memories.get_many(c, ids)
        nights = folds.nights(c, _NIGHTS)
    infos = {id_: memory_info(row, now_ms) for id_, row in rows.items()}
    return FoldList(
        groups=[
            FoldGroup(
                night=group.night,
                at=to_datetime(group.at_ms),
                shown=infos[group.shown],
                others=[infos[id_] for id_ in group.others],
            )
            for group in found
        ],
        total=total,
        nights=[FoldNight(night=name, memories=count) for name, count in nights],
    )
