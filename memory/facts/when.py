"""Times told in a sentence, and times as facts tell them: "spring 2024". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, tzinfo

from memory.clock import DAY_MS
from memory.facts.statements import Moment
from memory.facts.values import number_of
from memory.times import reading
from memory.times.days import ONE, SEASON_NAMES, Days, later, season
from memory.times.days import one as day_alone
from memory.times.days import year as year_of
from memory.times.labels import _MONTHS
from memory.times.said import Said, day_of
from memory.understand import words_of

MARK = "¤"
"""Stands, with its number, for a time taken out of a sentence."""

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_AGO = re.compile(r"\b(?:ago|il y a|hace|vor)\b", re.I)
_UNTIL = re.compile(r"^(?:until|till|bis|jusqu|hasta)", re.I)
_SPOKEN_DAY = re.compile(
    r"(?:on\s+)?(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?([A-Za-zÀ-ÿ]{3,12})\.?"
    r"(?:,?\s+((?:19|20)\d\d))?$|(?:on\s+)?([A-Z][a-z]{2,8})\s+(\d{1,2})(?:st|nd|rd|th)?"
    r"(?:,?\s+((?:19|20)\d\d))?$"
)
_MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(_MONTHS, start=1)} | {
    "mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "aoû": 8, "déc": 12,
    "ene": 1, "abr": 4, "ago": 8, "dic": 12,
}  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = re.compile(
    r"\b(?:(?:on )?(?P<which>next|this coming|this) (?:(?P<day>"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|(?P<unit>week|weekend|month|year|spring|summer|autumn|winter))\b|tomorrow\b"
    r"|in (?P<number>an?|two|three|four|five|six|\d+) (?P<unit_>day|week|month)s?\b"
    r"(?!(?:['’]s)? (?:ago|time frame)))",
    re.I,
)
_WIDE_DAYS = 45
_SEASON_DAYS = 100


@dataclass(frozen=True, slots=True)
class Dated:
    """A sentence with its times taken out: each is ``MARK`` and its number in ``said``."""

    text: str
    said: tuple[Said, ...]

    def moment(self, clause: str, zone: tzinfo | None) -> Moment | None:
        """The first time marked in a part of the text, as a beginning of something."""
        return next((m for at in _marks(clause) if (m := begin_of(self.said[at], zone))), None)

    def first(self, clause: str) -> Said | None:
        marks = _marks(clause)
        return self.said[marks[0]] if marks else None


def take_out(sentence: str, said_ms: int, language: str, zone: tzinfo | None) -> Dated:
    """Find the times of a sentence said at ``said_ms`` and mark their places."""
    folded = frozenset(words_of(sentence))
    known = reading.find(sentence, folded, said_ms, language, zone).said
    found = sorted([*_ahead(sentence, said_ms, zone), *known], key=lambda one: one.begin)
    parts: list[str] = []
    at, kept = 0, list[Said]()
    for one in found:
        if one.begin < at:
            continue
        parts += [sentence[at : one.begin], f"{MARK}{len(kept)} "]
        kept.append(one)
        at = one.end
    parts.append(sentence[at:])
    return Dated("".join(parts), tuple(kept))


def _ahead(sentence: str, said_ms: int, zone: tzinfo | None) -> list[Said]:
    """Times still to come, in English: questions to a memory never name them."""
    today = day_of(said_ms, zone)
    found = []
    for match in _AHEAD.finditer(sentence):
        days = _days_ahead(match, today)
        found.append(Said(match.start(), match.end(), match.group(), days.span(zone), ""))
    return found


def _days_ahead(match: re.Match[str], today: date) -> Days:
    unit = (match.group("unit") or match.group("unit_") or "").lower()
    number = match.group("number")
    if number:
        count = 1 if number.lower() in ("a", "an") else int(number_of(number) or 3)
        if unit == "month":
            return Days(later(today, count), later(today, count) + ONE)
        return day_alone(today + count * (7 if unit == "week" else 1) * ONE)
    if match.group("day"):
        wanted = _WEEKDAYS.index(match.group("day")[:3].lower())
        return day_alone(today + ((wanted - today.weekday() - 1) % 7 + 1) * ONE)
    monday = today - today.weekday() * ONE
    next_ = (match.group("which") or "").lower() in ("next", "this coming")
    if unit == "weekend":
        begin = monday + 5 * ONE
        begin += 7 * ONE if begin + 2 * ONE <= today else 0 * ONE
        return Days(begin, begin + 2 * ONE)
    if unit == "week":
        return Days(monday + 7 * ONE, monday + 14 * ONE) if next_ else Days(today, monday + 7 * ONE)
    if unit == "month":
        begin = later(today.replace(day=1), 1)
        return Days(begin, later(begin, 1))
    if unit == "year":
        return year_of(today.year + 1)
    if unit in SEASON_NAMES:
        which = SEASON_NAMES.index(unit)
        found = season(which, today.year)
        return found if found.begin and found.begin > today else season(which, today.year + 1)
    return day_alone(today + ONE)  # tomorrow


def _marks(clause: str) -> list[int]:
    return [int(number) for number in re.findall(rf"{MARK}(\d)", clause)]


def begin_of(said: Said, zone: tzinfo | None) -> Moment | None:
    """Where a time begins, and how wide it is; "until May" is taken for May."""
    if said.span.start_ms is None:
        if said.span.end_ms is None:
            return None
        return Moment(said.span.end_ms - DAY_MS, _said_width(said.text))
    if said.span.end_ms is None:
        return Moment(said.span.start_ms, _said_width(said.text))
    days = max(1, round((said.span.end_ms - said.span.start_ms) / DAY_MS))
    return Moment(said.span.start_ms, 365 if days > 3660 else days)


def is_until(said: Said) -> bool:
    return _UNTIL.match(said.text) is not None


def _said_width(text: str) -> int:
    """How wide the time is that an open span begins or ends with."""
    if re.search(r"\d{1,2}\.|\b\d{1,2}\b", _YEAR.sub("", text)):
        return 1
    return 365 if _YEAR.fullmatch(text.split()[-1]) and len(text.split()) == 2 else 30


def coming(said: Said, said_ms: int, zone: tzinfo | None) -> Moment | None:
    """A time of a plan: of a day or month without a year the next one, not the last; None where
    it lies in the past."""
    moment = begin_of(said, zone)
    if moment is None:
        return None
    if moment.ms + moment.days * DAY_MS <= said_ms:
        if (
            _YEAR.search(said.text)
            or _AGO.search(said.text)
            or not re.search(r"\d|[A-Za-zÀ-ÿ]{3,}", said.text)
        ):
            return None
        month = any(
            word[:3].lower() in _MONTH_NUMBERS for word in re.findall(r"[^\W\d]+", said.text)
        )
        if not month or re.search(r"\b(?:last|letzte\w*|dernier|pasado)\b", said.text, re.I):
            return None
        day = later(day_of(moment.ms, zone), 12)
        shifted = moment.ms + (day - day_of(moment.ms, zone)).days * DAY_MS
        moment = Moment(shifted, moment.days)
    return moment


def spoken_day(text: str) -> str | None:
    """ "14 August" or "14 August 1990" of any way of saying it; None where it is no day."""
    found = _SPOKEN_DAY.match(text.strip())
    if found is None:
        return None
    day, month, year = found.group(1, 2, 3) if found.group(1) else found.group(5, 4, 6)
    number = _MONTH_NUMBERS.get(month[:3].lower())
    if number is None or not 1 <= int(day) <= 31:
        return None
    return f"{int(day)} {_MONTHS[number - 1]}" + (f" {year}" if year else "")


def told(moment: Moment, zone: tzinfo | None) -> str:
    """A moment as precise as it was said: 5 May 2024, May 2024, spring 2024, 2024."""
    day = day_of(moment.ms, zone)
    if moment.days <= 7:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    if moment.days <= _WIDE_DAYS:
        return f"{_MONTHS[day.month - 1]} {day.year}"
    if moment.days <= _SEASON_DAYS and day.day == 1 and day.month % 3 == 0:
        return f"{SEASON_NAMES[(day.month - 3) // 3 % 4]} {day.year}"
    return str(day.year)


def month_of(ms: int, zone: tzinfo | None) -> str:
    day: date = day_of(ms, zone)
    return f"{_MONTHS[day.month - 1]} {day.year}"
