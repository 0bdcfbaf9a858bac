"""A memory for a benchmark in this process: the real store, index and embedder, no daemon."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from memory.clock import SystemClock
from memory.index import Index
from memory.ingest import chunker, reader_process, storing
from memory.paths import data_paths
from memory.protocol import MemoryKind, SourceKind, SourceState
from memory.recall.weights import WEIGHTS
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from models.embedder import Embedder, load_embedder
from tests.bench.data import Passage


@dataclass
class Home:
    """One open memory. ``recall`` asks it."""

    database: Database
    index: Index
    recall: Recall
    embedder: Embedder
    clock: SystemClock

    def add_transcript(self, path: Path) -> None:
        """Import a transcript as the program does: read in a child, cut, store."""
        extracted = reader_process.read_file(path, Settings(), threading.Event())
        now_ms = self.clock.now_ms()

        def work(c: Connection) -> None:
            file_id = sources.insert(
                c, kind=SourceKind.FILE, title=path.name, location=str(path), now_ms=now_ms
            )
            for talk in extracted.conversations:
                turns = tuple(chunker.turns(talk, self.embedder.count_tokens))
                text = chunker.document_text(talk)
                storing.put_talk(
                    c, file_id, storing.Talk(talk.name, talk.title, text, turns), now_ms
                )

        self.database.write(work)
        self.settle()

    def add_passages(self, passages: Sequence[Passage]) -> None:
        """Each passage as a source of its own; its ``ref`` is the passage's id."""
        now_ms = self.clock.now_ms()

        def work(c: Connection) -> None:
            for passage in passages:
                source_id = sources.insert(
                    c, kind=SourceKind.NOTE, title=passage.title, location=passage.id,
                    state=SourceState.READY, now_ms=now_ms,
                )  # fmt: skip
                memory = NewMemory(
                    MemoryKind.PASSAGE, passage.text, 0, 0, len(passage.text), ref=passage.id,
                    heading=passage.title.replace("_", " "),
                )  # fmt: skip
                memories.append(c, source_id, [memory], now_ms, storing.first_strength(now_ms))

        self.database.write(work)
        self.settle()

    def add_talks(self, talks: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Texts as turns, each list a conversation; the ``ref`` of a turn is "NAME:NUMBER"."""
        now_ms = self.clock.now_ms()

        def work(c: Connection) -> None:
            for name, texts in talks:
                source_id = sources.insert(
                    c, kind=SourceKind.CONVERSATION, title=name, location=name,
                    state=SourceState.READY, now_ms=now_ms,
                )  # fmt: skip
                turns, at = [], 0
                for number, text in enumerate(texts):
                    turns.append(
                        NewMemory(MemoryKind.TURN, text, number, at, at + len(text),
                                  ref=f"{name}:{number}")
                    )  # fmt: skip
                    at += len(text) + 1
                memories.append(c, source_id, turns, now_ms, storing.first_strength(now_ms))

        self.database.write(work)
        self.settle()

    def settle(self) -> None:
        self.index.wake()
        if not self.index.settled(1800):
            raise RuntimeError("the index did not settle")


@contextmanager
def home(weights: Mapping[str, float] = WEIGHTS) -> Iterator[Home]:
    """An empty memory in a temporary folder, closed and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        paths = data_paths(folder)
        paths.create()
        clock = SystemClock()
        database = Database(paths, clock)
        embedder = load_embedder(threads=2)
        index = Index(database, paths, clock, lambda: embedder)
        index.start()
        recall = Recall(database, index, clock, Settings, weights)
        try:
            yield Home(database, index, recall, embedder, clock)
        finally:
            recall.close()
            index.stop()
            database.close()
            reader_process.stop()
