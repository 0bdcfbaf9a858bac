"""What comes in by hand: files, folders, notes. Runs on the thread of the request.

Everything is safe in the database when these return; reading comes later (``memory.jobs``),
except for notes, which are short enough to be remembered at once.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from memory.clock import to_ms
from memory.errors import BadRequest, Conflict, problem_from
from memory.infos import source_info
from memory.ingest import chunker, storing
from memory.ingest.chunker import CountTokens
from memory.ingest.extracted import one_line
from memory.ingest.walk import absolute, storable
from memory.protocol import (
    AddReply,
    ErrorCode,
    NoteRequest,
    Problem,
    SourceInfo,
    SourceKind,
    SourceState,
)
from memory.store import documents, folders, jobs, scopes, sources
from memory.store.db import Connection, Database
from memory.store.rows import DocumentText


@dataclass(frozen=True, slots=True)
class Looked:
    """Paths as they were found: what will be read and what was refused."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    refused: tuple[Problem, ...]


def look(paths: Sequence[str], own_folder: str) -> Looked:
    """Sort paths into files, folders and what cannot be added; nothing is opened."""
    files: dict[str, None] = {}
    found: dict[str, None] = {}
    refused: list[Problem] = []
    for given in paths:
        path = absolute(given)
        try:
            _check_place(path, own_folder)
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                os.scandir(path).close()  # says so now if it may not be listed
                found[path] = None
            elif stat.S_ISREG(mode):
                files[path] = None
            else:
                raise _no_file(path)
        except (OSError, BadRequest, ValueError) as error:
            refused.append(problem_from(_known_kind(error, path), item=_showable(path)))
    return Looked(tuple(files), tuple(found), tuple(refused))


def put_paths(
    c: Connection, looked: Looked, *, watch: bool, now_ms: int
) -> tuple[str, list[SourceInfo]]:
    """One batch: a row and a job for each file, a job for each folder. Returns the batch."""
    batch_id = jobs.new_batch(c, now_ms)
    queued = []
    for path in looked.files:
        folders.welcome(c, path)
        folder = folders.containing(c, path)
        queued.append((sources.queue_file(c, path, folder.id if folder else None, now_ms), path))
    jobs.add_files(c, batch_id, queued, now_ms)
    for path in looked.folders:
        if watch:
            folders.add(c, path, None, now_ms)
        jobs.add_folder(c, batch_id, path, now_ms)
    rows = sources.get_many(c, [source_id for source_id, _path in queued])
    return batch_id, [source_info(row) for row in rows]


def add_paths(database: Database, looked: Looked, *, watch: bool, now_ms: int) -> AddReply:
    batch_id, infos = database.write(lambda c: put_paths(c, looked, watch=watch, now_ms=now_ms))
    return AddReply(batch=batch_id, sources=infos, refused=list(looked.refused))


def add_note(
    database: Database, note: NoteRequest, count_tokens: CountTokens, now_ms: int
) -> tuple[SourceInfo, bool]:
    """Remember a typed or pasted text at once. The same text again is the same note.

    Returns it and whether it is new.

    Raises:
        BadRequest: there is nothing but white space.
    """
    happened_ms = now_ms if note.happened_at is None else to_ms(note.happened_at)
    title = one_line(note.title or note.text.strip(), 80)
    extracted = chunker.plain_document(note.text, title, happened_ms)
    new = chunker.chunk(extracted, count_tokens)
    if not new:
        raise BadRequest("The note is empty", "There is no text in it.", "Type something.")
    scope = None if note.scope is None else scopes.name(note.scope)
    content_hash = hashlib.sha256(extracted.text.encode("utf-8")).hexdigest()

    def work(c: Connection) -> tuple[SourceInfo, bool]:
        known = sources.note_with_hash(c, content_hash)
        if known is not None:
            return source_info(known), False
        source_id = sources.insert(
            c,
            kind=SourceKind.NOTE,
            title=title,
            format="note",
            state=SourceState.INDEXING,
            content_hash=content_hash,
            scope=scope,
            now_ms=now_ms,
        )
        documents.put(c, source_id, DocumentText(extracted.text, (), extracted.markup))
        storing.put_memories(c, source_id, new, now_ms)
        sources.settle(c, source_id, now_ms)
        (row,) = sources.get_many(c, [source_id])
        return source_info(row), True

    return database.write(work)


def _check_place(path: str, own_folder: str) -> None:
    if not storable(path):
        raise BadRequest(
            "The name cannot be read",
            "It has characters that are no text in this system's encoding.",
            "Rename it, then add it again.",
        )
    inside, own = os.path.realpath(path), os.path.realpath(own_folder)
    if inside == own or inside.startswith(own + os.sep):
        raise BadRequest(
            "This is Recollect's own folder",
            "What it holds is remembered already.",
            "Add another file or folder.",
        )


def _no_file(path: str) -> BadRequest:
    return BadRequest(
        "Neither a file nor a folder",
        "It is a device, a pipe or a socket.",
        "Add a file or a folder.",
        item=path,
    )


def _known_kind(error: Exception, path: str) -> Exception:
    """A path with a NUL character is a ``ValueError`` to the system; a fault of the asker."""
    if isinstance(error, ValueError):
        return BadRequest("This is no path", "It cannot name a file.", "Check it.", item=path)
    return error


def _showable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def raise_problem(problem: Problem) -> None:
    """A refusal as an error, where only one path was asked for."""
    kind = Conflict if problem.code is ErrorCode.CONFLICT else BadRequest
    raise kind(problem.title, problem.message, problem.next_step, item=problem.item)


def not_a_folder(path: str) -> Conflict:
    return Conflict(
        "Only folders can be watched",
        "This is not a folder, or it is not there.",
        "Choose a folder.",
        item=path,
    )
