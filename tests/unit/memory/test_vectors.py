"""Chroma, local and as a server: the same few operations, the same answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest

from memory import vectors
from memory.chroma_probe import Sample, probe
from memory.errors import IndexUnavailable
from memory.index import Index
from memory.paths import DataPaths
from memory.store.db import Database
from memory.vectors import Vectors
from tests.chroma_server import running_chroma
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.standin import WordEmbedder, remember

DIMENSION = 16


def some(count: int, seed: int = 1) -> tuple[list[str], vectors.Matrix]:
    matrix = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return [f"id-{seed}-{n:05d}" for n in range(count)], matrix


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_chroma(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["local", "server"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "local" else str(request.getfixturevalue("server"))


@pytest.fixture
def opened(url: str, paths: DataPaths, request: pytest.FixtureRequest) -> Iterator[Vectors]:
    made = Vectors.open(paths, DIMENSION, url, name=f"t-{abs(hash(request.node.name))}")
    yield made
    made.close()


def test_add_query_delete(opened: Vectors) -> None:
    ids, matrix = some(200)
    opened.add(ids, matrix)
    assert opened.count() == 200
    found = opened.query(matrix[7], 5)
    assert found[0][0] == ids[7]
    exact = sorted(
        ((float(row @ matrix[7]), id_) for id_, row in zip(ids, matrix, strict=True)), reverse=True
    )
    assert [id_ for id_, _c in found] == [id_ for _c, id_ in exact[:5]]
    np.testing.assert_allclose([c for _i, c in found], [c for c, _i in exact[:5]], atol=1e-5)
    opened.delete([ids[7], "never-there"])
    assert ids[7] not in {id_ for id_, _c in opened.query(matrix[7], 50)}
    assert set(opened.all_ids()) == set(ids) - {ids[7]}
    assert opened.holds(ids[:5])
    assert not opened.holds(ids[5:8])


def test_adding_again_replaces(opened: Vectors) -> None:
    ids, matrix = some(3)
    opened.add(ids, matrix)
    opened.add(ids[:1], matrix[2:])
    assert opened.count() == 3
    assert {id_ for id_, _c in opened.query(matrix[2], 2)} == {ids[0], ids[2]}


def test_rebuild(opened: Vectors) -> None:
    ids, matrix = some(50)
    opened.add(ids, matrix)
    new_ids, new_matrix = some(30, seed=2)
    pages = [(new_ids[:20], new_matrix[:20]), (new_ids[20:], new_matrix[20:])]
    assert opened.rebuild(pages) == 30
    assert set(opened.all_ids()) == set(new_ids)
    assert opened.query(new_matrix[4], 1)[0][0] == new_ids[4]


def test_rebuild_that_fails_keeps_the_old_one(paths: DataPaths) -> None:
    opened = Vectors.open(paths, DIMENSION)
    ids, matrix = some(50)
    opened.add(ids, matrix)

    def pages() -> Iterator[vectors.Page]:
        yield ids[:5], matrix[:5]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        opened.rebuild(pages())
    assert opened.count() == 50
    opened.close()
    assert [p.name for p in paths.chroma.iterdir() if p.is_dir()] == ["index-000001"]
    again = Vectors.open(paths, DIMENSION)
    assert again.count() == 50
    again.close()


def test_proper_close_is_noticed_and_so_is_any_change(paths: DataPaths) -> None:
    assert not vectors.closed_properly(paths)
    opened = Vectors.open(paths, DIMENSION)
    opened.add(*some(20))
    assert not vectors.closed_properly(paths)
    opened.close()
    assert vectors.closed_properly(paths)
    folder = vectors.current_folder(paths)
    assert folder is not None
    database = folder / "chroma.sqlite3"
    with database.open("ab") as file:
        file.write(b"x")
    assert not vectors.closed_properly(paths)


def test_leftovers_of_a_crashed_rebuild_go(paths: DataPaths) -> None:
    opened = Vectors.open(paths, DIMENSION)
    opened.add(*some(20))
    opened.close()
    (paths.chroma / "index-000002").mkdir()
    (paths.chroma / "index-000002" / "data").write_bytes(b"x" * 10)
    again = Vectors.open(paths, DIMENSION)
    assert again.count() == 20
    again.close()
    assert not (paths.chroma / "index-000002").exists()


def test_chroma_never_sees_more_than_ids_and_numbers(paths: DataPaths) -> None:
    opened = Vectors.open(paths, DIMENSION)
    opened.add(*some(5))
    held = opened._collection.get(include=["documents", "metadatas", "uris"])
    opened.close()
    assert not any(held["documents"]) and not any(held["metadatas"])


def test_probe_of_a_sound_folder(paths: DataPaths) -> None:
    opened = Vectors.open(paths, DIMENSION)
    ids, matrix = some(100)
    opened.add(ids, matrix)
    opened.close()
    folder = str(vectors.current_folder(paths))
    samples = [Sample(id_, row) for id_, row in zip(ids[:20], matrix[:20], strict=True)]
    assert probe(folder, "memories", samples) is None
    wrong = [Sample(ids[0], matrix[1])]
    assert probe(folder, "memories", wrong) == "it holds other values than the database"
    assert probe(folder, "another", samples) is not None


def test_probe_survives_a_child_that_dies(
    paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.chroma_probe._look", _die)
    found = probe(str(paths.root), "memories", [])
    assert found is not None and "exit code -11" in found


def test_probe_survives_a_child_that_hangs(
    paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.chroma_probe._look", _hang)
    assert probe(str(paths.root), "memories", [], timeout_s=1.0) == "opening it took too long"


def _die(*_args: object) -> None:
    import faulthandler

    faulthandler.disable()
    os.kill(os.getpid(), 11)


def _hang(*_args: object) -> None:
    time.sleep(1e6)


def test_server_that_is_not_there(paths: DataPaths) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(IndexUnavailable):
        Vectors.open(paths, DIMENSION, f"http://127.0.0.1:{port}")


def test_the_whole_index_on_a_server(server: str, paths: DataPaths, clock: FakeClock) -> None:
    database = Database(paths, clock)
    made = remember(database, "a", "plum cake in september", "a new bicycle chain")
    index = Index(database, paths, clock, WordEmbedder, url=server)
    index.start()
    try:
        assert index.settled(LONG_S)
        assert index.query("bicycle", 1)[0][0] == made[1]
        assert index.rebuild() == 2
        assert index.query("cake", 1)[0][0] == made[0]
        assert index.reconcile() == 0
        assert not paths.chroma.exists()
    finally:
        index.stop()
        database.close()


def test_probe_does_not_hold_up_the_end(paths: DataPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.chroma_probe._look", _hang)
    assert probe(str(paths.root), "memories", [], timeout_s=1e9, stopping=lambda: True) is None
