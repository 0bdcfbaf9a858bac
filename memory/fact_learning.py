"""Learns facts from what was said, in idle time. Owns the thread ``facts``.

Chats are read once they have rested, imported conversations and notes as they come. Work is cut
into slices: a few memories are read on this thread, and their statements, the facts folded from
them and the mark up to which the source was read are stored in one transaction. A crash costs one
slice, which is read again. Questions and the reading of files go first.

Only what people say is read, never an assistant's words: what it recalls is not learnt again;
and nothing of a memory that gives orders to an assistant, unless the person called it fine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from memory.clock import Clock
from memory.facts.clauses import Scene
from memory.facts.extract import statements
from memory.facts.fold import opposed
from memory.facts.statements import YOU, Statement
from memory.facts.values import key_of
from memory.idle import IdleThread
from memory.settings import Settings
from memory.store import facts, meta
from memory.store.db import Connection, Database

SLICE = 24
"""Memories read between two looks at whether somebody is waiting."""
LOOK_S = 20.0
_BEFORE = 3
"""Turns before a slice that are read again, to know whom "she" means."""
_FLOOR = "facts_floor"
_FLOOR_FILES = "facts_floor_files"


@dataclass(frozen=True)
class Learnt:
    """What one call did."""

    memories: int = 0
    statements: int = 0
    changed: int = 0

    def __add__(self, other: Learnt) -> Learnt:
        return Learnt(
            self.memories + other.memories,
            self.statements + other.statements,
            self.changed + other.changed,
        )


class FactLearning:
    """``busy`` says that a person or other work goes first; ``on_learnt`` is told that facts
    changed, and their memories wait for vectors."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        *,
        busy: Callable[[], bool] = lambda: False,
        on_learnt: Callable[[], None] = lambda: None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._on_learnt = on_learnt
        self._zone = zone
        self._one_at_a_time = threading.Lock()
        self._thread = IdleThread(
            "facts", self._round, "facts were not learnt", round_s=LOOK_S, busy=busy
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the slice under way; it goes on at the next start."""
        self._thread.stop()

    def wake(self) -> None:
        """Something was imported: look now, not at the next round."""
        self._thread.wake()

    def learn(self, *, resting: bool = True) -> Learnt:
        """Read everything that waits, on the caller's thread; with ``resting`` only chats that
        have rested. Yields between slices while somebody is served.

        Raises:
            Stopping: the daemon stops.
        """
        done = Learnt(changed=self._tidy())
        while (source_id := self._next(resting)) is not None:
            self._thread.give_way()
            done += self._slice(source_id)
        if not resting:
            return done
        self._raise_floor()
        return done

    def learn_again(self, memory_id: str) -> Learnt:
        """Read one memory that was passed over, now that the person called it fine."""
        with self._one_at_a_time:
            with self._database.read() as c:
                row = facts.one_to_read(c, memory_id, self._kinds())
                if row is None or row["rowid"] > facts.mark_of(c, row["source_id"]):
                    return Learnt()  # its turn comes
                before = facts.read_before(c, row["source_id"], row["rowid"], _BEFORE)
                names = facts.known_names(c, YOU)
            said = self._read([row], before, names)

            def work(c: Connection) -> Learnt:
                if facts.one_to_read(c, memory_id, self._kinds()) is None:
                    return Learnt()
                facts.drop_said_in(c, [memory_id])
                topics = facts.add_statements(c, said, self._clock.now_ms())
                changed = facts.refold(c, topics | facts.changed_topics(c), self._zone)
                return Learnt(1, len(said), changed)

            done = self._database.write(work)
        self._tell(done.changed)
        return done

    def _round(self) -> None:
        if self._settings().learn_facts:
            self.learn()

    # -- what is next

    def _kinds(self) -> tuple[str, ...]:
        return (
            ("turn", "note", "passage") if self._settings().facts_from_files else ("turn", "note")
        )

    def _floor(self, c: Connection) -> int:
        return int(meta.get(c, self._floor_name()) or 0)

    def _floor_name(self) -> str:
        return _FLOOR_FILES if self._settings().facts_from_files else _FLOOR

    def _next(self, resting: bool) -> str | None:
        rest_ms = self._settings().facts_rest_minutes * 60_000 if resting else 0
        before_ms = self._clock.now_ms() - rest_ms
        with self._database.read() as c:
            found = facts.waiting(c, self._floor(c), before_ms, self._kinds(), limit=1)
        return found[0] if found else None

    def _raise_floor(self) -> None:
        """Nothing below this row is ever looked at again; only once no chat is still warm."""
        with self._database.read() as c:
            newest, floor = facts.newest_row(c), self._floor(c)
            warm = facts.waiting(c, floor, self._clock.now_ms(), self._kinds(), limit=1)
        if not warm and newest > floor:
            name = self._floor_name()
            self._database.write(lambda c: meta.put(c, name, str(newest)))

    def _tidy(self) -> int:
        """Fold anew what lost a statement with a file that changed."""
        with self._database.read() as c:
            if not facts.changed_topics(c):
                return 0
        changed = self._database.write(
            lambda c: facts.refold(c, facts.changed_topics(c), self._zone)
        )
        self._tell(changed)
        return changed

    # -- one slice

    def _slice(self, source_id: str) -> Learnt:
        """Read the next memories of a source and keep what they say."""
        with self._one_at_a_time:
            with self._database.read() as c:
                mark = facts.mark_of(c, source_id)
                rows = facts.unread(c, source_id, mark, self._kinds(), SLICE)
                before = facts.read_before(c, source_id, rows[0]["rowid"], _BEFORE) if rows else []
                names = facts.known_names(c, YOU)
            said = self._read(rows, before, names)
            done = self._database.write(lambda c: self._keep(c, source_id, mark, rows, said))
        self._tell(done.changed)
        return done

    def _read(
        self, rows: Sequence[Any], before: Sequence[Any], names: dict[str, str]
    ) -> list[tuple[str, Statement]]:
        scene = Scene(known=dict(names))
        for row in before:
            self._listen(row, scene)
        return [(row["id"], one) for row in rows for one in self._listen(row, scene)]

    def _listen(self, row: Any, scene: Scene) -> list[Statement]:
        if row["role"] == "assistant" or row["orders"] is not None:
            scene.heard += 1
            return []
        scene.speaker = speaker_of(row["role"], row["speaker"])
        said = statements(row["text"], row["said_ms"], scene, self._zone)
        denied = (opposed(one) for one in said)
        return [*said, *(one for one in denied if one is not None)]

    def _keep(
        self,
        c: Connection,
        source_id: str,
        mark: int,
        rows: Sequence[Any],
        said: Sequence[tuple[str, Statement]],
    ) -> Learnt:
        if not rows or facts.mark_of(c, source_id) != mark:
            return Learnt()  # somebody else read it meanwhile
        there = {row["id"] for row in facts.unread(c, source_id, mark, self._kinds(), SLICE)}
        there -= facts.read_elsewhere(c, there)  # taken in with an archive
        kept = [(memory_id, one) for memory_id, one in said if memory_id in there]
        topics = facts.add_statements(c, kept, self._clock.now_ms())
        facts.set_mark(c, source_id, rows[-1]["rowid"])
        changed = facts.refold(c, topics, self._zone)
        return Learnt(len(rows), len(kept), changed)

    def _tell(self, changed: int) -> None:
        if changed:
            self._on_learnt()


def speaker_of(role: str | None, speaker: str | None) -> str:
    """Whom "I" means: the person in their own chats and notes, elsewhere the speaker by name."""
    if role in (None, "person") or not speaker:
        return YOU
    return YOU if key_of(speaker) in ("me", "you", "user", "i") else speaker
