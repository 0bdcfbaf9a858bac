"""The daily review: a few memories about to go dormant, for the person's word.

The day's list is chosen when it is first asked for and stays the same until the next local day.
Keeping one is a review; letting it fade ends the offers of it; forgetting is ``memory.forgetting``.
Any thread may call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from tzlocal import get_localzone

from memory import reviews
from memory.clock import DAY_MS, Clock, to_datetime
from memory.errors import Conflict, NotFound
from memory.events import Events
from memory.fading_choice import SOON_DAYS, WEEKS, choose, window
from memory.protocol import Change, FadingAnswer, MemoryState, ReviewReason
from memory.settings import Settings
from memory.store import fading as sql
from memory.store import memories
from memory.store import reviews as log
from memory.store.db import Connection, Database
from memory.store.rows import MemoryWithSource, Strength

_LOOKED_AT = 200
_SHOWN = (MemoryState.ACTIVE, MemoryState.DORMANT)


@dataclass(frozen=True, slots=True)
class Offered:
    """One memory of today's list; ``dormant_in_days`` is from 0 on, ``answer`` None until the
    person decides."""

    memory: MemoryWithSource
    uses: int
    dormant_in_days: float
    answer: FadingAnswer | None


class Fading:
    """``zone`` says when a day begins."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        events: Events,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._events = events
        self._zone = zone or get_localzone()

    def today(self) -> list[Offered]:
        """Today's list, those decided on included; chosen now if it is the first time."""
        now_ms = self._clock.now_ms()
        day = to_datetime(now_ms).astimezone(self._zone).date().isoformat()
        with self._database.read() as c:
            offers = sql.offered(c, day)
            chosen = [] if offers else self._chosen(c, now_ms)
        if chosen:
            offers = self._database.write(lambda c: _offer(c, day, chosen, now_ms))
        return self._shown(offers, now_ms)

    def decide(self, memory_id: str, said: FadingAnswer | None) -> list[Offered]:
        """Keep the person's word on a memory that was offered; None takes it back.

        Raises:
            NotFound: there is no such memory, or it was not offered.
            Conflict: it was used since it was kept, so that this cannot be taken back.
        """
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> None:
            before = sql.answered(c, memory_id)
            if before is FadingAnswer.KEEP and said is not FadingAnswer.KEEP:
                _take_back(c, memory_id)
            if not sql.answer(c, memory_id, said, now_ms):
                raise _not_offered(memory_id)
            if said is FadingAnswer.KEEP and before is not FadingAnswer.KEEP:
                reviews.record(c, memory_id, ReviewReason.KEPT, now_ms)

        self._database.write(work)
        self._events.changed(Change.MEMORIES, memories=[memory_id])
        return self.today()

    def _chosen(self, c: Connection, now_ms: int) -> list[str]:
        near = window(self._settings().dormant_below)
        if near is None:
            return []
        since_ms = now_ms - WEEKS * 7 * DAY_MS
        return choose(sql.near(c, now_ms, near, SOON_DAYS, since_ms, _LOOKED_AT), now_ms)

    def _shown(self, offers: list[sql.Offer], now_ms: int) -> list[Offered]:
        near = window(self._settings().dormant_below)
        with self._database.read() as c:
            found = memories.get_many(c, [one.memory_id for one in offers])
            uses = {id_: log.count(c, id_) for id_ in found}
        return [
            Offered(
                found[one.memory_id],
                uses[one.memory_id],
                _days_left(found[one.memory_id].memory.strength, near, now_ms),
                one.answer,
            )
            for one in offers
            if one.memory_id in found and found[one.memory_id].memory.state in _SHOWN
        ]


def _offer(c: Connection, day: str, chosen: list[str], now_ms: int) -> list[sql.Offer]:
    """The day's list; another request may have made it meanwhile."""
    if not (offers := sql.offered(c, day)):
        sql.offer(c, day, chosen, now_ms)
        offers = sql.offered(c, day)
    return offers


def _take_back(c: Connection, memory_id: str) -> None:
    """Undo the review of keeping: strength as it was, and no line in the log."""
    last = log.newest(c, memory_id)
    if last is None or last[1].reason is not ReviewReason.KEPT:
        raise Conflict(
            "This was used since",
            "It was used after you kept it, so it is strong for that by now.",
            "Leave it as it is.",
        )
    log.remove(c, last[0])
    memories.set_strength(c, memory_id, last[1].before)


def _days_left(strength: Strength, near: tuple[float, float] | None, now_ms: int) -> float:
    if near is None:
        return 0.0
    until_ms = strength.reviewed_ms + near[1] * strength.stability_days * DAY_MS
    return round(max(0.0, (until_ms - now_ms) / DAY_MS), 1)


def _not_offered(memory_id: str) -> NotFound:
    return NotFound(
        "This memory was not offered",
        "Only memories on a day's list can be kept or left to fade.",
        "Look at today's list.",
        item=memory_id,
    )
