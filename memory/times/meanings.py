"""What each shape of a time expression means, given the day the question is asked. Pure.

Where no year is said the latest such time that has begun is meant: people ask a memory about
the past. Every function raises ValueError or OverflowError for what is not in the calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from memory.times import days as cal
from memory.times.days import ONE, Days

Values = Mapping[str, Any]


def exact_date(v: Values, _today: date) -> Days:
    return cal.one(v["date"])


def day_month(v: Values, today: date) -> Days:
    """Without a year the last such day up to today."""
    if "year" in v:
        return cal.one(date(v["year"], v["month"], v["day"]))
    for year in range(today.year, today.year - 8, -1):  # eight years: 29 February
        if (v["month"], v["day"]) == (2, 29) and not _leap(year):
            continue
        day = date(year, v["month"], v["day"])
        if day <= today:
            return cal.one(day)
    raise ValueError("no such day")


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def now(v: Values, today: date) -> Days:
    return cal.one(today + v["now"] * ONE)


def weekday(v: Values, today: date) -> Days:
    """The last one before today; "this Tuesday" is that of this week, if it has come."""
    if "unit" in v:
        whole = unit(v, today)
        if v["unit"] != "week" or whole is None or whole.begin is None:
            return cal.one(today)
        return cal.one(whole.begin + v["weekday"] * ONE)
    back = (today.weekday() - v["weekday"]) % 7
    if back == 0 and v.get("rel") != "this":
        back = 7
    if v.get("rel") == "before last":
        back += 7
    return cal.one(today - back * ONE)


def month(v: Values, today: date) -> Days:
    if "year" in v:
        return _part(v, cal.month(v["year"], v["month"]))
    year = today.year - (v["month"] > today.month)
    if v.get("rel") == "last" and v["month"] == today.month:
        year -= 1
    return _part(v, cal.month(year, v["month"]))


def season(v: Values, today: date) -> Days:
    return _part(v, _recent(v, today, lambda year: cal.season(v["season"], year)))


def feast(v: Values, today: date) -> Days:
    return _recent(v, today, lambda year: cal.feast(v["feast"], year))


def of_that_year(v: Values, today: date) -> Days | None:
    """In May last year, Christmas this year."""
    if v["unit"] != "year" or v["rel"] == "past":
        return None
    back = {"this": 0, "last": 1, "before last": 2}[v["rel"]]
    own = {name: value for name, value in v.items() if name not in ("unit", "rel")}
    own["year"] = today.year - back
    make = month if "month" in v else season if "season" in v else feast
    return make(own, today)


def quarter(v: Values, today: date) -> Days | None:
    if "ord" in v and v.get("unit", "quarter") != "quarter":
        return None
    number = v.get("q") or v["ord"]
    return _recent(v, today, lambda year: cal.quarter(number, year))


def _recent(v: Values, today: date, of: Callable[[int], Days]) -> Days:
    """That of the year said; else the last begun, or, for "last", the last that is over."""
    if "year" in v:
        return of(v["year"])
    over = v.get("rel") == "last"
    for year in (today.year, today.year - 1):
        found = of(year)
        assert found.begin is not None and found.end is not None
        if (found.end <= today) if over else (found.begin <= today):
            return found
    return of(today.year - 2)


def year(v: Values, _today: date) -> Days | None:
    return _part(v, cal.year(v["year"])) if v.get("unit", "year") == "year" else None


def unit(v: Values, today: date) -> Days | None:
    """Last week is the week of the calendar before this one; the past week the last 7 days."""
    unit, rel = v["unit"], v.get("rel", "before last")
    back = {"this": 0, "last": 1, "past": 1, "before last": 2}[rel]
    if unit == "day":
        return None
    if rel == "past" and unit != "weekend":
        return Days(_ago(today, 1, unit) + ONE, today + ONE)
    return _part(v, _whole(unit, back, today))


def _whole(unit: str, back: int, today: date) -> Days:
    if unit == "week":
        return cal.week(today - 7 * back * ONE)
    if unit == "weekend":
        monday = today - today.weekday() * ONE
        saturday = monday + (5 - 7 * back) * ONE
        if back == 0 and saturday > today:  # not here yet, and a memory is asked of the past
            saturday -= 7 * ONE
        return Days(saturday, saturday + 2 * ONE)
    if unit == "month":
        first = cal.later(today.replace(day=1), -back)
        return cal.month(first.year, first.month)
    if unit == "quarter":
        first = cal.later(today.replace(day=1), -3 * back)
        return cal.quarter((first.month + 2) // 3, first.year)
    return cal.year(today.year - back)


def rolling(v: Values, today: date) -> Days:
    """The last three weeks, the past few days: up to today, today included."""
    return Days(_ago(today, _most(v), v["unit"]) + ONE, today + ONE)


def ago_exact(v: Values, today: date) -> Days:
    """A day is a day; a week, a month or a year ago may be half of one more or less."""
    unit, count = v["unit"], v["num"]
    middle = _ago(today, count, unit)
    # Five days ago is that day; two weeks ago may be said of 11 to 17 days.
    half = {"day": 0, "week": 3, "weekend": 3, "month": 15, "quarter": 45, "year": 182}[unit]
    return Days(middle - half * ONE, middle + (half + 1) * ONE)


def ago_few(v: Values, today: date) -> Days:
    """A few weeks ago: between two and six of them."""
    least, most = v["few"]
    return Days(_ago(today, most, v["unit"]), _ago(today, least, v["unit"]) + ONE)


def _most(v: Values) -> int:
    return int(v["num"] if "num" in v else v["few"][1])


def _ago(today: date, count: int, unit: str) -> date:
    return shifted(today, -count, unit)


def shifted(day: date, count: int, unit: str) -> date:
    """So many units later.

    Raises:
        ValueError, OverflowError: outside the calendar.
    """
    if unit in ("month", "quarter", "year"):
        return cal.later(day, count * {"month": 1, "quarter": 3, "year": 12}[unit])
    return day + timedelta(days=count * (1 if unit == "day" else 7))


def _part(v: Values, whole: Days) -> Days:
    return cal.third(whole, v["part"]) if "part" in v else whole
