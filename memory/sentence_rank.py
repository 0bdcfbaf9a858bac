"""Which of some sentences answers a question: a linear ranker of a dozen features. Pure.

Scores are log odds: two sentences whose scores differ by 1 are 2.7 to 1. What a feature cannot
say (no embedder, a language without the cues) is 0 for every sentence and changes nothing.

Comparing word by word follows ColBERT (Khattab and Zaharia, arXiv 2004.12832): every token of
the question takes its best match among the tokens of the sentence. The tokens of "who" or
"which" do so too: in context they lie close to what can answer them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memory.answer_kind import kind_fit

if TYPE_CHECKING:
    from models.embedder import TokenVectors

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Seen = Sequence["TokenVectors | None"]

# Fitted by packaging/fit_quotes.py, which says how; two digits are all that is known.
WEIGHTS: Mapping[str, float] = {
    "words": 3.4,
    "before": 2.5,
    "behind": 1.8,
    "heading": 1.0,
    "kind": 1.2,
    "memory": 10.1,
    "goes_back": 0.4,
    "tokens": 1.0,
    "rare_tokens": 7.6,
    "asking": 5.1,
    "meaning": 0.0,  # its tokens say it better; it tells only what a sentence is about
}
FEATURES = tuple(WEIGHTS)

# Where there is no meaning to look at, words alone have to be surer.
WORDS_ALONE: Mapping[str, float] = {
    "words": 8.0,
    "before": 1.5,
    "behind": 1.2,
    "heading": 1.7,
    "kind": 1.9,
    "memory": 6.4,
    "goes_back": 0.3,
}

# What of them says that a sentence is about the question at all.
_ABOUT = {"words": 1.0, "before": 0.7, "kind": 0.2, "meaning": 1.0}

# Sentences before one that tell what it is about.
_BEFORE = 5

_GOES_BACK = re.compile(
    r"(?:it|its|they|their|he|his|she|her|this|these|those|such|both|then|there|first|usually|also"
    r"|however|specifically|instead|thus|moreover|until then|as such|for (?:example|instance))\b",
    re.I,
)
_ASKING = re.compile(r"\b(?:who|whom|whose|when|where|why|how|what|which)\b", re.I)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked.

    Attributes:
        text: the question, understandable alone.
        own: the words of this question alone; the kind of answer is read from them.
        weights: its terms with their rarity.
        words: its words that carry content: start and end in ``text``, and their terms.
        seen: by the embedder; None where it is unavailable.
    """

    text: str
    own: str
    weights: Mapping[str, float]
    words: Sequence[tuple[int, int, tuple[str, ...]]]
    seen: TokenVectors | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence.

    Attributes:
        text: the sentence.
        terms: its terms.
        heading: terms of the headings above it.
        block: sentences of one number are neighbours in running text, in their order.
        memory: how well its memory was found, 1 for the best one.
    """

    text: str
    terms: frozenset[str]
    heading: frozenset[str]
    block: object
    memory: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """How well a sentence answers.

    Attributes:
        score: log odds, comparable among the sentences of one question only.
        about: 0 where the sentence has nothing to do with the question, up to 2 for one that
            has its words and its meaning.
        features: what the score was made of, (``FEATURES``,).
    """

    score: float
    about: float
    features: Numbers


def rank(asked: Asked, candidates: Sequence[Candidate], seen: Seen | None) -> list[Ranked]:
    """How well each candidate answers; in ``seen`` None stands for one not looked at."""
    table = features(asked, candidates, seen)
    given = WORDS_ALONE if seen is None or asked.seen is None else WEIGHTS
    weights = np.array([given.get(name, 0.0) for name in FEATURES])
    about = table @ np.array([_ABOUT.get(name, 0.0) for name in FEATURES])
    scores = table @ weights
    return [Ranked(*one) for one in zip(scores.tolist(), about.tolist(), table, strict=True)]


def features(asked: Asked, candidates: Sequence[Candidate], seen: Seen | None) -> Numbers:
    """(candidates, ``FEATURES``); the last four are 0 without ``seen``."""
    lines = [_by_words(asked, one, *_around(candidates, at)) for at, one in enumerate(candidates)]
    table = np.array(lines, np.float64).reshape(-1, len(FEATURES) - 4)
    meant = np.zeros((len(candidates), 4))
    if seen is not None and asked.seen is not None:
        meant = _by_meaning(asked, asked.seen, candidates, seen)
    return np.concatenate((table, meant), axis=1)


def covered(weights: Mapping[str, float], terms: frozenset[str]) -> float:
    """0 to 1: how much of the question's rarity these terms hold."""
    total = sum(weights.values()) or 1.0
    return sum(weight for term, weight in weights.items() if term in terms) / total


def goes_back(text: str) -> bool:
    """Whether a sentence begins with a word that goes back to the one before it."""
    return bool(_GOES_BACK.match(text))


def _around(candidates: Sequence[Candidate], at: int) -> tuple[frozenset[str], frozenset[str]]:
    """Terms of the sentences before one, and of the one behind it, in its running text."""
    one = candidates[at]
    before = [c.terms for c in candidates[max(0, at - _BEFORE) : at] if c.block == one.block]
    behind = [c.terms for c in candidates[at + 1 : at + 2] if c.block == one.block]
    return frozenset().union(*before), frozenset().union(*behind)


def _by_words(
    asked: Asked, one: Candidate, before: frozenset[str], behind: frozenset[str]
) -> tuple[float, ...]:
    return (
        covered(asked.weights, one.terms),
        covered(asked.weights, before - one.terms),
        covered(asked.weights, behind - one.terms),
        covered(asked.weights, one.heading - one.terms - before),
        kind_fit(asked.own, one.text),
        one.memory,
        float(bool(before) and goes_back(one.text)),
    )


def _by_meaning(
    asked: Asked,
    question: TokenVectors,
    candidates: Sequence[Candidate],
    seen: Seen,
) -> Numbers:
    """Columns "tokens", "rare_tokens", "asking", "meaning"."""
    best = _best_matches(question.vectors, [_tokens_of(one) for one in seen])
    rare = _token_weights(asked, question, _rarity(asked, candidates))
    wh = _asking_tokens(asked, question)
    return np.stack(
        (
            best.mean(axis=0) if len(best) else np.zeros(len(seen)),
            rare @ best / max(float(rare.sum()), 1e-9),
            best[wh].max(axis=0) if len(wh) else np.zeros(len(seen)),
            np.array([float(one.vector @ question.vector) if one else 0.0 for one in seen]),
        ),
        axis=1,
    )


def _tokens_of(seen: TokenVectors | None) -> Floats:
    return seen.vectors if seen is not None else np.zeros((0, 0), np.float32)


def _best_matches(question: Floats, sentences: Sequence[Floats]) -> Floats:
    """(question's tokens, sentences): the cosine of the nearest token; 0 in an empty one."""
    best = np.zeros((len(question), len(sentences)), np.float32)
    filled = [n for n, tokens in enumerate(sentences) if len(tokens)]
    if filled and len(question):
        lengths = [len(sentences[n]) for n in filled]
        starts = np.cumsum([0, *lengths[:-1]])
        cosines = question @ np.concatenate([sentences[n] for n in filled]).T
        best[:, filled] = np.maximum.reduceat(cosines, starts, axis=1)
    return best


def _rarity(asked: Asked, candidates: Sequence[Candidate]) -> dict[str, float]:
    """What each term tells these sentences apart: one that stands in all of them, nothing."""
    held = Counter(term for one in candidates for term in one.terms if term in asked.weights)
    return {
        term: float(np.log1p((len(candidates) - held[term] + 0.5) / (held[term] + 0.5)))
        for term in asked.weights
    }


def _token_weights(asked: Asked, question: TokenVectors, rarity: Mapping[str, float]) -> Floats:
    """What each token of the question counts: its word's rarity, shared among its tokens."""
    weights = np.zeros(len(question.vectors), np.float32)
    for start, end, terms in asked.words:
        inside = _inside(question, start, end)
        if len(inside):
            weights[inside] = sum(rarity.get(term, 0.0) for term in terms) / len(inside)
    return weights


def _asking_tokens(asked: Asked, question: TokenVectors) -> NDArray[np.int64]:
    match = _ASKING.search(asked.text)
    return _inside(question, *match.span()) if match else np.zeros(0, np.int64)


def _inside(seen: TokenVectors, start: int, end: int) -> NDArray[np.int64]:
    return np.flatnonzero((seen.spans[:, 0] >= start) & (seen.spans[:, 1] <= end))
