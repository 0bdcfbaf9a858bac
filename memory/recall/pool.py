"""One question's candidates: taken from words and meaning, and the best of them chosen.

Runs in the caller's thread, on its read-only connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from memory.protocol import MemoryKind, MemoryState, Problem
from memory.recall import candidates, cues, duplicates, enough, late, links, ranking
from memory.recall.around import LEAN_MOST, WIDE, Around, around, asks
from memory.recall.enough import Enough
from memory.recall.features import Columns, Scale, joined
from memory.recall.found import Found
from memory.recall.lines import Lines
from memory.recall.terms import Floats, Terms
from memory.store import folds, memories, reviews
from memory.store import words as sql
from memory.store.db import Connection
from memory.store.rows import MemoryWithSource
from memory.store.words import Card, Rowids
from memory.understand import Question
from models.token_vectors import AskedTokens

# A filter that leaves no more than this is searched for meaning exactly, row by row.
_EXACT_MEANING = 3_000
# Texts that say the same are at most so many times as long.
_AS_LONG = 1.5
# Of a group folded for good so many are named at most.
_NAMED = 50
_REACHABLE = (MemoryState.ACTIVE, MemoryState.DORMANT)


@dataclass(frozen=True)
class Meaning:
    """What the index said; ``asked`` is the question's vector, None when it is unavailable,
    ``tokens`` the vectors of its tokens, None where the embedder tells none, ``near`` the
    nearest memories (id and cosine), best first."""

    asked: Floats | None = None
    tokens: AskedTokens | None = None
    near: tuple[tuple[str, float], ...] = ()
    ms: float = 0.0
    problem: Problem | None = None

    def within(self, c: Connection, rows: Rowids) -> Meaning:
        """The same as if the index held nothing but these rows."""
        place = sql.rowids_of(c, [id_ for id_, _cosine in self.near])
        known = set(rows.tolist())
        near = tuple(one for one in self.near if place.get(one[0]) in known)
        return replace(self, near=near)


@dataclass
class Pool:
    """One question's candidates on one connection.

    Attributes:
        hidden: rows that must not come.
        reach: where it is given, all rows that may be used for anything at all.
        by_use: what was used comes sooner.
        with_topics: topics may come, which only say again what turns say.
        cards: of every candidate taken so far, by row.
        ordered: the same in the order of ``columns`` and ``own``.
        columns: what the witnesses say of them.
        own: their vectors, a line each.
        scale: what they are compared with.
        token_weights: of the question's tokens, once known.
    """

    connection: Connection
    question: Question
    terms: Terms
    meaning: Meaning
    allowed: Rowids | None
    wanted: int
    model: str
    hidden: Rowids
    reach: Rowids | None = None
    by_use: bool = True
    with_topics: bool = False
    wording: cues.Wording = field(init=False)
    cards: dict[int, Card] = field(default_factory=dict)
    ordered: list[Card] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)
    own: Floats | None = None
    scale: Scale = field(default_factory=Scale)
    token_weights: Floats | None = None
    _seen: Rowids = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _beside: Rowids = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))
    _endings: dict[int, str] = field(default_factory=dict)
    _uses: dict[int, list[int]] = field(default_factory=dict)
    _asked_uses: set[int] = field(default_factory=set)
    _vectors: Lines | None = None
    _late: Lines | None = None

    def __post_init__(self) -> None:
        self.wording = cues.Wording(self.question.text)
        if self.meaning.asked is not None:
            self._vectors = Lines(len(self.meaning.asked))
        if self.meaning.tokens is not None and self.meaning.tokens.spans:
            self._late = Lines(len(self.meaning.tokens.spans))

    def rows(self) -> Rowids:
        """The rows worth ranking, ascending."""
        return candidates.choose(self.terms, self._near(), self.allowed, self.wanted)

    def _near(self) -> list[tuple[int, float]]:
        """Rows by meaning with their cosines, best first."""
        allowed, asked = self.allowed, self.meaning.asked
        if allowed is not None and asked is not None and len(allowed) <= _EXACT_MEANING:
            rows, vectors = sql.vectors(self.connection, allowed.tolist(), self.model)
            if not rows:
                return []
            cosines = vectors @ asked
            order = np.argsort(-cosines)[: self.wanted]
            return [(rows[place], float(cosines[place])) for place in order.tolist()]
        every = [id_ for id_, _cosine in self.meaning.near]
        place = sql.rowids_of(self.connection, every, topics=self.with_topics)
        near = [(place[id_], cosine) for id_, cosine in self.meaning.near if id_ in place]
        if allowed is not None:
            found = np.array([row for row, _cosine in near], dtype=np.int64)
            inside = set(candidates.kept(found, allowed).tolist())
            near = [one for one in near if one[0] in inside]
        return near[: self.wanted]

    def within(self, rows: Rowids) -> Rowids:
        """Those of the rows that the person's filter leaves."""
        return rows if self.allowed is None else candidates.kept(rows, self.allowed)

    def stands_alone(self, ranked: ranking.Ranked) -> bool:
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
            links.Seed(
                rowid, row.memory.heading or "", tuple(links.names(row.memory.text)), float(weight)
            )
            for rowid, weight in zip(chosen, weights, strict=True)
            if (row := rows.get(rowid)) is not None
        ]

    def take(self, rows: Rowids) -> bool:
        """Add those of the rows that can be found; whether any was new. Each is read once."""
        new = np.setdiff1d(np.setdiff1d(rows, self._seen), self.hidden)
        self._seen = np.union1d(self._seen, new)
        found = sql.cards(self.connection, new.tolist()) if len(new) else {}
        fresh = {
            row: card
            for row, card in found.items()
            if card.state in _REACHABLE and (self.with_topics or card.kind is not MemoryKind.TOPIC)
        }
        self.cards.update(fresh)
        short = [
            row
            for row, card in fresh.items()
            if card.kind is MemoryKind.TURN and card.length < LEAN_MOST
        ]
        if short:
            beside = sql.beside(self.connection, short, WIDE)
            if self.reach is not None:
                beside = beside[np.isin(beside[:, 1], self.reach)]
            self._beside = np.concatenate([self._beside, beside])
            self._endings |= {row: card.ending for row, card in fresh.items()}
            before = set(beside[beside[:, 2] == -1, 1].tolist()).difference(self._endings)
            self._endings |= sql.endings(self.connection, sorted(before))
        return bool(fresh)

    def newcomers(self) -> tuple[Around, list[Card]]:
        """Candidates taken since the last ``add``, laid out with what stands beside them."""
        known = {card.rowid for card in self.ordered}
        new = [self.cards[row] for row in sorted(self.cards.keys() - known)]
        rows = np.array([card.rowid for card in new], dtype=np.int64)
        beside = self._beside if not known else self._beside[np.isin(self._beside[:, 0], rows)]
        asking = {row for row, ending in self._endings.items() if asks(ending)}
        return around(rows, self.cards, beside, asking), new

    def add(self, cards: Sequence[Card], columns: Columns, vectors: Floats | None) -> None:
        """Keep what is known of these newcomers; ``vectors`` has a line for each."""
        first = not self.ordered
        self.ordered += cards
        self.columns = columns if first else joined(self.columns, columns)
        if vectors is not None:
            self.own = vectors if first else np.concatenate([self.own, vectors])

    def uses(self, rows: Sequence[int]) -> dict[int, list[int]]:
        """When each of these was used, UTC milliseconds; each is looked up once."""
        if new := [row for row in rows if row not in self._asked_uses]:
            self._uses |= reviews.uses(self.connection, new)
            self._asked_uses.update(new)
        return {row: self._uses[row] for row in rows if row in self._uses}

    def link(self, found: links.Links, seeds: Sequence[links.Seed]) -> None:
        """What each candidate gains by names it shares with the best ones, and by being called
        what those name."""
        rows = np.array([card.rowid for card in self.ordered], dtype=np.int64)
        told = {"linked": found.of(rows), "is_named": links.named(seeds, self.ordered)}
        self.columns = self.columns | told

    def vectors(self, laid: Around) -> Floats | None:
        """A line for each of ``laid.rows``; zeros where none is there, or none is wanted."""
        if self._vectors is None:
            return None
        leaning = self._vectors.unknown(laid.leaning)
        if self._late is not None and len(leaning):
            self._read_with_tokens(leaning)
        if len(rest := self._vectors.unknown(laid.close)):
            self._vectors.add(rest, *sql.vectors(self.connection, rest.tolist(), self.model))
        return self._vectors.of(laid.rows, 0.0)

    def late(self, laid: Around) -> Floats | None:
        """For each of ``laid.rows`` that leans on others, and the two beside each, how near its
        tokens come to each token of the question; NaN for those without. After ``vectors``."""
        return None if self._late is None else self._late.of(laid.rows, np.nan)

    def heard(self, rows: Rowids) -> tuple[Floats | None, Floats | None]:
        """For each of these ascending rows its vector, zeros where there is none, and how near
        its tokens come to each token of the question, NaN where there are none."""
        if self._vectors is None:
            return None, None
        if self._late is None:
            new = self._vectors.unknown(rows)
            self._vectors.add(new, *sql.vectors(self.connection, new.tolist(), self.model))
            return self._vectors.of(rows, 0.0), None
        if len(new := np.union1d(self._vectors.unknown(rows), self._late.unknown(rows))):
            self._read_with_tokens(new)
        return self._vectors.of(rows, 0.0), self._late.of(rows, np.nan)

    def _read_with_tokens(self, asked: Rowids) -> None:
        tokens = self.meaning.tokens
        assert self._vectors is not None and self._late is not None and tokens is not None
        rows, vectors, held = sql.vectors_and_tokens(self.connection, asked.tolist(), self.model)
        self._vectors.add(asked, rows, vectors)
        told = [(row, one) for row, one in zip(rows, held, strict=True) if one is not None]
        if told:
            best = late.best(tokens, [one for _row, one in told])
            self._late.add(asked, [row for row, _one in told], best)

    def enough(self, cards: Sequence[Card], ranked: ranking.Ranked) -> Enough | None:
        """How sure it is that the memory holds an answer, whatever number of hits is wanted.

        None where it was not fitted: without meaning, with another embedder, for another
        language than English, for a question of function words alone.
        """
        if self.meaning.tokens is None or self.question.only_common or not self.question.english:
            return None
        related = ranking.related(ranked.features)
        ordered = np.argsort(-ranked.scores, kind="stable").tolist()
        order = [place for place in ordered if related[place]]
        # The question asked again stands among the best, if anywhere.
        repeats = duplicates.Repeats(self.question.text)
        first = [p for p in order[: enough.MOST] if not only_asks(cards[p], repeats)]
        order = first + order[enough.MOST :]
        return enough.judge(self.question, self.terms, cards, ranked, order)


def only_asks(card: Card, repeats: duplicates.Repeats) -> bool:
    """Whether a turn is nothing but the question again."""
    whole = card.length == len(card.beginning)
    return card.kind is MemoryKind.TURN and whole and repeats.only(card.beginning)


def best(pool: Pool, cards: Sequence[Card], ranked: ranking.Ranked, limit: int) -> list[Found]:
    """The best, each told once, without what only asks the same; ``limit`` at most.

    What was folded for good comes as the one that stands for its group, where that is among
    the candidates, and names all the others; not where only some scopes may be used, since a
    group may hold memories of others.
    """
    if not len(ranked.scores):
        return []
    related = ranking.related(ranked.features)
    order = [place for place in np.argsort(-ranked.scores, kind="stable") if related[place]]
    page = limit + 5
    repeats = duplicates.Repeats(pool.question.text)
    place_of = {cards[place].rowid: int(place) for place in order}
    kept: list[_Kept] = []
    for at in range(0, len(order), page):
        part = [cards[place].rowid for place in order[at : at + page]]
        for new, memory_id in _standing(pool, part, place_of):
            text = new.row.memory.text
            if new.row.memory.kind is MemoryKind.TURN and repeats.only(text):
                continue
            twin = next((one for one in kept if one.says_the_same(new)), None)
            if twin is not None:
                twin.take(memory_id)
            elif len(kept) < limit:
                kept.append(new)
        if len(kept) >= limit:
            break
    _name_folded(pool.connection, kept)
    by_meaning = pool.meaning.asked is not None
    return [entry.found(ranked, by_meaning) for entry in kept]


def _standing(
    pool: Pool, part: Sequence[int], place_of: dict[int, int]
) -> Iterator[tuple[_Kept, str]]:
    """What comes for each of these rows, the one that stands for it or itself, with its id."""
    limited = pool.reach is not None
    shown = {} if limited else folds.shown_for(pool.connection, part)
    wanted = [*part, *(one for one in shown.values() if one in place_of)]
    rows = memories.by_rowids(pool.connection, list(dict.fromkeys(wanted)))
    for rowid in part:
        own, group = rows.get(rowid), shown.get(rowid)
        if own is not None:
            row = rows[group] if group in place_of and group in rows else own
            yield _Kept(place_of[row.memory.rowid], place_of[rowid], row, group), own.memory.id


def _name_folded(c: Connection, kept: Sequence[_Kept]) -> None:
    """Add what else stands in the group of each, in the list or not."""
    groups = [one.group for one in kept if one.group is not None]
    for group, ids in folds.behind(c, groups, _NAMED).items():
        for one in kept:
            if one.group == group:
                for id_ in ids:
                    one.take(id_)


@dataclass
class _Kept:
    """``place`` is its own among the candidates, ``stands`` that of the best of its group;
    ``group`` is the row that stands for it for good."""

    place: int
    stands: int
    row: MemoryWithSource
    group: int | None = None
    similar: list[str] = field(default_factory=list)

    def take(self, memory_id: str) -> None:
        """Name a memory that says the same, once."""
        if memory_id != self.row.memory.id and memory_id not in self.similar:
            self.similar.append(memory_id)

    def found(self, ranked: ranking.Ranked, by_meaning: bool) -> Found:
        found = found_at(self.place, self.row, ranked, by_meaning)
        score = round(ranking.shown(float(ranked.scores[self.stands])), 5)
        return replace(found, similar=tuple(self.similar), score=score)

    @cached_property
    def gist(self) -> duplicates.Gist:
        return duplicates.gist(self.row.memory.text)

    def says_the_same(self, other: _Kept) -> bool:
        """Facts stand for themselves; a fact and the turn it was told in are one place."""
        one, two = self.row.memory, other.row.memory
        if self.group is not None and self.group == other.group:
            return True
        if MemoryKind.FACT in (one.kind, two.kind):
            same_place = one.source_id == two.source_id and one.ref == two.ref
            return one.kind is not two.kind and same_place and one.ref is not None
        few, many = sorted((len(self.row.memory.text), len(other.row.memory.text)))
        return many < _AS_LONG * few and duplicates.same(self.gist, other.gist)


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
