"""The steps for one file: look, hash, known or changed or new, read in a child, cut, store.

``prepare`` runs on a reader thread and does everything that takes time. What it returns is
committed by the ingest thread, several files in one transaction. Texts too large for one
transaction are stored in slices on the way; the last slice makes the source complete.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from memory.clock import Clock
from memory.errors import Cancelled, Unreadable, problem_from
from memory.ingest import chunker, storing
from memory.ingest.chunker import CountTokens
from memory.ingest.extracted import Extracted
from memory.ingest.reader_process import limits_of, read_file
from memory.ingest.readers.common import too_large
from memory.ingest.walk import Entry, entry_of
from memory.protocol import ErrorCode, Problem, SourceState
from memory.settings import Settings
from memory.store import documents, folders, jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import DocumentText, Job, NewMemory, Source

SLICE = 1_000  # memories in one transaction: about a third of a second of the writer
FIRST_SLICE = 100  # the first one of a source is short, so that embedding begins at once
SETTLED_MS = 2_000  # a file younger than this when read may change within its time stamp
_HASH_PIECE = 1 << 20

ReadFile = Callable[[Path, Settings, threading.Event], Extracted]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, for its job's row."""

    state: SourceState
    source_id: str
    memories: int = 0
    problem: Problem | None = None

    @property
    def skipped(self) -> bool:
        return self.state is SourceState.SKIPPED


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be stored: ``commit`` runs on the writer thread."""

    commit: Callable[[Connection], Outcome]


@dataclass(slots=True)
class _File:
    """One file on its way through the steps."""

    job: Job
    source: Source
    entry: Entry
    cancel: threading.Event
    stored: bool  # its last reading stands whole in the database
    content_hash: str = ""
    facts: sources.FileFacts = field(init=False)

    @property
    def path(self) -> str:
        return self.entry.path

    def know(self, content_hash: str, now_ms: int) -> None:
        self.content_hash = content_hash
        self.facts = sources.FileFacts(
            content_hash,
            self.entry.size_bytes,
            settled_time(self.entry, now_ms),
            self.source.format,
        )


def settled_time(entry: Entry, now_ms: int) -> int:
    """Modification time to remember. One that is too fresh is put a millisecond back: the
    file may change again within its time stamp, and then the next look must read it."""
    return entry.modified_ms - (entry.modified_ms + SETTLED_MS > now_ms)


class ChangedMeanwhile(OSError):
    """The file was written to while it was read; a later try finds it at rest."""


class Pipeline:
    """Stateless but for its tools; ``prepare`` may run on several threads at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        count_tokens: CountTokens,
        read: ReadFile = read_file,
        on_slice: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._count_tokens = count_tokens
        self._read = read
        self._on_slice = on_slice  # some memories of a file still being read are stored

    def prepare(self, job: Job, cancel: threading.Event) -> Prepared:
        """Do everything for this file but the last transaction.

        Raises:
            Unreadable, OSError, Cancelled: see ``read_file``; nothing final was stored.
        """
        with self._database.read() as c:
            source = sources.get(c, job.source_id or "")
            stored = source is not None and sources.holds(c, source.id)
        if source is None or source.location is None:
            raise Cancelled("Forgotten", "The source is gone.", "Nothing to do.")
        try:
            entry = entry_of(source.location)
        except FileNotFoundError:
            return Prepared(lambda c: self._gone(c, source))
        if entry is None:
            raise _no_file(source.location)
        self._refuse_huge(entry)
        file = _File(job, source, entry, cancel, stored)
        if stored and self._untouched(file):
            return Prepared(lambda c: self._same(c, file))
        file.know(_hash(entry.path, cancel), self._clock.now_ms())
        return self._known(file) or self._read_and_cut(file)

    # -- known already

    def _untouched(self, file: _File) -> bool:
        """Size and time as when it was read."""
        source, entry = file.source, file.entry
        return (source.size_bytes, source.modified_ms) == (entry.size_bytes, entry.modified_ms)

    def _same(self, c: Connection, file: _File) -> Outcome:
        """The content stands as it is; only its time may be new."""
        if file.content_hash:
            sources.set_facts(c, file.source.id, file.facts)
        state = sources.settle(c, file.source.id, self._clock.now_ms())
        return Outcome(state, file.source.id, file.source.memories)

    def _known(self, file: _File) -> Prepared | None:
        if file.stored and file.source.content_hash == file.content_hash:
            return Prepared(lambda c: self._same(c, file))
        with self._database.read() as c:
            others = sources.holders(c, file.content_hash, file.source.id)
        if not others:
            return None
        gone = [other for other in others if not os.path.exists(other.location or "")]
        if len(gone) < len(others):
            first = next(other for other in others if other not in gone)
            return Prepared(lambda c: self._twin(c, file, first))
        if file.stored:
            return None  # renamed over a file we know: this one changed, see _store
        return Prepared(lambda c: self._renamed(c, file, gone[0]))

    def _twin(self, c: Connection, file: _File, first: Source) -> Outcome:
        """Leave the file out: another one holds the same content."""
        now_ms = self._clock.now_ms()
        problem = Problem(
            code=ErrorCode.CONFLICT,
            title="Already remembered",
            message=f"It has the same content as {first.location}.",
            next_step="Nothing to do. If one of them changes, it is remembered by itself.",
            item=file.path,
        )
        storing.clear(c, file.source.id, now_ms)
        sources.set_facts(c, file.source.id, file.facts)
        sources.set_state(c, file.source.id, SourceState.SKIPPED, now_ms, problem.model_dump_json())
        self._let_twin_in(c, file)
        return Outcome(SourceState.SKIPPED, file.source.id, 0, problem)

    def _renamed(self, c: Connection, file: _File, old: Source) -> Outcome:
        """The same content under a new name, the old name gone: the source moves along."""
        now_ms = self._clock.now_ms()
        if sources.get(c, old.id) is None:  # forgotten a moment ago
            raise ChangedMeanwhile(f"{file.path}: its first source went meanwhile")
        jobs.set_source(c, file.job.id, old.id)
        storing.move(c, old.id, file.path, now_ms)
        folder = folders.containing(c, file.path)
        sources.set_folder(c, old.id, folder.id if folder else None)
        sources.set_facts(c, old.id, replace(file.facts, format=old.format))
        state = sources.settle(c, old.id, now_ms)
        kept = sources.get(c, old.id)
        return Outcome(state, old.id, kept.memories if kept else 0)

    def _gone(self, c: Connection, source: Source) -> Outcome:
        """No file there any more: what was remembered of it waits for the person."""
        now_ms = self._clock.now_ms()
        problem = problem_from(FileNotFoundError(), item=source.location)
        if source.folder_id is not None or source.memories:
            marked = sources.mark_missing(c, [source.id], now_ms)
            state = SourceState.MISSING if marked else SourceState.SKIPPED
            return Outcome(state, source.id, source.memories, problem)
        sources.set_state(c, source.id, SourceState.FAILED, now_ms, problem.model_dump_json())
        return Outcome(SourceState.FAILED, source.id, 0, problem)

    # -- new or changed

    def _read_and_cut(self, file: _File) -> Prepared:
        extracted = self._read(Path(file.path), self._settings(), file.cancel)
        after = entry_of(file.path)
        if after != file.entry:
            raise ChangedMeanwhile(f"{file.path} changed while it was read")
        if extracted.conversations:
            return self._cut_talks(file, extracted)
        new = chunker.chunk(extracted, self._count_tokens)
        if not new:
            raise _nothing(file.path)
        new = storing.with_suspicions(new, extracted.title or os.path.basename(file.path))
        document = DocumentText(extracted.text, extracted.pages, extracted.markup)
        if not file.stored and len(new) > SLICE:
            self._store_slices(file, document, new)
        return Prepared(lambda c: self._store(c, file, extracted, document, new))

    def _store_slices(self, file: _File, document: DocumentText, new: list[NewMemory]) -> None:
        """All but the last slice; goes on behind what a crash left."""
        source_id = file.source.id

        with self._database.read() as c:
            before = storing.stored_slices(c, source_id, new)
        if before is None:
            return  # an earlier version is there: the difference is stored in one piece
        at = before
        while at < len(new) - SLICE:
            _check(file.cancel)
            part = new[at : at + (SLICE if at else min(FIRST_SLICE, SLICE))]
            first = document if at == before else None
            self._database.write(
                lambda c, part=part, first=first: storing.add_slice(  # type: ignore[misc]
                    c, source_id, first, part, self._clock.now_ms(), file.entry.modified_ms, new
                )
            )
            self._on_slice()
            at += len(part)

    def _store(
        self,
        c: Connection,
        file: _File,
        extracted: Extracted,
        document: DocumentText,
        new: list[NewMemory],
    ) -> Outcome:
        if first := self._holder_on_disk(c, file):
            return self._twin(c, file, first)
        now_ms = self._clock.now_ms()
        source_id = file.source.id
        for child in sources.children(c, source_id):  # it held conversations before
            storing.clear(c, child.id, now_ms)
            sources.delete(c, child.id)
        documents.put(c, source_id, document)
        storing.put_memories(c, source_id, new, now_ms, file.entry.modified_ms)
        return self._complete(c, file, extracted, len(new))

    def _cut_talks(self, file: _File, extracted: Extracted) -> Prepared:
        """Store the conversations, some in each transaction; the last one ends the job."""
        named = storing.unique_names(extracted.conversations)
        names = frozenset(conversation.name for conversation in named)
        waiting: list[storing.Talk] = []
        size, most = 0, min(FIRST_SLICE, SLICE)
        for conversation in named:
            _check(file.cancel)
            turns = tuple(storing.with_suspicions(chunker.turns(conversation, self._count_tokens)))
            text = chunker.document_text(conversation)
            waiting.append(storing.Talk(conversation.name, conversation.title, text, turns))
            size += len(turns)
            if size >= most:
                self._store_talks(file, tuple(waiting))
                waiting, size, most = [], 0, SLICE
        last = tuple(waiting)
        return Prepared(lambda c: self._finish_talks(c, file, extracted, last, names))

    def _store_talks(self, file: _File, talks: tuple[storing.Talk, ...]) -> None:
        def work(c: Connection) -> None:
            for talk in talks:
                storing.put_talk(c, file.source.id, talk, self._clock.now_ms())

        self._database.write(work)
        self._on_slice()

    def _finish_talks(
        self,
        c: Connection,
        file: _File,
        extracted: Extracted,
        last: tuple[storing.Talk, ...],
        names: frozenset[str],
    ) -> Outcome:
        if first := self._holder_on_disk(c, file):
            return self._twin(c, file, first)
        now_ms = self._clock.now_ms()
        for talk in last:
            storing.put_talk(c, file.source.id, talk, now_ms)
        storing.drop_talks(c, file.source.id, names, now_ms)
        storing.put_memories(c, file.source.id, [], now_ms)  # it held plain text before
        documents.put(c, file.source.id, DocumentText(""))
        found = sources.get(c, file.source.id)
        outcome = self._complete(c, file, extracted, found.memories if found else 0)
        if outcome.memories:
            return outcome
        problem = Problem(
            code=ErrorCode.CONFLICT,
            title="Already remembered",
            message="Every conversation in it came with another file before.",
            next_step="Nothing to do.",
            item=file.path,
        )
        sources.set_state(c, file.source.id, SourceState.SKIPPED, now_ms, problem.model_dump_json())
        return replace(outcome, state=SourceState.SKIPPED, problem=problem)

    def _complete(self, c: Connection, file: _File, extracted: Extracted, count: int) -> Outcome:
        """From here on the source stands for this content."""
        now_ms = self._clock.now_ms()
        source_id = file.source.id
        for other in sources.holders(c, file.content_hash, source_id):
            # Its file was renamed over this one: the memories are the same, so nothing is lost.
            storing.clear(c, other.id, now_ms)
            sources.delete(c, other.id)
        sources.set_facts(c, source_id, replace(file.facts, format=extracted.format))
        sources.set_title(c, source_id, extracted.title.strip() or os.path.basename(file.path))
        state = sources.settle(c, source_id, now_ms)
        problem = _partly(file.path, extracted.warnings)
        if problem is not None:
            sources.set_state(c, source_id, state, now_ms, problem.model_dump_json())
        self._let_twin_in(c, file)
        return Outcome(state, source_id, count, problem)

    def _holder_on_disk(self, c: Connection, file: _File) -> Source | None:
        """Whether the other reader stored the same content a moment ago."""
        others = sources.holders(c, file.content_hash, file.source.id)
        return next((o for o in others if os.path.exists(o.location or "")), None)

    def _let_twin_in(self, c: Connection, file: _File) -> None:
        if file.stored and file.source.content_hash != file.content_hash:
            storing.queue_twin(
                c, file.source.content_hash, file.source.id, file.job.batch_id,
                self._clock.now_ms(),
            )  # fmt: skip

    def _refuse_huge(self, entry: Entry) -> None:
        limit = limits_of(self._settings()).file_bytes
        if entry.size_bytes > limit:
            raise too_large(Path(entry.path), limit)


def _hash(path: str, cancel: threading.Event) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_HASH_PIECE):
            _check(cancel)
            digest.update(piece)
    return digest.hexdigest()


def _check(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise Cancelled("Stopped", "Reading was stopped.", "Retry when you like.")


def _no_file(path: str) -> Unreadable:
    return Unreadable(
        "Not a file",
        "It is a folder, a device or a pipe.",
        "Add a file, or the folder it lies in.",
        item=path,
        skipped=True,
    )


def _nothing(path: str) -> Unreadable:
    return Unreadable(
        "Nothing to remember",
        "No text was found in it.",
        "If it shows text when opened, save it as PDF, DOCX or plain text and add that.",
        item=path,
        skipped=True,
    )


def _partly(path: str, warnings: tuple[str, ...]) -> Problem | None:
    if not warnings:
        return None
    return Problem(
        code=ErrorCode.UNREADABLE,
        title="Read in part",
        message=" ".join(warnings[:5]),
        next_step="The rest is remembered. Repair the file and it is read again.",
        item=path,
    )
