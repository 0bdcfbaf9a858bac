"""The meaning index with a real SQLite and a real Chroma; only the embedder is a stand-in."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from memory import index_store, index_upkeep, vectors
from memory.errors import IndexUnavailable
from memory.index import Index
from memory.paths import DataPaths
from memory.store import embeddings, memories, meta, outbox
from memory.store.db import Database
from tests.fakes import FakeClock
from tests.patience import LONG_S, until
from tests.unit.memory.standin import WordEmbedder, add_source, first, passages, remember

NOW = 1_772_366_400_000
TEXTS = (
    "the rent is due on the first of each month",
    "grandmother bakes plum cake in september",
    "the bicycle needs a new chain and brakes",
    "the train to the coast leaves at seven",
)

Start = Callable[..., Index]


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


@pytest.fixture
def start(database: Database, paths: DataPaths, clock: FakeClock) -> Iterator[Start]:
    running: list[Index] = []

    def make(**named: object) -> Index:
        embedder = named.pop("embedder", None) or WordEmbedder()
        index = Index(database, paths, clock, lambda: embedder, **named)  # type: ignore[arg-type]
        index.start()
        running.append(index)
        return index

    yield make
    for index in running:
        index.stop()


def test_what_was_added_is_found_by_meaning(database: Database, start: Start) -> None:
    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    found = index.query("which cake does grandmother bake", 2)
    assert found[0][0] == ids[1]
    assert found[0][1] > found[1][1]
    assert index.state == "ready"
    assert index.pending() == 0


def test_source_becomes_ready_and_is_announced(database: Database, start: Start) -> None:
    told: list[str] = []
    remember(database, "a", *TEXTS)
    index = start(on_change=told.extend)
    assert index.settled(LONG_S)
    remember(database, "b", "something else entirely")
    index.wake()
    assert index.settled(LONG_S)
    with database.read() as c:
        states = dict(c.execute("SELECT id, state FROM sources").fetchall())
    assert states == {"a": "ready", "b": "ready"}
    assert set(told) == {"a", "b"}


def test_replaced_passages_leave_the_index(database: Database, start: Start) -> None:
    remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    replaced = database.write(
        lambda c: memories.replace_source(c, "a", passages(*TEXTS[1:], "new words"), NOW, first)
    )
    index.wake()
    assert index.settled(LONG_S)
    found = {id_ for id_, _cosine in index.query("rent due month", 10)}
    assert found == {*replaced.kept, *replaced.added}


def test_vectors_are_kept_and_a_rebuild_embeds_nothing(database: Database, start: Start) -> None:
    ids = remember(database, "a", *TEXTS)
    embedder = WordEmbedder()
    index = start(embedder=embedder)
    assert index.settled(LONG_S)
    before = len(embedder.texts)
    assert index.rebuild() == len(TEXTS)
    assert len(embedder.texts) == before
    assert index.query("plum cake", 1)[0][0] == ids[1]
    with database.read() as c:
        kept = embeddings.get_many(c, ids, "words-1")
    np.testing.assert_allclose(kept[ids[0]], embedder.embed([TEXTS[0]])[0], atol=1e-3)


def test_old_folder_is_gone_after_a_rebuild(
    database: Database, start: Start, paths: DataPaths
) -> None:
    remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    old = vectors.current_folder(paths)
    index.rebuild()
    assert old is not None and not old.exists()
    assert vectors.current_folder(paths) not in (None, old)


def test_edit_while_it_is_embedded_does_not_keep_the_old_vector(
    database: Database, start: Start
) -> None:
    held, goes_on = threading.Event(), threading.Event()

    class Slow(WordEmbedder):
        def embed(self, texts, between=None):  # type: ignore[no-untyped-def]
            held.set()
            goes_on.wait(LONG_S)
            return super().embed(texts, between)

    (id_,) = remember(database, "a", "the old words")
    index = start(embedder=Slow())
    assert held.wait(LONG_S)
    database.write(lambda c: memories.edit(c, id_, text="quite different", now_ms=NOW))
    goes_on.set()
    assert index.settled(LONG_S)
    with database.read() as c:
        kept = embeddings.get_many(c, [id_], "words-1")[id_]
    expected = WordEmbedder().embed(["quite different"])[0]
    assert float(kept @ expected) > 0.99


def test_a_text_that_cannot_be_embedded_costs_only_itself(database: Database, start: Start) -> None:
    class Picky(WordEmbedder):
        def embed(self, texts, between=None):  # type: ignore[no-untyped-def]
            if any("bicycle" in text for text in texts):
                raise ValueError("no bicycles")
            return super().embed(texts, between)

    ids = remember(database, "a", *TEXTS)
    index = start(embedder=Picky())
    assert index.settled(LONG_S)
    assert {id_ for id_, _c in index.query("train cake rent", 9)} == {ids[0], ids[1], ids[3]}


def test_an_embedder_that_is_missing_leaves_words(
    database: Database, paths: DataPaths, clock: FakeClock
) -> None:
    def broken() -> WordEmbedder:
        raise OSError("not there")

    index = Index(database, paths, clock, broken)
    index.start()
    try:
        with pytest.raises(IndexUnavailable):
            index.query("anything", 3)
        until(lambda: index.state == "unavailable")
        assert index.problem is not None
    finally:
        index.stop()


def test_question_goes_before_waiting_memories(database: Database, start: Start) -> None:
    held, goes_on = threading.Event(), threading.Event()
    order: list[str] = []

    class Slow(WordEmbedder):
        def embed(self, texts, between=None):  # type: ignore[no-untyped-def]
            order.append(texts[0])
            if "memory" in texts[0]:
                held.set()
                goes_on.wait(LONG_S)
            return super().embed(texts, between)

    embedder = Slow()
    index = start(embedder=embedder)
    assert index.settled(LONG_S)
    remember(database, "a", *(f"memory number {n} of many words" for n in range(1500)))
    index.wake()
    assert held.wait(LONG_S)
    asking = threading.Thread(target=lambda: index.query("question number 7", 5))
    asking.start()
    until(lambda: index._questions)
    goes_on.set()
    asking.join(LONG_S)
    assert order[0].startswith("memory") and order[1] == "question number 7"
    assert embedder.texts[0] == "question number 7", "it does not wait for the slice under way"
    assert index.settled(LONG_S) and len(order) > 2, "there was more to embed"


def _damage(folder: Path, how: str) -> None:
    files = [p for p in folder.rglob("*") if p.is_file()]
    if how == "missing-vectors":
        for path in files:
            if path.suffix == ".bin":
                path.unlink()
    elif how == "missing-database":
        (folder / "chroma.sqlite3").unlink()
    elif how == "truncated":
        for path in files:
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2])
    elif how == "zeroed":
        for path in files:
            path.write_bytes(bytes(path.stat().st_size))
    elif how == "zeroed-vectors":
        for path in files:
            if path.suffix in (".bin", ".pickle"):
                path.write_bytes(bytes(path.stat().st_size))
    elif how == "random":
        for path in files:
            path.write_bytes(random.Random(1).randbytes(path.stat().st_size))
    elif how == "gone":
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    "how",
    [
        "missing-vectors",
        "missing-database",
        "truncated",
        "zeroed",
        "zeroed-vectors",
        "random",
        "gone",
    ],
)
def test_damaged_index_is_rebuilt_from_sqlite(
    how: str,
    database: Database,
    start: Start,
    paths: DataPaths,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Small threshold, so that Chroma has written its vector files.
    monkeypatch.setattr(vectors, "_SYNC_THRESHOLD", 100)
    ids = remember(database, "a", *TEXTS, *(f"filler text {n}" for n in range(300)))
    first_run = start()
    assert first_run.settled(60)
    first_run.stop()
    folder = vectors.current_folder(paths)
    assert folder is not None
    assert list(folder.rglob("data_level0.bin"))
    _damage(folder, how)
    embedder = WordEmbedder()
    index = start(embedder=embedder)
    assert index.settled(60)
    assert embedder.texts == [], "vectors must come from SQLite"
    assert index.query("grandmother plum cake", 1)[0][0] == ids[1]
    assert len(index.query("filler text", 200)) == 200


def test_after_a_crash_index_and_database_agree(
    database: Database, start: Start, paths: DataPaths
) -> None:
    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    index.stop()
    # As after a crash: no note of a proper end, one vector lost, one too many.
    folder = vectors.current_folder(paths)
    with database.read() as c:
        name = c.execute("SELECT value FROM meta WHERE name = 'store_id'").fetchone()[0]
    assert folder is not None and name
    opened = vectors.Vectors.open(paths, 64, name=index._store._upkeep.name())  # type: ignore[union-attr]
    opened.delete([ids[0]])
    opened.add(["not-a-memory"], WordEmbedder().embed(["nothing"]))
    opened.abandon()
    again = start()
    assert again.settled(LONG_S)
    assert {id_ for id_, _c in again.query("rent cake bicycle train nothing", 20)} == set(ids)


@pytest.mark.parametrize("others", [0, 2, 5])
def test_what_index_and_database_hold_is_compared_page_by_page(
    database: Database,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    others: int,
) -> None:
    monkeypatch.setattr(index_upkeep, "_IDS", 3)
    ids = remember(database, "a", *TEXTS, *(f"filler text {n}" for n in range(9)))
    index = start()
    assert index.settled(LONG_S)
    held = index._store.vectors  # type: ignore[union-attr]
    assert held is not None
    assert index.reconcile() == 0
    held.delete([ids[0], ids[7]])
    strangers = [f"stranger-{n}" for n in range(others)]
    held.add(strangers, WordEmbedder().embed(["nothing"] * 5)[:others])
    assert index.reconcile() == 2 + others
    assert index.settled(LONG_S)
    assert set(held.all_ids()) == set(ids)


@pytest.mark.parametrize(("unfinished", "rebuilt"), [(1, False), (2, True)])
def test_only_the_second_death_while_opening_gives_the_folder_up(
    unfinished: int,
    rebuilt: bool,
    database: Database,
    start: Start,
    paths: DataPaths,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    index.stop()
    (paths.chroma / "closed.json").unlink()
    marker = vectors.current_folder(paths) / "still-there"  # type: ignore[operator]
    marker.write_text("")
    database.write(lambda c: meta.put(c, "index_openings", str(unfinished)))
    again = start()
    assert again.settled(LONG_S)
    assert marker.exists() is not rebuilt
    assert ("rebuilding" in caplog.text) is rebuilt
    assert again.query("grandmother plum cake", 1)[0][0] == ids[1]
    with database.read() as c:
        assert meta.get(c, "index_openings") is None


def test_a_kill_before_opening_leaves_no_mark(
    database: Database, start: Start, paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look of the child takes most of a start; a kill then says nothing of the folder."""
    remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    index.stop()
    (paths.chroma / "closed.json").unlink()
    seen: list[str | None] = []

    def look(*_args: object, **_named: object) -> None:
        with database.read() as c:
            seen.append(meta.get(c, "index_openings"))

    monkeypatch.setattr(index_upkeep, "probe", look)
    assert start().settled(LONG_S)
    assert seen == [None]


def test_a_kill_before_the_first_collection_is_no_damage(
    database: Database, start: Start, paths: DataPaths, caplog: pytest.LogCaptureFixture
) -> None:
    folder = paths.chroma / "index-000001"
    folder.mkdir(parents=True)
    (paths.chroma / "current").write_text(folder.name)
    vectors.open_local(str(folder)).close()
    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    assert "rebuilding" not in caplog.text
    assert index.query("grandmother plum cake", 1)[0][0] == ids[1]


def test_pages_get_smaller_where_writing_takes_long() -> None:
    assert index_upkeep.next_page(256, 0.1) == 256
    assert index_upkeep.next_page(256, 0.3) == 128
    assert index_upkeep.next_page(256, 60.0) == 64
    assert index_upkeep.next_page(64, 0.075) == 128
    assert index_upkeep.next_page(64, 0.0) == 256


def test_bytes_of_a_large_index_go_after_a_quiet_while(
    database: Database, start: Start, paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_store, "_SMALL", 0)
    monkeypatch.setattr(index_store, "_PURGE_QUIET_S", 2.0)
    remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    database.write(lambda c: meta.put(c, index_upkeep.PURGE, "now"))
    old = vectors.current_folder(paths)
    assert index.start_purge() is None
    assert vectors.current_folder(paths) == old
    until(lambda: vectors.current_folder(paths) != old)
    assert index.settled(LONG_S)
    until(lambda: index.state == "ready")
    with database.read() as c:
        assert meta.get(c, index_upkeep.PURGE) is None


def test_bytes_of_a_large_index_go_at_the_next_start_at_the_latest(
    database: Database, start: Start, paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_store, "_SMALL", 0)
    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    database.write(lambda c: meta.put(c, index_upkeep.PURGE, "now"))
    old = vectors.current_folder(paths)
    assert index.start_purge() is None
    index.stop()
    assert vectors.current_folder(paths) == old
    again = start()
    assert again.settled(LONG_S)  # it answers while it is written anew
    until(lambda: vectors.current_folder(paths) != old)
    assert again.query("grandmother plum cake", 1)[0][0] == ids[1]


def test_another_embedder_starts_over(database: Database, start: Start) -> None:
    class Other(WordEmbedder):
        model_id = "words-2"

    ids = remember(database, "a", *TEXTS)
    index = start()
    assert index.settled(LONG_S)
    index.stop()
    other = Other()
    index = start(embedder=other)
    assert index.settled(LONG_S)
    assert len(other.texts) == len(TEXTS)
    assert index.query("bicycle chain", 1)[0][0] == ids[2]
    with database.read() as c:
        assert embeddings.count(c, "words-1") == 0
        assert embeddings.count(c, "words-2") == len(TEXTS)


def test_file_of_conversations_is_ready_with_the_last_of_them(
    database: Database, start: Start
) -> None:
    def work(c):  # type: ignore[no-untyped-def]
        add_source(c, "zip")
        for name in ("c1", "c2"):
            add_source(c, name, kind="conversation", parent="zip")
            memories.append(c, name, passages(f"words of {name}"), NOW, first)
        assert outbox.finish_sources(c, ["zip", "c1"], NOW) == []

    database.write(work)
    index = start()
    assert index.settled(LONG_S)
    with database.read() as c:
        states = {row[0] for row in c.execute("SELECT state FROM sources")}
    assert states == {"ready"}
