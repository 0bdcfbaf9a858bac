"""Search by meaning: embeds questions and memories, asks Chroma. Owns the thread ``index``.

The index thread owns the embedder. Questions go before memories: between two runs of the
network (some 15 ms each) it looks whether one waits. Finished vectors go to ``IndexStore``, which
writes them. What must be done stands in the outbox; nothing needed after a crash lives only here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from memory.clock import Clock
from memory.errors import IndexUnavailable, RecollectError, Stopping, problem_from
from memory.index_slices import WINDOW, Slices, within
from memory.index_store import IndexStore, Prepared, State, Switch
from memory.index_upkeep import stopping
from memory.paths import DataPaths
from memory.priority import standing, step_back
from memory.protocol import Problem
from memory.store import embeddings, outbox
from memory.store.db import Connection, Database
from memory.store.embeddings import Tokens, Vector, Work
from memory.vectors import Matrix
from models.token_vectors import AskedTokens

T = TypeVar("T")
_Embedded = tuple[Vector | None, Tokens | None]

log = logging.getLogger(__name__)

_ASKED_S = 10.0
_ASKING_S = 0.3
_IDLE_S = 2.0
_QUESTION_S = 10.0


class Embedder(Protocol):
    """What the index needs of ``models.embedder.Embedder``."""

    @property
    def model_id(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Matrix: ...
    def close(self) -> None: ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """One that also tells the vectors of single tokens, see ``models.token_vectors``."""

    def embed_with_tokens(
        self, texts: Sequence[str], between: Callable[[], bool] | None = None
    ) -> tuple[Matrix, list[Tokens | None]]: ...
    def embed_question(self, text: str) -> tuple[Vector, AskedTokens]: ...


@dataclass(frozen=True)
class Asked:
    """A question as the embedder sees it; ``tokens`` is None where it tells none."""

    vector: Vector
    tokens: AskedTokens | None = None


@dataclass(slots=True)
class Asking:
    """A question on its way: its vector, and with a limit the nearest memories (id and cosine,
    best first). Both raise ``IndexUnavailable`` where they cannot be had.

    Attributes:
        ms: from the asking to the last answer, 0 before.
    """

    text: str
    limit: int
    asked: Future[Asked] = field(default_factory=Future)
    found: Future[list[tuple[str, float]]] = field(default_factory=Future)
    begun_s: float = field(default_factory=time.perf_counter)
    ms: float = 0.0


def embedded_text(heading: str | None, text: str) -> str:
    """What stands for a memory's meaning: the headings above it and its text."""
    return f"{heading}\n{text}" if heading else text


class Index:
    """The meaning index of one data folder. ``start`` it once, ``stop`` it before the database.

    Attributes:
        model: id of the embedder, empty until it is loaded.
    """

    def __init__(
        self,
        database: Database,
        paths: DataPaths,
        clock: Clock,
        load_embedder: Callable[[], Embedder],
        *,
        url: str = "",
        on_change: Callable[[list[str]], None] = lambda _source_ids: None,
        on_state: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._paths = paths
        self._clock = clock
        self._load_embedder = load_embedder
        self._url = url
        self._on_change = on_change
        self._on_state = on_state
        self._changed = threading.Condition()
        self._questions: deque[Asking] = deque()
        self._turns: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._asked_s = float("-inf")
        self._stopping = False
        self._woken = True
        self._after_seq = 0
        self._resets = 0
        self._slices = Slices()
        self._embedder: Embedder | None = None
        self._embedder_problem: Problem | None = None
        self._store: IndexStore | None = None
        self.model = ""
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is embedded, close the index; questions still waiting fail."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def state(self) -> State:
        if self._embedder_problem is not None:
            return "unavailable"
        return self._store.state if self._store is not None else "rebuilding"

    @property
    def problem(self) -> Problem | None:
        if self._embedder_problem is not None:
            return self._embedder_problem
        return self._store.problem if self._store is not None else None

    def pending(self) -> int:
        """How many memories cannot be found by meaning yet."""
        with self._database.read() as c:
            return outbox.pending_upserts(c)

    def wake(self) -> None:
        """Say that the outbox has something new; cheap, from any thread."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def query(self, question: str, limit: int) -> list[tuple[str, float]]:
        """The nearest memories as ``(memory id, cosine)``, best first.

        Goes before any memory waiting to be embedded. Ids may belong to memories that went
        a moment ago; loading them by id drops those.

        Raises:
            IndexUnavailable: the index or the embedder cannot be used now.
        """
        return self._answered(self.ask(question, limit).found)

    def embed_question(self, question: str) -> Vector:
        """The vector of a question: (dimension,) float32 of unit length."""
        return self._answered(self.ask(question, 0).asked).vector

    def ask(self, question: str, limit: int) -> Asking:
        """The same without waiting.

        Raises:
            IndexUnavailable: there is no embedder, or Recollect is stopping.
        """
        if self._embedder_problem is not None:
            raise _unavailable(self._embedder_problem.message)
        asked = Asking(question, limit)
        with self._changed:
            if self._stopping:
                raise _unavailable("Recollect is stopping.")
            self._questions.append(asked)
            self._asked_s = time.monotonic()
            self._changed.notify_all()
        return asked

    def near(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """The memories nearest to a vector of the embedder in use, for work that can wait: ids
        with their cosines, best first. Questions go first.

        Raises:
            IndexUnavailable: it is being opened or rebuilt, or Recollect is stopping.
        """
        if self._store is None or not self._store.answers:
            raise _unavailable("It is being opened or rebuilt.")
        found: list[tuple[str, float]] = []
        self._at_turn(lambda: found.extend(self._nearest(vector, limit)))
        return found

    def rebuild(self) -> int:
        """Make the Chroma index anew from SQLite and wait; returns how many vectors it holds.

        Also removes every byte of vectors that were deleted.

        Raises:
            IndexUnavailable: it cannot be used now.
        """
        return self._running_store().rebuild().result()

    def start_purge(self) -> Future[int] | None:
        """Have the bytes of deleted vectors removed, see ``IndexStore.purge``."""
        return self._running_store().purge()

    def resting(self) -> AbstractContextManager[None]:
        """Nothing new is begun in the index meanwhile, see ``IndexStore.resting``."""
        return self._store.resting() if self._store is not None else nullcontext()

    def reconcile(self) -> int:
        """Compare Chroma with SQLite in full and repair; returns how many entries differed."""
        return self._running_store().reconcile().result()

    def switch(self, embedder: Embedder, note: Callable[[Connection], None]) -> Future[int]:
        """Use another embedder from now on, whose vectors are in the database.

        The index of its vectors is made beside the one in use, which answers until then. ``note``
        runs in the transaction of the switch. What has no vector yet follows as usual. The future
        gives the number of vectors; where it fails, everything is as before.

        Raises:
            IndexUnavailable, Stopping: it was not begun.
        """
        if self._embedder_problem is not None:
            self._database.write(note)
            self._at_turn(lambda: self._take_over(embedder))
            taken: Future[int] = Future()
            taken.set_result(0)
            return taken
        order = Switch(
            embedder.model_id, embedder.dimension, note,
            lambda work: self._at_turn(lambda: self._change(embedder, work)),
        )  # fmt: skip
        self._running_store().switch(order)
        return order.done

    def asking(self) -> bool:
        """Whether someone asks now or did a moment ago; other work should give way."""
        return bool(self._questions) or time.monotonic() - self._asked_s < _ASKING_S

    def settled(self, timeout_s: float) -> bool:
        """Wait until nothing is left to do; False if time ran out or the index is down."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            with self._database.read() as c:
                empty = outbox.is_empty(c)
            if empty and self._store is not None and self._store.answers:
                return True
            time.sleep(0.02)
        return False

    # -- questions

    def _answered(self, future: Future[T]) -> T:
        try:
            return future.result(_QUESTION_S)
        except FutureTimeout as error:
            raise _unavailable("It did not answer in time.") from error

    def _serve(self, asked: Asking) -> None:
        try:
            assert self._embedder is not None
            if isinstance(self._embedder, TokenEmbedder):
                known = Asked(*self._embedder.embed_question(asked.text))
            else:
                known = Asked(self._embedder.embed([asked.text])[0])
            asked.asked.set_result(known)
            near = self._nearest(known.vector, asked.limit) if asked.limit else []
            asked.ms = (time.perf_counter() - asked.begun_s) * 1000
            asked.found.set_result(near)
        except Exception as error:
            told = error if isinstance(error, RecollectError) else None
            failure = told or _unavailable(f"{type(error).__name__}.")
            if told is None:
                log.warning("question: %s", type(error).__name__, exc_info=True)
            for future in (asked.asked, asked.found):
                if not future.done():
                    future.set_exception(failure)

    def _nearest(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        store = self._store
        vectors = store.vectors if store is not None and store.answers else None
        if vectors is None:
            raise _unavailable("It is being opened or rebuilt.")
        return vectors.query(vector, limit)

    # -- another embedder

    def _at_turn(self, work: Callable[[], None]) -> None:
        """Run ``work`` on the index thread between questions and slices, and wait for it."""
        done: Future[None] = Future()
        with self._changed:
            if self._stopping:
                raise stopping()
            self._turns.append((work, done))
            self._changed.notify_all()
        done.result()

    def _change(self, embedder: Embedder, adopt: Callable[[], None]) -> None:
        adopt()
        self._embedder, self.model = embedder, embedder.model_id
        self._reset()
        self._woken = True

    def _take_over(self, embedder: Embedder) -> None:
        """In place of one that could not be loaded."""
        self._embedder, self.model = embedder, embedder.model_id
        self._embedder_problem = None
        self._on_state()

    def _take_turn(self) -> None:
        with self._changed:
            work, done = self._turns.popleft()
        try:
            work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    # -- the thread

    def _run(self) -> None:
        step_back()
        self._load()
        if self._embedder is None:  # stopped before there was one
            self._refuse_questions()
            return
        self._store = self._make_store(self._embedder)
        self._store.start()
        while not self._stopping:
            try:
                self._step()
            except Stopping:
                break
            except Exception as error:
                log.warning("index: %s", type(error).__name__, exc_info=True)
                self._reset()
                self._wait(_IDLE_S)
        self._refuse_questions()  # the store may wait for its turn
        self._store.stop()
        self._refuse_questions()
        self._embedder.close()

    def _load(self) -> None:
        """Load the embedder; where that fails, wait for another one."""
        try:
            self._embedder = self._load_embedder()
            self.model = self._embedder.model_id
        except Exception as error:
            log.error("embedder: %s", type(error).__name__, exc_info=True)
            self._embedder_problem = problem_from(error)
            self._on_state()
        while self._embedder is None and not self._stopping:
            self._refuse_questions()
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopping or bool(self._turns or self._questions)
                )
            if self._turns and not self._stopping:
                self._take_turn()

    def _make_store(self, embedder: Embedder) -> IndexStore:
        return IndexStore(
            self._database,
            self._paths,
            self._clock,
            embedder.model_id,
            embedder.dimension,
            url=self._url,
            questions_wait=lambda: bool(self._questions),
            asked_s=lambda: self._asked_s,
            on_room=self.wake,
            on_reset=self._ask_reset,
            on_change=self._on_change,
            on_state=self._on_state,
        )

    def _step(self) -> None:
        if self._questions:
            self._serve(self._questions.popleft())
            return
        if self._turns:
            self._take_turn()
            return
        store = self._running_store()
        if self._resets:
            self._reset()
        if store.answers and store.room() and (self._slices or self._take(store)):
            standing.work("index")
            self._embed_slice(store)
        else:
            store.may_write(True)
            standing.rest("index")
            self._wait(_IDLE_S)

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._woken or bool(self._questions or self._turns),
                seconds,
            )
            self._woken = False

    def _take(self, store: IndexStore) -> bool:
        """Fetch the next window of the outbox; what needs no embedding goes on at once."""
        with self._database.read() as c:
            window = embeddings.take(c, WINDOW, self.model, self._after_seq)
        if not window:
            return False
        window = within(window)
        self._after_seq = window[-1].seq
        ready = [_prepared(w, w.vector) for w in window if w.text is None or w.vector is not None]
        todo = [w for w in window if w.text is not None and w.vector is None]
        self._slices.fill(todo)
        if ready:
            store.put(ready, flush=not todo and not self._more())
        return True

    def _embed_slice(self, store: IndexStore) -> None:
        part = self._slices.next()
        if not part:
            return
        texts = [embedded_text(w.heading, w.text or "") for w in part]
        vectors = self._embed(part, texts)
        store.may_write(False)  # not while the next slice is made ready: that needs the lock too
        done = [_prepared(w, *found) for w, found in zip(part, vectors, strict=True)]
        store.put(done, flush=not self._slices and not self._more())

    def _more(self) -> bool:
        with self._database.read() as c:
            return bool(outbox.take(c, 1, self._after_seq))

    def _embed(self, part: Sequence[Work], texts: Sequence[str]) -> list[_Embedded]:
        """Vectors of a slice; if it fails, text by text, and after three failures without."""
        assert self._embedder is not None
        try:
            return self._embedded(texts)
        except Stopping:
            raise
        except Exception:
            log.warning("embedding a slice failed; one by one", exc_info=True)
        vectors: list[_Embedded] = []
        for work, text in zip(part, texts, strict=True):
            try:
                vectors += self._embedded([text])
            except Stopping:
                raise
            except Exception as error:
                log.warning("memory %s not embedded: %s", work.memory_id, type(error).__name__)
                vectors.append(
                    (None, None)
                )  # stays findable by words; tried again at the next start
        return vectors

    def _embedded(self, texts: Sequence[str]) -> list[_Embedded]:
        assert self._embedder is not None
        if isinstance(self._embedder, TokenEmbedder):
            return list(zip(*self._embedder.embed_with_tokens(texts, self._between), strict=True))
        return [(vector, None) for vector in self._embedder.embed(texts, self._between)]

    def _between(self) -> bool:
        """Between two runs: end, let questions pass, and say whether the next run is long.

        It is when the store is about to write, and only then the store begins: Chroma holds
        Python's lock all through a call (chromadb 1.5.9; 40 ms for 256 vectors, more in a large
        index), and a run needs it only at its ends. While someone asks, who would wait for a
        long run, runs stay short and the store begins when it likes.
        """
        if self._stopping:
            raise stopping()
        while self._questions:
            self._serve(self._questions.popleft())
        asked = time.monotonic() - self._asked_s < _ASKED_S
        store = self._running_store()
        long = store.writes() and not asked
        store.may_write(long or asked)
        return long

    def _ask_reset(self) -> None:
        self._resets += 1
        self.wake()

    def _reset(self) -> None:
        """Start again from the oldest entry: what was in flight may be lost."""
        self._resets = 0
        self._after_seq = 0
        self._slices.clear()

    def _running_store(self) -> IndexStore:
        if self._store is None:
            raise _unavailable("It is not open yet.")
        return self._store

    def _refuse_questions(self) -> None:
        with self._changed:
            waiting, self._questions = list(self._questions), deque()
            turns = list(self._turns) if self._stopping else []
            if self._stopping:
                self._turns.clear()
        for _work, done in turns:
            done.set_exception(stopping())
        for asked in waiting:
            for future in (asked.asked, asked.found):
                future.set_exception(_unavailable("It is not open."))


def _prepared(work: Work, vector: Vector | None, tokens: Tokens | None = None) -> Prepared:
    return Prepared(work.seq, work.memory_id, work.op, work.source_id, vector, tokens)


def _unavailable(detail: str) -> IndexUnavailable:
    return IndexUnavailable(
        "Search by meaning is not available",
        detail,
        "Search by words goes on; try again in a moment.",
    )
