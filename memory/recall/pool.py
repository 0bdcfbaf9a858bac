"""One question's candidates: taken from words and meaning, and the best of them chosen.

Runs in the caller's thread, on its read-only connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from memory.protocol import MemoryKind, MemoryState, Problem
from memory.recall import candidates, cues, duplicates, links, ranking
from memory.recall.around import LEAN_MOST, WIDE, Around
from memory.recall.found import Found
from memory.recall.terms import Floats, Terms
from memory.store import memories
from memory.store import words as sql
from memory.store.db import Connection
from memory.store.rows import MemoryWithSource
from memory.store.words import Card, Rowids
from memory.understand import Question
from models.token_vectors import AskedTokens

# A filter that leaves no more than this is searched for meaning exactly, row by row.
_EXACT_MEANING = 3_000


@dataclass(frozen=True)
class Meaning:
    """What the index said; ``asked`` is the question's vector, None when it is unavailable,
    ``tokens`` the vectors of its tokens, None where the embedder tells none."""

    asked: Floats | None = None
    tokens: AskedTokens | None = None
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
    wording: cues.Wording = field(init=False)
    _cards: dict[int, Card | None] = field(default_factory=dict)
    _beside: dict[int, list[sql.Beside]] = field(default_factory=dict)
    _vectors: dict[int, Floats | None] = field(default_factory=dict)
    _tokens: dict[int, sql.Tokens | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wording = cues.Wording(self.question.text)

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

    def stands_alone(self, cards: Sequence[Card], ranked: ranking.Ranked) -> bool:
        """Whether any of the best candidates stands for itself more than it leans on others."""
        best = np.argsort(-ranked.scores, kind="stable")[: links.SEEDS]
        return bool((ranked.features["lean"][best] < 0.5).any())

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
        """Those of the rows that can be found; each is read once."""
        reachable = (MemoryState.ACTIVE, MemoryState.DORMANT)
        wanted = rows.tolist()
        if new := [row for row in wanted if row not in self._cards]:
            found = sql.cards(self.connection, new)
            for row in new:
                card = found.get(row)
                self._cards[row] = card if card and card.state in reachable else None
        return {row: card for row in wanted if (card := self._cards[row]) is not None}

    def beside(self, cards: dict[int, Card]) -> list[sql.Beside]:
        """Neighbours of turns short enough to lean on them; each is read once."""
        short = [
            row
            for row, card in cards.items()
            if card.kind is MemoryKind.TURN and card.length < LEAN_MOST
        ]
        if new := [row for row in short if row not in self._beside]:
            self._beside.update({row: [] for row in new})
            for one in sql.beside(self.connection, new, WIDE):
                self._beside[one.row].append(one)
        return [one for row in short for one in self._beside[row]]

    def vectors(self, laid: Around) -> Floats | None:
        """A line for each of ``laid.rows``; zeros where none is there, or none is wanted."""
        if self.meaning.asked is None:
            return None
        close = laid.close.tolist()
        if new := [row for row in close if row not in self._vectors]:
            self._vectors.update(dict.fromkeys(new))
            self._vectors.update(zip(*sql.vectors(self.connection, new, self.model), strict=True))
        table = np.zeros((len(laid.rows), len(self.meaning.asked)), dtype=np.float32)
        for row, place in zip(close, np.searchsorted(laid.rows, laid.close), strict=True):
            vector = self._vectors[row]
            if vector is not None:
                table[place] = vector
        return table

    def tokens(self, laid: Around) -> dict[int, sql.Tokens]:
        """Those of candidates that lean on others and of the two beside each, by row."""
        close = laid.leaning.tolist()
        if new := [row for row in close if row not in self._tokens]:
            self._tokens.update(dict.fromkeys(new))
            self._tokens.update(sql.tokens(self.connection, new, self.model))
        return {row: found for row in close if (found := self._tokens[row]) is not None}


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
    by_meaning = pool.meaning.asked is not None
    return [
        replace(found_at(entry.place, entry.row, ranked, by_meaning), similar=tuple(entry.similar))
        for entry in kept
    ]


@dataclass
class _Kept:
    place: int
    row: MemoryWithSource
    gist: duplicates.Gist
    similar: list[str] = field(default_factory=list)


def found_at(place: int, row: MemoryWithSource, ranked: ranking.Ranked, by_meaning: bool) -> Found:
    """A candidate, by its place among them, with what spoke for it."""
    why = {name: round(float(column[place]), 4) for name, column in ranked.features.items()}
    points = {name: round(float(column[place]), 2) for name, column in ranked.points.items()}
    return Found(
        row=row,
        score=round(ranking.shown(float(ranked.scores[place])), 5),
        words=why["words"],
        meaning=why["meaning"] if by_meaning else None,
        similar=(),
        why=why,
        points={name: value for name, value in points.items() if value},
    )
