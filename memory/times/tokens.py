"""A question cut into the pieces that time expressions are made of. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from memory.scripts import fold
from memory.times.lexicon import WORDS
from memory.times.wordlists import Meanings

# Dates in digits, clock times (left out), quarters, numbers, words, and dashes that stand for
# "to". What an apostrophe or a hyphen joins counts as several words: l'été, mid-March.
_TOKEN = re.compile(
    r"(?P<iso>(?<![\w-])(?:19|20)\d\d-\d\d-\d\d(?![\w-]))"
    r"|(?P<dotted>(?<![\w./])\d{1,2}([./])\d{1,2}\3(?:(?:19|20)\d\d|\d\d)(?![\w/]|\.\d))"
    r"|(?P<clock>\d{1,2}(?::\d\d)+(?:\s*[ap]\.?m\b\.?)?|\d{1,2}\s*(?:[ap]\.?m\b\.?|uhr\b|h\b))"
    r"|(?P<quarter>\b[qt][1-4]\b)"
    r"|(?P<number>(?<![\w.,])(?:\d{1,2}\.(?=\s)|\d{1,4}(?:st|nd|rd|th|er|e)?)(?![\w%]|[.,]\d))"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<dash>[–—]|(?<=\s)-(?=\s)|(?<=\d)-(?=\d))"
    r"|(?P<comma>,)|(?P<stop>[?!.;:\"()])",
    re.I,
)
_MOST_WORDS = 4  # of one expression in the lexicon
_SUFFIX = re.compile(r"\D+$")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece with what it can be; ``word`` is folded, ``begin`` and ``end`` its place."""

    word: str
    begin: int
    end: int
    capital: bool
    meanings: Meanings
    stop: bool = False


def cut(text: str, language: str, sure: bool) -> list[Token]:
    """The pieces in order; expressions of several words ("il y a") are one piece. ``sure`` says
    that the text is known to be of this language."""
    return _joined([_token(match, language, sure) for match in _TOKEN.finditer(text)], language)


def _token(match: re.Match[str], language: str, sure: bool) -> Token:
    kind, text = str(match.lastgroup), match.group()
    word = fold(text)
    meanings: Meanings = {}
    if kind == "iso":
        meanings = _whole(text[:4], text[5:7], text[8:])
    elif kind == "dotted":
        meanings = _dotted(text, match.group(3), sure and language != "en")
    elif kind == "quarter":
        meanings = {"q": int(word[1])} if word[0] == ("t" if language == "fr" else "q") else {}
    elif kind == "number":
        meanings = _number(word) | WORDS[language].get(word, {})
    elif kind in ("word", "dash", "comma"):
        meanings = WORDS[language].get(word, {})
    stop = kind in ("stop", "clock")
    return Token(word, match.start(), match.end(), text[:1].isupper(), meanings, stop)


def _whole(year: str, month: str, day: str) -> Meanings:
    try:
        return {"date": date(int(year), int(month), int(day))}
    except ValueError:
        return {}


def _dotted(text: str, mark: str, day_first: bool) -> Meanings:
    """5.5.2023 is day, month, year; 5/6/2023 not always: in English it may be May or June."""
    first, second, year = text.split(mark)
    if mark == "/" and not day_first:
        if int(second) > 12:
            first, second = second, first
        elif int(first) <= 12 and first != second:
            return {}
    return _whole(year if len(year) == 4 else f"20{year}", second, first)


def _number(word: str) -> Meanings:
    digits = _SUFFIX.sub("", word)
    value, bare = int(digits), digits == word
    meanings: dict[str, Any] = {}
    if 1 <= value <= 31 and len(digits) <= 2:
        meanings["day"] = value
    if bare and len(digits) == 4 and 1900 <= value <= 2099:
        meanings["year"] = value
    if bare and 1 <= value <= 999:
        meanings["num"] = value
    if not bare and value <= 4:
        meanings["ord"] = value
    return meanings


def _joined(tokens: Sequence[Token], language: str) -> list[Token]:
    """Expressions of several words put together, the longest first."""
    words, found, at = WORDS[language], list[Token](), 0
    while at < len(tokens):
        for count in range(min(_MOST_WORDS, len(tokens) - at), 0, -1):
            part = tokens[at : at + count]
            joined = " ".join(token.word for token in part)
            if count == 1 or joined in words:
                break
        first = part[0]
        if count > 1:
            first = Token(joined, first.begin, part[-1].end, first.capital, words[joined])
        found.append(first)
        at += count
    return found
