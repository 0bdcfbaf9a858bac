"""Operator "candidates": the rows worth ranking exactly, from words, phrases and meaning. Pure.

A memory may be the answer without holding a word of the question: the turn after the one that
asked. So rows beside good ones are taken too. Neighbours are told here by their row number,
which is nearly always right and costs nothing; the ranking itself asks the database.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.recall import scratch
from memory.recall.terms import K1, Floats, Terms
from memory.store.words import Rowids

# More are not ranked: reading them costs more than they bring. Of the right turns of public chats
# (LoCoMo) 96 % are among these, of right passages all.
MOST = 200
# Shares of the best score from which on rows are put in order, tried one after the other.
_SHARES = (0.5, 0.25, 0.0)
# How much it counts that several ways of searching find a row, beside the best of them.
_SEVERAL = 0.3
# What is next to a memory near by meaning, as a share of that.
_NEXT_TO = 0.6
# How much a neighbour's words count when rows are picked.
_BESIDE = 0.5
# Those beside so many of the best by meaning are looked at too.
_BEST_BY_MEANING = 24
# Places before and after that belong to the same stretch of talk.
_STRETCH = 4
# A word in more memories than this stands in too many stretches to tell them apart.
_EVERYWHERE = 3_000
_LINES = 4  # numbers for each row
_DISTANCES = np.array(sorted(range(-_STRETCH, _STRETCH + 1), key=abs, reverse=True))
_WORTHS = (1 - abs(_DISTANCES) / (2 * _STRETCH)).astype(np.float32)


def choose(
    terms: Terms, near: Sequence[tuple[int, float]], allowed: Rowids | None, count: int
) -> Rowids:
    """The rows worth ranking, ascending, ``MOST`` at most or twice ``count``.

    Taken are ``count`` each of the rows with the best words of their own, with the best words
    beside them, and in the stretches that hold most of the question's words; those nearest by
    meaning (``near``: row and cosine, best first), and the rows next to the first of these. Of
    too many those stay that one way of searching finds best, or several find good.
    """
    lists = [term.rowids for term in terms.terms] + list(terms.phrases)
    size = max((int(rows[-1]) for rows in lists if len(rows)), default=0) + _STRETCH + 1
    with scratch.lines(_LINES, size) as lines:
        by_words = _word_scores(terms, allowed, lines) if any(map(len, lists)) else []
        return _chosen(by_words, near, allowed, count)


def _chosen(
    by_words: Sequence[Floats],
    near: Sequence[tuple[int, float]],
    allowed: Rowids | None,
    count: int,
) -> Rowids:
    meant = np.array([row for row, _cosine in near], dtype=np.int64)
    parts = [_top(scores, count) for scores in by_words]
    rows = np.unique(np.concatenate([*parts, meant, _beside(meant[:_BEST_BY_MEANING], allowed)]))
    most = max(MOST, 2 * count)
    if len(rows) <= most:
        return rows
    found = [_gathered(scores, rows) for scores in by_words] + [_nearness(near, rows)]
    worth = np.max(found, axis=0) + _SEVERAL * np.sum(found, axis=0)
    return np.sort(rows[np.argpartition(-worth, most)[:most]])


def _word_scores(terms: Terms, allowed: Rowids | None, lines: Sequence[Floats]) -> list[Floats]:
    """By row: what its own words score, its words with those beside it, and its stretch.
    They are written into the first of ``lines``, the last is for notes on the way."""
    scores, around, stretches, spare = lines
    scores.fill(0.0)
    for term in terms.terms:
        gain = term.idf * term.weight * (K1 + 1)
        scores[term.rowids] += gain * term.counts / (term.counts + K1)
    best = float(scores.max()) or 1.0
    for rows in terms.phrases:
        scores[rows] += best
    around[:] = scores
    np.multiply(scores, _BESIDE, out=spare)
    around[1:] += spare[:-1]
    around[:-1] += spare[1:]
    _sum_stretches(terms, stretches, spare)
    found = [scores, around, stretches]
    if allowed is not None:
        _leave_only(found, allowed)
    return found


def _gathered(scores: Floats, rows: Rowids) -> Floats:
    """The scores of these rows, the best being 1."""
    inside = rows < len(scores)
    found = np.zeros(len(rows), dtype=np.float32)
    found[inside] = scores[rows[inside]]
    return found / max(float(found.max()), 1e-6)


def _nearness(near: Sequence[tuple[int, float]], rows: Rowids) -> Floats:
    """1 for the nearest by meaning, a third for the last of them; of those beside, a share."""
    found = np.zeros(len(rows), dtype=np.float32)
    if not near:
        return found
    ordered = sorted(near)
    meant = np.array([row for row, _cosine in ordered], dtype=np.int64)
    cosines = np.array([cosine for _row, cosine in ordered], dtype=np.float32)
    span = max(float(cosines.max() - cosines.min()), 1e-6)
    height = ((cosines - cosines.min()) / span + 0.5) / 1.5
    for distance, share in ((-1, _NEXT_TO), (1, _NEXT_TO), (0, 1.0)):
        at = np.minimum(np.searchsorted(meant, rows + distance), len(meant) - 1)
        held = meant[at] == rows + distance
        found[held] = np.maximum(found[held], share * height[at[held]])
    return found


def _sum_stretches(terms: Terms, total: Floats, once: Floats) -> None:
    """Into ``total`` what each row gets for the words that stand within ``_STRETCH`` places of
    it; ``once`` is for notes.

    A word counts once for a row, wherever it stands, and the nearer the more.
    """
    total.fill(0.0)
    for term in terms.terms:
        if len(term.rowids) > _EVERYWHERE:
            continue
        # One line for each distance, the farthest first: of equal rows the last is written.
        rows = _DISTANCES[:, None] + term.rowids
        inside = (rows > 0) & (rows < len(total))
        worths = np.broadcast_to(_WORTHS[:, None], rows.shape)[inside]
        rows = rows[inside]
        once[rows] = worths
        total[rows] += term.idf * term.weight * once[rows]  # a row that comes again counts once


def _beside(rows: Rowids, allowed: Rowids | None) -> Rowids:
    """The rows next to these."""
    found = np.concatenate([rows - 1, rows + 1])
    found = found[found > 0]
    return found if allowed is None else kept(found, allowed)


def kept(rows: Rowids, allowed: Rowids) -> Rowids:
    """Those of a few rows that stand in an ascending list, which may be long: in their order."""
    if not len(allowed):
        return rows[:0]
    at = np.minimum(np.searchsorted(allowed, rows), len(allowed) - 1)
    return np.asarray(rows[allowed[at] == rows])


def _leave_only(found: Sequence[Floats], allowed: Rowids) -> None:
    """Take away what all other rows have."""
    mask = np.zeros(len(found[0]), dtype=np.float32)
    mask[allowed[: np.searchsorted(allowed, len(mask))]] = 1.0
    for scores in found:
        scores *= mask


def _top(scores: Floats, count: int) -> Rowids:
    """The best rows that score at all, ascending; of equals the newest."""
    best = float(scores.max(initial=0.0))
    rows = scores[:0].astype(np.int64)
    for share in _SHARES:  # most rows score little: they need not be put in order
        rows = np.flatnonzero(scores > share * best)
        if len(rows) >= count:
            break
    if len(rows) <= count:
        return rows
    found = scores[rows]
    last = np.partition(found, -count)[-count]
    above = rows[found > last]
    return np.sort(np.concatenate([above, rows[found == last][len(above) - count :]]))
