"""Recall learns from use: choices are kept, and at night the ranker's weights follow them.

Choices are written inside the transaction of the review they come from; learning runs in the
nightly run's thread; what was learnt is handed to recall at once and at every start. Nothing is
learnt of a private chat, nor of memories that were only listed. An answer by quotation is
chosen by this program itself: what it cites teaches nothing until the person opens or praises
it, or the ranker would learn from its own echo.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from memory.clock import Clock, to_datetime
from memory.events import Events
from memory.listed import List, Listed, Shown
from memory.protocol import Change, LearningInfo, ReviewReason
from memory.recall import preference
from memory.recall.found import Recalled, told
from memory.recall.preference import Choices, Personal
from memory.settings import Settings
from memory.store import feedback
from memory.store.db import Connection, Database
from memory.store.feedback import Pair

_log = logging.getLogger(__name__)

# What a choice counts. A model's citation is a second opinion, not the person's own. That a
# memory is wrong says little about whether it was what was looked for: the next one below it
# should have stood there instead, perhaps.
STRENGTH: dict[ReviewReason, float] = {
    ReviewReason.OPENED: 1.0,
    ReviewReason.HELPFUL: 1.0,
    ReviewReason.CITED: 0.5,
    ReviewReason.WRONG: 0.3,
}
# So many of those passed over are kept with a choice, the nearest on the list.
AROUND = 9


class Learning:
    """Any thread may call. ``apply`` gives recall its weights, None for those shipped."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        events: Events,
        shipped: Mapping[str, float],
        apply: Callable[[Personal | None], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._events = events
        self._shipped = dict(sorted(shipped.items()))
        self._names = tuple(self._shipped)
        self._key = feedback.columns_key(self._names)
        self._apply = apply
        self._listed = Listed()
        self._loading = threading.Lock()

    # -- what was listed, and what was chosen of it

    def listed(self, recalled: Recalled, *, read: bool = False) -> str | None:
        """Remember for a while what a recall lists; returns the name of that list, None where
        nothing is to be learnt. ``read``: whoever chooses looks at all of it (a model)."""
        if not self._settings().learn_from_use:
            return None
        return self._listed.keep(recalled, self._clock.now_ms(), read=read)

    def chose(
        self, c: Connection, recall: str | None, memory_id: str, reason: ReviewReason, now_ms: int
    ) -> None:
        """Keep a choice, in the caller's transaction; nothing where the recall is not known, has
        been too long ago or did not list this memory."""
        found = self._listed.get(recall, now_ms) if recall and reason in STRENGTH else None
        if found is None or recall is None or not self._settings().learn_from_use:
            return
        there = feedback.existing(c, [one.row for one in found.shown])
        places = {one.memory: at for at, one in enumerate(found.shown) if one.row in there}
        at = places.get(memory_id)
        if at is None:
            return
        if reason is ReviewReason.WRONG:
            pairs = self._refused(c, recall, found, sorted(places.values()), at)
        else:
            pairs = self._chosen(c, recall, found, sorted(places.values()), at, STRENGTH[reason])
        feedback.add(c, self._key, pairs, now_ms)

    def cited(self, recall: str | None, memory_ids: Sequence[str]) -> None:
        """A model worded an answer with these."""
        if recall is None or not memory_ids:
            return
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> None:
            for memory_id in dict.fromkeys(memory_ids):
                self.chose(c, recall, memory_id, ReviewReason.CITED, now_ms)

        self._database.write(work)

    def _chosen(
        self, c: Connection, recall: str, found: List, places: list[int], at: int, strength: float
    ) -> list[Pair]:
        """The chosen one against the nearest on its list that were not chosen themselves."""
        row = found.shown[at].row
        strength = max(strength, feedback.strongest(c, recall, row))
        feedback.take_back(c, recall, row, chosen=True)
        feedback.take_back(c, recall, row, chosen=False)
        others = feedback.chosen_of(c, recall)
        passed = [p for p in places if p != at and found.shown[p].row not in others]
        near = sorted(passed, key=lambda p: (abs(p - at), p))[:AROUND]
        place = 1 if found.read else at + 1
        return [self._pair(recall, found, at, p, place, strength) for p in near]

    def _refused(
        self, c: Connection, recall: str, found: List, places: list[int], at: int
    ) -> list[Pair]:
        """The next one below a wrong one against that; opening it was no praise."""
        feedback.take_back(c, recall, found.shown[at].row, chosen=True)
        below = next((p for p in places if p > at), None)
        if below is None or found.shown[below].row in feedback.chosen_of(c, recall):
            return []
        return [self._pair(recall, found, below, at, 1, STRENGTH[ReviewReason.WRONG])]

    def _pair(
        self, recall: str, found: List, chosen: int, passed: int, place: int, strength: float
    ) -> Pair:
        one, other = found.shown[chosen], found.shown[passed]
        difference = self._numbers(one) - self._numbers(other)
        return Pair(recall, one.row, other.row, place, strength, difference)

    def _numbers(self, shown: Shown) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.array([*(shown.value(name) for name in self._names), shown.rest], np.float32)

    # -- learning

    def learn(self) -> int:
        """Find the weights that the choices ask for; take them if they do better than those
        shipped, which are used else. Returns the number of choices."""
        if not self._settings().learn_from_use:
            return 0
        with self._database.read() as c:
            kept, extent = feedback.pairs(c, self._key), feedback.extent(c, self._key)
        found = preference.learn(as_choices(self._names, kept), self._shipped)
        record = {
            "shipped": self._shipped_key(),
            "taken": found.taken,
            "choices": found.choices,
            "gain": found.gain,
            "error": found.error,
            "factors": {name: round(value, 4) for name, value in found.factors.items()},
            "at_ms": self._clock.now_ms(),
        }

        def work(c: Connection) -> None:
            feedback.drop_others(c, self._key)
            # Of what was forgotten meanwhile nothing may be learnt; the next night does it.
            if feedback.extent(c, self._key, extent[1]) == extent:
                feedback.put_learnt(c, record)

        self._database.write(work)
        self.load()
        _log.info(
            "learnt from %d choices: gain %.4f, error %.4f, %s", found.choices, found.gain,
            found.error, "taken" if found.taken else "weights as shipped",
        )  # fmt: skip
        return found.choices

    def load(self) -> None:
        """Give recall the weights learnt for this version, or those shipped."""
        with self._loading, self._database.read() as c:
            self._apply(self._personal(self._record(c)))

    def forgotten(self) -> None:
        """Something was forgotten: no list of before may bring it back."""
        self._listed.clear()
        self.load()

    def reset(self) -> LearningInfo:
        """Start over: every choice goes, and recall is as shipped."""
        self._listed.clear()
        self._database.write(feedback.clear)
        self.load()
        self._events.changed(Change.SETTINGS)
        return self.info()

    def info(self) -> LearningInfo:
        with self._database.read() as c:
            record, choices = self._record(c), feedback.count(c, self._key)
        personal = self._personal(record)
        gathering = choices < preference.LEAST_CHOICES or record is None
        return LearningInfo(
            state="off" if not self._settings().learn_from_use
            else "personal" if personal else "gathering" if gathering else "shipped",
            choices=choices,
            needed=preference.LEAST_CHOICES,
            personal=told(personal, self._shipped) if personal else None,
            looked_at=to_datetime(record["at_ms"]) if record else None,
            gain=record["gain"] if record else None,
            error=record["error"] if record else None,
        )  # fmt: skip

    def _record(self, c: Connection) -> dict[str, Any] | None:
        """What was learnt for the weights that this version ships."""
        record = feedback.learnt(c)
        return record if record and record.get("shipped") == self._shipped_key() else None

    def _personal(self, record: Mapping[str, Any] | None) -> Personal | None:
        if record is None or not record["taken"] or not self._settings().learn_from_use:
            return None
        factors = record["factors"]
        weights = preference.weights(self._shipped, factors)
        return Personal(weights, factors, record["choices"])

    def _shipped_key(self) -> str:
        return hashlib.sha256(json.dumps(self._shipped).encode()).hexdigest()[:16]


def as_choices(names: tuple[str, ...], pairs: Sequence[Pair]) -> Choices:
    """Pairs, those of one choice together, as one table."""
    starts = [
        at
        for at, pair in enumerate(pairs)
        if not at or (pair.recall, pair.chosen) != (pairs[at - 1].recall, pairs[at - 1].chosen)
    ]
    table = np.array([pair.difference for pair in pairs], float).reshape(-1, len(names) + 1)
    return Choices(
        names=names,
        differences=table[:, :-1],
        rest=table[:, -1],
        starts=np.array(starts, np.int64),
        places=np.array([pairs[at].place for at in starts], np.int64),
        strengths=np.array([pairs[at].strength for at in starts], float),
        memories=np.array([pairs[at].chosen for at in starts], np.int64),
    )
