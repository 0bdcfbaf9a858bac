"""Changing the embedder with real models: the old index answers on, crashes lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gguf
import pytest

from memory import reembedding
from memory.embedding import SharedEmbedder
from memory.errors import BadRequest
from memory.events import Events
from memory.forgetting import Forgetting
from memory.index import Index
from memory.options import Options
from memory.paths import DataPaths
from memory.protocol import ForgetRequest, RecallRequest
from memory.reembedding import Reembedding
from memory.retrieve import Recall
from memory.store import embeddings
from memory.store.db import Database
from models.embedder import BUILT_IN
from models.errors import BadModelFile
from tests.fakes import FakeClock
from tests.patience import LONG_S, until
from tests.tiny_gguf import make_tiny_gguf
from tests.tiny_onnx import make_tiny_onnx
from tests.unit.memory.standin import remember

THINGS, PLACES = ("bicycle", "passport", "ladder", "violin", "tent"), ("cellar", "attic")
TEXTS = [f"The {thing} is kept in the {place}." for thing in THINGS for place in PLACES]


@dataclass
class House:
    """The parts of the daemon that take part in a change of the embedder."""

    database: Database
    index: Index
    shared: SharedEmbedder
    options: Options
    change: Reembedding
    recall: Recall
    held: threading.Event

    def best(self, question: str) -> str:
        reply = self.recall.recall(RecallRequest(question=question, limit=3))
        assert not reply.problems
        return reply.hits[0].text

    def count(self, model: str) -> int:
        with self.database.read() as c:
            return embeddings.count(c, model)


@contextmanager
def open_house(paths: DataPaths, clock: FakeClock, *, held: bool = False) -> Iterator[House]:
    """Opened as the daemon does; ``held`` pauses the change before its first text."""
    database = Database(paths, clock)
    options = Options(database, Events())
    with database.read() as c:
        shared = SharedEmbedder(reembedding.in_use(c))
    index = Index(database, paths, clock, shared.get)
    pause = threading.Event()
    if held:
        pause.set()
    change = Reembedding(database, index, shared, options, paused=pause.is_set)
    recall = Recall(database, index, clock, options.current)
    index.start()
    change.start()
    try:
        yield House(database, index, shared, options, change, recall, pause)
    finally:
        recall.close()
        change.stop()
        index.stop()
        database.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_onnx(tmp_path_factory.mktemp("models") / "tiny")


def test_the_old_index_answers_until_the_new_one_takes_over_and_back(
    paths: DataPaths, clock: FakeClock, tiny: Path
) -> None:
    with open_house(paths, clock, held=True) as house:
        ids = remember(house.database, "a", *TEXTS)
        assert house.index.settled(LONG_S)
        house.options.edit({"embedder_path": str(tiny)})
        until(lambda: (told := house.change.progress()) is not None and told.state == "embedding")
        assert house.index.model == BUILT_IN
        assert house.best("Where is the violin in the attic?") == "The violin is kept in the attic."
        assert house.shared.name == "all-MiniLM-L6-v2"
        (late,) = remember(house.database, "b", "The kettle is kept in the kitchen.")
        house.index.wake()
        house.held.clear()
        assert house.change.settled(LONG_S)
        model = house.index.model
        assert model.startswith("tiny/") and house.shared.name == "tiny"
        assert house.index.settled(LONG_S)
        assert house.count(model) == house.count(BUILT_IN) == len(TEXTS) + 1
        assert house.index.query("The kettle is kept in the kitchen.", 1)[0][0] == late
        assert len(house.index.embed_question("violin")) == 64
        assert house.best("Where is the violin in the attic?") == "The violin is kept in the attic."
        house.options.edit({"embedder_path": ""})
        assert house.change.settled(LONG_S)
        assert house.index.model == BUILT_IN
        assert {id_ for id_, _cosine in house.index.query("bicycle", 50)} == {*ids, late}


def test_what_was_embedded_before_a_stop_is_not_embedded_again(
    paths: DataPaths, clock: FakeClock, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reembedding, "_SLICE", 3)
    keep = embeddings.keep
    with open_house(paths, clock, held=True) as house:
        remember(house.database, "a", *TEXTS)
        assert house.index.settled(LONG_S)

        def keep_once(c: object, model: str, made: object) -> None:
            keep(c, model, made)  # type: ignore[arg-type]
            house.held.set()

        monkeypatch.setattr(embeddings, "keep", keep_once)
        house.held.clear()
        house.options.edit({"embedder_path": str(tiny)})
        until(lambda: house.held.is_set())
        until(lambda: (told := house.change.progress()) is not None and told.done == 3)
    kept: list[int] = []
    monkeypatch.setattr(
        embeddings, "keep", lambda c, model, made: (kept.append(len(made)), keep(c, model, made))
    )
    with open_house(paths, clock) as house:
        assert house.change.settled(LONG_S)
        assert sum(kept) == len(TEXTS) - 3
        assert house.best("Where is the tent in the cellar?") == "The tent is kept in the cellar."
    with open_house(paths, clock) as house:
        assert house.index.settled(LONG_S)
        assert house.index.model.startswith("tiny/")
        assert house.change.progress() is None
        assert sum(kept) == len(TEXTS) - 3


def test_changing_ones_mind_ends_the_work(paths: DataPaths, clock: FakeClock, tiny: Path) -> None:
    with open_house(paths, clock, held=True) as house:
        remember(house.database, "a", *TEXTS)
        assert house.index.settled(LONG_S)
        house.options.edit({"embedder_path": str(tiny)})
        until(lambda: house.change.progress() is not None)
        house.options.edit({"embedder_path": ""})
        assert house.change.settled(LONG_S)
        assert house.index.model == BUILT_IN


def test_what_is_no_model_is_refused_before_anything_is_stored(
    paths: DataPaths, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with open_house(paths, clock) as house:
        for path in ("empty", "model.gguf", "nowhere"):
            with pytest.raises(BadModelFile):
                house.options.edit({"embedder_path": str(tmp_path / path)})
        with pytest.raises(BadRequest):
            house.options.edit({"embedder_path": "models/mine"})
        assert house.options.current().embedder_path == ""
        assert house.change.progress() is None


def test_a_model_that_is_gone_leaves_words_and_the_way_back(
    paths: DataPaths, clock: FakeClock, tmp_path: Path
) -> None:
    folder = make_tiny_onnx(tmp_path / "mine")
    with open_house(paths, clock) as house:
        ids = remember(house.database, "a", *TEXTS)
        house.options.edit({"embedder_path": str(folder)})
        assert house.change.settled(LONG_S)
    folder.rename(tmp_path / "moved")
    with open_house(paths, clock) as house:
        until(lambda: house.index.state == "unavailable")
        assert house.index.problem is not None and "mine" in house.index.problem.message
        reply = house.recall.recall(RecallRequest(question="violin attic", limit=3))
        assert reply.problems and reply.hits[0].text == "The violin is kept in the attic."
        house.options.edit({"embedder_path": ""})
        assert house.change.settled(LONG_S)
        assert house.index.settled(LONG_S)
        assert house.index.state == "ready" and house.index.problem is None
        assert {id_ for id_, _cosine in house.index.query("bicycle", 50)} == set(ids)


def test_a_gguf_model_takes_over(paths: DataPaths, clock: FakeClock, tmp_path: Path) -> None:
    file = make_tiny_gguf(tmp_path / "mine.gguf", context=64, pooling=gguf.PoolingType.MEAN)
    with open_house(paths, clock) as house:
        ids = remember(house.database, "a", *TEXTS)
        house.options.edit({"embedder_path": str(file)})
        assert house.change.settled(LONG_S)
        assert house.index.settled(LONG_S)
        assert (house.shared.name, house.index.model[:5]) == ("mine", "mine/")
        assert house.index.query(TEXTS[3], 1)[0][0] == ids[3]
        assert house.shared.count_tokens(["abc"]) == [3]


def test_forgetting_takes_the_vectors_of_both_models(
    paths: DataPaths, clock: FakeClock, tiny: Path
) -> None:
    with open_house(paths, clock) as house:
        ids = remember(house.database, "a", *TEXTS)
        assert house.index.settled(LONG_S)
        house.options.edit({"embedder_path": str(tiny)})
        assert house.change.settled(LONG_S)
        forgetting = Forgetting(house.database, house.index, paths, clock)
        forgetting.forget(ForgetRequest(memories=[ids[0]]))
        assert house.index.settled(LONG_S)
        assert house.count(BUILT_IN) == house.count(house.index.model) == len(TEXTS) - 1
        until(lambda: ids[0] not in {id_ for id_, _c in house.index.query("bicycle", 50)})
