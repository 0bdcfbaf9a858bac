"""Operators "fusion", "neighbours" and "strength": one score for every candidate. Pure.

Two witnesses speak for a memory, and both are absolute, so that nothing is scaled by what
happens to be the best of the day:

* words: BM25 divided by what a memory with all words of the question would get (0 to about 1.5);
* meaning: the cosine of question and memory (-1 to 1).

Each is heard twice, for the memory alone and with its neighbours, because a turn of a chat says
little by itself ("Yes, in Lisbon!"). How much a memory leans on its neighbours follows from
their length: what is as long as several passages stands for itself. Measured on LoCoMo (five
conversations): BM25 of turns 58, with these two steps 70, with the speaker 77 (recall@10); and
the result moves by less than a point when any weight below changes by a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memory import decay
from memory.protocol import MemoryState
from memory.recall.terms import Floats, Terms, bm25
from memory.store.words import Card, Rowids
from memory.understand import Question, words_of

# What a neighbour adds, at most, to a memory that leans on it.
NEIGHBOURS = 0.67
# Characters of a memory and its neighbours at which it leans on them half as much.
LEAN_LENGTH = 1000.0
# Beyond this it does not lean at all, and its neighbours need not be read.
LEAN_MOST = 2000.0
# Meaning with neighbours: their vectors count half.
BESIDE = 0.5

SPEAKER = 0.3  # the question names who said it
PHRASE = 0.3  # it holds a quoted phrase
TIME = 0.1  # it happened when the question says
KIND = 0.1  # it is of a kind the question names
ASKS = -0.1  # it only asks itself
LINKED = 0.8  # it shares a rare name with the best candidates, and stands for itself

DORMANT = 0.9
MARKED_WRONG = 0.5
IMPORTANCE = 0.1

# Below this cosine, and without a word in common, a memory has nothing to do with a question.
UNRELATED = 0.2

_NOBODY = frozenset("user person human you me assistant ai system model tool".split())


@dataclass(frozen=True, slots=True)
class Around:
    """Candidates (ascending rows) with their neighbours, as places in ``rows``; -1 is none."""

    rows: Rowids  # candidates and neighbours, ascending
    at: Rowids  # of each candidate
    before: Rowids
    after: Rowids
    lengths: Floats  # of every row, characters
    together: Floats  # of each candidate with its neighbours


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores and features, one place for each candidate."""

    scores: Floats
    features: dict[str, Floats]


def around(
    candidates: Rowids, cards: dict[int, Card], beside: Sequence[tuple[int, int, int, int]]
) -> Around:
    """Lay out candidates and neighbours for array work.

    ``beside`` holds (candidate, neighbour, side, length of the neighbour).
    """
    together = {row: card.length for row, card in cards.items()}
    for row, _neighbour, _side, chars in beside:
        together[row] += chars
    length = {row: card.length for row, card in cards.items()}
    near = [entry for entry in beside if together[entry[0]] <= LEAN_MOST]
    length.update((neighbour, chars) for _row, neighbour, _side, chars in near)
    rows = np.array(sorted(length), dtype=np.int64)
    before = np.full(len(candidates), -1, dtype=np.int64)
    after = np.full(len(candidates), -1, dtype=np.int64)
    if near:
        found = np.array(near, dtype=np.int64)
        place = np.searchsorted(candidates, found[:, 0])
        neighbour = np.searchsorted(rows, found[:, 1])
        earlier = found[:, 2] < 0
        before[place[earlier]] = neighbour[earlier]
        after[place[~earlier]] = neighbour[~earlier]
    return Around(
        rows=rows,
        at=np.searchsorted(rows, candidates),
        before=before,
        after=after,
        lengths=np.array([length[row] for row in rows.tolist()], dtype=np.float32),
        together=np.array([together[row] for row in candidates.tolist()], dtype=np.float32),
    )


def rank(
    question: Question,
    terms: Terms,
    asked: Floats | None,
    vectors: Floats | None,
    laid: Around,
    cards: Sequence[Card],
    now_ms: int,
    strength_weight: float,
    linked: Floats | None = None,
) -> Ranked:
    """Score every candidate.

    ``vectors`` has a line for each of ``laid.rows`` (zeros where a memory has none yet), or is
    None when meaning is unavailable, as is ``asked``, the question's own vector. ``linked`` is
    what each candidate gains by names it shares with the best ones.
    """
    lean = NEIGHBOURS / (1 + (laid.together / LEAN_LENGTH) ** 2)
    lean[laid.together > LEAN_MOST] = 0.0
    words, words_near = _by_words(terms, laid)
    features = {"words": words, "words_near": words_near, "lean": lean}
    scores = (1 - lean) * words + lean * words_near
    if asked is not None and vectors is not None:
        meaning, meaning_near = _by_meaning(asked, vectors, laid)
        features |= {"meaning": meaning, "meaning_near": meaning_near}
        scores = scores + (1 - lean) * meaning + lean * meaning_near
    signs = _signs(question, terms, cards)
    for name, weight in _SIGNS.items():
        scores = scores + weight * signs[name]
    if linked is not None:
        features["linked"] = linked
        among = (laid.before >= 0) | (laid.after >= 0)
        scores = scores + LINKED * np.where(among, 1 - lean, 1.0) * linked
    strength = np.array(
        [decay.retrievability(card.strength, now_ms) for card in cards], dtype=np.float32
    )
    features |= signs | {"strength": strength}
    return Ranked(scores * _standing(cards, strength, strength_weight), features)


_SIGNS = {"speaker": SPEAKER, "phrase": PHRASE, "time": TIME, "kind": KIND, "asks": ASKS}


def related(features: dict[str, Floats]) -> NDArrayBool:
    """Which candidates have anything to do with the question."""
    found = (features["words"] > 0) | (features["words_near"] > 0) | (features["phrase"] > 0)
    if "meaning" in features:
        found = found | (features["meaning"] >= UNRELATED)
    if "linked" in features:
        found = found | (features["linked"] > 0)
    return np.asarray(found, dtype=np.bool_)


NDArrayBool = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def _with_neighbours(values: Floats, laid: Around) -> Floats:
    """Values of the last axis summed over a memory and its neighbours."""
    total = values[..., laid.at].copy()
    for side in (laid.before, laid.after):
        has = side >= 0
        total[..., has] += values[..., side[has]]
    return total


def _by_words(terms: Terms, laid: Around) -> tuple[Floats, Floats]:
    if not terms.terms:
        none = np.zeros(len(laid.at), dtype=np.float32)
        return none, none
    counts, weights = terms.counts(laid.rows), terms.weights()
    own = laid.lengths[laid.at]
    alone = bm25(counts[:, laid.at], own, float(own.mean()), weights)
    together, average = laid.together, float(laid.together.mean())
    near = bm25(_with_neighbours(counts, laid), together, average, weights)
    ideal = max(terms.ideal, 1e-6)
    return alone / ideal, near / ideal


def _by_meaning(asked: Floats, vectors: Floats, laid: Around) -> tuple[Floats, Floats]:
    alone = vectors[laid.at] @ asked
    summed = vectors[laid.at].copy()
    for side in (laid.before, laid.after):
        has = side >= 0
        summed[has] += BESIDE * vectors[side[has]]
    norms = np.linalg.norm(summed, axis=1)
    return alone, (summed @ asked) / np.maximum(norms, 1e-6)


def _signs(question: Question, terms: Terms, cards: Sequence[Card]) -> dict[str, Floats]:
    span, kinds = question.span, question.kinds
    held: set[int] = set()
    for rows in terms.phrases:
        held.update(rows.tolist())
    named: dict[str | None, bool] = {None: False}

    def names(speaker: str | None) -> bool:
        if speaker not in named:
            name = set(words_of(speaker or "")) - _NOBODY
            named[speaker] = not name.isdisjoint(question.folded)
        return named[speaker]

    def when(card: Card) -> bool:
        return span is not None and span.start_ms <= card.when_ms < span.end_ms

    columns = {
        "speaker": [names(card.speaker) for card in cards],
        "phrase": [card.rowid in held for card in cards],
        "time": [when(card) for card in cards],
        "kind": [card.kind in kinds for card in cards],
        "asks": [card.ending.rstrip(" \n\"'”’)").endswith(("?", "？")) for card in cards],
    }
    return {name: np.array(column, dtype=np.float32) for name, column in columns.items()}


def _standing(cards: Sequence[Card], strength: Floats, weight: float) -> Floats:
    """Factor of what the memory is, whatever the question: strength, importance, verdicts."""
    factor = 1 - weight + weight * strength
    factor *= np.array([1 + IMPORTANCE * (card.importance - 0.5) for card in cards])
    factor[[card.state is MemoryState.DORMANT for card in cards]] *= DORMANT
    factor[[card.marked_wrong for card in cards]] *= MARKED_WRONG
    return np.asarray(factor, dtype=np.float32)
