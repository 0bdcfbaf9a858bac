"""Sizes in the status: what is there while it is counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.api.upkeep import _beside, _inside, _size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "index"
    for name in ("a", "b", "b/deeper", "c"):
        (made / name).mkdir(parents=True)
        (made / name / "data").write_bytes(b"x" * 10)
    return made


def test_files_at_any_depth_count(folder: Path) -> None:
    assert _size(_inside(folder)) == 40
    assert _size(_inside(folder / "nothing")) == 0


def test_what_goes_while_it_is_counted_counts_nothing(folder: Path) -> None:
    def gone_after_the_first() -> Iterator[Path]:
        files = _inside(folder)
        first = next(files)
        yield first
        shutil.rmtree(folder)
        yield from files

    assert _size(gone_after_the_first()) == 10


def test_sqlite_keeps_files_beside_its_own(tmp_path: Path) -> None:
    for name, length in (("m.sqlite3", 5), ("m.sqlite3-wal", 3), ("m.sqlite3.old", 100)):
        (tmp_path / name).write_bytes(b"x" * length)
    assert _size(_beside(tmp_path / "m.sqlite3")) == 8
