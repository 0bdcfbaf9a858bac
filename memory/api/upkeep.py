"""Status, pause, and what keeps the memory in good order, done by hand."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.clock import to_datetime
from memory.protocol import (
    BackupReply,
    ExportRequest,
    ImportRequest,
    JobState,
    MemoryState,
    PauseRequest,
    ReindexReply,
    Status,
)
from memory.services import Services
from memory.store import memories, outbox, scopes, sources


def router(services: Services) -> APIRouter:
    routes = new_router()

    @routes.get("/v1/status")
    def status() -> Response:
        return reply(_status(services))

    @routes.post("/v1/pause")
    def pause(request: PauseRequest) -> Response:
        services.jobs.set_paused(request.paused)
        return reply(_status(services))

    @routes.post("/v1/reindex")
    def reindex() -> Response:
        began = time.perf_counter()
        count = services.index.rebuild()
        took_ms = (time.perf_counter() - began) * 1000
        return reply(ReindexReply(memories=count, took_ms=took_ms))

    @routes.post("/v1/backup")
    def backup() -> Response:
        path, size = services.backups.make_now()
        return reply(BackupReply(path=str(path), bytes=size))

    @routes.post("/v1/export")
    def write_export(request: ExportRequest) -> Response:
        return reply(services.archiving.export(request))

    @routes.post("/v1/import")
    def take_in(request: ImportRequest) -> Response:
        return reply(services.archiving.take_in(request))

    @routes.get("/v1/archive")
    def archive() -> Response:
        return reply(services.archiving.progress())

    @routes.post("/v1/night")
    def night() -> Response:
        return reply(services.nightly.run())

    return routes


def _status(services: Services) -> Status:
    jobs = services.jobs.counts()
    with services.database.read() as c:
        by_state = memories.counts(c)
        by_source = sources.counts(c)
        conversations = sources.conversations(c)
        waiting = outbox.pending_upserts(c)
        known_scopes = scopes.names(c)
    paths = services.paths
    return Status(
        version=services.version,
        pid=os.getpid(),
        data_dir=str(paths.root),
        started_at=to_datetime(services.started_ms),
        memories=by_state[MemoryState.ACTIVE] + by_state[MemoryState.DORMANT],
        dormant=by_state[MemoryState.DORMANT],
        sources=by_source,
        conversations=conversations,
        waiting_for_meaning=waiting,
        jobs_waiting=jobs.get(JobState.QUEUED, 0),
        jobs_running=jobs.get(JobState.RUNNING, 0),
        jobs_paused=jobs.get(JobState.PAUSED, 0),
        jobs_failed=jobs.get(JobState.FAILED, 0),
        paused=services.jobs.paused(),
        index=services.index.state,
        index_problem=services.index.problem,
        embedder=services.embedder.name,
        embedder_change=services.reembedding.progress(),
        model=services.language.info(),
        database_bytes=_size(_beside(paths.database)),
        index_bytes=_size(_inside(paths.chroma)),
        scopes=known_scopes,
        last_night=services.nightly.latest(),
    )


def _beside(file: Path) -> Iterator[Path]:
    """The file, and those that SQLite keeps with it."""
    return (file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm"))


def _inside(folder: Path) -> Iterator[Path]:
    """Files at any depth. The index may be moved or built anew while they are listed."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _size(files: Iterable[Path]) -> int:
    """Bytes of these files; one that goes meanwhile counts nothing."""
    total = 0
    for file in files:
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue
    return total
