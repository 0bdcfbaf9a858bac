"""Changing the embedder: vectors of all memories anew, in the background. Owns the thread
``reembedding``.

The embedder in use goes on answering. The new one's vectors are stored beside the old ones, so
that a crash or a pause loses nothing; when none is missing, an index is made of them and takes
over in one moment. Questions and a pause of the person go first. The vectors of the built-in
embedder are kept, so that going back to it is quick.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from memory.embedding import AnyEmbedder, SharedEmbedder, open_embedder
from memory.errors import BadRequest, Stopping, problem_from
from memory.index import Index, embedded_text
from memory.index_upkeep import stopping
from memory.log import describe
from memory.options import Options
from memory.priority import step_back
from memory.protocol import EmbedderChange, Problem
from memory.settings import Settings
from memory.store import embeddings, meta
from memory.store.db import Connection, Database

log = logging.getLogger(__name__)

IN_USE = "embedder_path"
"""Name in ``meta`` of the place of the embedder in use."""

_SLICE = 64
_RETRY_S = 60.0
_QUIET_S = 0.05
_TELL_S = 1.0


class _Changed(Exception):
    """The person wants another one meanwhile."""


@dataclass
class _Work:
    """A change under way: where to, and how far."""

    path: str
    done: int = 0
    total: int = 0
    state: Literal["waiting", "embedding", "switching", "failed"] = "waiting"
    problem: Problem | None = None


class Reembedding:
    """``paused`` says whether background work is to wait; ``on_progress`` is told now and then."""

    def __init__(
        self,
        database: Database,
        index: Index,
        shared: SharedEmbedder,
        options: Options,
        *,
        paused: Callable[[], bool] = lambda: False,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._index = index
        self._shared = shared
        self._options = options
        self._paused = paused
        self._on_progress = on_progress
        self._changed = threading.Condition()
        self._stopping = False
        self._work: _Work | None = None
        self._told_s = 0.0
        options.check_with(_check)
        options.on_change(self._follow)
        self._thread = threading.Thread(target=self._run, name="reembedding", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the run of the network under way; it goes on at the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def progress(self) -> EmbedderChange | None:
        """The change under way; None while the wished embedder is the one in use."""
        work = self._work
        if work is None:
            return None
        return EmbedderChange(
            name=_name(work.path),
            state=work.state,
            done=work.done,
            total=work.total,
            problem=work.problem,
        )

    def settled(self, timeout_s: float) -> bool:
        """Wait until the wished embedder is in use; False if time ran out or it failed."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            work = self._work
            if work is None and self._wished() == self._shared.path:
                return True
            if work is not None and work.state == "failed":
                return False
            time.sleep(0.02)
        return False

    # -- the thread

    def _wished(self) -> str:
        return self._options.current().embedder_path

    def _follow(self, old: Settings, new: Settings) -> None:
        if old.embedder_path != new.embedder_path:
            with self._changed:
                self._changed.notify_all()

    def _run(self) -> None:
        step_back()
        while not self._stopping:
            wished = self._wished()
            if wished == self._shared.path:
                self._work = None
                self._sleep(None, wished)
                continue
            self._work = _Work(wished)
            try:
                self._change(self._work)
            except (Stopping, _Changed):
                continue
            except Exception as error:
                log.warning("another embedder: %s", describe(error))
                self._work.problem = problem_from(error, item=wished or None)
                self._work.state = "failed"
                self._tell(now=True)
                self._sleep(_RETRY_S, wished)

    def _sleep(self, seconds: float | None, wished: str) -> None:
        """Until the person wants another one."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._wished() != wished, seconds)

    def _change(self, work: _Work) -> None:
        new = open_embedder(work.path)
        try:
            self._move(new, work)
        except BaseException:
            new.close()
            raise
        self._shared.use(new, work.path)
        self._work = None
        log.info("another embedder is in use: %s", new.model_id)
        self._tell(now=True)

    def _move(self, new: AnyEmbedder, work: _Work) -> None:
        """Vectors of all memories, then the index of them."""
        while not self._index.model and self._index.problem is None:  # it is being opened
            self._between(work)
            self._rest()
        if new.model_id == self._index.model:  # the same model, only moved
            self._database.write(lambda c: meta.put(c, IN_USE, work.path))
            return
        self._embed_all(new, work)
        work.state = "switching"
        self._tell(now=True)
        self._wait_for(self._index.switch(new, lambda c: self._note(c, work.path, new.model_id)))

    def _note(self, c: Connection, path: str, model: str) -> None:
        from models.embedder import BUILT_IN

        meta.put(c, IN_USE, path)
        embeddings.keep_models(c, [model, BUILT_IN])

    def _embed_all(self, new: AnyEmbedder, work: _Work) -> None:
        work.state = "embedding"
        with self._database.read() as c:
            work.total = int(c.execute("SELECT count(*) FROM memories").fetchone()[0])
            work.done = embeddings.count(c, new.model_id)
        after = 0
        while True:
            with self._database.read() as c:
                part = embeddings.missing(c, new.model_id, after, _SLICE)
            if not part:
                return
            texts = [embedded_text(one.heading, one.text) for one in part]
            vectors = new.embed(texts, lambda: self._between(work))
            made = list(zip(part, vectors, strict=True))
            self._database.write(lambda c, made=made: embeddings.keep(c, new.model_id, made))  # type: ignore[misc]
            after = part[-1].rowid
            work.done = min(work.total, work.done + len(part))
            self._tell()

    def _between(self, work: _Work) -> bool:
        """Between two runs of the network: end, give way, go on."""
        while True:
            if self._stopping:
                raise stopping()
            if self._wished() != work.path:
                raise _Changed
            if not self._paused() and not self._index.asking():
                return False
            self._rest()

    def _wait_for(self, switched: Future[int]) -> None:
        """The store goes on with it should this thread be stopped: it is stopped next."""
        while True:
            if self._stopping:
                raise stopping()
            try:
                switched.result(_QUIET_S)
                return
            except FutureTimeout:
                continue

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait(_QUIET_S)

    def _tell(self, *, now: bool = False) -> None:
        if now or time.monotonic() - self._told_s > _TELL_S:
            self._told_s = time.monotonic()
            self._on_progress()


def in_use(c: Connection) -> str:
    """Place of the embedder in use; empty for the built-in one."""
    return meta.get(c, IN_USE) or ""


def _check(old: Settings, new: Settings) -> None:
    """Refuse a path that holds no embedding model, before anything is stored."""
    path = new.embedder_path
    if not path or path == old.embedder_path:
        return
    if not Path(path).is_absolute():
        raise BadRequest(
            "The full path is needed", "A relative path says nothing here.", "Try again."
        )
    open_embedder(path).close()


def _name(path: str) -> str:
    return SharedEmbedder(path).name
