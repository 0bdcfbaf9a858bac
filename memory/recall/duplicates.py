"""Operator "duplicates": what says the same stands in one place of the list. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.understand import content_words, is_question, words_of

_ALIKE = 0.9
_LEAST_WORDS = 6
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Gist:
    """A text as it is compared: its words in order, which ones, and its numbers."""

    order: tuple[str, ...]
    words: frozenset[str]
    numbers: frozenset[str]


def gist(text: str) -> Gist:
    order = tuple(words_of(text))
    return Gist(order, frozenset(order), frozenset(_DIGITS.findall(text)))


def same(one: Gist, other: Gist) -> bool:
    """Whether two texts say the same: equal words in order, or nearly all words in common.

    Texts that differ in a number never do: "the rent is 900" is not "the rent is 950".
    """
    if one.order == other.order:
        return bool(one.order)
    few, many = sorted((len(one.words), len(other.words)))
    if few < _LEAST_WORDS or few < _ALIKE * many or one.numbers != other.numbers:
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
