"""A model from the hub to the answer, in the real window: asked for, fetched, held, used, removed.

The hub is a server on this machine, the daemon and its worker are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.message_bar import AskDialog
from app.model_page import ModelPage
from app.model_row import ModelRow
from app.model_shown import Action
from memory.protocol import NoteRequest, SettingsEdit
from models.catalogue import catalogue
from tests.daemon_fixture import running_daemon
from tests.e2e.conftest import Running
from tests.hub_server import PIECE, HubServer
from tests.tiny_gguf import make_tiny_gguf

ENTRY = catalogue()[0]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    gguf = make_tiny_gguf(tmp_path / "tiny.gguf", layers=2, name="Tiny One")
    with HubServer() as server:
        server.put(ENTRY.repository, ENTRY.file, gguf)
        yield server


@pytest.fixture
def before_hub(
    tmp_path: Path, hub: HubServer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """A window whose daemon downloads from ``hub``."""
    monkeypatch.setenv("RECOLLECT_NO_MOTION", "1")
    with running_daemon(tmp_path / "data", {"HF_ENDPOINT": hub.url}) as daemon:
        made = Running(daemon.paths, qtbot).open()
        made.client.edit_settings(SettingsEdit(values={"model_forecasts": False}))
        try:
            yield made
        finally:
            hub.misdeeds.go_on.set()
            made.close()


def _page(running: Running) -> ModelPage:
    page = running.window.show_page("model")
    assert isinstance(page, ModelPage)
    running.until(lambda: page.library is not None and page.catalogue.complete)
    return page


def _press(running: Running, row: ModelRow, action: Action) -> None:
    running.until(lambda: (found := row.button(action)) is not None and found.isVisible())
    button = row.button(action)
    assert button is not None
    running.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _agree(running: Running) -> str:
    """Say yes to what is asked; returns what was asked."""
    running.until(lambda: running.window.findChild(AskDialog) is not None)
    dialog = running.window.findChild(AskDialog)
    assert isinstance(dialog, AskDialog)
    asked = dialog.windowTitle()
    running.qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    running.until(lambda: running.window.findChild(AskDialog) is None)
    return asked


def test_from_the_hub_to_the_answer(before_hub: Running, hub: HubServer) -> None:
    running, page = before_hub, _page(before_hub)
    assert not hub.requests, "looking at models asks nobody"
    row = page.catalogue.row(ENTRY.id)
    assert row is not None
    hub.misdeeds.hold_after = 2 * PIECE
    _press(running, row, Action.DOWNLOAD)
    assert not hub.requests, "nothing leaves before the person agrees"
    assert _agree(running) == f"Download {ENTRY.name}?"
    running.until(lambda: row.bar.isVisible() and " of " in row.line.text())
    assert hub.requests

    _press(running, row, Action.PAUSE)
    running.until(lambda: row.line.text().startswith("Paused at"))
    hub.misdeeds.hold_after = None
    hub.misdeeds.go_on.set()
    _press(running, row, Action.RESUME)
    running.until(lambda: page.local.row(ENTRY.id) is not None)
    assert page.catalogue.row(ENTRY.id) is None

    here = page.local.row(ENTRY.id)
    assert here is not None
    _press(running, here, Action.USE)
    running.until(lambda: page.now.isVisible() and page.now.name.text() == "Tiny One")
    running.client.add_note(NoteRequest(text="The deposit is 1,840 euros."))
    running.chat.ask("How much is the deposit?")
    running.until(lambda: page.now.state.text().startswith("Ready · "))
    assert page.now.meter.said()  # of a model this small nothing but its place is sure

    _press(running, here, Action.REMOVE)
    assert _agree(running) == f"Delete {ENTRY.name}?"
    running.until(lambda: page.none.isVisible() and page.local.row(ENTRY.id) is None)
    assert not list(running.paths.models.iterdir())
    running.until(lambda: page.catalogue.row(ENTRY.id) is not None)


def test_a_download_the_hub_refuses(before_hub: Running, hub: HubServer) -> None:
    running, page = before_hub, _page(before_hub)
    row = page.catalogue.row(ENTRY.id)
    assert row is not None
    hub.misdeeds.refuse_api = (404, "RepoNotFound")
    _press(running, row, Action.DOWNLOAD)
    _agree(running)
    running.until(row.problem.isVisible)
    assert row.problem.title.text() and row.problem.text.text()
    hub.misdeeds.refuse_api = None
    _press(running, row, Action.RETRY)
    running.until(lambda: page.local.row(ENTRY.id) is not None)
