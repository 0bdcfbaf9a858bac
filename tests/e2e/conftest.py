"""The real window before the real daemon, in a data folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import daemon_process
from app.application import Application
from app.link import LinkState
from app.theme import Mode, Theme
from memory.client import Client, DataPaths, connect
from tests.daemon_fixture import running_daemon
from tests.patient_qtbot import qtbot

__all__ = ["qtbot"]


class Running:
    """A window and the daemon behind it; ``client`` looks at what the window caused."""

    def __init__(self, paths: DataPaths, qtbot: QtBot):
        self.paths = paths
        self.client: Client
        self.qtbot = qtbot
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        self.theme = Theme(qt, Mode.LIGHT)
        self.application = Application(paths, qt, theme=self.theme)
        self.window = self.application.window
        self.chat = self.application.chat_page
        self.source = self.application.source

    def open(self) -> Running:
        self.qtbot.addWidget(self.window)
        self.window.show()
        self.application.start()
        link = self.application.context.link
        self.until(lambda: link.state is LinkState.READY)
        self.client = connect(self.paths.root)
        return self

    def connect_again(self) -> None:
        """After another daemon has taken over."""
        self.client.close()
        self.client = connect(self.paths.root)

    def until(self, true: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(true)

    def settle(self) -> None:
        """Wait until everything added can be recalled by words and by meaning."""

        def quiet() -> bool:
            now = self.client.status()
            busy = now.jobs_waiting + now.jobs_running + now.waiting_for_meaning
            return now.memories > 0 and not busy

        self.until(quiet)

    def close(self) -> None:
        self.client.close()
        self.application.close()
        self.theme.deleteLater()


@pytest.fixture
def running(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("RECOLLECT_NO_MOTION", "1")
    with running_daemon(tmp_path / "data") as daemon:
        made = Running(daemon.paths, qtbot).open()
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def alone(paths: DataPaths, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A window that has to start its daemon itself."""
    monkeypatch.setenv("RECOLLECT_NO_MOTION", "1")
    made = Running(paths, qtbot).open()
    try:
        yield made
    finally:
        made.close()
        daemon_process.stop_daemon(paths.root)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A small folder of a person's files, in formats that need no library to make."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "lease.txt").write_text(
        "Lease of the flat in Elm Street 14.\n\n"
        "The deposit is two months' rent and comes back within thirty days of moving out.\n\n"
        "Pets need the landlord's consent, fish do not.\n",
        "utf-8",
    )
    (folder / "bread.md").write_text(
        "# Sourdough\n\n## Dough\n\nThe dough rests for fourteen hours in the cellar.\n\n"
        "## Oven\n\nBake at 240 degrees for forty minutes with steam.\n",
        "utf-8",
    )
    (folder / "friends.jsonl").write_text(
        '{"conversation": "Mira", "id": "t1", "time": "2025-03-04T18:00:00+00:00",'
        ' "speaker": "Mira", "text": "The keys of the boat hang behind the kitchen door."}\n'
        '{"conversation": "Mira", "id": "t2", "time": "2025-03-04T18:01:00+00:00",'
        ' "speaker": "Jon", "text": "Then I can sail on Sunday."}\n',
        "utf-8",
    )
    return folder
