"""The diary: a short entry for every day, made anew when memories of the day change or go.

Days that wait stand in the database (``diary_dirty``, filled by triggers), so nothing is written
twice and a night cut off goes on. An entry is made of places in memories and holds no words of
its own: forgetting a memory takes them out of every entry in the same transaction. Weeks and
months are put together from their days when they are asked for.

``write`` runs at night in the caller's thread and gives way between memories; reading writes the
days it shows if they wait. Any thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any

from tzlocal import get_localzone

from memory.clock import Clock
from memory.diary import choosing, wording
from memory.diary.choosing import Entry
from memory.diary.days import Stretch, bounds, day_of, stretch
from memory.giving_way import GiveWay
from memory.protocol import DiaryEntry, DiaryReply, DiaryTold, DiaryZoom
from memory.store import diary as sql
from memory.store import meta
from memory.store.db import Connection, Database
from memory.store.diary import Dirty, StoredDay, StoredLine
from memory.understand import content_words

MOST_READ = 300
"""Memories of a day that are read, of each kind."""
BEFORE_DAYS = 14
"""What the entries of so many days before said is no news."""
_LINES = {DiaryZoom.WEEK: 8, DiaryZoom.MONTH: 12}
_READING_S = 1.0
_ZONE = "diary_zone"

Waiting = dict[date, list[Dirty]]


class Diary:
    """``on_change`` is told when entries were written."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        give_way: GiveWay | None = None,
        on_change: Callable[[], None] = lambda: None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._give_way = give_way or GiveWay()
        self._on_change = on_change
        self._zone = zone or get_localzone()

    # -- writing

    def write(self) -> int:
        """Write every day that waits, the earliest first; returns how many.

        Raises:
            Stopping: the work is to end; what is written stays.
        """
        self._follow_the_zone()
        with self._database.read() as c:
            waiting = self._waiting(sql.dirty(c))
        for day in sorted(waiting):
            self._give_way()
            self._write_day(day, waiting[day], patient=True)
        if waiting:
            self._on_change()
        return len(waiting)

    def _follow_the_zone(self) -> None:
        """In another zone days begin at other moments: all are written anew."""
        name = str(self._zone)
        with self._database.read() as c:
            known = meta.get(c, _ZONE)
        if known == name:
            return

        def work(c: Connection) -> None:
            if known is not None:
                sql.rewrite_all(c)
            meta.put(c, _ZONE, name)

        self._database.write(work)

    def _waiting(self, dirty: Sequence[Dirty]) -> Waiting:
        found: Waiting = {}
        for one in dirty:
            found.setdefault(day_of(one.start_ms, self._zone), []).append(one)
        return found

    def _write_day(self, day: date, seen: Sequence[Dirty], *, patient: bool) -> None:
        start_ms, end_ms = bounds(day, self._zone)
        with self._database.read() as c:
            memories = sql.count(c, start_ms, end_ms)
            rows = sql.sample(c, start_ms, end_ms, MOST_READ) if memories else []
            found = sql.entries(c, rows)
            earlier = str(day - timedelta(days=BEFORE_DAYS))
            before = sql.quoted_between(c, earlier, str(day)) if memories else []

        def read() -> Iterator[Entry]:
            for row in found:
                if patient:
                    self._give_way()
                yield _entry(row)

        texts = {row["rowid"]: row["text"] for row in found}
        lines = [(line, texts) for line in choosing.lines(read(), before)]
        now_ms = self._clock.now_ms()
        self._database.write(
            lambda c: sql.put_day(c, str(day), (start_ms, end_ms), memories, lines, seen, now_ms)
        )

    # -- reading

    def at(self, zoom: DiaryZoom, day: date) -> DiaryEntry:
        """The entry of the day, week or month that holds a day; without lines where nothing is
        known of it."""
        span = stretch(zoom, day)
        self._catch_up(span, time.monotonic() + 10 * _READING_S)
        return self._entry(zoom, span) or DiaryEntry(
            zoom=zoom, first=span.first, last=span.last, memories=0, lines=[]
        )

    def page(self, zoom: DiaryZoom, before: date | None, limit: int) -> DiaryReply:
        """Entries that end before a day, newest first; None begins with the newest of all."""
        last = before - timedelta(days=1) if before else date.max
        with self._database.read() as c:
            days = {date.fromisoformat(day) for day in sql.written(c, str(last))}
            days |= {day for day in self._waiting(sql.dirty(c)) if day <= last}
        spans = dict.fromkeys(stretch(zoom, day) for day in sorted(days, reverse=True))
        until = time.monotonic() + _READING_S
        entries: list[DiaryEntry] = []
        unwritten = 0
        for number, span in enumerate(spans, 1):
            unwritten += self._catch_up(span, until)
            entry = self._entry(zoom, span)
            if entry is not None:
                entries.append(entry)
            if len(entries) == limit:
                return DiaryReply(entries=entries, more=number < len(spans), unwritten=unwritten)
        return DiaryReply(entries=entries, unwritten=unwritten)

    def _catch_up(self, span: Stretch, until: float) -> int:
        """Write the days of a stretch that wait, the newest first; returns how many are left
        when the time is up."""
        start_ms = bounds(span.first, self._zone)[0]
        end_ms = bounds(span.last, self._zone)[1]
        with self._database.read() as c:
            waiting = self._waiting(sql.dirty(c, start_ms, end_ms))
        left = len(waiting)
        for day in sorted(waiting, reverse=True):
            if time.monotonic() >= until:
                return left
            self._write_day(day, waiting[day], patient=False)
            left -= 1
        return left

    def _entry(self, zoom: DiaryZoom, span: Stretch) -> DiaryEntry | None:
        with self._database.read() as c:
            days = sql.days(c, str(span.first), str(span.last))
            start_ms = bounds(span.first, self._zone)[0]
            files = sql.files_added(c, start_ms, bounds(span.last, self._zone)[1])
        if not days:
            return None
        chosen = _chosen(days, zoom)
        only = days[0] if zoom is DiaryZoom.DAY else None
        return DiaryEntry(
            zoom=zoom,
            first=span.first,
            last=span.last,
            memories=sum(day.memories for day in days),
            files=files,
            lines=[line for day, one in chosen if (line := wording.line(one, day)) is not None],
            told=[DiaryTold(**one) for one in only.told] if only else [],
            model=only.model if only and only.told else None,
        )


def _chosen(days: Sequence[StoredDay], zoom: DiaryZoom) -> list[tuple[StoredDay, StoredLine]]:
    """The lines shown, in order: of a day all, of longer spans the best of their days."""
    if zoom is DiaryZoom.DAY:
        return [(days[0], line) for line in days[0].lines]
    laid = [[(line, _content(line)) for line in day.lines if line.quotes] for day in days]
    return [(days[number], line) for number, line in choosing.of_days(laid, _LINES[zoom])]


def _content(line: StoredLine) -> frozenset[str]:
    return frozenset(content_words(line.quotes[0]["words"]))


def _entry(row: Any) -> Entry:
    return Entry(
        rowid=row["rowid"],
        source=row["source_id"],
        text=row["text"],
        when_ms=row["when_ms"],
        spoken=row["role"] != "assistant",
        is_talk=row["kind"] == "turn",
        speaker=row["speaker"],
    )
