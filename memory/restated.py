"""Whether two sentences say the same thing with other figures: a rent that went up. Pure."""

from __future__ import annotations

import re
from typing import Protocol

# Words and figures that both must share, and how much of the shorter sentence they are.
_LEAST_SHARED = 3
_LEAST_SHARE = 0.6

# As stems: "may" and "tuesday" end in an i there.
_FIGURE = re.compile(
    r"\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelv|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenti|thirti|forti|fifti|sixti|seventi|eighti|nineti"
    r"|hundr|thousand|million|half|januari|februari|march|april|mai|june|juli|august|septemb|octob"
    r"|novemb|decemb|(?:mon|tues|wednes|thurs|fri|satur|sun)dai)\Z"
)


class Said(Protocol):
    """A sentence with its terms, as the keyword index has them."""

    @property
    def text(self) -> str: ...

    @property
    def terms(self) -> frozenset[str]: ...


def is_restated(one: Said, other: Said) -> bool:
    """Whether both are about the same and each gives a figure, a date or a day the other has
    not. The same figures in other words are no news, and a figure more is none either."""
    figures, others = _figures(one), _figures(other)
    if not figures - others or not others - figures:
        return False
    words, rest = one.terms - figures, other.terms - others
    shared = len(words & rest)
    return shared >= _LEAST_SHARED and shared >= _LEAST_SHARE * min(len(words), len(rest))


def _figures(said: Said) -> frozenset[str]:
    return frozenset(term for term in said.terms if _FIGURE.match(term))
