"""The writing half of the meaning index. Owns ``Vectors`` and the thread ``index-store``.

The thread opens the index (``IndexUpkeep``), then takes finished vectors from the
index thread and, in batches, puts them into Chroma and after that takes their entries out of
the outbox in one transaction. A crash between the two repeats work, which does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from memory import vectors as chroma
from memory.clock import Clock
from memory.errors import IndexUnavailable, Stopping, problem_from
from memory.index_upkeep import IndexUpkeep, stopping
from memory.paths import DataPaths
from memory.priority import standing, step_back
from memory.protocol import Problem
from memory.store import embeddings, memories, outbox
from memory.store.db import Connection, Database, DatabaseError
from memory.store.embeddings import Done, Tokens, Vector
from memory.vectors import Beside, Vectors

State = Literal["ready", "rebuilding", "unavailable"]

log = logging.getLogger(__name__)

# A call into Chroma costs 5-25 ms however few vectors it carries, and a question waits for
# the call under way (measured at 100,000 vectors: 64 take 60 ms, 256 take 120 ms). So small
# batches while someone asks, large ones while nobody does.
_BATCH_ASKED = 64
_BATCH_ALONE = 256
_ASKED_S = 10.0
_LONGEST_WAIT_S = 0.5
_MOMENT_S = 0.25
_ROOM = 4 * _BATCH_ALONE
_RETRY_S = 30.0
_QUIET_S = 300.0
# Writing a large index anew takes long: a row of forgettings is followed by one.
_SMALL = 5_000
_PURGE_QUIET_S = 60.0
_PURGE_LATEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """An outbox entry with its vector; ``vector`` is None for a delete or a lost memory."""

    seq: int
    memory_id: str
    op: str
    source_id: str | None
    vector: Vector | None
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """Another embedder, whose vectors are all in the database. ``commit`` runs what it is given
    where nobody asks or embeds meanwhile; ``note`` joins the transaction of the switch."""

    model: str
    dimension: int
    note: Callable[[Connection], None]
    commit: Callable[[Callable[[], None]], None]
    done: Future[int] = field(default_factory=Future)


class IndexStore:
    """See the module. ``vectors`` may be read by the index thread for queries."""

    def __init__(
        self,
        database: Database,
        paths: DataPaths,
        clock: Clock,
        model: str,
        dimension: int,
        *,
        url: str = "",
        questions_wait: Callable[[], bool] = lambda: False,
        asked_s: Callable[[], float] = lambda: 0.0,
        on_room: Callable[[], None] = lambda: None,
        on_reset: Callable[[], None] = lambda: None,
        on_change: Callable[[list[str]], None] = lambda _ids: None,
        on_state: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._paths = paths
        self._clock = clock
        self._model = model
        self._url = url
        self._questions_wait = questions_wait
        self._asked_s = asked_s  # when the last question came (monotonic)
        self._on_room = on_room
        self._on_reset = on_reset
        self._on_change = on_change
        self._on_state = on_state
        self._upkeep = IndexUpkeep(
            database,
            paths,
            clock,
            model,
            dimension,
            url=url,
            stopping=lambda: self._stopping,
            pause=self._let_questions_pass,
            on_work=on_room,
        )
        self._changed = threading.Condition()
        self._purge_first_s = 0.0
        self._purge_s: float | None = None  # when deleted vectors' bytes are to go (monotonic)
        self._waiting: deque[Prepared] = deque()
        self._since = 0.0
        self._flush = False
        self._may_write = threading.Event()
        self._may_write.set()
        self._applying = 0
        self._resting = 0
        self._rebuilds: list[Future[int]] = []
        self._reconciles: list[Future[int]] = []
        self._switches: list[Switch] = []
        self._stopping = False
        self.vectors: Vectors | None = None
        self.answers = False  # whether ``vectors`` holds enough to be asked
        self._failed_s = -_QUIET_S
        self.state: State = "rebuilding"
        self.problem: Problem | None = None
        self._thread = threading.Thread(target=self._run, name="index-store", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what was handed over, close the index, end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def put(self, entries: Sequence[Prepared], *, flush: bool) -> None:
        """Hand entries over; ``flush`` says that no more come soon."""
        with self._changed:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.extend(entries)
            self._flush = self._flush or flush
            self._changed.notify_all()

    def room(self) -> bool:
        """Whether more may be handed over now (``on_room`` tells when)."""
        return len(self._waiting) < _ROOM

    def writes(self) -> bool:
        """Whether a batch is on its way into Chroma, or about to be."""
        return self._applying > 0 or self._due()

    def may_write(self, may: bool) -> None:
        """Whether now is a good moment to begin a call into Chroma.

        The thread waits for one, but not long: it is a matter of speed only.
        """
        (self._may_write.set if may else self._may_write.clear)()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Begin no small call into Chroma meanwhile: each holds Python's lock for a while, and
        somebody waits for other work. What is asked for by name still goes on."""
        with self._changed:
            self._resting += 1
        try:
            yield
        finally:
            with self._changed:
                self._resting -= 1
                self._changed.notify_all()

    def in_flight(self) -> int:
        return len(self._waiting) + self._applying

    def rebuild(self) -> Future[int]:
        """Ask for a rebuild from SQLite; the future gives the number of vectors."""
        return self._ask(self._rebuilds)

    def purge(self) -> Future[int] | None:
        """Let the bytes of deleted vectors go, as the mark ``PURGE`` in the database asks.

        At once from a small index (the future tells when); from a large one after a quiet
        minute, after ten minutes at the latest, or at the next start (None).
        """
        with self._database.read() as c:
            size = sum(memories.counts(c).values())
        if size <= _SMALL or not self.answers:
            return self.rebuild()
        now = time.monotonic()
        with self._changed:
            self._purge_first_s = now if self._purge_s is None else self._purge_first_s
            self._purge_s = min(now + _PURGE_QUIET_S, self._purge_first_s + _PURGE_LATEST_S)
            self._changed.notify_all()
        return None

    def reconcile(self) -> Future[int]:
        """Ask for a full comparison with SQLite; the future gives how many entries differed."""
        return self._ask(self._reconciles)

    def switch(self, order: Switch) -> None:
        """Ask for an index of another embedder's vectors; ``order.done`` tells when it is used."""
        with self._changed:
            if self._stopping:
                raise stopping()
            self._switches.append(order)
            self._changed.notify_all()

    def _ask(self, waiting: list[Future[int]]) -> Future[int]:
        future: Future[int] = Future()
        with self._changed:
            if self._stopping:
                raise stopping()
            waiting.append(future)
            self._changed.notify_all()
        return future

    # -- the thread

    def _run(self) -> None:
        step_back()
        while not self._stopping:
            try:
                if self.vectors is None:
                    self._open()
                self._work()
            except Stopping:
                break
            except Exception as error:  # a worker that dies silently would be worse
                self._fail(error)
        self._end()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._has_work():
                    self._changed.wait(self._patience())
                if self._stopping:
                    return
                if self._purge_due():
                    self._purge_s = None
                    self._rebuilds.append(Future())
                asked = bool(self._rebuilds or self._reconciles or self._switches)
                batch = self._next_batch() if not asked and self._due() else []
            if asked:
                self._answer(self._rebuilds, self._rebuild)
                self._answer(self._reconciles, self._reconcile)
                while self._switches:
                    order = self._switches.pop(0)
                    self._answer([order.done], lambda order=order: self._switch(order))  # type: ignore[misc]
            elif batch:
                self._may_write.wait(_MOMENT_S)
                self._let_questions_pass()
                self._apply(batch)

    def _answer(self, waiting: list[Future[int]], work: Callable[[], int]) -> None:
        """Do ``work`` once for everyone who asked until now."""
        with self._changed:
            futures = waiting[:]
            waiting.clear()
        if not futures:
            return
        standing.work("index-store")
        try:
            self._set_state("rebuilding", None)
            total = work()
        except Exception as error:
            for future in futures:
                future.set_exception(error)
            raise
        finally:
            standing.rest("index-store")
        self._set_state("ready", None)
        for future in futures:
            future.set_result(total)

    def _has_work(self) -> bool:
        asked = bool(self._rebuilds or self._reconciles or self._switches) or self._purge_due()
        return self._stopping or asked or self._due()

    def _purge_due(self) -> bool:
        return self._purge_s is not None and time.monotonic() >= self._purge_s

    def _due(self) -> bool:
        if not self._waiting or self._resting:
            return False
        old = time.monotonic() - self._since >= _LONGEST_WAIT_S
        return self._flush or old or len(self._waiting) >= self._batch_size()

    def _batch_size(self) -> int:
        asked = time.monotonic() - self._asked_s() < _ASKED_S
        return _BATCH_ASKED if asked else _BATCH_ALONE

    def _patience(self) -> float | None:
        if self._waiting:
            return _LONGEST_WAIT_S
        if self._purge_s is not None:
            return max(0.0, self._purge_s - time.monotonic())
        return None

    def _next_batch(self) -> list[Prepared]:
        size = self._batch_size()
        batch = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
        self._applying = len(batch)
        self._since = time.monotonic()
        if not self._waiting:
            self._flush = False
        return batch

    def _let_questions_pass(self) -> None:
        until = time.monotonic() + 0.1
        while self._questions_wait() and time.monotonic() < until:
            time.sleep(0.002)

    def _apply(self, batch: Sequence[Prepared]) -> None:
        assert self.vectors is not None
        with self._database.read() as c:
            standing = outbox.standing(c, [entry.seq for entry in batch])
        # What was forgotten or edited since it was taken must not get into the index.
        fresh = {e.memory_id: e.vector for e in batch if e.vector is not None and e.seq in standing}
        gone = [e.memory_id for e in batch if e.op == "delete"]
        if fresh:
            known = [vector for vector in fresh.values() if vector is not None]
            self.vectors.add(list(fresh), np.stack(known))
        if gone:
            self.vectors.delete(gone)
        finished = self._database.write(lambda c: self._settle(c, batch))
        self._applying = 0
        self._on_room()
        if finished:
            self._on_change(finished)

    def _settle(self, c: Connection, batch: Sequence[Prepared]) -> list[str]:
        embeddings.done(
            c, self._model, [Done(e.seq, e.memory_id, e.vector, e.tokens) for e in batch]
        )
        now_ms = self._clock.now_ms()
        sources = {entry.source_id for entry in batch if entry.source_id is not None}
        finished = outbox.finish_sources(c, sorted(sources), now_ms)
        if outbox.is_empty(c):
            finished += outbox.finish_all_sources(c, now_ms)
        return finished

    def _fail(self, error: Exception) -> None:
        """Say what is wrong; then rebuild (index broken) or wait and try again."""
        log.warning("meaning index: %s", type(error).__name__, exc_info=not _expected(error))
        with self._changed:
            self._waiting.clear()
            self._applying = 0
        self._on_reset()
        self._drop_vectors()
        again = time.monotonic() - self._failed_s < _QUIET_S
        self._failed_s = time.monotonic()
        self._set_state("unavailable", problem_from(error))
        if isinstance(error, IndexUnavailable) and not self._url:
            chroma.discard(self._paths)  # a cache; SQLite has all that was in it
            if not again:
                return
        self._refuse(error)
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or bool(self._rebuilds or self._reconciles), _RETRY_S
            )

    def _refuse(self, error: Exception) -> None:
        """Nobody should wait for an index that does not open; who asks next has it tried."""
        with self._changed:
            asked = self._asked()
            self._rebuilds.clear()
            self._reconciles.clear()
            self._switches.clear()
        for future in asked:
            future.set_exception(error)

    def _asked(self) -> list[Future[int]]:
        return self._rebuilds + self._reconciles + [order.done for order in self._switches]

    def _drop_vectors(self) -> None:
        self.answers = False
        vectors, self.vectors = self.vectors, None
        if vectors is not None:
            try:
                vectors.abandon()
            except IndexUnavailable:
                pass  # it is being thrown away

    def _end(self) -> None:
        with self._changed:
            left, self._waiting = list(self._waiting), deque()
            asked = self._asked()
        for future in asked:
            future.set_exception(stopping())
        if self.vectors is None:
            return
        try:
            for start in range(0, len(left), _BATCH_ALONE):
                self._apply(left[start : start + _BATCH_ALONE])
            self.vectors.close()
        except Exception as error:  # the outbox still has it; nothing is lost
            log.warning("closing the meaning index: %s", type(error).__name__)

    # -- opening and writing anew: see ``IndexUpkeep``

    def _open(self) -> None:
        self._set_state("rebuilding", None)
        opened = self._upkeep.open()
        self.vectors = opened.vectors
        self._upkeep.settle(opened)
        self.answers = True
        if opened.purge:
            self._purge_s = time.monotonic()
        self._set_state("ready", None)

    def _reconcile(self) -> int:
        assert self.vectors is not None
        return self._upkeep.reconcile(self.vectors)

    def _rebuild(self) -> int:
        assert self.vectors is not None
        self._purge_s = None
        return self._upkeep.rebuild(self.vectors)

    def _switch(self, order: Switch) -> int:
        assert self.vectors is not None
        vectors = self.vectors
        beside = self._upkeep.prepare(vectors, order.model, order.dimension)
        try:
            order.commit(lambda: self._adopt(vectors, beside, order))
        except BaseException:
            if self._model != order.model:
                vectors.forsake(beside)
            raise
        return beside.total

    def _adopt(self, vectors: Vectors, beside: Beside, order: Switch) -> None:
        """On the index thread, while this one waits: what was made by the old one is void."""
        with self._changed:
            self._waiting.clear()
            self._flush = False
        self._upkeep.switch(order.model, order.dimension, order.note)
        self._model = order.model
        vectors.adopt(beside)

    def _set_state(self, state: State, problem: Problem | None) -> None:
        if (state, problem) != (self.state, self.problem):
            self.state, self.problem = state, problem
            self._on_state()


def _expected(error: Exception) -> bool:
    return isinstance(error, IndexUnavailable | DatabaseError)
