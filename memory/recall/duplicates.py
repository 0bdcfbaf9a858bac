"""Operator "duplicates": what says the same stands in one place of the list. Pure.

The same rule folds memories for good at night (``memory.folding``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from memory.scripts import fold
from memory.times.lexicon import WORDS
from memory.understand import content_words, is_question, words_of

_ALIKE = 0.9
LEAST_WORDS = 6
_DIGITS = re.compile(r"\d+")
_CAPITAL = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][\w'’-]*")

_NEGATIONS = frozenset(
    fold(
        "not no never none nobody nothing neither nor without cannot hardly barely unless except"
        " nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder kaum"
        " ne pas jamais rien sans aucun aucune non ni nunca jamás nada sin tampoco ningún ninguna"
    ).split()
)
# Kinds of words about times that two texts cannot differ in and say the same.
_TIMES = ("month", "weekday", "season", "num", "ord", "now", "rel", "prior", "before", "after")


@lru_cache(maxsize=1)
def _figures() -> frozenset[str]:
    """Numbers, months, days and the like as words, in the languages whose times are read."""
    return frozenset(
        fold(word)
        for words in WORDS.values()
        for word, meanings in words.items()
        if " " not in word and len(word) > 2 and not meanings.keys().isdisjoint(_TIMES)
    )


@dataclass(frozen=True, slots=True)
class Gist:
    """A text as it is compared: its words in order, which ones, and what it cannot say
    otherwise: numbers, names (capitals), negations with what they deny, words for times."""

    order: tuple[str, ...]
    words: frozenset[str]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    telling: tuple[str, ...]


def gist(text: str) -> Gist:
    order = tuple(words_of(text))
    return Gist(
        order,
        frozenset(order),
        tuple(_DIGITS.findall(text)),
        tuple(fold(name) for name in _CAPITAL.findall(text)),
        _telling(order),
    )


def _telling(order: tuple[str, ...]) -> tuple[str, ...]:
    figures = _figures()
    found = []
    for place, word in enumerate(order):
        if word in _NEGATIONS or word.endswith("n't"):
            found.append(" ".join(order[place : place + 2]))
        elif word in figures:
            found.append(word)
    return tuple(found)


def same(one: Gist, other: Gist) -> bool:
    """Whether two texts say the same: equal words in order, or nearly all words in common.

    Texts that differ in a number, a name, a date or a negation never do: "the rent is 900" is
    not "the rent is 950".
    """
    if one.order == other.order:
        return bool(one.order)
    few, many = sorted((len(one.words), len(other.words)))
    if few < LEAST_WORDS or few < _ALIKE * many or one.numbers != other.numbers:
        return False
    if one.names != other.names or one.telling != other.telling:
        return False
    common = len(one.words & other.words)
    return common >= _ALIKE * (few + many - common)


class Repeats:
    """Tells whether a text is nothing but the question again, so no answer to it."""

    def __init__(self, question: str) -> None:
        self._order = words_of(question)
        self._content = frozenset(content_words(question))

    def only(self, text: str) -> bool:
        if len(text) > 4 * sum(len(word) + 2 for word in self._order) + 20:
            return False
        if words_of(text) == self._order != []:
            return True
        if not is_question(text):
            return False
        said = set(content_words(text))
        return bool(said) and said <= self._content
