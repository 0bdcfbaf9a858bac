from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.decoding.kv_files import CHAT, FIXED, KvFiles, forget_in

KEY, OTHER = b"k" * 32, b"o" * 32
TOKENS = list(range(100, 200))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def _put(files: KvFiles, tokens: list[int], kind: str = CHAT, size: int = 1000) -> bool:
    path = files.begin(kind)
    path.write_bytes(os.urandom(size))
    return files.finish(path, tokens, files.generation)


def _only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_was_put_is_found_by_its_longest_common_beginning(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    assert _put(files, TOKENS)
    assert _put(files, [*TOKENS[:50], 7, 8, 9, *TOKENS])
    found = files.find([*TOKENS, 1, 2])
    assert found is not None
    assert (found.common, list(found.tokens)) == (100, TOKENS)
    assert files.checked(found)
    assert files.find([1, *TOKENS]) is None


def test_a_file_that_saves_hardly_anything_is_left_alone(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    _put(files, TOKENS)
    assert files.find(TOKENS, at_hand=90) is None
    assert files.find(TOKENS, at_hand=20) is not None


def test_another_model_finds_nothing_and_destroys_nothing(folder: Path) -> None:
    _put(KvFiles(folder, KEY, 1 << 20), TOKENS)
    assert KvFiles(folder, OTHER, 1 << 20).find(TOKENS) is None
    assert KvFiles(folder, KEY, 1 << 20).find(TOKENS) is not None


@pytest.mark.parametrize("place", [0, 500, 999, 1000, 1200, -1, -40, -70, -100])
def test_a_changed_byte_is_noticed_wherever_it_is(folder: Path, place: int) -> None:
    _put(KvFiles(folder, KEY, 1 << 20), TOKENS)
    path = _only(folder)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    files = KvFiles(folder, KEY, 1 << 20)
    found = files.find(TOKENS)
    assert found is None or not files.checked(found)
    assert files.find(TOKENS) is None


@pytest.mark.parametrize("size", [0, 1, 40, 999, 1400])
def test_a_file_cut_short_is_dropped(folder: Path, size: int) -> None:
    _put(KvFiles(folder, KEY, 1 << 20), TOKENS)
    path = _only(folder)
    os.truncate(path, size)
    files = KvFiles(folder, KEY, 1 << 20)
    assert files.find(TOKENS) is None
    assert not path.exists()


def test_a_file_that_goes_away_is_no_error(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    _put(files, TOKENS)
    found = files.find(TOKENS)
    assert found is not None
    _only(folder).unlink()
    assert not files.checked(found)
    assert files.find(TOKENS) is None


def test_the_longest_unused_goes_first(folder: Path) -> None:
    files = KvFiles(folder, KEY, 4000)
    first, second, third = ([number, *TOKENS] for number in (1, 2, 3))
    for age, tokens in ((300, first), (200, second)):
        _put(files, tokens)
        found = files.find(tokens)
        assert found is not None
        os.utime(found.path, (1_000_000 - age, 1_000_000 - age))
    used = files.find(first)
    assert used is not None and files.checked(used)
    _put(files, third)
    assert files.find(second) is None
    assert files.find(first) is not None and files.find(third) is not None
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 4000


def test_a_smaller_limit_holds_from_the_next_start_on(folder: Path) -> None:
    _put(KvFiles(folder, KEY, 1 << 20), TOKENS)
    KvFiles(folder, KEY, 500)
    assert list(folder.iterdir()) == []


def test_what_is_larger_than_the_limit_is_not_kept(folder: Path) -> None:
    files = KvFiles(folder, KEY, 500)
    assert not _put(files, TOKENS)
    assert list(folder.iterdir()) == []


def test_a_longer_beginning_takes_the_place_of_its_shorter_ones(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    _put(files, TOKENS[:40], FIXED)
    _put(files, TOKENS[:60])
    _put(files, [5, *TOKENS])
    _put(files, TOKENS)
    kinds = sorted(path.name.split("-")[0] for path in folder.iterdir())
    assert kinds == ["chat", "chat", "fixed"]
    assert files.covered(TOKENS[:60]) == 60
    assert files.covered(TOKENS, FIXED) == 40


def test_forgetting_leaves_what_is_fixed_and_nothing_else(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    _put(files, TOKENS[:40], FIXED)
    _put(files, TOKENS)
    _put(KvFiles(folder, OTHER, 1 << 20), TOKENS)
    files.begin(CHAT).write_bytes(b"half written")
    files.begin(FIXED).write_bytes(b"half written")
    files.forget()
    assert [path.name.split("-")[0] for path in folder.iterdir()] == ["fixed"]
    found = files.find(TOKENS)
    assert found is not None and found.common == 40


def test_what_was_read_before_a_forgetting_is_not_put_after_it(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    path, generation = files.begin(CHAT), files.generation
    path.write_bytes(b"state")
    files.forget()
    path.write_bytes(b"state")
    assert not files.finish(path, TOKENS, generation)
    assert list(folder.iterdir()) == []
    assert _put(files, TOKENS)


def test_forgetting_without_a_worker(folder: Path) -> None:
    files = KvFiles(folder, KEY, 1 << 20)
    _put(files, TOKENS[:40], FIXED)
    _put(files, TOKENS)
    forget_in(folder)
    assert [path.name.split("-")[0] for path in folder.iterdir()] == ["fixed"]


def test_what_a_crash_left_half_written_is_removed(folder: Path) -> None:
    KvFiles(folder, KEY, 1 << 20).begin(CHAT).write_bytes(b"half written")
    KvFiles(folder, KEY, 1 << 20)
    assert list(folder.iterdir()) == []
