"""Zeroing the unused parts of a database file: what was deleted goes, what is there stays."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from memory.store.residue import gaps, wipe, wiped

SECRET = "the quokka plays the xylophone at midnight"
ROWS = 2_000


def _database(path: Path, *, page_size: int = 4_096) -> Path:
    """A file with many pages of rows, some of which still hold bytes of rows that went."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_size}")
    # As moved cells do, cells deleted without zeroing leave their bytes where they border on
    # the gap: the last of their page.
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE t (name TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID")
    connection.execute("BEGIN")
    for number in range(ROWS):
        name = f"{number * 7_919 % ROWS:05}"
        text = f"this row of the table stays, number {name}"
        connection.execute("INSERT INTO t VALUES (?, ?)", (name, text))
    for number in range(20):
        connection.execute(f"CREATE TABLE left_{number} (id INTEGER PRIMARY KEY, text TEXT)")
        rows = [("stays",), (f"{SECRET} {number}",)]
        connection.executemany(f"INSERT INTO left_{number} (text) VALUES (?)", rows)
        connection.execute(f"DELETE FROM left_{number} WHERE id = 2")
    connection.execute("COMMIT")
    connection.close()
    return path


def _rows(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT * FROM t ORDER BY name").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("page_size", [512, 4_096, 65_536])
def test_what_moving_left_goes_and_every_row_stays(tmp_path: Path, page_size: int) -> None:
    path = _database(tmp_path / "a.db", page_size=page_size)
    before = _rows(path)
    assert SECRET.encode() in path.read_bytes()
    assert wiped(path)
    assert SECRET.encode() not in path.read_bytes()
    assert list(gaps(path)) == []
    assert _rows(path) == before and len(before) == ROWS


def test_a_clean_file_is_not_written(tmp_path: Path) -> None:
    path = _database(tmp_path / "a.db")
    assert wipe(path) > 0
    before = path.stat().st_mtime_ns
    assert wipe(path) == 0
    assert path.stat().st_mtime_ns == before


def test_pages_that_tell_of_others_are_never_touched(tmp_path: Path) -> None:
    """With auto_vacuum some pages hold a map that looks like a page of rows."""
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA auto_vacuum = FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    connection.executemany("INSERT INTO t (text) VALUES (?)", [(SECRET,)] * 500)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ValueError):
        wipe(path)
    assert not wiped(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"SQLite format 3", b"x" * 8_192])
def test_what_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    assert not wiped(path)
    assert path.read_bytes() == content


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert not wiped(tmp_path / "nothing.db")
    assert os.listdir(tmp_path) == []
