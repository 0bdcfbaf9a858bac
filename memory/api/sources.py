"""Adding files, folders and notes; the list of sources and what each of them says."""

from __future__ import annotations

import base64
from importlib import resources
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.errors import Conflict, NotFound
from memory.infos import source_info
from memory.ingest import reader_process
from memory.protocol import (
    AddRequest,
    Document,
    DocumentPage,
    NoteRequest,
    PagePicture,
    SourceKind,
    SourceList,
    SourceState,
)
from memory.services import Services
from memory.store import documents, sources
from memory.store.db import Connection
from memory.store.rows import DocumentText, Source


def router(services: Services) -> APIRouter:
    routes = new_router()
    _adding(routes, services)
    _looking(routes, services)
    return routes


def _adding(routes: APIRouter, services: Services) -> None:
    jobs = services.jobs

    @routes.post("/v1/sources")
    def add(request: AddRequest) -> Response:
        return reply(jobs.add_paths(request.paths, watch=request.watch))

    @routes.post("/v1/notes")
    def add_note(request: NoteRequest) -> Response:
        return reply(jobs.add_note(request))

    @routes.post("/v1/samples")
    def add_samples() -> Response:
        return reply(jobs.add_paths([str(_samples())]))

    @routes.post("/v1/sources/{source_id}/retry")
    def retry(source_id: str) -> Response:
        return reply(jobs.retry_source(source_id))


def _looking(routes: APIRouter, services: Services) -> None:
    database = services.database

    @routes.get("/v1/sources")
    def listing(
        text: str = "",
        state: SourceState | None = None,
        kind: SourceKind | None = None,
        batch: str | None = None,
        folder: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> Response:
        query = sources.SourceQuery(
            text, state, kind, batch, folder, min(max(limit, 1), 1000), max(offset, 0)
        )
        with database.read() as c:
            found, total = sources.listing(c, query)
        return reply(SourceList(sources=[source_info(s) for s in found], total=total))

    @routes.get("/v1/sources/{source_id}")
    def one(source_id: str) -> Response:
        with database.read() as c:
            return reply(source_info(_source(c, source_id)))

    @routes.get("/v1/sources/{source_id}/document")
    def document(source_id: str) -> Response:
        with database.read() as c:
            source = _source(c, source_id)
            return reply(_document(source, _text(c, source)))

    @routes.get("/v1/sources/{source_id}/pages/{page}")
    def page_picture(
        source_id: str, page: int, start: int = 0, end: int = 0, width: int = 900
    ) -> Response:
        with database.read() as c:
            source = _source(c, source_id)
            text = _text(c, source)
        return reply(_picture(services, source, text, page, (start, end), width))


def _samples() -> Path:
    folder = Path(str(resources.files("assets") / "sample"))
    if not folder.is_dir():
        raise NotFound(
            "The samples are not here",
            "This installation came without them.",
            "Add files of your own.",
        )
    return folder


def _source(c: Connection, source_id: str) -> Source:
    found = sources.get(c, source_id)
    if found is None:
        raise NotFound(
            "This source is gone",
            "It was forgotten or replaced meanwhile.",
            "Refresh the list.",
            item=source_id,
        )
    return found


def _text(c: Connection, source: Source) -> DocumentText:
    found = documents.get(c, source.id)
    if found is None:
        raise NotFound(
            "There is no text yet",
            "It was not read, or nothing was found in it.",
            "Look at its state in the list of sources.",
            item=source.id,
        )
    return found


def _document(source: Source, text: DocumentText) -> Document:
    return Document(
        source=source_info(source),
        text=text.text,
        pages=[DocumentPage(number=p.number, start=p.start, end=p.end) for p in text.pages],
        markup=text.markup,
    )


def _picture(
    services: Services,
    source: Source,
    text: DocumentText,
    page: int,
    passage: tuple[int, int],
    width: int,
) -> PagePicture:
    span = next((p for p in text.pages if p.number == page), None)
    if span is None or source.location is None or source.format != "pdf":
        raise Conflict(
            "There is no picture of this",
            "Only pages of a PDF can be shown as they look.",
            "Read its text instead.",
            item=source.id,
        )
    image = reader_process.render_page(
        Path(source.location),
        page,
        passage[0] - span.start,
        passage[1] - span.start,
        min(max(width, 100), 4000),
        services.options.current(),
    )
    return PagePicture(
        page=page,
        width=image.width,
        height=image.height,
        png_base64=base64.b64encode(image.png).decode(),
        marks=list(image.marks),
    )
