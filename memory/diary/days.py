"""Days, weeks and months of a diary, by the person's clock. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day

from memory.clock import to_ms
from memory.protocol import DiaryZoom

QUARTER_MS = 900_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]


def stretch(zoom: DiaryZoom, day: date) -> Stretch:
    """The day, the week from Monday, or the month that holds a day."""
    if zoom is DiaryZoom.DAY:
        return Stretch(day, day)
    if zoom is DiaryZoom.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Stretch(monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Stretch(first, following - timedelta(days=1))


def bounds(day: date, zone: tzinfo) -> tuple[int, int]:
    """When a local day begins and ends, UTC ms, end exclusive; 23 to 25 hours."""
    begin = datetime.combine(day, time_of_day(0), zone)
    end = datetime.combine(day + timedelta(days=1), time_of_day(0), zone)
    return to_ms(begin), to_ms(end)


def day_of(ms: int, zone: tzinfo) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()
