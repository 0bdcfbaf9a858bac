"""Looking for bytes of deleted rows in the unused parts of a database file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from memory.store.residue import Traces, found, holds, unused_bytes

SECRET = "the quokka plays the xylophone at midnight"


def _database(path: Path, *, secure: bool) -> Path:
    """A file with a deleted row whose bytes are left, or zeroed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA secure_delete = {'ON' if secure else 'OFF'}")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    rows = [(f"this row of the table stays, number {n}",) for n in range(2_000)]
    connection.executemany("INSERT INTO t (text) VALUES (?)", rows)
    # A page of its own, so that the last cell borders on the gap.
    connection.execute("CREATE TABLE last (id INTEGER PRIMARY KEY, text TEXT)")
    connection.executemany("INSERT INTO last (text) VALUES (?)", [("stays",), (SECRET,)])
    connection.execute("DELETE FROM last WHERE text = ?", (SECRET,))
    connection.close()
    return path


def test_left_bytes_are_found(tmp_path: Path) -> None:
    path = _database(tmp_path / "a.db", secure=False)
    assert SECRET.encode() in path.read_bytes()
    assert found(path, Traces([SECRET], []))
    assert found(path, Traces([], ["xylophon"]))


def test_zeroed_bytes_are_not(tmp_path: Path) -> None:
    path = _database(tmp_path / "a.db", secure=True)
    assert SECRET.encode() not in path.read_bytes()
    assert not found(path, Traces([SECRET], ["xylophon"]))


def test_what_rows_still_hold_is_no_matter(tmp_path: Path) -> None:
    path = _database(tmp_path / "a.db", secure=True)
    assert not found(path, Traces(["this row of the table stays, number 7"], []))


@pytest.mark.parametrize(
    ("unused", "left"),
    [
        (b"", False),
        (b"..the quokka plays..", True),
        (b"..quokka..", False),
        (b"..XYLOPHONES..", True),
        (None, True),
    ],
)
def test_a_piece_of_a_text_or_a_word(unused: bytes | None, left: bool) -> None:
    assert holds(unused, Traces([SECRET], ["xylophon"])) is left


def test_a_file_that_cannot_be_read_counts_as_not_clean(tmp_path: Path) -> None:
    assert found(tmp_path / "nothing.db", Traces([SECRET], []))


def test_other_page_sizes(tmp_path: Path) -> None:
    for size in (512, 65_536):
        path = tmp_path / f"{size}.db"
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(f"PRAGMA page_size = {size}")
        connection.close()
        _database(path, secure=False)
        assert SECRET.encode() in (unused_bytes(path) or b"")
