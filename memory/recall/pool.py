"""One question's candidates: taken from words and meaning, and the best of them chosen.

Runs in the caller's thread, on its read-only connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from memory.protocol import MemoryKind, MemoryState, Problem
from memory.recall import candidates, duplicates, links, ranking
from memory.recall.found import Found
from memory.recall.terms import Floats, Terms
from memory.store import memories
from memory.store import words as sql
from memory.store.db import Connection
from memory.store.rows import MemoryWithSource
from memory.store.words import Card, Rowids
from memory.understand import Question

# A filter that leaves no more than this is searched for meaning exactly, row by row.
_EXACT_MEANING = 3_000


@dataclass(frozen=True)
class Meaning:
    """What the index said; ``asked`` is the question's vector, None when it is unavailable."""

    asked: Floats | None = None
    ids: tuple[str, ...] = ()
    ms: float = 0.0
    problem: Problem | None = None


@dataclass
class Pool:
    """One question's candidates on one connection."""

    connection: Connection
    question: Question
    terms: Terms
    meaning: Meaning
    allowed: Rowids | None
    wanted: int
    model: str

    def rows(self) -> Rowids:
        near = self._near()
        beside = candidates.beside_best(near, self.allowed)
        by_words = candidates.by_words(self.terms, self.allowed, self.wanted)
        return np.unique(np.concatenate([by_words, np.array(near, dtype=np.int64), beside]))

    def _near(self) -> list[int]:
        """Rows by meaning, best first."""
        allowed, asked = self.allowed, self.meaning.asked
        if allowed is not None and asked is not None and len(allowed) <= _EXACT_MEANING:
            rows, vectors = sql.vectors(self.connection, allowed.tolist(), self.model)
            if not rows:
                return []
            order = np.argsort(-(vectors @ asked))[: self.wanted]
            return [rows[place] for place in order.tolist()]
        place = sql.rowids_of(self.connection, self.meaning.ids)
        rows = [place[id_] for id_ in self.meaning.ids if id_ in place]
        if allowed is not None:
            inside = set(allowed.tolist())
            rows = [row for row in rows if row in inside]
        return rows[: self.wanted]

    def within(self, rows: Rowids) -> Rowids:
        """Those of the rows that the person's filter leaves."""
        return rows if self.allowed is None else np.intersect1d(rows, self.allowed)

    def seeds(self, cards: Sequence[Card], ranked: ranking.Ranked) -> list[links.Seed]:
        """The best candidates so far, with what links are followed from."""
        related = ranking.related(ranked.features)
        order = [place for place in np.argsort(-ranked.scores, kind="stable") if related[place]]
        weights = links.weights(ranked.scores[order])
        chosen = [cards[place].rowid for place in order[: len(weights)]]
        rows = memories.by_rowids(self.connection, chosen)
        return [
            links.Seed(rowid, row.memory.heading or "", row.memory.text, float(weight))
            for rowid, weight in zip(chosen, weights, strict=True)
            if (row := rows.get(rowid)) is not None
        ]

    def cards(self, rows: Rowids) -> dict[int, Card]:
        reachable = (MemoryState.ACTIVE, MemoryState.DORMANT)
        found = sql.cards(self.connection, rows.tolist())
        return {row: card for row, card in found.items() if card.state in reachable}

    def vectors(self, rows: Rowids) -> Floats | None:
        """A line for each row, zeros where the memory has no vector yet."""
        if self.meaning.asked is None:
            return None
        have, vectors = sql.vectors(self.connection, rows.tolist(), self.model)
        table = np.zeros((len(rows), len(self.meaning.asked)), dtype=np.float32)
        if have:
            table[np.searchsorted(rows, np.array(have, dtype=np.int64))] = vectors
        return table


def best(
    pool: Pool, cards: Sequence[Card], ranked: ranking.Ranked, limit: int, exclude: frozenset[str]
) -> list[Found]:
    """The best, each told once, without what only asks the same; ``limit`` at most."""
    if not len(ranked.scores):
        return []
    related = ranking.related(ranked.features)
    order = [place for place in np.argsort(-ranked.scores, kind="stable") if related[place]]
    page = limit + 15
    repeats = duplicates.Repeats(pool.question.text)
    kept: list[_Kept] = []
    for at in range(0, len(order), page):
        part = order[at : at + page]
        rows = memories.by_rowids(pool.connection, [cards[place].rowid for place in part])
        for place in part:
            row = rows.get(cards[place].rowid)
            if row is None or row.memory.id in exclude:
                continue
            if row.memory.kind is MemoryKind.TURN and repeats.only(row.memory.text):
                continue
            gist = duplicates.gist(row.memory.text)
            twin = next((k for k in kept if duplicates.same(k.gist, gist)), None)
            if twin is not None:
                twin.similar.append(row.memory.id)
            elif len(kept) < limit:
                kept.append(_Kept(int(place), row, gist))
        if len(kept) >= limit:
            break
    return [_found(entry, ranked) for entry in kept]


@dataclass
class _Kept:
    place: int
    row: MemoryWithSource
    gist: duplicates.Gist
    similar: list[str] = field(default_factory=list)


def _found(entry: _Kept, ranked: ranking.Ranked) -> Found:
    why = {name: round(float(column[entry.place]), 4) for name, column in ranked.features.items()}
    return Found(
        row=entry.row,
        score=round(float(ranked.scores[entry.place]), 5),
        words=why["words"],
        meaning=why.get("meaning"),
        similar=tuple(entry.similar),
        why=why,
    )
