"""Operator "sessions": how well a session answers as a whole, beside its best memory. Pure.

The best turn alone cannot tell that the others of its session speak of the same, so every session
of a talk gets a line of columns of its own: its best scores, the times a question names, and what
all its turns together say about the question, token by token, by meaning and by words. A linear
ranker sums them, trained by ``packaging/train_sessions.py``. Its points are on the scale of the
single memories' scores, and the mean of what is more than these is nothing: units that are no
talk, a file or a note, have only their best memories to show, and lose and gain nothing by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.recall.features import Columns
from memory.recall.terms import K1, B, Floats, Terms
from memory.store.words import Rowids

# Columns on the scale of a memory's score; their weights come to 1 together.
SCORES = ("best", "together")
# The best so many sessions are what one is compared with.
_BEST = 5
_FAR = 4.0
_EVEN = 0.02
# Meaning of a turn is heard with those beside it, which count this much.
_BESIDE = 0.5

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Heard:
    """Turns of whole sessions, session by session, in their order: (m,) each.

    Attributes:
        rows: of the database.
        session: to which one each belongs, from 0 on, ascending.
        lengths: characters.
        times: how well each fits the times the question names, 0 to 1.
        cosines: with the question, of each together with those beside it; None without meaning.
        near: how near each comes to each token of the question, (m, tokens), NaN where that is
            not known; None where the question has no tokens.
    """

    rows: Rowids
    session: Places
    lengths: Floats
    times: Floats
    cosines: Floats | None
    near: Floats | None


def columns(
    heard: Heard, count: int, terms: Terms, unnamed: Floats, token_weights: Floats | None
) -> Columns:
    """What all turns of each of ``count`` sessions say together, (count,) each. ``unnamed`` is 1
    for each term that is no speaker's name."""
    none = np.zeros(count, dtype=np.float32)
    lengths = np.bincount(heard.session, heard.lengths, minlength=count).astype(np.float32)
    found = {
        "time": _best_of(heard.times, heard.session, count, 0.0),
        "words": apart(_words(heard, lengths, terms, unnamed)),
        "near": none,
        "tokens": none,
        "length": -np.log(np.maximum(lengths, 1.0)),
    }
    if heard.cosines is not None:
        found["near"] = apart(_best_of(heard.cosines, heard.session, count, -1.0))
    if heard.near is not None and token_weights is not None:
        best = _best_of(np.nan_to_num(heard.near), heard.session, count, 0.0)
        found["tokens"] = apart(best @ token_weights)
    return {name: np.asarray(values, dtype=np.float32) for name, values in found.items()}


def by_scores(scores: Floats, session: Places, count: int) -> Columns:
    """What the scores of its memories tell of each of ``count`` units, (count,) each.

    ``session`` is that of each of the ``scores``; every unit has one at least.
    """
    best = _best_of(scores, session, count, -np.inf)
    beside_best = np.bincount(session, np.exp(scores - best[session]), count)
    return {"best": best, "together": np.asarray(best + np.log(beside_best), dtype=np.float32)}


def standing(
    scores: Columns, heard: Columns, talks: NDArray[np.bool_], weights: Mapping[str, float]
) -> Floats:
    """What each unit is worth, on the scale of the scores of single memories.

    ``talks`` tells which units are sessions of a talk; ``heard`` means nothing of the others.
    """
    every = scores | heard
    plain = sum((weights.get(name, 0.0) * every[name] for name in SCORES), start=np.float32(0.0))
    more = np.zeros(len(talks), dtype=np.float32)
    for name, weight in weights.items():
        if name not in SCORES and talks.any():
            more += weight * (every[name] - float(every[name][talks].mean())) * talks
    return np.asarray(plain + more, dtype=np.float32)


def beside(vectors: Floats, session: Places) -> Floats:
    """Each turn's vector together with those of the turns just before and after it in its
    session, of unit length; zeros stay zeros."""
    summed = vectors.copy()
    same = (session[1:] == session[:-1])[:, None]
    summed[1:] += _BESIDE * vectors[:-1] * same
    summed[:-1] += _BESIDE * vectors[1:] * same
    norms = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.maximum(norms, 1e-6), dtype=np.float32)


def apart(values: Floats) -> Floats:
    """How far each value stands from the mean of the best, in standard deviations."""
    if not len(values):
        return values
    far = (values - np.sort(values)[-_BEST:].mean()) / (values.std() + _EVEN)
    return np.asarray(np.clip(far, -_FAR, _FAR), dtype=np.float32)


def _words(heard: Heard, lengths: Floats, terms: Terms, unnamed: Floats) -> Floats:
    """BM25 of each session as one text; a term is as rare as it is among these sessions."""
    count = len(lengths)
    if not terms.terms or not len(heard.rows):
        return np.zeros(count, dtype=np.float32)
    ascending = np.argsort(heard.rows)
    found = terms.counts(heard.rows[ascending])
    session = heard.session[ascending]
    counts = np.stack([np.bincount(session, line, count) for line in found])
    held = (counts > 0).sum(axis=1)
    rarity = np.log1p((count - held + 0.5) / (held + 0.5))
    rarity *= np.array([term.weight for term in terms.terms])
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
    gains = (rarity * unnamed) @ (counts * (K1 + 1) / (counts + norm + 1e-9))
    return np.asarray(gains / max(float(rarity.sum()), 1e-6), dtype=np.float32)


def _best_of(values: Floats, session: Places, count: int, least: float) -> Floats:
    """The greatest value of each session, (count, ...)."""
    best = np.full((count, *values.shape[1:]), least, dtype=np.float32)
    np.maximum.at(best, session, values)
    return best
