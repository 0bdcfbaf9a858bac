"""The kind of thing a question asks for, and whether a sentence holds one. Pure.

Read from English question words; a question without them gains no sentence anything, so other
languages are ranked by words and meaning alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from memory.understand import is_function_word

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|dozen|hundred|thousand|million|billion|half|once|twice)\b",
    re.I,
)
_DIGITS = re.compile(r"\d[\d.,]*\d|\d")
_COUNT = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty|forty|fifty|sixty|ninety|few|some|several|half)"
)
_UNITS = r"(?:second|minute|hour|day|night|week|weekend|fortnight|month|quarter|term|year|decade)s?"
_TIME = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|easter|christmas|spring|summer|autumn"
    r"|winter)\b"
    r"|\b1\d{3}s?\b|\b20\d\ds?\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\b(?:yesterday|today|tomorrow|tonight|ago|morning|noon|afternoon|evening|midnight|night"
    r"|century|centuries|decade|daily|weekly|monthly|yearly|annually|o'clock)\b"
    rf"|\b(?:last|next|this|every|each|per) {_UNITS}\b"
    rf"|\b{_COUNT}(?:[- ](?:to|or|and)[- ]{_COUNT})?[- ](?:\w+ )?{_UNITS}\b",
    re.I,
)
_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b")
# A time that says when, not for how long: it stands behind such a word.
_WHEN = re.compile(
    r"\b(?:in|on|at|by|before|after|within|until|till|since|from|between|during|around|about|every"
    r"|each)\b[^.;]{0,24}\Z",
    re.I,
)
_NAME = re.compile(
    r"\b[A-Z][\w'’-]*(?:\s+(?:(?:of|de|van|von|the|la|le|al|and|du|der)\s+)?[A-Z][\w'’.-]*)*"
)
_PLACE = re.compile(
    r"\b(?:in|at|from|near|to|of|on|between|through|across|into|outside|around|within|along"
    r"|throughout) (?:the )?([A-Z][\w'’-]+)"
)
_CALLED = re.compile(
    r"\b(?:called|known as|named|termed|referred to as|dubbed|nicknamed|titled|entitled|so-called"
    r"|the term|the name)\b|[“\"‘']\w",
    re.I,
)
_MEANS = re.compile(r"\b(?:by|through|via|using|with) (?:\w+ing|an?|the|their|its)\b", re.I)
_CAUSE = re.compile(
    r"\b(?:because|due to|since|so that|in order to|as a result|caus(?:ed?|es)|therefore|thus"
    r"|led to|reasons?|owing to|to (?:avoid|prevent|make|protect|allow|help|reduce|increase))\b",
    re.I,
)
_SHARE = re.compile(
    r"%|\bper ?cent|\b(?:half|thirds?|quarters?|majority|two-thirds|three-quarters)\b", re.I
)


def kind_fit(question: str, text: str) -> float:
    """0 to 1: how surely the text holds the kind of thing asked for; 0 where none is known."""
    for pattern, fit in _KINDS:
        if pattern.search(question):
            return fit(question, text)
    return 0.0


def _share(question: str, text: str) -> float:
    return 0.5 * bool(_SHARE.search(text)) + 0.5 * _number(question, text)


def _number(question: str, text: str) -> float:
    known = set(_DIGITS.findall(question))
    new = any(number not in known for number in _DIGITS.findall(text))
    return 0.6 * bool(_NUMBER.search(text)) + 0.4 * new


def _length(question: str, text: str) -> float:
    return 0.5 * _number(question, text) + 0.5 * bool(_TIME.search(text))


def _time(question: str, text: str) -> float:
    """1 for a year the question does not know, or a time behind "on", "within" and the like."""
    if any(year not in question for year in _YEAR.findall(text)):
        return 1.0
    best = 0.0
    for match in _TIME.finditer(text):
        if _WHEN.search(text[: match.start()]) or _WHEN.match(match.group()):
            return 0.8
        best = 0.4
    return best or 0.2 * bool(_NUMBER.search(text))


def _person(question: str, text: str) -> float:
    """A name the question does not know; the first word of a sentence is no sure name."""
    names = list(_new_names(question, text))
    several = any(" " in name for _start, name in names)
    inside = any(start > 0 for start, _name in names)
    return 0.5 * bool(names) + (0.5 if several else 0.3 * inside)


def _place(question: str, text: str) -> float:
    folded = question.casefold()
    placed = any(name.casefold() not in folded for name in _PLACE.findall(text))
    return 0.4 * any(True for _name in _new_names(question, text)) + 0.6 * placed


def _called(_question: str, text: str) -> float:
    return 0.7 * bool(_CALLED.search(text))


def _means(_question: str, text: str) -> float:
    return 0.5 * bool(_MEANS.search(text))


def _cause(_question: str, text: str) -> float:
    return 0.5 * bool(_CAUSE.search(text))


def _new_names(question: str, text: str) -> list[tuple[int, str]]:
    """Where names begin that hold a word the question does not, and the names."""
    folded = question.casefold()
    found = []
    for match in _NAME.finditer(text):
        words = (word.casefold().rstrip("'’s.") for word in match.group().split())
        if any(word not in folded and not is_function_word(word) for word in words):
            found.append((match.start(), match.group()))
    return found


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str, str], float]], ...] = tuple(
    (re.compile(pattern, re.I), fit)
    for pattern, fit in (
        (r"\bwhat (?:percent\w*|proportion|fraction|share)\b", _share),
        (r"\bhow (?:long|often|soon)\b", _length),
        (
            r"\bhow (?:many|much|old|far|tall|big|high|large|heavy|wide|deep|fast|expensive)\b"
            r"|\b(?:what|which) (?:number|amount|age|score|temperature|population|size|speed|price)"
            r"\b|\bwhat (?:does|did) .{1,60} cost\b",
            _number,
        ),
        (
            r"\bwhen\b|\b(?:what|which) (?:\w+ )?"
            r"(?:year|day|date|month|time|century|decade|period|era)s?\b",
            _time,
        ),
        (r"\bwho(?:m|se)?\b", _person),
        (
            r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|country|town|state|place|location|region"
            r"|continent|nation|area|street|river|province)\b",
            _place,
        ),
        (r"\bwhy\b", _cause),
        (r"\bhow\b", _means),
        (r"\b(?:name|called|known as|title|term|word)\b", _called),
    )
)
