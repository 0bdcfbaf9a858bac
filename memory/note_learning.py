"""Thinks about what was said, in idle time. Owns the thread ``notes``.

Talks that rest are cut into topics (``memory.topic_making``), notes, topics and turns that tell
facts are linked (``memory.note_linking``); a language model that is loaded words the topics
(``memory.topic_wording``). Work is cut into slices, each one
transaction; a crash costs one slice. Questions, and whatever else a person waits for, go first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from memory.clock import Clock
from memory.idle import IdleThread
from memory.note_linking import Nearest, NoteLinking
from memory.settings import Settings
from memory.store.db import Database
from memory.topic_making import TopicMaking
from memory.topic_wording import CurrentModel, TopicWording, Yielding

LOOK_S = 20.0


@dataclass(frozen=True)
class Thought:
    """What one call did."""

    topics: int = 0
    notes: int = 0
    worded: int = 0

    def __bool__(self) -> bool:
        return bool(self.topics or self.notes or self.worded)


class NoteLearning:
    """``index`` is None where there is no search by meaning; ``busy`` says that a person or other
    work goes first; ``on_learnt`` is told that topics, notes or links changed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        index: Nearest | None,
        *,
        busy: Callable[[], bool] = lambda: False,
        on_learnt: Callable[[], None] = lambda: None,
        model: CurrentModel = lambda: None,
    ) -> None:
        self._settings = settings
        self._on_learnt = on_learnt
        self._topics = TopicMaking(
            database, clock, settings, lambda: index.model if index is not None else ""
        )
        self._links = NoteLinking(database, clock, index)
        self._one_at_a_time = threading.Lock()
        self._thread = IdleThread(
            "notes", self._round, "topics and links were not made", round_s=LOOK_S, busy=busy
        )
        self._wording = TopicWording(database, model, Yielding(busy, self._thread.stopping))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the slice under way; it goes on at the next start."""
        self._thread.stop()
        self._links.close()

    def wake(self) -> None:
        """Something was imported: look now, not at the next round."""
        self._thread.wake()

    def learn(self, *, resting: bool = True) -> Thought:
        """Do everything that waits, on the caller's thread; with ``resting`` only talks that have
        rested. Yields between slices while somebody is served.

        Raises:
            Stopping: the daemon stops.
        """
        with self._one_at_a_time:
            made = self._topics.tidy()
            while (step := self._step(lambda: self._topics.step(resting))) is not None:
                made += step
            worded = noted = 0
            while (step := self._step(self._wording.step)) is not None:
                worded += step
            while (step := self._step(lambda: self._links.step(resting))) is not None:
                noted += step
        done = Thought(made, noted, worded)
        if done:
            self._on_learnt()
        return done

    def _step(self, work: Callable[[], int | None]) -> int | None:
        self._thread.give_way()
        return work()

    def _round(self) -> None:
        if self._settings().link_memories:
            self.learn()
