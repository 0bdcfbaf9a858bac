"""Writes what was read of one file: document, memories, conversations. Runs on the writer
thread, inside the transaction that also ends the job.

Everything here may run twice (a crash between slices): what is already stored is recognised
by its text and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memory import decay
from memory.ingest.extracted import Conversation
from memory.protocol import SourceKind, SourceState
from memory.store import documents, jobs, memories, sources
from memory.store.db import Connection
from memory.store.rows import DocumentText, NewMemory, Source, Strength
from memory.suspicion.texts import judged


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation ready to be stored: its joined text and its turns with spans into it."""

    name: str
    title: str
    text: str
    turns: tuple[NewMemory, ...]


def put_memories(
    c: Connection,
    source_id: str,
    new: Sequence[NewMemory],
    now_ms: int,
    fallback_ms: int | None = None,
) -> memories.Replaced:
    """Make ``new`` the memories of a source; unchanged ones keep id and strength.

    ``fallback_ms`` (a file's modification time) is when a memory happened that does not say
    so itself; what was known before keeps the time it had.
    """
    if fallback_ms is not None and any(m.happened_ms is None for m in new):
        known = sources.happened_times(c, source_id)
        new = [_dated(memory, known, fallback_ms) for memory in new]
    return memories.replace_source(c, source_id, new, now_ms, first_strength(now_ms))


def with_suspicions(new: Sequence[NewMemory], title: str | None = None) -> list[NewMemory]:
    """Memories of one source with how much they give orders, so that the writer need not judge.

    Takes some 0.3 ms each. ``title`` counts for all of them.
    """
    found = judged([(one.text, one.heading, one.speaker) for one in new], title)
    return [replace(one, suspicion=s) for one, s in zip(new, found, strict=True)]


def first_strength(now_ms: int) -> memories.Initial:
    def initial(memory: NewMemory) -> Strength:
        return decay.initial(memory.kind, memory.importance, memory.role, now_ms)

    return initial


def add_slice(
    c: Connection,
    source_id: str,
    document: DocumentText | None,
    new: Sequence[NewMemory],
    now_ms: int,
    fallback_ms: int,
    whole: Sequence[NewMemory] = (),
) -> None:
    """The next memories of a source that is too large for one transaction.

    Passages the person has forgotten stay out, and are blanked in the document, which comes
    with the first slice, and with it ``whole``: all memories there will be.
    """
    if sources.get(c, source_id) is None:
        return
    if document is not None:
        documents.put(c, source_id, document)
        memories.without_forgotten(c, source_id, whole)
    wanted = memories.without_forgotten(c, source_id, new)
    dated = [_dated(memory, {}, fallback_ms) for memory in wanted]
    memories.append(c, source_id, dated, now_ms, first_strength(now_ms))


def stored_slices(c: Connection, source_id: str, new: Sequence[NewMemory]) -> int | None:
    """How many of ``new`` an earlier try has stored (or left out as forgotten) already.

    None: what is there is not the beginning of ``new``, but another version of the source.
    """
    there = sources.text_hashes(c, source_id)
    gone = memories.forgotten_hashes(c, source_id)
    matched = 0
    for at, memory in enumerate(new):
        if matched == len(there):
            return at
        digest = memories.text_hash(memory.text)
        if digest == there[matched]:
            matched += 1
        elif digest not in gone:
            return None
    return len(new) if matched == len(there) else None


def put_talk(c: Connection, file_id: str, talk: Talk, now_ms: int) -> str | None:
    """Store a conversation as a child of its file; returns its source id, or None where
    another file already holds all of it.

    A longer copy of a conversation that came with another file takes that one over, so its
    turns keep their identity.
    """
    if sources.get(c, file_id) is None:
        return None
    found = sources.by_place(c, SourceKind.CONVERSATION, talk.name, file_id)
    child_id = found.id if found else None
    if child_id is None:
        earlier = _same_talk(c, file_id, talk)
        if earlier is not None and not earlier.grown:
            return None
        if earlier is not None:
            child_id = earlier.source.id
            sources.set_parent(c, child_id, file_id)
    if child_id is None:
        child_id = sources.insert(
            c,
            kind=SourceKind.CONVERSATION,
            title=talk.title,
            location=talk.name,
            format="conversation",
            state=SourceState.INDEXING,
            parent_id=file_id,
            now_ms=now_ms,
        )
    sources.set_title(c, child_id, talk.title)
    documents.put(c, child_id, DocumentText(talk.text))
    put_memories(c, child_id, talk.turns, now_ms)
    sources.settle(c, child_id, now_ms)
    return child_id


def drop_talks(c: Connection, file_id: str, names: frozenset[str], now_ms: int) -> None:
    """Conversations no longer in their file wait for the person's word, like deleted files."""
    gone = [child.id for child in sources.children(c, file_id) if child.location not in names]
    sources.mark_missing(c, gone, now_ms)


def unique_names(conversations: Sequence[Conversation]) -> list[Conversation]:
    """Two conversations of one name in one file become ``name`` and ``name (2)``."""
    seen: dict[str, int] = {}
    named = []
    for conversation in conversations:
        seen[conversation.name] = seen.get(conversation.name, 0) + 1
        count = seen[conversation.name]
        if count > 1:
            conversation = replace(conversation, name=f"{conversation.name} ({count})")
        named.append(conversation)
    return named


def queue_twin(
    c: Connection, content_hash: str | None, not_id: str, batch_id: str, now_ms: int
) -> None:
    """A file was left out because of a content that has gone from ``not_id``: read it now."""
    if content_hash is None or sources.holders(c, content_hash, not_id):
        return
    for twin in sources.twins(c, content_hash, not_id)[:1]:
        if twin.location is not None:
            sources.queue_file(c, twin.location, None, now_ms)
            jobs.add_files(c, batch_id, [(twin.id, twin.location)], now_ms)


def clear(c: Connection, source_id: str, now_ms: int) -> None:
    """Take everything out of a source, its conversations included; the row stays."""
    for child in sources.children(c, source_id):
        clear(c, child.id, now_ms)
        sources.delete(c, child.id)
    memories.replace_source(c, source_id, [], now_ms, first_strength(now_ms))
    documents.delete(c, source_id)


def move(c: Connection, source_id: str, location: str, now_ms: int) -> None:
    """The file has a new name; whatever was known at that name gives way, vectors included."""
    there = sources.by_place(c, SourceKind.FILE, location)
    if there is not None and there.id != source_id:
        clear(c, there.id, now_ms)
    sources.move(c, source_id, location, now_ms)


@dataclass(frozen=True, slots=True)
class _Earlier:
    source: Source
    grown: bool  # the new copy has more


def _same_talk(c: Connection, file_id: str, talk: Talk) -> _Earlier | None:
    """The same conversation from another file, told by its turns: one holds all the other has."""
    new = {(turn.ref, memories.text_hash(turn.text)) for turn in talk.turns}
    for source in sources.imported_conversations(c, talk.name, file_id):
        old = sources.turn_keys(c, source.id)
        if new <= old:
            return _Earlier(source, False)
        if old and old <= new:
            return _Earlier(source, True)
    return None


def _dated(memory: NewMemory, known: dict[bytes, int | None], fallback_ms: int) -> NewMemory:
    if memory.happened_ms is not None:
        return memory
    before = known.get(memories.text_hash(memory.text)) if known else None
    return replace(memory, happened_ms=fallback_ms if before is None else before)
