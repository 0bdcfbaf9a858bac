"""What the wording of a text tells, whatever it is about: a time, a number, a name. Pure.

A question that begins with "when" is answered by a text that names a time, "how many" by one
with a number; a turn with names in it tells more than one without. Written for English; in other
languages digits and capitals still speak, and where nothing speaks all candidates stay equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memory.recall.terms import Floats

# Of texts in small letters: four times as fast as looking for both.
_TIME = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|yesterday|today|tomorrow|tonight|ago|weekend"
    r"|spring|summer|autumn|fall|winter|christmas|easter|birthday|recently|just"
    r"|(?:last|next|this|every|past|each|other|few|couple of|\d+|two|three|four|five|six)"
    r" (?:night|days?|weeks?|months?|years?|time))\b"
    r"|\b(?:1\d|20)\d\d\b|\b\d{1,2}[:./]\d\d\b"
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty"
    r"|forty|fifty|hundred|thousand|million|once|twice|couple|several|both)\b"
)
_CAPITAL = re.compile(r"(?<=[\w,;:'’] )[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][\w'’-]+|\"[^\"]+\"|“[^”]+”")
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|I'd|I’m|I’ve|my|we|we're|our|me|us|mine)\b")
_MOST_CAPITALS = 4.0

_ASKS_TIME = re.compile(
    r"\bwhen\b|\bhow (?:long|soon|often)\b|\b(?:what|which) (?:year|day|date|month|time)\b", re.I
)
_ASKS_NUMBER = re.compile(r"\bhow (?:many|much|old|far|tall|big|long|often)\b", re.I)
# "What instruments", "which of his books": plurals, and words that say so.
_ASKS_SEVERAL = re.compile(
    r"\b(?:what|which)"
    r"(?: (?:are|were|have been)\b"
    r"|(?: \w+){0,2}? (?!(?:does|was|has|this|his|its|always)\b)\w{2,}[^s\W]s\b)"
    r"|\b(?:all|both|each|every|various|different|several)\b|\bhow many\b",
    re.I,
)
_PRESENT = re.compile(r"\b(?:is|are|am|does|do|has|have)\b|[’']s\b", re.I)
_PAST = re.compile(
    r"\b(?:did|was|were|had|used to|originally|formerly|previous(?:ly)?|earlier|before|back then"
    r"|in the past|former|old|at first|first|until|ago|history|changed?)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Asks:
    """What kind of thing a question asks for."""

    time: bool
    number: bool


def asks(question: str) -> Asks:
    return Asks(bool(_ASKS_TIME.search(question)), bool(_ASKS_NUMBER.search(question)))


def asks_several(question: str) -> bool:
    """Whether a question asks for more than one thing."""
    return _ASKS_SEVERAL.search(question) is not None


def asks_present(question: str) -> bool:
    """Whether a question is about how something is, not how it was or how it changed."""
    return _PRESENT.search(question) is not None and _PAST.search(question) is None


def asks_past(question: str) -> bool:
    """Whether a question is about how something was or how it changed."""
    return _PAST.search(question) is not None


class Wording:
    """Looks at each text once, and only for what the question makes worth looking for."""

    def __init__(self, question: str) -> None:
        self._asks = asks(question)
        self._seen: dict[int, tuple[bool, bool, float, bool]] = {}

    def columns(
        self, rows: Sequence[int], texts: Sequence[str], turns: Floats
    ) -> dict[str, Floats]:
        """One place for each row: a time or a number where one is asked for; of turns, the share
        of names, and whether it says I or we."""
        for row, text, turn in zip(rows, texts, turns.tolist(), strict=True):
            if row not in self._seen:
                self._seen[row] = self._look(text, turn > 0)
        found = np.array([self._seen[row] for row in rows], dtype=np.float32).reshape(-1, 4)
        return {
            "times_asked": found[:, 0],
            "numbers_asked": found[:, 1],
            "capitals": found[:, 2],
            "first_person": found[:, 3],
        }

    def _look(self, text: str, turn: bool) -> tuple[bool, bool, float, bool]:
        return (
            self._asks.time and _TIME.search(text.lower()) is not None,
            self._asks.number and _NUMBER.search(text.lower()) is not None,
            min(len(_CAPITAL.findall(text)), _MOST_CAPITALS) / _MOST_CAPITALS if turn else 0.0,
            turn and _FIRST_PERSON.search(text) is not None,
        )
