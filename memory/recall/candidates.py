"""Operator "candidates": the rows worth ranking exactly, from words, phrases and meaning. Pure.

A memory may be the answer without holding a word of the question: the turn after the one that
asked. So rows beside good ones are taken too. Neighbours are told here by their row number,
which is nearly always right and costs nothing; the ranking itself asks the database.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.recall.terms import K1, Floats, Terms
from memory.store.words import Rowids

# How much a neighbour's words count when rows are picked.
_BESIDE = 0.5
# Those beside so many of the best by meaning are looked at too.
_BEST_BY_MEANING = 24
# Places before and after that belong to the same stretch of talk.
_STRETCH = 4


def by_words(terms: Terms, allowed: Rowids | None, count: int) -> Rowids:
    """Rows with the best words of their own, with the best words beside them, and in the
    stretches that hold most of the question's words."""
    lists = [term.rowids for term in terms.terms] + list(terms.phrases)
    lists = [rows for rows in lists if len(rows)]
    if not lists:
        return np.zeros(0, dtype=np.int64)
    size = int(max(int(rows[-1]) for rows in lists)) + 2
    scores = np.zeros(size, dtype=np.float32)
    for term in terms.terms:
        gain = term.idf * term.weight * (K1 + 1)
        scores[term.rowids] += gain * term.counts / (term.counts + K1)
    best = float(scores.max()) or 1.0
    for rows in terms.phrases:
        scores[rows] += best
    around = scores.copy()
    around[1:] += _BESIDE * scores[:-1]
    around[:-1] += _BESIDE * scores[1:]
    wide = _stretches(terms, size)
    if allowed is not None:
        scores, around, wide = (_only(one, allowed) for one in (scores, around, wide))
    found = (_top(scores, count), _top(around, count), _top(wide, count))
    return np.unique(np.concatenate(found))


def _stretches(terms: Terms, size: int) -> Floats:
    """What each row gets for the words that stand within ``_STRETCH`` places of it.

    A word counts once for a row, wherever it stands, and the nearer the more.
    """
    total = np.zeros(size, dtype=np.float32)
    for term in terms.terms:
        once = np.zeros(size, dtype=np.float32)
        for distance in range(_STRETCH, -1, -1):
            worth = 1 - distance / (2 * _STRETCH)
            for rows in (term.rowids - distance, term.rowids + distance):
                once[rows[(rows > 0) & (rows < size)]] = worth
        total += term.idf * term.weight * once
    return total


def beside_best(meaning: Sequence[int], allowed: Rowids | None) -> Rowids:
    """Rows next to the best by meaning."""
    best = np.array(meaning[:_BEST_BY_MEANING], dtype=np.int64)
    rows = np.concatenate([best - 1, best + 1])
    rows = rows[rows > 0]
    return rows if allowed is None else np.intersect1d(rows, allowed)


def _only(scores: Floats, allowed: Rowids) -> Floats:
    kept = np.zeros_like(scores)
    inside = allowed[allowed < len(scores)]
    kept[inside] = scores[inside]
    return kept


def _top(scores: Floats, count: int) -> Rowids:
    """The best rows that score at all; of equals the newest."""
    rows = np.flatnonzero(scores)
    if len(rows) <= count:
        return rows
    found = scores[rows] + rows * (1e-4 / len(scores))
    return rows[np.argpartition(-found, count)[:count]]
