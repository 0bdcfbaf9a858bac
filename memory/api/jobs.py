"""Jobs and batches: what is being read, and pausing, cancelling, retrying it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import JobAction, JobState
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    jobs = services.jobs

    @routes.get("/v1/jobs")
    def listing(batch: str | None = None, state: JobState | None = None) -> Response:
        return reply(jobs.listing(batch, state))

    @routes.post("/v1/jobs/{job_id}/{action}")
    def act(job_id: str, action: JobAction) -> Response:
        return reply(jobs.act(job_id, action))

    @routes.get("/v1/batches/{batch_id}")
    def batch(batch_id: str) -> Response:
        return reply(jobs.batch(batch_id))

    @routes.post("/v1/batches/{batch_id}/{action}")
    def act_on_batch(batch_id: str, action: JobAction) -> Response:
        return reply(jobs.act_on_batch(batch_id, action))

    return routes
