"""Reinforcement: each use of a memory moves its strength and is kept in a log.

``record`` works inside the caller's transaction (an answer stores its citations with it);
``Reviews`` is the same for one use, with its event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from memory import decay
from memory.clock import Clock
from memory.errors import NotFound
from memory.events import Events
from memory.protocol import Change, MemoryState, ReviewReason
from memory.store import memories, reviews
from memory.store.db import Connection, Database
from memory.store.rows import Memory, Review

_MARKS = {ReviewReason.WRONG: True, ReviewReason.HELPFUL: False, ReviewReason.PINNED: False}
"""What the person's word does to the mark that a memory is wrong."""

Chose = Callable[[Connection, str | None, str, ReviewReason, int], None]


def record(c: Connection, memory_id: str, reason: ReviewReason, now_ms: int) -> Memory:
    """Review one memory: new strength, a line in the log; a dormant one wakes.

    A memory marked wrong is weakened and does not wake by that.

    Raises:
        NotFound: there is no such memory.
    """
    memory = memories.get(c, memory_id)
    after = decay.review(memory.strength, reason, now_ms)
    memories.set_strength(c, memory_id, after)
    reviews.add(c, Review(memory_id, reason, now_ms, memory.strength, after))
    if memory.state is MemoryState.DORMANT and reason is not ReviewReason.WRONG:
        memories.set_state(c, [memory_id], MemoryState.ACTIVE)
    if reason in _MARKS and memory.marked_wrong is not _MARKS[reason]:
        memories.set_marked_wrong(c, memory_id, _MARKS[reason])
    if reason is ReviewReason.PINNED and not memory.pinned:
        memories.edit(c, memory_id, pinned=True, now_ms=now_ms)
    return memories.get(c, memory_id)


def record_all(
    c: Connection, memory_ids: Iterable[str], reason: ReviewReason, now_ms: int
) -> list[str]:
    """Review several at once, each only once; those forgotten meanwhile are left out."""
    done = []
    for memory_id in dict.fromkeys(memory_ids):
        try:
            record(c, memory_id, reason, now_ms)
        except NotFound:
            continue
        done.append(memory_id)
    return done


class Reviews:
    """May be called from any thread. ``chose`` is told of every use in its transaction, with the
    recall that listed the memory."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        events: Events,
        chose: Chose = lambda _c, _recall, _memory_id, _reason, _now_ms: None,
    ):
        self._database = database
        self._clock = clock
        self._events = events
        self._chose = chose

    def review(self, memory_id: str, reason: ReviewReason, recall: str | None = None) -> None:
        """One use of one memory, which ``recall`` listed.

        Raises:
            NotFound: there is no such memory.
        """
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> None:
            record(c, memory_id, reason, now_ms)
            self._chose(c, recall, memory_id, reason, now_ms)

        self._database.write(work)
        self._events.changed(Change.MEMORIES, memories=[memory_id])

    def edit(
        self,
        memory_id: str,
        *,
        text: str | None = None,
        pinned: bool | None = None,
        importance: float | None = None,
    ) -> bool:
        """Change what the person may change; pinning is a use as well.

        Returns whether the text changed, so that its meaning must be learnt anew.

        Raises:
            NotFound: there is no such memory.
        """
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> bool:
            before = memories.get(c, memory_id)
            if pinned and not before.pinned:
                record(c, memory_id, ReviewReason.PINNED, now_ms)
            after = memories.edit(
                c, memory_id, text=text, pinned=pinned, importance=importance, now_ms=now_ms
            )
            return after.text != before.text

        changed = self._database.write(work)
        self._events.changed(Change.MEMORIES, memories=[memory_id])
        return changed
