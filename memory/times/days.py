"""Whole days of the calendar, and what spans of them are called. Pure.

Weeks begin on Monday (ISO 8601). Seasons are those of meteorologists in the northern half of
the world: spring is March to May. Winter belongs to the year its December is in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from memory.clock import to_ms

ONE = timedelta(days=1)
SPRING, SUMMER, AUTUMN, WINTER = range(4)
SEASON_NAMES = ("spring", "summer", "autumn", "winter")


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, UTC milliseconds, end exclusive; None where it is open."""

    start_ms: int | None
    end_ms: int | None

    def holds(self, ms: int) -> bool:
        return (self.start_ms is None or self.start_ms <= ms) and (
            self.end_ms is None or ms < self.end_ms
        )


@dataclass(frozen=True, slots=True)
class Days:
    """Days from ``begin`` to before ``end``; None where it is open."""

    begin: date | None
    end: date | None

    @property
    def length(self) -> int:
        """Days; an open span counts as longer than any other."""
        if self.begin is None or self.end is None:
            return 1_000_000
        return (self.end - self.begin).days

    def span(self, zone: tzinfo | None) -> Span:
        """From the first midnight to the last in this time zone, the machine's own for None."""
        return Span(_midnight(self.begin, zone), _midnight(self.end, zone))


def _midnight(day: date | None, zone: tzinfo | None) -> int | None:
    return None if day is None else to_ms(datetime(day.year, day.month, day.day, tzinfo=zone))


def one(day: date) -> Days:
    return Days(day, day + ONE)


def month(year: int, number: int) -> Days:
    return Days(date(year, number, 1), later(date(year, number, 1), 1))


def months(year: int, first: int, count: int) -> Days:
    begin = date(year, first, 1)
    return Days(begin, later(begin, count))


def year(number: int) -> Days:
    return Days(date(number, 1, 1), date(number + 1, 1, 1))


def week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=7))


def quarter(number: int, of: int) -> Days:
    return months(of, 3 * number - 2, 3)


def season(which: int, of: int) -> Days:
    return months(of, 3 + 3 * which, 3)


def later(day: date, count: int) -> date:
    """So many months later; the last day of a month that is too short for it."""
    number = day.year * 12 + day.month - 1 + count
    first = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - ONE)


def third(days: Days, which: int) -> Days:
    """The beginning (-1), middle (0) or end (1) of a closed span: a third of it each, of a
    month ten days, of a year four months."""
    begin, end = days.begin, days.end
    assert begin is not None and end is not None
    if begin.day == end.day == 1 and (count := _months_between(begin, end)) % 3 == 0:
        cuts = [later(begin, count // 3), later(begin, 2 * count // 3)]
    else:
        cuts = [begin + timedelta(days=days.length * part // 3) for part in (1, 2)]
    edges = [begin, *cuts, end]
    return Days(edges[which + 1], edges[which + 2])


def _months_between(begin: date, end: date) -> int:
    return (end.year - begin.year) * 12 + end.month - begin.month


def easter(of: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm in Meeus, "Astronomical
    Algorithms", 1991)."""
    a, b, c = of % 19, of // 100, of % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    last = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * last) // 451
    number, day = divmod(h + last - 7 * m + 114, 31)
    return date(of, number, day + 1)


def feast(name: str, of: int) -> Days:
    """Christmas is 24 to 26 December, Easter is Good Friday to Easter Monday."""
    if name == "easter":
        sunday = easter(of)
        return Days(sunday - 2 * ONE, sunday + 2 * ONE)
    first, count = {
        "christmas": (date(of, 12, 24), 3),
        "new year's eve": (date(of, 12, 31), 1),
        "new year": (date(of, 1, 1), 1),
        "halloween": (date(of, 10, 31), 1),
    }[name]
    return Days(first, first + count * ONE)
