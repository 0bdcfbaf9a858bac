"""The daily review of what fades, and the year of forgetting and renewal."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory import renewal
from memory.api.memory_infos import memory_info
from memory.api.replies import reply
from memory.api.routes import new_router
from memory.clock import to_datetime
from memory.fading import Offered
from memory.protocol import FadingDecision, FadingList, FadingOffer, FadingWeek, FadingYear
from memory.services import Services
from memory.store import renewal as sql


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.get("/v1/fading")
    def today() -> Response:
        return reply(_listed(services.fading.today(), services.clock.now_ms()))

    @routes.post("/v1/fading/{memory_id}")
    def decide(memory_id: str, decision: FadingDecision) -> Response:
        offers = services.fading.decide(memory_id, decision.answer)
        return reply(_listed(offers, services.clock.now_ms()))

    @routes.get("/v1/fading/year")
    def year() -> Response:
        return reply(_year(services))

    return routes


def _listed(offers: list[Offered], now_ms: int) -> FadingList:
    shown = [
        FadingOffer(
            memory=memory_info(one.memory, now_ms),
            uses=one.uses,
            dormant_in_days=one.dormant_in_days,
            answer=one.answer,
        )
        for one in offers
    ]
    return FadingList(offers=shown, left=sum(one.answer is None for one in shown))


def _year(services: Services) -> FadingYear:
    now_ms, below = services.clock.now_ms(), services.options.current().dormant_below
    with services.database.read() as c:
        lives, counted, scale = sql.lives(c)
        renewed = sql.renewed(c, now_ms - renewal.WEEKS * renewal.WEEK_MS)
    return FadingYear(
        weeks=[
            FadingWeek(
                until=to_datetime(week.until_ms), strong=week.strong, fading=week.fading,
                dormant=week.dormant, renewed=week.renewed,
            )
            for week in renewal.weeks(lives, renewed, below, now_ms, scale)
        ],
        dormant_below=below,
        sampled=counted if scale > 1 else None,
    )  # fmt: skip
