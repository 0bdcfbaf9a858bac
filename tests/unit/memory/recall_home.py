"""A small real memory for tests of recall and answers: real store, index and embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from memory.chats import Chats
from memory.errors import IndexUnavailable
from memory.events import Events
from memory.forgetting import Forgetting
from memory.index import Index
from memory.ingest import storing
from memory.paths import DataPaths
from memory.protocol import MemoryKind, RecallReply, RecallRequest, SourceKind, SourceState
from memory.retrieve import Recall
from memory.reviews import record_all
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from models.embedder import Embedder
from tests.fakes import FakeClock


@dataclass
class Home:
    database: Database
    index: Index
    recall: Recall
    chats: Chats
    clock: FakeClock
    embedder: Embedder
    paths: DataPaths
    settings: Settings = field(default_factory=Settings)

    def add(
        self,
        texts: Sequence[str],
        *,
        kind: MemoryKind = MemoryKind.PASSAGE,
        source: SourceKind = SourceKind.FILE,
        name: str = "/papers/one.txt",
        speakers: Sequence[str] = (),
        **more: object,
    ) -> list[str]:
        """Remember texts as one source, in order; returns their ids."""
        now_ms = self.clock.now_ms()

        def work(c: Connection) -> list[str]:
            source_id = sources.insert(
                c, kind=source, title=name.rpartition("/")[2], location=name,
                state=SourceState.READY, now_ms=now_ms,
            )  # fmt: skip
            new, start = [], 0
            for position, text in enumerate(texts):
                speaker = speakers[position % len(speakers)] if speakers else None
                new.append(
                    NewMemory(kind, text, position, start, start + len(text), speaker=speaker,
                              ref=f"t{position}", **more)  # type: ignore[arg-type]
                )  # fmt: skip
                start += len(text) + 1
            return memories.append(c, source_id, new, now_ms, storing.first_strength(now_ms))

        ids = self.database.write(work)
        self.index.wake()
        return ids

    def settle(self) -> None:
        self.index.wake()
        assert self.index.settled(60)

    def ask(self, question: str, limit: int = 10, **more: object) -> RecallReply:
        request = RecallRequest(question=question, limit=limit, **more)  # type: ignore[arg-type]
        return self.recall.recall(request)

    def texts(self, question: str, limit: int = 10, **more: object) -> list[str]:
        return [hit.text for hit in self.ask(question, limit, **more).hits]


@contextmanager
def open_home(
    paths: DataPaths, clock: FakeClock, embedder: Embedder, settings: Settings | None = None
) -> Iterator[Home]:
    """An empty memory, closed at the end. The embedder stays open for the next test."""
    chosen = settings or Settings()
    database = Database(paths, clock)
    index = Index(database, paths, clock, lambda: Lent(embedder))
    index.start()
    recall = Recall(database, index, clock, lambda: chosen)
    forgetting = Forgetting(database, index, paths, clock)
    chats = Chats(
        database, clock, lambda: chosen, Events(), embedder.count_tokens,
        forget=forgetting.forget, record_uses=record_all, wake_index=index.wake,
    )  # fmt: skip
    home = Home(database, index, recall, chats, clock, embedder, paths, chosen)
    try:
        yield home
    finally:
        recall.close()
        index.stop()
        database.close()


class Lent:
    """The embedder of the whole test module: the index must not close it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.dimension = embedder.dimension

    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> object:
        return self._embedder.embed(texts, between)

    def embed_with_tokens(
        self, texts: Sequence[str], between: Callable[[], bool] | None = None
    ) -> object:
        return self._embedder.embed_with_tokens(texts, between)

    def embed_question(self, text: str) -> object:
        return self._embedder.embed_question(text)

    def close(self) -> None:
        pass


class BrokenIndex:
    """An index that takes no questions."""

    model = "none"

    def ask(self, question: str, limit: int) -> object:
        raise _broken()


def _broken() -> IndexUnavailable:
    return IndexUnavailable("Search by meaning is not available", "It is rebuilt.", "Wait.")
