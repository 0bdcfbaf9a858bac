"""Records of downloads: written whole, read with care, put right after a crash."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from models.hub import RemoteFile
from models.model_folder import ModelFolder, Record, Trouble

BEGUN = Record("tiny-1", "maker/Tiny-GGUF", "tiny.gguf")
REMOTE = RemoteFile("maker/Tiny-GGUF", "Tiny.gguf", "c0ffee", 7, "ab" * 32)


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path)


def test_a_record_comes_back_as_it_was_written(folder: ModelFolder) -> None:
    assert BEGUN.known() is None
    found = BEGUN.found(REMOTE)
    assert found.known() == REMOTE and found.file == "Tiny.gguf"
    folder.save(replace(found, trouble=Trouble("t", "m", "n")))
    folder.part("tiny-1").write_bytes(b"123")
    assert folder.records() == {"tiny-1": replace(found, trouble=Trouble("t", "m", "n"))}
    assert folder.part_bytes("tiny-1") == 3 and folder.part_bytes("another") == 0
    assert found.found(REMOTE).trouble is None


def test_finishing_moves_the_part_to_its_name(folder: ModelFolder) -> None:
    found = BEGUN.found(replace(REMOTE, file="Q4/Tiny.gguf"))
    folder.save(found)
    folder.part("tiny-1").write_bytes(b"1234567")
    ready = folder.finish(found)
    assert ready.state == "ready" and folder.path(ready) == folder.folder / "Tiny.gguf"
    assert folder.path(ready).read_bytes() == b"1234567" and not folder.part("tiny-1").exists()
    assert folder.records() == {"tiny-1": ready}
    assert folder.remove(ready) == 7
    assert list(folder.folder.iterdir()) == []


def test_a_crash_after_the_move_is_put_right(folder: ModelFolder) -> None:
    folder.save(BEGUN.found(REMOTE))
    (folder.folder / "Tiny.gguf").write_bytes(b"1234567")
    assert folder.records()["tiny-1"].state == "ready"
    assert json.loads((folder.folder / "tiny-1.json").read_text())["state"] == "ready"


def test_a_file_that_was_not_moved_there_by_us_is_not_believed(folder: ModelFolder) -> None:
    found = BEGUN.found(REMOTE)
    (folder.folder / "Tiny.gguf").write_bytes(b"123456")
    folder.save(found)
    assert folder.records()["tiny-1"].state == "partial"
    (folder.folder / "Tiny.gguf").write_bytes(b"1234567")
    folder.save(replace(found, trouble=Trouble("wrong", "sum", "again")))
    assert folder.records()["tiny-1"].state == "partial"
    folder.part("tiny-1").write_bytes(b"1")
    folder.save(found)
    assert folder.records()["tiny-1"].state == "partial"


def test_a_model_that_someone_deleted_is_not_there(folder: ModelFolder) -> None:
    folder.save(replace(BEGUN.found(REMOTE), state="ready"))
    assert folder.records() == {}


def test_discarding_leaves_nothing(folder: ModelFolder) -> None:
    folder.save(BEGUN)
    folder.part("tiny-1").write_bytes(b"123")
    folder.discard("tiny-1")
    folder.discard("tiny-1")
    assert list(folder.folder.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"id": "tiny-1"}', '{"id": "tiny-1", "repository": 1, "file": "x"}'],
)
def test_a_damaged_record_is_left_alone(
    folder: ModelFolder, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (folder.folder / "tiny-1.json").write_text(text)
    assert folder.records() == {}
    assert (folder.folder / "tiny-1.json").read_text() == text


def test_a_record_under_another_name_does_not_count(folder: ModelFolder) -> None:
    folder.save(BEGUN)
    (folder.folder / "tiny-1.json").rename(folder.folder / "tiny-2.json")
    assert folder.records() == {}


@pytest.mark.parametrize("name", ["../x", "", "A", "x/y", ".x", "x" * 100])
def test_only_plain_ids_become_files(folder: ModelFolder, name: str) -> None:
    with pytest.raises(ValueError):
        folder.save(replace(BEGUN, id=name))
    assert list(folder.folder.iterdir()) == []
