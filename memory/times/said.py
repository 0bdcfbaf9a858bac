"""Times that were understood, with the words they came from. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from memory.clock import DAY_MS
from memory.times import labels
from memory.times.anchors import Anchored, around
from memory.times.days import Span

# A memory so long after a time fits it e times less.
TOLD_LATER_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Said:
    """A time that a question names.

    Attributes:
        begin, end: its characters in the question, end exclusive.
        text: those characters.
        span: what it means, UTC milliseconds.
        label: what it means, for people.
    """

    begin: int
    end: int
    text: str
    span: Span
    label: str

    def fit(self, ms: int) -> float:
        """How well a memory of this moment fits, 0 to 1: fully within the span, and less and
        less after it, because people tell of things after they happened."""
        if self.span.holds(ms):
            return 1.0
        if self.span.end_ms is None or ms < self.span.end_ms:
            return 0.0
        return math.exp((self.span.end_ms - ms) / TOLD_LATER_MS)


@dataclass(frozen=True, slots=True)
class Times:
    """``said`` are resolved; ``anchored`` wait for somebody who knows the event."""

    said: tuple[Said, ...] = ()
    anchored: tuple[Anchored, ...] = ()

    @property
    def characters(self) -> int:
        """How much of the text they explain."""
        return sum(one.end - one.begin for one in self.said) + sum(
            one.end - one.begin for one in self.anchored
        )


def exact(said: Sequence[Said]) -> tuple[Said, ...]:
    """Without those that hold another one: May, not the year that is said beside it."""

    def holds(wide: Span, narrow: Span) -> bool:
        starts = wide.start_ms is None or (
            narrow.start_ms is not None and wide.start_ms <= narrow.start_ms
        )
        ends = wide.end_ms is None or (narrow.end_ms is not None and narrow.end_ms <= wide.end_ms)
        return starts and ends and wide != narrow

    return tuple(one for one in said if not any(holds(one.span, other.span) for other in said))


def resolved(event: Anchored, day: date, zone: tzinfo | None = None) -> Said:
    """An anchored expression, its event known to be on this day."""
    days = around(event.far, day)
    label = f"{event.text} ({labels.day(day)}): {labels.days(days)}"
    return Said(event.begin, event.end, event.text, days.span(zone), label)


def day_of(ms: int, zone: tzinfo | None = None) -> date:
    """The day of a moment where the person is; at the ends of the calendar, where no time zone
    can be reckoned with, that of UTC."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    try:
        return when.astimezone(zone).date()
    except (OverflowError, ValueError, OSError):
        return when.date()
