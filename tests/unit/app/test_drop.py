"""What a drop holds and what the person is told about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from app import drop
from app.drop import Dropped, look_at, sort_paths
from memory.ingest.detect import SUPPORTED


def test_files_folders_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    names = ["a.pdf", "b.md", "README", "video.mp4", "papers"]
    found = sort_paths([str(tmp_path / name) for name in names])
    assert (found.files, found.folders, found.refused) == (3, 1, ("video.mp4",))
    assert found.promise() == "3 files and 1 folder: remember them"
    assert found.refusal() == "video.mp4 can’t be read yet"
    assert str(tmp_path / "papers") in found.paths


def test_a_folder_named_like_a_video_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "holiday.mp4").mkdir()
    assert sort_paths([str(tmp_path / "holiday.mp4")]).folders == 1


@pytest.mark.parametrize(
    ("found", "promise"),
    [
        (Dropped(paths=("a",), files=1), "1 file: remember it"),
        (Dropped(paths=("a",), folders=1), "1 folder: remember it"),
        (Dropped(text="hello"), "Text: remember it as a note"),
        (Dropped(model="/models/small.gguf"), "Use small.gguf to word the answers"),
        (Dropped(refused=("a.mp3",)), "Nothing here can be read yet"),
    ],
)
def test_words_of_the_overlay(found: Dropped, promise: str) -> None:
    assert found.promise() == promise


def test_many_refusals_are_counted() -> None:
    found = Dropped(refused=tuple(f"{n}.mp3" for n in range(9)))
    assert found.refusal() == "0.mp3, 1.mp3, 2.mp3 and 6 more can’t be read yet"


def test_the_same_file_twice_counts_once() -> None:
    assert sort_paths(["/x/a.txt", "/x/a.txt"]).files == 1


def test_text_and_links(qtbot: QtBot) -> None:
    data = QMimeData()
    data.setText("  remember the milk ")
    assert look_at(data).text == "remember the milk"
    data.setUrls([QUrl.fromLocalFile("/x/a.txt"), QUrl("https://example.com")])
    assert look_at(data).paths == ("/x/a.txt",)


def test_an_empty_drop_is_no_drop(qtbot: QtBot) -> None:
    assert not look_at(QMimeData()).usable


def test_nothing_the_memory_reads_is_refused() -> None:
    """The window keeps its own list, because it may not import the readers."""
    assert not {f".{suffix}" for suffix in drop._UNREADABLE} & SUPPORTED
