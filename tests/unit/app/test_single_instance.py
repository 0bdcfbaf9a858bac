"""One window per data folder, with real sockets, lock files and a second process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.single_instance import Handover, SingleInstance, Verb, hand_over, socket_name
from memory.client import DataPaths, data_paths
from tests.patience import LONG_MS

_SECOND_START = """
import sys
from app.single_instance import Handover, SingleInstance, Verb
from memory.client import data_paths
other = SingleInstance(data_paths(sys.argv[1]))
print(other.claim_or_hand_over(Handover(Verb.ADD, ["/papers/lease.pdf"])))
"""


@pytest.fixture
def first(paths: DataPaths, qtbot: QtBot) -> SingleInstance:
    window = SingleInstance(paths)
    assert window.claim()
    yield window
    window.close()


def test_nobody_there(paths: DataPaths) -> None:
    assert not hand_over(paths, Handover(Verb.OPEN))


def test_second_start_hands_over_from_another_process(
    first: SingleInstance, paths: DataPaths, qtbot: QtBot
) -> None:
    with (
        qtbot.waitSignal(first.asked) as asked,
        subprocess.Popen(
            [sys.executable, "-c", _SECOND_START, str(paths.root)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        ) as second,
    ):
        qtbot.waitUntil(lambda: second.poll() is not None)
        assert second.stdout is not None
        assert second.stdout.read().strip() == "False"
    assert asked.args == [Handover(Verb.ADD, ["/papers/lease.pdf"])]


def test_two_data_folders_do_not_meet(first: SingleInstance, tmp_path: Path) -> None:
    other = data_paths(tmp_path / "other")
    other.create()
    second = SingleInstance(other)
    assert second.claim()
    second.close()


def test_first_again_after_the_first_closed(first: SingleInstance, paths: DataPaths) -> None:
    second = SingleInstance(paths)
    assert not second.claim()
    first.close()
    assert second.claim()
    second.close()


def test_socket_of_a_killed_window_is_taken_over(paths: DataPaths) -> None:
    Path(socket_name(paths)).touch()
    window = SingleInstance(paths)
    assert window.claim()
    window.close()


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"verb":"erase"}\n', b'{"verb":1}\n'])
def test_foreign_words_are_refused(
    first: SingleInstance, paths: DataPaths, qtbot: QtBot, line: bytes
) -> None:
    heard: list[object] = []
    first.asked.connect(heard.append)
    socket = QLocalSocket()
    socket.connectToServer(socket_name(paths))
    assert socket.waitForConnected(LONG_MS)
    with qtbot.waitSignal(socket.disconnected):
        socket.write(line)
    assert not heard


def test_long_data_folder_still_has_a_name(tmp_path: Path) -> None:
    name = socket_name(data_paths(tmp_path / ("x" * 120)))
    assert len(name) < 60 and "/" not in name
