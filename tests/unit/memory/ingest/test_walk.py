"""Which files of a folder are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from memory.ingest.walk import Rules, absolute, entry_of, files_below, storable


def _make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def _names(root: Path, rules: Rules) -> list[str]:
    return [os.path.relpath(e.path, root) for e in files_below(str(root), rules)]


def test_folder_by_folder_in_order(tmp_path: Path) -> None:
    _make(tmp_path, "b.txt", "a/2.txt", "a/1.txt", "c/x/y.txt", "a.txt")
    assert _names(tmp_path, Rules(str(tmp_path))) == [
        "a.txt", "b.txt", "a/1.txt", "a/2.txt", "c/x/y.txt"
    ]  # fmt: skip


def test_what_is_always_left_out(tmp_path: Path) -> None:
    _make(tmp_path, ".git/config", "x/node_modules/m.js", "x/__pycache__/m.pyc", "~$a.docx",
          "a.txt~", "b.part", ".hidden/c.txt", "kept.txt")  # fmt: skip
    assert _names(tmp_path, Rules(str(tmp_path))) == ["kept.txt"]
    hidden = Rules(str(tmp_path), hidden=True)
    assert _names(tmp_path, hidden) == ["kept.txt", ".hidden/c.txt"]


def test_own_patterns(tmp_path: Path) -> None:
    _make(tmp_path, "a.log", "keep.log", "build/x.txt", "docs/build/y.txt", "z.txt")
    rules = Rules(str(tmp_path), ("*.log", "!keep.log", "/build/"))
    assert _names(tmp_path, rules) == ["keep.log", "z.txt", "docs/build/y.txt"]


def test_our_own_folder_is_never_read(tmp_path: Path) -> None:
    _make(tmp_path, "data/recollect.db", "data/logs/x.log", "papers/a.txt", "database.txt")
    rules = Rules(str(tmp_path), excluded=(str(tmp_path / "data"),))
    assert _names(tmp_path, rules) == ["database.txt", "papers/a.txt"]
    assert rules.leaves_out(str(tmp_path / "data" / "recollect.db"), folder=False)
    assert rules.leaves_out(str(tmp_path.parent / "other.txt"), folder=False)


def test_circles_end_and_odd_things_are_no_files(tmp_path: Path) -> None:
    _make(tmp_path, "a/x.txt")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "link.txt").symlink_to(tmp_path / "a" / "x.txt")
    os.mkfifo(tmp_path / "pipe")
    told: list[str] = []
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    found = files_below(str(tmp_path), Rules(str(tmp_path)), lambda path, _e: told.append(path))
    assert [os.path.basename(e.path) for e in found] == ["link.txt", "x.txt"]
    assert told == []
    assert entry_of(str(tmp_path)) is None


def test_a_root_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(files_below(str(tmp_path / "no"), Rules(str(tmp_path / "no"))))


def test_spelling_of_paths(tmp_path: Path) -> None:
    assert absolute(f"{tmp_path}/a/../b//c") == str(tmp_path / "b" / "c")
    assert storable("/ä/b.txt") and not storable(os.fsdecode(b"/\xff.txt"))
