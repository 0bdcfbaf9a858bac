"""The keyword index of texts in any script, new and brought up from an older version."""

from __future__ import annotations

from memory.paths import DataPaths
from memory.store import words
from memory.store.db import Connection, Database
from memory.store.migrations import STEPS
from tests.fakes import FakeClock
from tests.unit.memory.standin import remember

TEXTS = (
    "Der Schlüssel für die Straße liegt im Büro.",
    "新しい冷蔵庫の保証は三年です。",
    "The key of the office is in the drawer.",
)


def _rows(c: Connection, term: str) -> list[int]:
    return words.postings(c, term, 10).tolist()


def _agrees(c: Connection) -> None:
    for table in ("memories_fts", "memories_trigram"):
        c.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")


def _check(database: Database) -> None:
    with database.read() as c:
        assert _rows(c, "strass") == [1]
        assert _rows(c, "冷蔵") == _rows(c, "庫") == [2]
        assert _rows(c, "offic") == [3]
        assert words.with_phrase(c, "冷蔵庫の保証", 9).tolist() == [2]
        assert words.with_phrase(c, "庫冷", 9).tolist() == []
        assert words.with_trigrams(c, ["sch", "hlu", "lus"], 9).tolist() == [1]
        assert words.trigram_postings(c, "冷蔵庫", 9).tolist() == []
    database.write(_agrees)


def test_texts_are_laid_out_as_they_come(paths: DataPaths, clock: FakeClock) -> None:
    database = Database(paths, clock)
    remember(database, "a", *TEXTS)
    _check(database)
    database.write(lambda c: c.execute("UPDATE memories SET text = '猫' WHERE rowid = 2"))
    with database.read() as c:
        assert _rows(c, "冷蔵") == [] and _rows(c, "猫") == [2]
    database.write(_agrees)
    database.write(lambda c: c.execute("DELETE FROM memories WHERE rowid < 3"))
    with database.read() as c:
        assert _rows(c, "猫") == _rows(c, "strass") == [] and _rows(c, "offic") == [3]
    database.write(_agrees)
    database.close()


def test_an_older_memory_is_indexed_anew(paths: DataPaths, clock: FakeClock) -> None:
    later = ("0002-scripts", "0014-notes")
    old = Database(paths, clock, [step for step in STEPS if step.name not in later])
    remember(old, "a", *TEXTS)
    with old.read() as c:
        assert _rows(c, "冷蔵") == []
    old.close()
    database = Database(paths, clock)
    _check(database)
    database.close()
    assert list(paths.backups.glob("before-0002-scripts-*.db"))
