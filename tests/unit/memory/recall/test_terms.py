from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memory.ingest import storing
from memory.paths import DataPaths
from memory.protocol import MemoryKind, RecallFilter, SourceKind
from memory.recall import terms
from memory.recall.terms import Terms, WordSearch, bm25
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from memory.store.words import Stemmer
from memory.understand import understand
from tests.fakes import FakeClock


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def _add(database: Database, texts: list[str]) -> None:
    def work(c: Connection) -> None:
        source_id = sources.insert(c, kind=SourceKind.NOTE, title="n", now_ms=0)
        new = [
            NewMemory(MemoryKind.NOTE, text, place, 0, len(text))
            for place, text in enumerate(texts)
        ]
        memories.append(c, source_id, new, 0, storing.first_strength(0))

    database.write(work)


def _find(database: Database, search: WordSearch, question: str) -> Terms:
    with database.read() as c:
        return search.find(c, understand(question, 0), search.total(c))


def test_stems_are_those_of_the_index() -> None:
    stemmer = Stemmer()
    assert stemmer.stems(["Families", "e-mail", "🚲", "Brûlée"]) == [
        ("famili",), ("e", "mail"), (), ("brule",)]  # fmt: skip
    assert stemmer.stems([]) == []
    stemmer.close()


def test_counts_are_exact_and_rare_terms_weigh_more(database: Database) -> None:
    _add(database, ["boat boats boating", "a boat", "a heron", "tea"])
    search = WordSearch()
    found = _find(database, search, "boats herons zzzzz")
    by_text = {term.text: term for term in found.terms}
    assert by_text["boat"].rowids.tolist() == [1, 2]
    assert by_text["boat"].counts.tolist() == [3.0, 1.0]
    assert by_text["heron"].idf > by_text["boat"].idf
    assert found.missing == ("zzzzz",)
    assert found.ideal > sum(term.idf for term in found.terms)
    table = dict(zip(by_text, found.counts(np.array([1, 2, 3, 9])).tolist(), strict=True))
    assert table == {"boat": [3, 1, 0, 0], "heron": [0, 0, 1, 0]}
    search.close()


def test_terms_that_stand_everywhere_are_left_out_and_remembered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "_COMMON_LEAST", 5)
    _add(database, [f"diary entry {n}" for n in range(20)])
    search = WordSearch()
    found = _find(database, search, "diary entry 7")
    assert set(found.common) == {"diari", "entri"}
    assert [term.text for term in found.terms] == ["7"]
    _add(database, [f"recipe {n}" for n in range(100, 200)])
    assert {term.text for term in _find(database, search, "diary 7").terms} >= {"7"}
    search.close()


def test_the_total_follows_every_write(database: Database) -> None:
    search = WordSearch()
    with database.read() as c:
        assert search.total(c) == 0
    _add(database, ["one", "two"])
    with database.read() as c:
        assert search.total(c) == 2
    search.close()


def test_what_a_filter_leaves_follows_every_write_and_every_filter(database: Database) -> None:
    search = WordSearch()
    _add(database, ["one", "two"])
    notes = RecallFilter(kinds=[MemoryKind.NOTE])

    def left(chosen: RecallFilter) -> list[int] | None:
        with database.read() as c:
            rows = search.filtered(c, chosen)
        return None if rows is None else rows.tolist()

    assert left(notes) == left(notes) == [1, 2]
    assert left(RecallFilter()) is None
    assert left(RecallFilter(kinds=[MemoryKind.TURN])) == []
    assert left(notes) == [1, 2]
    _add(database, ["three"])
    assert left(notes) == [1, 2, 3]
    search.close()


def test_bm25_prefers_short_and_frequent_and_saturates() -> None:
    counts = np.array([[1.0, 1.0, 2.0, 50.0]], dtype=np.float32)
    lengths = np.array([100.0, 400.0, 100.0, 100.0], dtype=np.float32)
    one, long, two, many = bm25(counts, lengths, 100.0, np.array([1.0], dtype=np.float32))
    assert long < one < two < many < terms.K1 + 1
