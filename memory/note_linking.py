"""Says what memories are about and links them, slice by slice. Used by the thread ``notes``.

Each memory in the queue gets keywords, tags and at most five links, to memories nearest in meaning
and to those that hold a rare name of it; a memory that it tells anew, or a fact of which it
supersedes, gets a new version of what it is about. What one memory costs does not grow with how
many there are, but for one search of the meaning index.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from memory.clock import Clock
from memory.errors import RecollectError
from memory.notes.content import Cause, Content, evolved
from memory.notes.keywords import candidates, keywords, rarity
from memory.notes.reasons import About, Link, Reason, between, chosen
from memory.notes.tags import names_of, tags
from memory.scripts import fold
from memory.store import embeddings, memories, note_links, notes, topics
from memory.store import words as sql
from memory.store.db import Connection, Database
from memory.store.embeddings import Vector
from memory.store.notes import Queued
from memory.store.rows import MemoryWithSource
from memory.store.words import Stemmer

SLICE = 8
"""Memories looked at between two looks at whether somebody is waiting."""
NEAREST = 60
RARE = 20
"""A name in more memories than this binds nothing."""
_VECTORS_MS = 3_600_000
_MOST_KNOWN = 20_000


class Nearest(Protocol):
    """What linking needs of ``memory.index.Index``."""

    @property
    def model(self) -> str: ...

    def near(self, vector: Vector, limit: int) -> list[tuple[str, float]]: ...


@dataclass
class _Looked:
    """What was found out about one memory."""

    queued: Queued
    content: Content
    superseded: list[tuple[str, str, str]]
    by_name: dict[str, list[str]]  # memories that hold a folded name
    nearest: list[str] = field(default_factory=list)


class NoteLinking:
    """``index`` is None where there is no search by meaning."""

    def __init__(self, database: Database, clock: Clock, index: Nearest | None = None) -> None:
        self._database = database
        self._clock = clock
        self._index = index
        self._stemmer = Stemmer()
        self._held: dict[str, int] = {}  # memories a folded word stands in
        self._held_at = 0  # memories there were then

    def close(self) -> None:
        self._stemmer.close()

    def step(self, resting: bool) -> int | None:
        """Look at the next memories; returns how many, None where none waits."""
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            queued = notes.waiting(c, now_ms - _VECTORS_MS if resting else now_ms + 1, SLICE)
            if not queued:
                return None
            known = notes.known_names(c)
            looked = [self._look(c, one, known) for one in queued]
            vectors = self._vectors(c, [one.id for one in queued])
        for one in looked:  # never while rows are written: the index may wait for those
            one.nearest = self._nearest(vectors.get(one.queued.id))
        self._database.write(lambda c: self._keep(c, looked, now_ms))
        return len(looked)

    # -- what a memory is about

    def _look(self, c: Connection, queued: Queued, known: Iterable[str]) -> _Looked:
        told = self._content(c, queued, frozenset(known))
        by_name = {fold(name): self._with_name(c, name) for name in names_of(told.tags)}
        return _Looked(queued, told, notes.superseding(c, queued.id), by_name)

    def _content(self, c: Connection, queued: Queued, known: frozenset[str]) -> Content:
        whole = f"{queued.heading}. {queued.text}" if queued.kind == "topic" else queued.text
        total = sql.in_reach(c)
        rare = self._rarity(c, candidates(whole), total)
        told = notes.relations(c, queued.id)
        return Content(
            tuple(keywords(whole, lambda word: rare.get(word, 0.0))),
            tuple(tags(queued.text, told, known)),
        )

    def _rarity(self, c: Connection, words: Sequence[str], total: int) -> dict[str, float]:
        """Of folded words, by how many memories hold them."""
        if total > 2 * self._held_at or len(self._held) > _MOST_KNOWN:
            self._held, self._held_at = {}, total
        found = {}
        for word, stems in zip(words, self._stemmer.stems(words), strict=True):
            if word not in self._held:
                self._held[word] = max((notes.held_by(c, stem) for stem in stems), default=0)
            found[word] = rarity(self._held[word], total)
        return found

    # -- links

    def _links(self, c: Connection, looked: _Looked) -> list[Link]:
        queued = looked.queued
        rare = {
            name: 1 - math.log(max(len(ids), 1)) / math.log(2 * RARE)
            for name, ids in looked.by_name.items()
            if len(ids) <= RARE
        }
        others = set(looked.nearest)
        others |= {id_ for name in rare for id_ in looked.by_name[name]}
        others |= {id_ for old, new, _value in looked.superseded for id_ in (old, new)}
        others -= {queued.id, *notes.topic_turns(queued)}
        others.discard(topics.topic_with(c, queued.source_id, queued.id) or "")
        abouts = self._abouts(c, sorted(others))
        near = self._cosines(c, queued.id, list(abouts))
        said_anew = {id_ for old, new, _value in looked.superseded for id_ in (old, new)}
        me = About(queued.id, queued.text, queued.when_ms, looked.content, queued.source_id)
        found = [
            between(me, other, near.get(other.id), rare, other.id in said_anew)
            for other in abouts.values()
        ]
        return chosen([link for link in found if link is not None])

    def _with_name(self, c: Connection, name: str) -> list[str]:
        rows = sql.with_phrase(c, name, RARE + 1)
        return sql.ids_of(c, rows.tolist())

    def _vectors(self, c: Connection, ids: Sequence[str]) -> dict[str, Vector]:
        return embeddings.get_many(c, ids, self._index.model) if self._index is not None else {}

    def _nearest(self, vector: Vector | None) -> list[str]:
        if self._index is None or vector is None:
            return []
        try:
            return [id_ for id_, _cosine in self._index.near(vector, NEAREST)]
        except RecollectError:  # it is being rebuilt: names still bind
            return []

    def _abouts(self, c: Connection, ids: Sequence[str]) -> dict[str, About]:
        """Those of the memories that have a note."""
        known = notes.noted(c, ids)
        rows = memories.get_many(c, list(known))
        return {
            id_: About(
                id_,
                row.memory.text,
                row.memory.learnt_ms if row.memory.happened_ms is None else row.memory.happened_ms,
                known[id_].content,
                row.memory.source_id,
            )
            for id_, row in rows.items()
        }

    def _cosines(self, c: Connection, memory_id: str, others: Sequence[str]) -> dict[str, float]:
        vectors = self._vectors(c, [memory_id, *others])
        own = vectors.get(memory_id)
        if own is None:
            return {}
        return {id_: float(np.dot(own, one)) for id_, one in vectors.items() if id_ != memory_id}

    # -- keeping

    def _keep(self, c: Connection, looked: Sequence[_Looked], now_ms: int) -> None:
        """One after the other, so that the later ones of a slice find the earlier ones."""
        for one in looked:
            if notes.still_waits(c, one.queued):  # else it was edited, or went
                self._note(c, one, now_ms)
                note_links.replace(c, one.queued.id, self._links(c, one), now_ms)
                self._evolve(c, one, now_ms)
                notes.done(c, [one.queued.id])

    def _note(self, c: Connection, looked: _Looked, now_ms: int) -> None:
        id_, why = looked.queued.id, looked.queued.why
        before = notes.versions(c, id_)
        if not before:
            notes.put(c, id_, looked.content, Cause.FIRST, now_ms, None)
            return
        by_hand = before[-1].cause is Cause.UNDONE
        if why == "edited":
            notes.put(c, id_, looked.content, Cause.EDITED, now_ms, None)
        elif why == "lost" and not by_hand:
            notes.put(c, id_, _again(looked.content, before), Cause.FORGOTTEN, now_ms, None)
        looked.content = (notes.current(c, id_) or before[-1]).content

    def _evolve(self, c: Connection, looked: _Looked, now_ms: int) -> None:
        """Older memories that this one changes, or the newer one that changes this."""
        id_ = looked.queued.id
        for old, new, value in looked.superseded:
            _change(c, old, new, Cause.SUPERSEDED, now_ms, fold(value).split())
        for link in note_links.of(c, id_):
            if link.reason is Reason.TOLD_ANEW:
                _change(c, link.id, id_, Cause.TOLD_ANEW, now_ms)


def _again(base: Content, versions: Sequence[notes.Version]) -> Content:
    """What a memory is about by what is left of what brought its versions about."""
    found = base
    for one in versions:
        if one.because is not None and one.cause in (Cause.TOLD_ANEW, Cause.SUPERSEDED):
            lost = [word for word in base.keywords if word not in one.content.keywords]
            words = [part for word in lost for part in word.casefold().split()]
            found = evolved(found, one.cause, one.because, words)
    return found


def _change(
    c: Connection, old: str, new: str, cause: Cause, now_ms: int, lost: Sequence[str] = ()
) -> None:
    """A new version of what an old memory is about, once for each that brings one about."""
    there = notes.versions(c, old)
    later = memories.get_many(c, [old, new])
    if not there or len(later) < 2 or any(one.because == new for one in there):
        return
    if cause is Cause.TOLD_ANEW and _when(later[old]) > _when(later[new]):
        return
    notes.put(c, old, evolved(there[-1].content, cause, new, lost), cause, now_ms, new)


def _when(found: MemoryWithSource) -> int:
    memory = found.memory
    return memory.learnt_ms if memory.happened_ms is None else memory.happened_ms
