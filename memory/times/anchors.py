"""Distances from an event: "two weeks before the wedding", "the day after my move". Pure.

When the event was is for the memory to say (``memory.recall.anchors``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from memory import languages
from memory.times.days import ONE, Days, one
from memory.times.meanings import shifted
from memory.times.tokens import Token

# How far "two weeks before" may be off, in days either way.
_SLACK = {"day": 0, "week": 7, "weekend": 7, "month": 15, "quarter": 45, "year": 120}
_FEW = 3
_MOST_WORDS = 6
# Words that may stand inside the name of an event; others without content end it.
_INSIDE = frozenset(
    "of to in with from the a an my our his her their de du des la le les l d el del los mi en"
    " mon ma mes notre der die das dem den mein meine meinem meiner unser unsere unserem unserer"
    " von vom nach mit".split()
)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far from an event.

    Attributes:
        unit, count: how far; count 0 is the unit next to the event ("the week after"). Of a
            "weekday" the count is its number, 0 for Monday.
        direction: -1 before, 1 after, 0 the unit that holds the event ("the day of").
        first: the token the event begins at.
    """

    unit: str
    count: int
    direction: int
    first: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """A distance from an event.

    Attributes:
        begin, end, text: its characters in the question.
        event: words of the event that carry content, folded, in order.
    """

    begin: int
    end: int
    text: str
    event: tuple[str, ...]
    far: Distance


def around(event: Distance, day: date) -> Days:
    """The days meant, the event being on ``day``."""
    if event.direction and event.unit == "weekday":
        return one(_weekday(day, event.count, event.direction))
    if event.direction and event.unit == "weekend" and event.count == 0:
        saturday = _weekday(day, 5, event.direction)
        saturday -= 7 * ONE * (event.direction < 0 and day - saturday < 2 * ONE)
        return Days(saturday, saturday + 2 * ONE)
    if event.direction == 0:
        return Days(day, shifted(day, 1, event.unit)) if event.unit != "week" else _week_of(day)
    if event.count == 0:
        if event.direction < 0:
            return Days(shifted(day, -1, event.unit), day)
        return Days(day + ONE, shifted(day, 1, event.unit) + ONE)
    middle = shifted(day, event.direction * event.count, event.unit)
    slack = timedelta(days=_SLACK[event.unit])
    begin, end = middle - slack + (ONE if slack else slack), middle + slack + ONE
    if event.direction < 0:
        return Days(begin, min(end, day))
    return Days(max(begin, day + ONE), end)


def _weekday(day: date, number: int, direction: int) -> date:
    """The nearest such weekday before or after a day, never the day itself."""
    away = (number - day.weekday()) * direction % 7 or 7
    return day + direction * away * ONE


def _week_of(day: date) -> Days:
    monday = day - day.weekday() * ONE
    return Days(monday, monday + 7 * ONE)


def anchored(
    text: str, tokens: Sequence[Token], at: int, far: Distance, language: str
) -> tuple[int, Anchored] | None:
    """The place after a distance that begins here, and what it is; None without an event."""
    words, after = _event(tokens, far.first, language)
    if not words:
        return None
    begin, end = tokens[at].begin, tokens[after - 1].end
    return after, Anchored(begin, end, text[begin:end], words, far)


def distance(tokens: Sequence[Token], at: int) -> Distance | None:
    """A number of units and "before" or "after", or the one next to an event."""
    meanings = tokens[at].meanings
    if "eve" in meanings or "nextday" in meanings:
        return Distance("day", 0, -1 if "eve" in meanings else 1, at + 1)
    count, here = 0, at
    if "num" in meanings or "few" in meanings:
        count = int(meanings["num"]) if "num" in meanings else _FEW
        here += 1
    else:
        while here < len(tokens) and _leads(tokens[here]):
            here += 1
    if here + 1 >= len(tokens):
        return None
    named = tokens[here].meanings
    weekday = named.get("weekday")
    unit = "weekday" if weekday is not None else named.get("unit")
    plain = here == at or (here == at + 1 and ("the" in meanings or count))
    # "In the week before" is found at "the"; "on the Sunday before" would be a Sunday there.
    if unit is None or not (plain or unit in ("weekday", "weekend")):
        return None
    relation = tokens[here + 1].meanings
    if "before" in relation or "after" in relation:
        direction = -1 if "before" in relation else 1
    elif plain and unit != "weekday" and count == 0 and here > at and "of" in relation:
        direction = 0
    else:
        return None
    if direction == 0 and tokens[here + 1].word == ",":
        return None
    return Distance(str(unit), weekday if weekday is not None else count, direction, here + 2)


def _leads(token: Token) -> bool:
    """Whether it stands before a unit or a weekday: on the, last, the."""
    return bool(token.meanings.keys() & {"the", "prep", "rel"}) and "weekday" not in token.meanings


def _event(tokens: Sequence[Token], first: int, language: str) -> tuple[tuple[str, ...], int]:
    """Content words of what follows, as far as it is one name of something, and the place
    after it: up to a mark, a verb that helps, a time, or, in German, a word that is no noun."""
    words: list[str] = []
    capitals, last, at = False, first, first
    while at < len(tokens) and len(words) < _MOST_WORDS:
        token = tokens[at]
        if token.word not in _INSIDE and "the" not in token.meanings:
            helps = languages.is_function_word(token.word, language)
            verb = capitals and not token.capital and language == "de"
            if token.stop or token.word == "," or helps or verb or _is_time(token):
                break
            words.append(token.word)
            capitals = capitals or token.capital
            last = at + 1
        at += 1
    return tuple(words), last


def _is_time(token: Token) -> bool:
    return bool(token.meanings.keys() & {"unit", "now", "year", "date", "day", "rel", "relpost"})
