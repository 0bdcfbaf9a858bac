"""Cuts talks into topics once they rest, slice by slice. Used by the thread ``notes``.

A talk is read window by window. All topics of a window but its last are cut for good; the last
may go on, so it is made anew when more was said. A crash costs one window, which is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.clock import Clock
from memory.settings import Settings
from memory.store import memories, meta, topics
from memory.store.db import Connection, Database
from memory.topics.cut import Said, cut

WINDOW = 80
"""Turns that are cut together."""
_FLOOR = "topics_floor"
_VECTORS_MS = 3_600_000
"""So long turns wait for their vectors; then they are cut by their words."""


@dataclass(frozen=True)
class Window:
    """What is read of a talk: its turns, the spans of its topics, and its marks before."""

    source_id: str
    marks: tuple[int, int]
    rows: Sequence[Any]
    said: Sequence[Said]
    spans: Sequence[tuple[int, int]]
    is_last: bool


class TopicMaking:
    """``model`` names the embedder whose vectors turns are compared by."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        model: Callable[[], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._model = model

    def tidy(self) -> int:
        """Make anew what lost a turn with a file that changed; returns how many topics."""
        with self._database.read() as c:
            if not topics.changed(c):
                return 0
        return self._database.write(topics.mend)

    def step(self, resting: bool) -> int | None:
        """Read the next window of a talk; returns how many topics came, None where nothing
        waits."""
        window = self._next(resting)
        if window is None:
            if resting:
                self._raise_floor()
            return None
        return self._database.write(lambda c: self._keep(c, window))

    # -- reading

    def _next(self, resting: bool) -> Window | None:
        rest_ms = self._settings().facts_rest_minutes * 60_000 if resting else 0
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            for source_id in topics.waiting(c, self._floor(c), now_ms - rest_ms):
                window = self._window(c, source_id)
                if not resting or self._has_vectors(c, window, now_ms):
                    return window
        return None

    def _window(self, c: Connection, source_id: str) -> Window:
        marks = topics.marks_of(c, source_id)
        rows = topics.turns_after(c, source_id, marks[0], WINDOW + 1)
        is_last = len(rows) <= WINDOW
        rows = rows[:WINDOW]
        said = topics.said(c, rows, self._model())
        return Window(source_id, marks, rows, said, cut(said), is_last)

    def _has_vectors(self, c: Connection, window: Window, now_ms: int) -> bool:
        missing = topics.without_vector(c, window.rows)
        return all(
            now_ms - row["learnt_ms"] > _VECTORS_MS for row in window.rows if row["id"] in missing
        )

    def _floor(self, c: Connection) -> int:
        return int(meta.get(c, _FLOOR) or 0)

    def _raise_floor(self) -> None:
        """Turns below this row are never looked at again; only once no chat is still warm."""
        with self._database.read() as c:
            newest = int(c.execute("SELECT ifnull(max(rowid), 0) FROM memories").fetchone()[0])
            floor = self._floor(c)
            warm = topics.waiting(c, floor, self._clock.now_ms(), limit=1)
        if not warm and newest > floor:
            self._database.write(lambda c: meta.put(c, _FLOOR, str(newest)))

    # -- keeping

    def _keep(self, c: Connection, window: Window) -> int:
        if topics.marks_of(c, window.source_id) != window.marks:
            return 0  # somebody else read it meanwhile
        closed = self._closed(window)
        read = window.rows[-1]["rowid"]
        open_turns = {turn.id for turn in window.said}
        known = topics.of_source(c, window.source_id)
        known = [topic for topic in known if not open_turns.isdisjoint(topic.turns)]
        wanted = [window.said[first:end] for first, end in window.spans]
        now_ms = self._clock.now_ms()
        there = memories.get_many(c, sorted(open_turns))
        kept = {tuple(t.id for t in turns if t.own and t.id in there) for turns in wanted}
        memories.remove(c, [topic.id for topic in known if topic.turns not in kept])
        made = 0
        standing = {topic.turns for topic in known}
        for turns in wanted:
            still = [turn for turn in turns if turn.id in there]
            if tuple(turn.id for turn in still if turn.own) not in standing:
                made += topics.put(c, window.source_id, still, now_ms) is not None
        topics.set_marks(c, window.source_id, closed, read)
        return made

    def _closed(self, window: Window) -> int:
        """The row up to which the talk is cut for good: the last topic of a window may go on,
        unless it is all there is of a window with more behind it."""
        first = window.spans[-1][0]
        if first == 0:
            return int(window.marks[0] if window.is_last else window.rows[-1]["rowid"])
        return int(window.rows[first - 1]["rowid"])
