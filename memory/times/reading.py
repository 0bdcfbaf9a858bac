"""What times a question names: single ones, ranges, and distances from an event. Pure.

A span understood from words only weighs; the person may make it a filter or strike it out.
Times of the day are left out: a memory is dated by its day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, tzinfo

from memory import languages
from memory.clock import to_datetime
from memory.times import labels
from memory.times.anchors import Anchored, anchored, around, distance
from memory.times.days import ONE, SEASON_NAMES, Days
from memory.times.lexicon import LANGUAGES, TRIGGERS
from memory.times.said import Said, Times, exact
from memory.times.shapes import SHAPES, Matched, match
from memory.times.tokens import Token, cut

_SURE = tuple(shape for shape in SHAPES if not shape.bare)
_UNSURE = tuple(shape for shape in _SURE if not shape.sure)
_MOST = 4


def find(
    text: str,
    words: frozenset[str],
    now_ms: int,
    language: str = "",
    zone: tzinfo | None = None,
) -> Times:
    """Times named by a text whose folded words are these, asked at ``now_ms``.

    ``zone`` is the person's; None is the machine's own. Where ``language`` does not explain a
    time, the language counts that explains the most characters.
    """
    digits = any(ch.isdigit() for ch in text)
    today = to_datetime(now_ms).astimezone(zone).date()
    best, covered = Times(), 0
    likely = language if language in LANGUAGES else languages.ENGLISH
    for name in sorted(LANGUAGES, key=lambda one: one != likely):
        may_be = digits and (name == likely or not language)
        if not may_be and words.isdisjoint(TRIGGERS[name]):
            continue
        found = _Reader(text, name, name == language, today, zone).read()
        if found.characters > covered:
            best, covered = found, found.characters
        if covered and name == language:
            break
    return best


class _Reader:
    """Goes through the tokens of one text once, from left to right."""

    def __init__(
        self, text: str, language: str, sure: bool, today: date, zone: tzinfo | None
    ) -> None:
        self._text = text
        self._language = language
        self._shapes = _SURE if sure else _UNSURE
        self._today = today
        self._zone = zone
        self._tokens = cut(text, language, sure)

    def read(self) -> Times:
        said: list[Said] = []
        events: list[Anchored] = []
        at = 0
        while at < len(self._tokens) and len(said) + len(events) < _MOST:
            try:
                after, found = self._at(at)
            except (ValueError, OverflowError):  # such a day is not in the calendar
                after, found = at + 1, None
            if isinstance(found, Said):
                said.append(found)
            elif found is not None:
                events.append(found)
            at = after
        return Times(exact(said), tuple(events))

    def _at(self, at: int) -> tuple[int, Said | Anchored | None]:
        """What begins here, and the place after it."""
        tokens = self._tokens
        far = distance(tokens, at)
        if far is not None:
            known = self._bare(far.first)  # two weeks before Christmas
            if known is not None and known[1].begin is not None:
                return known[0], self._said(at, known[0], around(far, known[1].begin))
            event = anchored(self._text, tokens, at, far, self._language)
            if event is not None:
                return event
        span = self._range(at)
        if span is not None:
            return span[0], self._said(at, *span)
        found = match(tokens, at, self._language, self._shapes)
        if found is None:
            return at + 1, None
        try:
            days = found.shape.make(found.values, self._today)
        except (ValueError, OverflowError):  # 31 February, year 0
            return found.after, None
        if days is None:
            return at + 1, None
        return found.after, self._said(at, found.after, days, _hint(found))

    def _bare(self, at: int) -> tuple[int, Days] | None:
        """A time without a preposition, the article left out, and the place after it."""
        found = self._match_bare(at)
        days = found.shape.make(found.values, self._today) if found is not None else None
        return (found.after, days) if found is not None and days is not None else None

    def _match_bare(self, at: int) -> Matched | None:
        tokens = self._tokens
        while at < len(tokens) and not _telling(tokens[at]) and _is_filler(tokens[at]):
            at += 1
        return match(tokens, at, self._language, SHAPES) if at < len(tokens) else None

    # -- ranges

    def _range(self, at: int) -> tuple[int, Days] | None:
        meanings = self._tokens[at].meanings
        if "between" in meanings and (found := self._two(at + 1, "and")):
            return found
        if "from" in meanings and (found := self._two(at + 1, "to")):
            return found
        if found := self._two(at, "to"):
            return found
        relation = next(
            (kind for kind in ("before", "after", "since", "until") if kind in meanings), None
        )
        if relation is None or (known := self._bare(at + 1)) is None:
            return None
        after, days = known
        return after, {
            "before": Days(None, days.begin),
            "after": Days(days.end, None),
            "since": Days(days.begin, None),
            "until": Days(None, days.end),
        }[relation]

    def _two(self, at: int, joiner: str) -> tuple[int, Days] | None:
        """Two times and what joins them; the first takes from the second what it does not say."""
        joint = self._find_joint(at, joiner)
        if joint is None or (last := self._match_bare(joint + 1)) is None:
            return None
        lent = {
            name: last.values[name] for name in ("month", "year", "season") if name in last.values
        }
        first = self._first(at, joint, lent)
        days = last.shape.make(last.values, self._today)
        if first is None or days is None or first.begin is None or days.end is None:
            return None
        if first.begin >= days.end:  # November to February
            first = replace(first, begin=_year_before(first.begin))
        assert first.begin is not None
        return (last.after, Days(first.begin, days.end)) if first.begin < days.end else None

    def _find_joint(self, at: int, joiner: str) -> int | None:
        """Where the joining word stands: behind a time, or behind a lone day of the month."""
        found = self._match_bare(at)
        places = [found.after] if found is not None else []
        if at < len(self._tokens) and "day" in self._tokens[at].meanings:
            places.append(at + 1)
        elif at + 1 < len(self._tokens) and _is_filler(self._tokens[at]):
            places.append(at + 2)
        for place in places:
            if place < len(self._tokens) and joiner in self._tokens[place].meanings:
                return place
        return None

    def _first(self, at: int, joint: int, lent: dict[str, int]) -> Days | None:
        found = self._match_bare(at)
        if found is not None and found.after == joint:
            mine = set(found.values)
            if "date" in mine or "now" in mine or "rel" in mine:
                lent = {}
            if "season" in mine or "month" in mine:
                lent = {name: lent[name] for name in ("year",) if name in lent}
            return found.shape.make(lent | dict(found.values), self._today)
        token = self._tokens[joint - 1]
        if "day" in token.meanings and "month" in lent:
            day = next(shape for shape in SHAPES if ("day", False) in shape.parts)
            lent.pop("season", None)
            return day.make(lent | {"day": token.meanings["day"]}, self._today)
        return None

    def _said(self, first: int, after: int, days: Days | None, hint: str = "") -> Said | None:
        if days is None:
            return None
        begin, end = self._tokens[first].begin, self._tokens[after - 1].end
        label = labels.days(days) + hint
        return Said(begin, end, self._text[begin:end], days.span(self._zone), label)


def _hint(found: Matched) -> str:
    """Seasons are not the same everywhere."""
    season = found.values.get("season")
    return f" (northern {SEASON_NAMES[season]})" if season is not None else ""


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - 366 * ONE


def _is_filler(token: Token) -> bool:
    return not token.stop and bool(token.meanings.keys() & {"the", "of", "within", "prep"})


def _telling(token: Token) -> bool:
    return bool(token.meanings.keys() - {"the", "of", "within", "prep", "from", "to", "and"})
