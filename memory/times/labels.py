"""Days as people write them: "5 May 2023", "25 May – 7 June 2023", "May – July 2023". Pure."""

from __future__ import annotations

from datetime import date

from memory.times.days import ONE, Days

_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def day(when: date) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def days(span: Days) -> str:
    """A span of days, as short as it can be told."""
    if span.begin is None and span.end is None:
        return "any time"
    if span.begin is None:
        assert span.end is not None
        return f"before {_begins(span.end)}"
    if span.end is None:
        return f"from {_begins(span.begin)} on"
    first, last = span.begin, span.end - ONE
    if first.day == 1 and span.end.day == 1:
        return _whole_months(first, last)
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def _begins(when: date) -> str:
    """The moment a day begins, by the longest thing that begins then."""
    if (when.month, when.day) == (1, 1):
        return str(when.year)
    return f"{_MONTHS[when.month - 1]} {when.year}" if when.day == 1 else day(when)


def _whole_months(first: date, last: date) -> str:
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year} – {last.year}"
    ending = f"{_MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return ending
    year = "" if first.year == last.year else f" {first.year}"
    return f"{_MONTHS[first.month - 1]}{year} – {ending}"
