"""Operator "enough": how likely it is that the memory holds an answer at all. Pure.

The ranker says which memory is likeliest, never that none is. Here a few general signs of the
question and its best candidates go into a logistic regression: how much of the question, by
rarity, the best memories hold, how near in meaning the nearest stands, what the ranker gave the
best, which names and numbers of the question are missing from it, and, where somebody who speaks
in the memories is asked about, whether what fits was said of that person or of another. The
weights are fitted by ``packaging/fit_confidence.py``. Gap and spread of the scores, and whether
the kind of thing asked for is there, were tried and added nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from memory.recall import enough_weights
from memory.recall.ranking import Ranked
from memory.recall.terms import Floats, Terms
from memory.store.words import Card
from memory.understand import Question, words_of

# The best so many candidates have to hold what is asked.
FEW = 3
# Turns heard when it is asked whom what fits was said of, and how evenly.
MOST = 24
EVENLY = 2.0
# Logits a turn loses, as evidence of who is meant, when it only asks.
ASKING = 2.0
FARTHEST = 4.0
_SUREST = 30.0

# Every form of a sign that may be weighed, and whether more of it speaks for an answer. A form
# "x*lean" is heard as much as the best candidates are short turns of a chat, "x*alone" as much
# as they are not.
SIGNS: dict[str, int] = {
    "held*lean": 1, "held*alone": 1, "words*alone": 1, "meaning*lean": 1, "meaning*alone": 1,
    "score*lean": 1, "score*alone": 1, "tokens*lean": 1, "absent*alone": -1, "names*lean": -1,
    "names*alone": -1, "numbers": -1, "about": 1, "owner": 1,
}  # fmt: skip

_FIRST = re.compile(
    r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]y|me|mine|myself|[Ww]e|[Ww]e['’](?:re|ve|d|ll)|[Oo]ur|us|ours)\b"
)
_SECOND = re.compile(r"\b(?:you|your|yours|yourself|you['’](?:re|ve|d|ll)|u)\b", re.I)
_NAME = re.compile(r"(?<=[\w,;:'’] )[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][\w'’-]*")
_NO_NAMES = frozenset(("i", "i'm", "i've", "i'd", "i'll"))
# With the three whose stem ends otherwise.
_MONTHS = (
    "january february march april may june july august september october november december"
    " januari februari juli"
).split()
_UNITS = frozenset("day week weekend month year".split())


@dataclass(frozen=True, slots=True)
class Weights:
    """By form of a sign; below ``threshold`` nothing seems to answer."""

    weights: Mapping[str, float]
    offset: float
    threshold: float


WEIGHTS = Weights(enough_weights.WEIGHTS, enough_weights.OFFSET, enough_weights.THRESHOLD)


@dataclass(frozen=True, slots=True)
class Enough:
    """How sure it is.

    Attributes:
        confidence: chance that the memory holds an answer, 0 to 1, calibrated.
        nearest_only: nothing seems to answer; what was found is only the nearest.
        points: what each sign adds to the logit, with the "base" they begin from.
        features: every form of every sign.
    """

    confidence: float
    nearest_only: bool
    points: dict[str, float]
    features: dict[str, float]


# Nothing has anything to do with the question.
NOTHING = Enough(0.0, True, {}, {})


def judge(
    question: Question,
    terms: Terms,
    cards: Sequence[Card],
    ranked: Ranked,
    order: Sequence[int],
    weights: Weights | None = None,
) -> Enough:
    """Look at the candidates in ``order``: places of those that have to do with the question,
    best first. ``weights`` are those shipped unless others are given."""
    if not order:
        return NOTHING
    made = verdict(look(question, terms, cards, ranked, order), weights or WEIGHTS)
    return replace(made, nearest_only=False) if _plainly_there(ranked, order) else made


def verdict(features: Mapping[str, float], weights: Weights) -> Enough:
    """The confidence that signs with these values give."""
    points = {"base": weights.offset}
    for name, weight in weights.weights.items():
        plain = name.partition("*")[0]
        points[plain] = points.get(plain, 0.0) + weight * features[name]
    logit = max(-_SUREST, min(_SUREST, sum(points.values())))
    confidence = 1 / (1 + math.exp(-logit))
    told = {name: round(value, 2) for name, value in points.items() if round(value, 2)}
    return Enough(confidence, confidence < weights.threshold, told, dict(features))


def look(
    question: Question, terms: Terms, cards: Sequence[Card], ranked: Ranked, order: Sequence[int]
) -> dict[str, float]:
    """Every form of every sign."""
    columns, best = ranked.features, np.array(order[:FEW])
    words = _Words(question, terms, _asked_about(cards, columns["speaker"]))
    held = _held(terms, [cards[place] for place in order[:FEW]])
    any_of = np.logical_or.reduce(held, axis=1)
    plain = {
        "held": max(words.share(line) for line in held.T),
        "words": float(columns["words"][best].max()),
        "meaning": float(columns["meaning"][np.array(order)].max()),
        "score": float(ranked.scores[best[0]]),
        "tokens": float(columns["tokens_wide"][best].max()),
        "absent": words.absent,
        "names": words.lost(_names(question), any_of),
        "numbers": float(words.lost(words.numbers, any_of) > 0),
    }
    plain |= dict(zip(("about", "owner"), _whose(cards, ranked, order), strict=True))
    lean = float(columns["lean"][best].mean())
    return {name: _formed(plain, name, lean) for name in SIGNS}


def _formed(plain: Mapping[str, float], name: str, lean: float) -> float:
    sign, _, form = name.partition("*")
    return plain[sign] * {"": 1.0, "lean": lean, "alone": 1 - lean}[form]


def _plainly_there(ranked: Ranked, order: Sequence[int]) -> bool:
    """Whether one of the best was asked for by its time or its very words: then it was found,
    whatever the rest of the question says."""
    best = np.array(order[:FEW])
    columns = ranked.features
    return bool((columns["time"][best] >= 1).any() or columns["phrase"][best].any())


# -- words


class _Words:
    """The question's words with what each tells. Names of those who speak and words of a date
    are left out: who speaks and when are no words of a text."""

    def __init__(self, question: Question, terms: Terms, spoken: frozenset[str]) -> None:
        self._terms, self._missing = terms.terms, terms.missing
        self._spoken = spoken
        dated = bool(question.times)
        weights = terms.weights()
        counts = [
            not any(_same(term.text, name) for name in spoken)
            and not (dated and _of_date(term.text))
            for term in terms.terms
        ]
        missing = [word for word in terms.missing if not (dated and _of_date(word))]
        self._weights = weights * np.array(counts, dtype=np.float32)
        each = float(weights.max()) if len(weights) else 1.0
        away = each * (len(terms.missing) - len(missing)) + float((weights - self._weights).sum())
        found = float(self._weights.sum())
        wanted = max(terms.ideal - away, 1e-6)
        self._whole = max(wanted, found)
        self.absent = max(0.0, wanted - found) / self._whole
        self.numbers = (
            [] if dated else [word for word in question.words if any(ch.isdigit() for ch in word)]
        )

    def share(self, held: NDArray[np.bool_]) -> float:
        """Of all that the words tell, what these terms do; 0 to 1."""
        return min(1.0, float(self._weights @ held) / self._whole)

    def lost(self, words: Sequence[str], held: NDArray[np.bool_]) -> float:
        """Share of these words that the held terms lack; 0 where there are none."""
        wanted = [word for word in words if word not in self._spoken]
        if not wanted:
            return 0.0
        return sum(not self._there(word, held) for word in wanted) / len(wanted)

    def _there(self, word: str, held: NDArray[np.bool_]) -> bool:
        if word in self._missing:
            return False
        known = [at for at, term in enumerate(self._terms) if _same(term.text, word)]
        return not known or any(held[at] for at in known)  # too common to be looked up: there


def _held(terms: Terms, cards: Sequence[Card]) -> NDArray[np.bool_]:
    """Which term (a line) stands in which of these memories (a column)."""
    rows = np.array([card.rowid for card in cards], dtype=np.int64)
    ascending = np.argsort(rows)
    held = np.zeros((len(terms.terms), len(cards)), dtype=np.bool_)
    held[:, ascending] = terms.counts(rows[ascending]) > 0
    return held


def _asked_about(cards: Sequence[Card], named: Floats) -> frozenset[str]:
    """Words of the names of speakers that the question names."""
    speakers = {cards[place].speaker or "" for place in np.flatnonzero(named).tolist()}
    return frozenset(word for speaker in speakers for word in words_of(speaker))


def _names(question: Question) -> list[str]:
    """Words with a capital inside the question."""
    found = (word for name in _NAME.findall(question.text) for word in words_of(name))
    return [word for name in found if (word := name.removesuffix("'s")) not in _NO_NAMES]


def _same(stem: str, word: str) -> bool:
    """Whether a term is a form of a word, or near enough."""
    if word.startswith(stem):
        return len(word) - len(stem) <= 2 or len(stem) >= 4
    return len(stem) <= len(word) and stem[:4] == word[:4]


def _of_date(term: str) -> bool:
    """Whether a term of a question that names a time is a part of that."""
    if term.isdigit() or term in _UNITS:
        return True
    return len(term) >= 3 and any(month.startswith(term) for month in _MONTHS)


# -- persons


def _whose(cards: Sequence[Card], ranked: Ranked, order: Sequence[int]) -> tuple[float, float]:
    """Where a speaker is asked about: how much of what fits is said of that one, -0.5 to 0.5,
    and how far the best turn of theirs stands above the best of others. 0 else.

    What fits is judged without regard to who speaks, there and in the turns around. A turn that
    says "I" is about its speaker, one that says "you" about the other.
    """
    turns = [place for place in order if cards[place].speaker is not None]
    named = ranked.features["speaker"] > 0
    if not turns or not named.any():
        return 0.0, 0.0
    if {cards[place].speaker for place in turns} <= {
        cards[place].speaker for place in np.flatnonzero(named).tolist()
    }:
        return 0.0, 0.0
    regarded = (ranked.points.get(name, np.float32(0.0)) for name in ("speaker", "stretch"))
    fits = ranked.scores - sum(regarded, start=np.float32(0.0))
    places = np.array(sorted(turns, key=lambda place: -fits[place])[:MOST])
    fit, own = fits[places].astype(np.float64), named[places]
    selves = np.array([_of_itself(cards[place].beginning) for place in places.tolist()])
    odds = np.exp((fit - fit.max()) / EVENLY)
    about = float(odds @ np.where(own, selves, 1 - selves) / odds.sum()) - 0.5
    told = fit - ASKING * ranked.features["asks"][places]
    mine, others = (float(told[side].max(initial=told.min())) for side in (own, ~own))
    return about, max(-FARTHEST, min(FARTHEST, mine - others))


def _of_itself(text: str) -> float:
    """How likely a turn is about its own speaker, 0 to 1."""
    first, second = len(_FIRST.findall(text)), len(_SECOND.findall(text))
    return min(1.0, (first + 1) / (first + second + 1.4))
