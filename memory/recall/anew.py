"""Operator "told anew": of memories that answer the same question, the latest stands first. Pure.

"The rent is 640" and, a year later, "the rent went up to 695" both hold what is asked for, and
the words decide by chance which ranks above. So a later memory that says anew what an older one
above it says takes the place just above that one. Nothing is taken from the older one: what
was true before stays right below, and where the two speak of different things after all, hardly
anything moves.

Only a question about how something is now is better served so, and only two memories that by
themselves say what is asked, in its words and by their meaning, can say it anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.clock import DAY_MS
from memory.recall import cues
from memory.recall.ranking import Ranked
from memory.recall.terms import Floats, Terms
from memory.store.words import Card
from memory.understand import Question, words_of

# The best so many are looked at.
BEST = 30
# Each of the two must say what is asked: the share of what the question's words tell, 1 at most,
# and the cosine with it come to this together.
SAID = 1.1
# How near the two must be to each other (cosine).
ALIKE = 0.35
# Share of the question's words in the older one that the later one may say otherwise.
LOST = 0.45
# What the later one may be further from the question than the older, and how far below it (logits).
FURTHER, BELOW = 0.25, 4.0
_JUST_ABOVE = 1e-3

_CAPITALS = re.compile(r"(?<=[\w,;:'’] )[A-ZÀ-ÖØ-Þ][\w'’-]+")

Pairs = NDArray[np.bool_]


def can_be(question: Question) -> bool:
    """Whether a question is better answered by what was said last: it is about the present."""
    return not question.times and cues.asks_present(question.text)


def lifts(
    question: Question, terms: Terms, vectors: Floats, cards: Sequence[Card], ranked: Ranked
) -> Floats:
    """What each candidate gains, (n,); ``vectors`` has a line for each of the ``cards``."""
    gained = np.zeros(len(cards), dtype=np.float32)
    if terms.terms and can_be(question):
        best = np.argsort(-ranked.scores, kind="stable")[:BEST]
        some = [cards[place] for place in best]
        found = pairs(question, terms, vectors[best], some, ranked.features["meaning"][best])
        gained[best] = risen(ranked.scores[best], found) - ranked.scores[best]
    return gained


def risen(scores: Floats, pairs: Pairs) -> Floats:
    """Scores with every later memory just above the best of those it says anew."""
    found = scores.copy()
    for _round in scores:  # a fact told anew twice rises twice; nothing is later than itself
        behind = found[:, None] - found[None, :]
        above = np.where(pairs & (behind >= 0) & (behind < BELOW), found[:, None], -np.inf)
        raised = np.maximum(found, above.max(axis=0, initial=-np.inf) + _JUST_ABOVE)
        if (raised == found).all():
            break
        found = raised
    return np.asarray(found, dtype=np.float32)


def pairs(
    question: Question, terms: Terms, vectors: Floats, cards: Sequence[Card], meaning: Floats
) -> Pairs:
    """Whether each candidate (a column) says anew what another one (a line) says, (n, n).

    It was said on a later day, holds most of the words of the question that the older one holds,
    by rarity, and every name: what is true of Ann is not told anew of Bob.
    """
    when = np.array([card.when_ms for card in cards], dtype=np.int64)
    weights = terms.weights()
    says = terms.counts(np.array([card.rowid for card in cards], dtype=np.int64)) > 0
    worth = weights @ says
    full = np.minimum(worth / max(terms.ideal, 1e-6), 1.0) + meaning >= SAID
    lost = (weights[:, None] * says).T @ ~says / np.maximum(worth, 1e-6)[:, None]
    names = _name_stems(question, terms)
    named = says[[term.text in names for term in terms.terms]].astype(np.float32)
    found = (when[None, :] - when[:, None] >= DAY_MS) & full[:, None] & full[None, :]
    found &= (lost <= LOST) & (named.T @ (1 - named) == 0)
    found &= vectors @ vectors.T >= ALIKE
    found &= meaning[None, :] >= meaning[:, None] - FURTHER
    return np.asarray(found, dtype=np.bool_)


def _name_stems(question: Question, terms: Terms) -> set[str]:
    """Terms that are names: capitals inside the question."""
    names = {word for name in _CAPITALS.findall(question.text) for word in words_of(name)}
    return {
        term.text
        for term in terms.terms
        if any(name.startswith(term.text) and len(name) - len(term.text) <= 2 for name in names)
    }
