"""Whom and what a text names, told by its spelling. Pure.

Capitals in mid-sentence, or two together at a sentence's beginning; a single one there, and any
in German, where every noun is written large, only where it is known as a name. Days and months
are no names.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from memory.languages import language_of
from memory.scripts import fold
from memory.understand import is_function_word, words_of

_CAPITAL = "A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ"
_RUN = re.compile(rf"[{_CAPITAL}][\w'’-]*(?: [{_CAPITAL}][\w'’-]*)*")
_START = re.compile(r"(?:^|[.!?…:\n]|[.!?…]['\"”’»)])[\s\"'“„«(\[|-]*$")
_DATES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december montag dienstag mittwoch donnerstag"
    " freitag samstag sonnabend sonntag januar februar marz mai juni juli oktober dezember"
    " christmas easter ok okay i'm i'll i've i'd english german french spanish".split()
)
_SHORTEST = 2
_MOST = 8
GERMAN = "de"


def named(text: str, known: Collection[str] = (), most: int = _MOST) -> list[str]:
    """Names as they are written, each once, in order of their first place. ``known`` are folded
    names that count wherever they stand."""
    german = language_of(frozenset(words_of(text))) == GERMAN
    found: dict[str, str] = {}
    for match in _RUN.finditer(text):
        words = _without_ends(match.group().split())
        name = " ".join(words)
        key = fold(name)
        begins = german or _START.search(text[: match.start()]) is not None
        if len(name) >= _SHORTEST and (len(words) > 1 or not begins or key in known):
            found.setdefault(key, name)
    longer = {part for key in found if " " in key for part in key.split()}
    return [name for key, name in found.items() if " " in key or key not in longer][:most]


def _without_ends(words: list[str]) -> list[str]:
    """Without what only stands large: function words, days, and a possessive ending."""
    kept = [re.sub(r"['’]s?$", "", word) for word in words]
    while kept and _is_none(kept[0]):
        del kept[0]
    while kept and _is_none(kept[-1]):
        del kept[-1]
    return kept


def _is_none(word: str) -> bool:
    folded = fold(word.replace("’", "'"))
    return folded in _DATES or is_function_word(folded) or not any(ch.isalpha() for ch in word)
