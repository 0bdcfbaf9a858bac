"""Facts: lists, one with its line and sources, what waits for the person's word, and that word."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import FactDecision, FactEdit, FactsLearnt, FactState
from memory.services import Services

_Limit = Annotated[int, Query(ge=1, le=500)]


def router(services: Services) -> APIRouter:
    routes = new_router()
    facts = services.facts

    @routes.get("/v1/facts")
    def listing(
        state: Annotated[list[FactState] | None, Query()] = None,
        subject: str = "",
        relation: str = "",
        text: str = "",
        limit: _Limit = 200,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        found = facts.list(
            states=state or [], subject=subject, relation=relation, text=text, limit=limit,
            offset=offset,
        )  # fmt: skip
        return reply(found)

    @routes.get("/v1/facts/review")
    def review(limit: _Limit = 50) -> Response:
        return reply(facts.review(limit))

    @routes.post("/v1/facts/learn")
    def learn() -> Response:
        done = services.fact_learning.learn(resting=False)
        return reply(
            FactsLearnt(memories=done.memories, statements=done.statements, changed=done.changed)
        )

    @routes.get("/v1/facts/{fact_id}")
    def one(fact_id: str) -> Response:
        return reply(facts.get(fact_id))

    @routes.post("/v1/facts/{fact_id}/decision")
    def decide(fact_id: str, decision: FactDecision) -> Response:
        return reply(facts.decide(fact_id, decision.choice))

    @routes.patch("/v1/facts/{fact_id}")
    def edit(fact_id: str, request: FactEdit) -> Response:
        return reply(facts.edit(fact_id, request))

    return routes
