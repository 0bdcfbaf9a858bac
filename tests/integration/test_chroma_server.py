"""The same memories, once with Chroma in the daemon's own folder and once on a real server:
the same questions find the same, before and after deleting, and after writing the index anew.

Search in either is approximate, and neither builds its graph twice alike, as it adds vectors
from several threads. So what is asserted is: 99 in 100 questions find the same ten memories in
the same order, 99 % of the nearest by exact comparison are found, and cosines are right.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest

from memory.index import Index
from memory.paths import DataPaths, data_paths
from memory.protocol import Hit, RecallRequest
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import embeddings, memories
from memory.store.db import Database
from tests.chroma_server import running_chroma
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.standin import WordEmbedder, remember

MEMORIES, A_SOURCE, QUESTIONS, NEAREST = 3_000, 25, 240, 50
SAME_AT_LEAST = 0.99


@dataclass
class Side:
    """One data folder with everything recall needs."""

    database: Database
    index: Index
    recall: Recall

    def close(self) -> None:
        self.recall.close()
        self.index.stop()
        self.database.close()

    def hits(self, question: str) -> list[Hit]:
        reply = self.recall.recall(RecallRequest(question=question, limit=10))
        assert reply.problems == []
        return reply.hits

    def forget(self, ids: list[str]) -> None:
        self.database.write(lambda c: memories.remove(c, ids))
        self.index.wake()
        assert self.index.settled(LONG_S)


@dataclass
class Both:
    local: Side
    server: Side
    texts: list[str]

    def questions(self) -> Iterator[str]:
        """Words of memories, in another order, a new question every time."""
        dice = random.Random(3)
        while True:
            words = sorted(set(dice.choice(self.texts).split()))
            yield " ".join(dice.sample(words, min(dice.randint(2, 6), len(words))))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_chroma(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def both(server: str, tmp_path: Path) -> Iterator[Both]:
    """The second folder is a copy of the first one's database, and has its index on the server."""
    texts = _texts()
    first, second = data_paths(tmp_path / "local"), data_paths(tmp_path / "server")
    first.create()
    second.create()
    local = _open(first, "")
    try:
        for start in range(0, len(texts), A_SOURCE):
            remember(local.database, f"file {start}", *texts[start : start + A_SOURCE])
        local.index.wake()
        assert local.index.settled(LONG_S)
        local.database.backup(second.database)
        remote = _open(second, server)
        try:
            assert remote.index.settled(LONG_S)
            assert not second.chroma.exists()
            yield Both(local, remote, texts)
        finally:
            remote.close()
    finally:
        local.close()


def _open(paths: DataPaths, url: str) -> Side:
    clock = FakeClock()
    database = Database(paths, clock)
    index = Index(database, paths, clock, WordEmbedder, url=url)
    index.start()
    return Side(database, index, Recall(database, index, clock, Settings))


def _texts() -> list[str]:
    """Passages of topics: a few words of one, many of all."""
    dice = random.Random(1)
    parts = (("bra", "fol", "min", "tes", "ku"), ("do", "ri", "lan", "ve"), ("mer", "ta", "gis"))
    words = ["".join(chosen) for chosen in product(*parts)]
    rare = [f"{word}{ending}" for word in words for ending in ("an", "ix", "oly", "und", "eth")]
    topics = [dice.sample(rare, 8) for _ in range(120)]
    return [
        " ".join(dice.sample(dice.choice(topics), 4) + dice.choices(words, k=dice.randint(4, 14)))
        for _ in range(MEMORIES)
    ]


def _compare(both: Both) -> None:
    """Ask both, and compare everything they say."""
    same, asked = 0, list(islice(both.questions(), QUESTIONS))
    exactly = _Exactly(both.local)
    found = {"local": 0, "server": 0}
    for question in asked:
        ours, theirs = both.local.hits(question), both.server.hits(question)
        assert ours and theirs
        same += [hit.memory for hit in ours] == [hit.memory for hit in theirs]
        told = {hit.memory: hit for hit in theirs}
        for hit in ours:
            other = told.get(hit.memory)
            assert other is None or (hit.text, hit.source) == (other.text, other.source)
        nearest = exactly.nearest(question)
        for name, side in (("local", both.local), ("server", both.server)):
            near = dict(side.index.query(question, NEAREST))
            found[name] += len(near.keys() & nearest.keys())
            for id_, cosine in near.items():
                assert cosine == pytest.approx(exactly.cosine(question, id_), abs=2e-3)
    assert same >= SAME_AT_LEAST * len(asked), f"{same} of {len(asked)} found the same"
    for name, count in found.items():
        share = count / (NEAREST * len(asked))
        assert share >= SAME_AT_LEAST, f"{name}: {share:.1%} of the nearest"


class _Exactly:
    """Comparison with every vector in the database."""

    def __init__(self, side: Side) -> None:
        self._embedder = WordEmbedder()
        with side.database.read() as c:
            self._ids = embeddings.page_of_ids(c, self._embedder.model_id, "", MEMORIES)
            held = embeddings.get_many(c, self._ids, self._embedder.model_id)
        self._place = {id_: place for place, id_ in enumerate(self._ids)}
        self._matrix = np.stack([held[id_] for id_ in self._ids])

    def nearest(self, question: str) -> dict[str, float]:
        cosines = self._cosines(question)
        best = np.argsort(-cosines)[:NEAREST]
        return {self._ids[place]: float(cosines[place]) for place in best}

    def cosine(self, question: str, id_: str) -> float:
        return float(self._cosines(question)[self._place[id_]])

    def _cosines(self, question: str) -> np.ndarray:
        return self._matrix @ self._embedder.embed([question])[0]


def test_the_same_questions_find_the_same(both: Both) -> None:
    assert both.server.index.reconcile() == 0
    _compare(both)


def test_after_deleting_and_after_writing_anew(both: Both) -> None:
    with both.local.database.read() as c:
        held = embeddings.page_of_ids(c, WordEmbedder.model_id, "", MEMORIES)
        gone = random.Random(5).sample(held, 400)
    for side in (both.local, both.server):
        side.forget(gone)
    for question in islice(both.questions(), QUESTIONS):
        for side in (both.local, both.server):
            near = {id_ for id_, _cosine in side.index.query(question, NEAREST)}
            assert len(near) == NEAREST and near.isdisjoint(gone)
    _compare(both)
    for side in (both.local, both.server):
        assert side.index.rebuild() == MEMORIES - len(gone)
        assert side.index.reconcile() == 0
    _compare(both)
