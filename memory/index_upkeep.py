"""Opening the meaning index, making it agree with SQLite, writing it anew. Runs on the thread
``index-store``, called by ``IndexStore``.

Which folder may be opened is decided by a child process (``chroma_probe``): it dies, not the
daemon. Only should the daemon itself die twice in a row in the moment of opening a folder the
child found sound, is the folder given up. A daemon killed at any other moment leaves a folder
that is opened and compared with SQLite.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from memory import vectors as chroma
from memory.chroma_probe import PROBE_SECONDS, Sample, probe
from memory.clock import Clock
from memory.errors import Stopping
from memory.paths import DataPaths
from memory.store import embeddings, meta, outbox
from memory.store.db import Connection, Database
from memory.vectors import Beside, Page, Vectors

log = logging.getLogger(__name__)

PURGE = "purge_index"
"""Name of the mark in ``meta``: the files still hold bytes of deleted vectors."""

_MODEL = "index_model"
_STORE_ID = "store_id"
_OPENINGS = "index_openings"
_OPENINGS_BEFORE_REBUILD = 2
# Chroma holds Python's lock while it writes (1.5.9: about 0.4 ms a vector, measured): all
# else in the process, a question too, waits for the call under way.
_PAGE, _SMALLEST_PAGE, _LONGEST_CALL_S = 256, 64, 0.15
# Ids compared at a time.
_IDS = 2_000
_SAMPLES = 48
# Bytes a second. A large index is read whole when it is opened; one given up for being slow
# would be written anew, which takes far longer.
_SLOWEST_DISK = 10e6
_TRIED = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """``trusted``: it stands as the last close left it and holds as many as SQLite."""

    vectors: Vectors
    trusted: bool
    empty: bool
    purge: bool


class IndexUpkeep:
    """Stateless but for its tools.

    ``stopping`` ends long work early, ``pause`` lets waiting questions go first, ``on_work``
    is called when there is something new in the outbox.
    """

    def __init__(
        self,
        database: Database,
        paths: DataPaths,
        clock: Clock,
        model: str,
        dimension: int,
        *,
        url: str,
        stopping: Callable[[], bool],
        pause: Callable[[], None],
        on_work: Callable[[], None],
    ) -> None:
        self._database = database
        self._paths = paths
        self._clock = clock
        self._model = model
        self._dimension = dimension
        self._url = url
        self._stopping = stopping
        self._pause = pause
        self._on_work = on_work

    # -- opening

    def open(self) -> Opened:
        """Open the index, a new one where there was none or the old one is not sound.

        Raises:
            IndexUnavailable: Chroma said no.
            Stopping: the daemon ends.
        """
        self._database.write(self._prepare)
        untouched = not self._url and chroma.closed_properly(self._paths)
        if not self._url and not self._is_sound(untouched):
            chroma.discard(self._paths)
            self._database.write(lambda c: meta.delete(c, _OPENINGS))
        return self._open_marked(untouched)

    def name(self, model: str | None = None) -> str:
        """Of the collection: another store or another embedder never meets our vectors."""
        with self._database.read() as c:
            store = meta.get(c, _STORE_ID)
        digest = hashlib.sha256((model or self._model).encode()).hexdigest()[:8]
        return f"memories-{store}-{digest}"

    def _prepare(self, c: Connection) -> None:
        """Give the store its id; on another embedder start over."""
        if meta.get(c, _STORE_ID) is None:
            meta.put(c, _STORE_ID, hashlib.sha256(random.randbytes(16)).hexdigest()[:12])
        if meta.get(c, _MODEL) != self._model:
            embeddings.drop_other_models(c, self._model)
            if not self._url:
                chroma.discard(self._paths)
            meta.put(c, _MODEL, self._model)

    def _is_sound(self, untouched: bool) -> bool:
        folder = chroma.current_folder(self._paths)
        with self._database.read() as c:
            unfinished = _openings(c)
            samples = embeddings.sample(c, self._model, _SAMPLES)
        if folder is None:
            return False
        if unfinished >= _OPENINGS_BEFORE_REBUILD:
            log.warning("meaning index: opening it ended the daemon twice, rebuilding")
            return False
        if untouched and not unfinished:
            return True
        known = [Sample(id_, vector) for id_, vector in samples]
        patience_s = PROBE_SECONDS + chroma.bytes_on_disk(self._paths) / _SLOWEST_DISK
        wrong = probe(str(folder), self.name(), known, patience_s, self._stopping)
        if self._stopping():
            raise stopping()
        if wrong:
            log.warning("meaning index: %s, rebuilding", wrong)
        return not wrong

    def _open_marked(self, untouched: bool) -> Opened:
        """The moment that could end the process; the mark stays only if it does."""
        if not self._url:
            self._database.write(lambda c: meta.put(c, _OPENINGS, str(_openings(c) + 1)))
        try:
            vectors = Vectors.open(self._paths, self._dimension, self._url, name=self.name())
            try:
                return self._tried(vectors, untouched)
            except BaseException:
                vectors.abandon()
                raise
        finally:
            self._database.write(lambda c: meta.delete(c, _OPENINGS))

    def _tried(self, vectors: Vectors, untouched: bool) -> Opened:
        with self._database.read() as c:
            purge = meta.get(c, PURGE) is not None
            stored = embeddings.count(c, self._model)
            samples = embeddings.sample(c, self._model, _SAMPLES)
        vectors.load()
        held = vectors.count()
        whole = held == stored and vectors.holds([id_ for id_, _vector in samples])
        if held and samples:
            vectors.query(samples[0][1], min(held, _TRIED))
        return Opened(vectors, untouched and whole, stored > 0 and held == 0, purge)

    # -- agreeing with SQLite

    def settle(self, opened: Opened) -> None:
        """Whatever is missing on either side is put right or into the outbox."""
        if opened.empty:
            log.info("meaning index: empty, filled from the database")
            self.rebuild(opened.vectors)
        elif not opened.trusted:
            self.reconcile(opened.vectors)
        self._database.write(lambda c: self._ask_for(c, []))

    def reconcile(self, vectors: Vectors) -> int:
        """Make index and database agree; returns how many entries differed."""
        lost, stored = self._lost(vectors)
        # The number tells whether there are others, without reading every id there is.
        extra = self._extra(vectors) if vectors.count() != stored - len(lost) else []
        if extra:
            with self._database.read() as c:
                alive = outbox.with_upsert(c, extra)
            vectors.delete([id_ for id_ in extra if id_ not in alive])
        self._database.write(lambda c: self._ask_for(c, lost))
        if lost or extra:
            log.info("meaning index: %d missing, %d left over", len(lost), len(extra))
        return len(lost) + len(extra)

    def _lost(self, vectors: Vectors) -> tuple[list[str], int]:
        """Ids that SQLite has a vector of and the index not, and how many SQLite has."""
        lost: list[str] = []
        stored, after = 0, ""
        while True:
            with self._database.read() as c:
                page = embeddings.page_of_ids(c, self._model, after, _IDS)
            if not page:
                return lost, stored
            lost += vectors.missing(page)
            stored += len(page)
            after = page[-1]
            self._let_others()

    def _extra(self, vectors: Vectors) -> list[str]:
        """Ids that the index holds and SQLite has no vector of."""
        extra: list[str] = []
        held = vectors.all_ids()
        while page := list(islice(held, _IDS)):
            with self._database.read() as c:
                extra += embeddings.without_vector(c, self._model, page)
            self._let_others()
        return extra

    def _let_others(self) -> None:
        if self._stopping():
            raise stopping()
        self._pause()

    def _ask_for(self, c: Connection, lost: Sequence[str]) -> None:
        waiting = outbox.with_upsert(c, lost)
        outbox.upsert(c, [id_ for id_ in lost if id_ not in waiting])
        embeddings.request_missing(c, self._model)
        if outbox.is_empty(c):
            outbox.finish_all_sources(c, self._clock.now_ms())
        self._on_work()

    def rebuild(self, vectors: Vectors) -> int:
        """Write the index anew from SQLite; returns how many vectors it holds."""
        with self._database.read() as c:
            purges = meta.get(c, PURGE)
        total = vectors.rebuild(self._pages())
        self._database.write(lambda c: self._rebuilt(c, purges))
        self._on_work()
        return total

    # -- another embedder

    def prepare(self, vectors: Vectors, model: str, dimension: int) -> Beside:
        """Fill an index with the vectors another embedder made, beside the one in use."""
        return vectors.prepare(self._pages(model), self.name(model), dimension)

    def switch(self, model: str, dimension: int, note: Callable[[Connection], None]) -> None:
        """The other embedder is the one in use from now on; ``note`` commits with that."""
        self._database.write(lambda c: self._switched(c, model, note))
        self._model, self._dimension = model, dimension

    def _switched(self, c: Connection, model: str, note: Callable[[Connection], None]) -> None:
        meta.put(c, _MODEL, model)
        note(c)
        embeddings.request_missing(c, model)

    def _rebuilt(self, c: Connection, purges: str | None) -> None:
        if meta.get(c, PURGE) == purges:  # else someone forgot something meanwhile
            meta.delete(c, PURGE)
        embeddings.request_missing(c, self._model)

    def _pages(self, model: str | None = None) -> Iterator[Page]:
        after, size = 0, _PAGE
        while True:
            with self._database.read() as c:
                page = embeddings.page(c, model or self._model, after, size)
            if not page:
                return
            begun = time.monotonic()
            yield [id_ for _row, id_, _vector in page], np.stack([one[2] for one in page])
            size = next_page(size, time.monotonic() - begun)
            after = page[-1][0]
            self._let_others()


def next_page(size: int, seconds: float) -> int:
    """How many vectors to write next, after so many took so long: a vector takes the longer the
    larger the index is."""
    fitting = int(size * _LONGEST_CALL_S / max(seconds, 1e-6))
    return max(_SMALLEST_PAGE, min(_PAGE, fitting))


def stopping() -> Stopping:
    """What whoever waits for the index is told when the daemon ends."""
    return Stopping("Recollect is stopping", "The index is closed.", "Try again in a moment.")


def _openings(c: Connection) -> int:
    """How often in a row opening was begun and not finished."""
    return int(meta.get(c, _OPENINGS) or 0)
