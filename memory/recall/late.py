"""Operator "tokens": a question compared with short texts token by token (MaxSim). Pure.

Each word of the question looks for the token that means most nearly the same, in the text
itself, in the one before, and in those around it; the mean, weighted by how rare the words are,
is what these say about the question (late interaction, Khattab and Zaharia, ColBERT, arXiv
2004.12832).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.recall.around import WIDE, Around
from memory.recall.terms import Floats, Terms
from memory.store.words import Rowids
from memory.understand import is_function_word, words_of
from models.token_vectors import SCALE, AskedTokens

# What a word of no content of its own counts, and one that stands nowhere in memory.
_FUNCTION = 1.0
_UNKNOWN = 6.0

Tokens = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Compared:
    """What the tokens say of each candidate, (n,) each: -1 to 1; NaN where it has no tokens.

    Attributes:
        alone: by its own tokens.
        wide: by its own and those of up to four on either side, as far as their tokens were read.
        led: by its own and those of the one just before it.
        before: by those of the one just before it alone.
    """

    alone: Floats
    wide: Floats
    led: Floats
    before: Floats


def weights(
    question: str,
    asked: AskedTokens,
    terms: Terms,
    stems: Callable[[Sequence[str]], list[tuple[str, ...]]],
    speakers: frozenset[str] = frozenset(),
) -> Floats:
    """Weight of each token of the question: the rarity of the word it belongs to; sums to 1.

    Names of ``speakers``, folded, weigh nothing: a turn that holds one is mostly said by somebody
    else, to that person.
    """
    rarity = {term.text: term.idf * term.weight for term in terms.terms}
    words = [_word_at(question, *span) for span in asked.spans]
    stem = dict(zip(words, stems(words), strict=True))

    def weight(word: str) -> float:
        if not speakers.isdisjoint(words_of(word)):
            return 0.0
        if all(is_function_word(part) for part in words_of(word)):
            return _FUNCTION
        known = [rarity[one] for one in stem[word] if one in rarity]
        common = any(one in terms.common for one in stem[word])
        return max(known) if known else _FUNCTION if common else _UNKNOWN

    found = np.array([weight(word) for word in words], dtype=np.float32)
    return found / max(float(found.sum()), 1e-6)


def best(asked: AskedTokens, texts: Sequence[Tokens]) -> Floats:
    """How near each text comes to each token of the question, with the token of its own that is
    nearest: (texts, tokens of the question), -1 to 1. No text may be without tokens."""
    starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
    alike = np.concatenate(texts).astype(np.float32) @ (asked.vectors.T / SCALE)
    return np.asarray(np.maximum.reduceat(alike, starts, axis=0), dtype=np.float32)


def compare(near: Floats, weight: Floats, laid: Around) -> Compared:
    """Compare every candidate; ``near`` is what ``best`` says of each of ``laid.rows``, NaN where
    that is not known."""
    alone = near[laid.at]
    beside = [_of(near, line) for line in laid.beside]
    before = beside[WIDE - 1]
    wide, led = np.fmax.reduce([alone, *beside]), np.fmax(alone, before)
    with np.errstate(invalid="ignore"):  # NaN is meant: nothing known
        return Compared(*(near @ weight for near in (alone, wide, led, before)))


def _of(near: Floats, places: Rowids) -> Floats:
    """The lines at these places; NaN where there is none (-1)."""
    found = near[places]
    found[places < 0] = np.nan
    return found


def _word_at(text: str, start: int, end: int) -> str:
    """The whole word around a token."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]
