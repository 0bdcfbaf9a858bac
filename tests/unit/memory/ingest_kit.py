"""A store with jobs around it, everything real but the embedder's counting of tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from memory.clock import Clock
from memory.events import Events
from memory.ingest import chunker
from memory.ingest.extracted import Extracted
from memory.ingest.pipeline import Pipeline, ReadFile
from memory.ingest.reader_process import read_file
from memory.jobs import Jobs
from memory.paths import DataPaths
from memory.protocol import AddReply, SourceKind, SourceState
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Database
from memory.store.rows import Memory, Source
from tests.patience import until

PARAGRAPHS = (
    "The lease of the flat in Elm Street ends on the last day of March. The landlord is Mrs "
    "Hartmann, and the deposit of 1,800 is kept at the savings bank until the keys are back. " * 3,
    "Water and heating are paid by the month. The meter stands in the cellar beside the stairs, "
    "and its number is written on the inside of the little door, in pencil, hard to read. " * 3,
    "Pets are allowed if the neighbours agree. Old Mr Sand on the second floor asked for a quiet "
    "dog, and the cat of the baker comes by in the evening and sleeps on the window sill. " * 3,
)


def count_tokens(texts: Sequence[str]) -> list[int]:
    return [chunker.estimate(text) for text in texts]


def read_here(path: Path, _settings: Settings, _cancel: threading.Event) -> Extracted:
    """A reader in this process, for tests of what comes after reading."""
    return chunker.plain_document(path.read_text("utf-8"), path.name)


class Kit:
    """Jobs over one data folder. ``close`` it; ``crash`` leaves the rows as a kill would."""

    def __init__(
        self, paths: DataPaths, clock: Clock, read: ReadFile = read_file, readers: int = 2
    ) -> None:
        self.paths = paths
        self.clock = clock
        self.settings = Settings()
        self.events = Events()
        self.woken = 0
        self.database = Database(paths, clock)
        self.pipeline = Pipeline(self.database, clock, lambda: self.settings, count_tokens, read)
        self.jobs = Jobs(
            self.database,
            clock,
            lambda: self.settings,
            self.pipeline,
            count_tokens,
            self.events,
            own_folder=str(paths.root),
            wake_index=self._wake,
            readers=readers,
        )

    def _wake(self) -> None:
        self.woken += 1

    def close(self) -> None:
        self.jobs.stop()
        self.database.close()

    def add(self, *paths: Path, wait: bool = True) -> AddReply:
        reply = self.jobs.add_paths([str(path) for path in paths])
        if wait:
            self.finished(reply.batch)
        return reply

    def finished(self, batch_id: str) -> None:
        self.until(lambda: self.jobs.batch(batch_id).finished_at is not None)

    def until(self, true: Callable[[], bool]) -> None:
        until(true, lambda: self.jobs.listing())

    def source(self, path: Path) -> Source:
        found = self.source_or_none(path)
        assert found is not None
        return found

    def source_or_none(self, path: Path) -> Source | None:
        with self.database.read() as c:
            return sources.by_place(c, SourceKind.FILE, str(path))

    def state(self, path: Path) -> SourceState:
        return self.source(path).state

    def memories(self, path: Path) -> list[Memory]:
        source = self.source(path)
        with self.database.read() as c:
            return memories.of_source(c, source.id)

    def count(self, table: str) -> int:
        with self.database.read() as c:
            return int(c.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
