"""Has a language model word topics, one after the other. Used by the thread ``notes``.

Only a model that is loaded already is asked: thinking about old talks is no reason to fill the
machine's memory. It is asked once about each topic, and stops at the next token when a person
wants something.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from memory.log import describe
from memory.store import topics
from memory.store.db import Connection, Database
from memory.store.topics import Topic
from memory.topics import wording
from memory.topics.cut import Said
from memory.wording import LanguageModel

_log = logging.getLogger(__name__)

CurrentModel = Callable[[], tuple[LanguageModel, str] | None]


class Yielding(threading.Event):
    """Set as long as a person is served, and once the daemon stops."""

    def __init__(self, busy: Callable[[], bool], stopping: threading.Event) -> None:
        super().__init__()
        self._busy = busy
        self._stopping = stopping

    def is_set(self) -> bool:
        return self._stopping.is_set() or self._busy()


class TopicWording:
    """``current`` is the model in use, None where there is none."""

    def __init__(self, database: Database, current: CurrentModel, give_way: Yielding) -> None:
        self._database = database
        self._current = current
        self._give_way = give_way

    def step(self) -> int | None:
        """Have the next topic worded; returns 1 where the words were taken, 0 where they were
        not, None where there is nothing to do, no model, or it failed."""
        model = self._model()
        if model is None:
            return None
        with self._database.read() as c:
            topic = topics.unworded(c, "")
            turns = _turns(c, topic) if topic is not None else []
        if topic is None:
            return None
        try:
            value = self._draft(model, turns)
        except Exception as error:  # the words taken from the turns stay
            _log.info("a topic was not worded\n%s", describe(error))
            return None
        if value is None:
            return None  # a person wants something: later
        found = wording.read(value, turns)
        return self._database.write(lambda c: _keep(c, topic, found))

    def _model(self) -> LanguageModel | None:
        found = self._current()
        return found[0] if found is not None and found[0].state == "loaded" else None

    def _draft(self, model: LanguageModel, turns: list[Said]) -> object:
        asked = wording.messages(
            turns, model.context_tokens, lambda text: model.count_tokens(text, self._give_way)
        )
        return model.generate_json(
            list(asked),
            wording.SCHEMA,
            max_tokens=wording.MAX_TOKENS,
            temperature=0.0,
            cancel=self._give_way,
            seed=0,
            kept=None,
        )


def _turns(c: Connection, topic: Topic) -> list[Said]:
    return topics.said(c, topics.turns_of(c, topic), "")


def _keep(c: Connection, topic: Topic, found: wording.Wording | None) -> int:
    """Unless the topic, or what it was made from, is another one by now."""
    if topics.get(c, topic.id) != topic or topics.changed(c):
        return 0
    if found is None:
        topics.keep_wording(c, topic)
        return 0
    topics.reword(c, topic, found.title, found.summary)
    return 1
