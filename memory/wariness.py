"""Looks for texts that give orders among all memories, in idle time. Owns the thread ``orders``.

Files are judged while they are read, everything else when it is stored. This pass goes over what
was there before these rules, what came with an archive, and what only says something together with
its neighbour or its source's title. Work is cut into slices; how far it came stands in ``meta``
with the number of the rules, so that a crash costs one slice and other rules begin anew. A person's
word that a memory is fine is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import groupby

from memory.clock import Clock
from memory.idle import IdleThread
from memory.store import facts, meta, reservoir, suspicions
from memory.store.db import Connection, Database
from memory.store.suspicions import Text
from memory.suspicion.judge import RULES, Suspicion
from memory.suspicion.texts import is_own, judged

SLICE = 100
LOOK_S = 30.0
_DONE = "orders_judged"


class Wariness:
    """``busy`` says that a person or other work goes first; ``on_changed`` is told that marks of
    memories changed, ``learn`` reads the facts of a memory that was called fine."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        busy: Callable[[], bool] = lambda: False,
        on_changed: Callable[[], None] = lambda: None,
        learn: Callable[[str], object] = lambda _memory_id: None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_changed = on_changed
        self._learn = learn
        self._zone = zone
        self._thread = IdleThread(
            "orders", self.look, "memories were not looked through", round_s=LOOK_S, busy=busy
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the slice under way; it goes on at the next start."""
        self._thread.stop()

    def wake(self) -> None:
        """Something came: look now."""
        self._thread.wake()

    def look(self) -> int:
        """Judge everything that waits, on the caller's thread; how many memories were judged.

        Raises:
            Stopping: the daemon stops.
        """
        done = 0
        while count := self._slice():
            done += count
            self._thread.give_way()
        return done

    def clear(self, memory_id: str) -> None:
        """The person says that a memory is fine: it weighs as others do, and facts are learnt.

        Raises:
            NotFound: there is no such memory.
        """
        now_ms = self._clock.now_ms()
        if self._database.write(lambda c: suspicions.clear(c, memory_id, now_ms)):
            self._learn(memory_id)
            self._on_changed()

    # -- one slice

    def _slice(self) -> int:
        """The next memories, with the last one of the slice before, which may go on in them."""
        with self._database.read() as c:
            rules, row = _mark(c)
            at = row if rules == RULES else 0
            texts = suspicions.texts_after(c, at, SLICE)
            before = suspicions.texts_before(c, texts[0]) if texts else None
        if not texts:
            return 0
        every = texts if before is None else [before, *texts]
        found = _judged(every)
        changed = self._database.write(lambda c: self._keep(c, (rules, row), every, found))
        if changed:
            self._on_changed()
        return len(texts)

    def _keep(
        self,
        c: Connection,
        seen: tuple[int, int],
        texts: Sequence[Text],
        found: dict[str, Suspicion],
    ) -> bool:
        if _mark(c) != seen:
            return False  # somebody else judged them meanwhile
        there = suspicions.there(c, [one.id for one in texts])
        orders = [one.id for one in texts if one.id in found and there.get(one.id) == one.text]
        known = suspicions.marked(c, [one.id for one in texts])
        now_ms = self._clock.now_ms()
        for id_ in orders:
            suspicions.put(c, id_, found[id_], now_ms)
        fine = [one.id for one in texts if one.id in known and one.id not in found]
        suspicions.drop(c, fine)
        new = [id_ for id_ in orders if id_ not in known]
        facts.drop_said_in(c, new)
        reservoir.remove(c, reservoir.doomed(c, new, []))  # answers made while it was not known
        if new:
            facts.refold(c, facts.changed_topics(c), self._zone)
        meta.put(c, _DONE, f"{RULES} {texts[-1].rowid}")
        return bool(new or fine)


def _mark(c: Connection) -> tuple[int, int]:
    """Number of the rules and the row they came to."""
    rules, _, row = (meta.get(c, _DONE) or "0 0").partition(" ")
    return int(rules), int(row)


def _judged(texts: Sequence[Text]) -> dict[str, Suspicion]:
    """Those that give orders, by id; neighbours of one source are read together."""
    orders: dict[str, Suspicion] = {}
    for _source, group in groupby(texts, key=lambda one: one.source_id):
        some = list(group)
        told = judged([(one.text, one.heading, one.speaker) for one in some], some[0].title or None)
        for one, found in zip(some, told, strict=True):
            if found.is_order(own=is_own(one.kind, one.role)):
                orders[one.id] = found
    return orders
