"""Memories, Files, Settings and quick recall in the real window parts, with a real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.context import Context, WindowState
from app.folders_view import FolderCard
from app.forget_dialog import ForgetDialog
from app.link import Link, LinkState
from app.memory_page import MemoryPage
from app.messages import Messages
from app.number_field import NumberField
from app.ops import Ops
from app.quick_recall import QuickRecall
from app.settings_page import SettingsPage
from app.sources_page import SourcesPage
from app.theme import Mode, Theme
from memory.protocol import SourceState
from tests.daemon_fixture import RunningDaemon, running_daemon

_LEASE = """# Lease

The deposit is two months' rent. It comes back within thirty days of moving out.

# Boiler

The boiler was serviced on 12 November by Harlow and Sons.
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RunningDaemon]:
    with running_daemon(tmp_path / "data") as running:
        yield running


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "lease.md").write_text(_LEASE)
    (folder / "empty.txt").write_text("")
    return folder


@pytest.fixture
def context(daemon: RunningDaemon, qtbot: QtBot) -> Iterator[Context]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    link = Link(daemon.connect, lambda: None)
    messages = Messages()
    theme = Theme(application, Mode.LIGHT)
    state = WindowState(daemon.paths)
    made = Context(daemon.paths, theme, link, messages, Ops(link, messages), state)
    link.start()
    qtbot.waitUntil(lambda: link.state is LinkState.READY)
    yield made
    link.close()


def test_from_files_to_a_forgotten_memory(
    context: Context, daemon: RunningDaemon, papers: Path, qtbot: QtBot
) -> None:
    sources, memories = SourcesPage(context), MemoryPage(context)
    for page in (sources, memories):
        qtbot.addWidget(page)
        page.resize(1000, 700)
    sources.show()
    sources.shown()
    context.ops.add_paths([str(papers)]).start()
    qtbot.waitUntil(lambda: _states(sources) == {"lease.md", "empty.txt"})
    sources.states.choose(SourceState.SKIPPED)
    qtbot.waitUntil(lambda: sources.model.rowCount() == 1)
    sources.list.selectRow(0)
    qtbot.waitUntil(sources.actions_bar.isVisible)
    assert "empty" in sources.actions_bar._reason.text().lower()

    memories.show()
    memories.shown()
    qtbot.keyClicks(memories.search, "boiler")
    qtbot.waitUntil(lambda: memories.model.rowCount() == 1)
    qtbot.keyClick(memories.search, Qt.Key.Key_Down)
    qtbot.waitUntil(memories.detail.isVisible)
    shown = memories.detail.memory
    assert shown is not None and "Harlow and Sons" in shown.text
    qtbot.keyClick(memories.list, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: daemon.client.memory(shown.id).memory.pinned)
    qtbot.waitUntil(lambda: memories.detail._curve._plot is not None)
    qtbot.keyClick(memories.list, Qt.Key.Key_Delete)
    dialog = memories.detail.findChild(ForgetDialog)
    qtbot.waitUntil(dialog._yes.isEnabled)
    qtbot.mouseClick(dialog._yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(memories.empty.isVisible)
    assert "fits" in memories.empty.sentence.text()


def _states(page: SourcesPage) -> set[str]:
    found = (page.model.item(row) for row in range(page.model.rowCount()))
    ended = (SourceState.READY, SourceState.SKIPPED, SourceState.INDEXING)
    return {Path(s.location or "").name for s in found if s is not None and s.state in ended}


def test_quick_recall_finds_and_remembers(
    context: Context, daemon: RunningDaemon, qtbot: QtBot
) -> None:
    panel = QuickRecall(context)
    qtbot.addWidget(panel)
    panel.open_panel()
    qtbot.waitUntil(panel.isActiveWindow)
    qtbot.keyClicks(panel.field, "+ The spare key is with Jonas at number nine")
    with qtbot.waitSignal(panel.closed):
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: daemon.client.status().memories == 1)
    panel.open_panel()
    qtbot.keyClicks(panel.field, "who has the spare key")
    qtbot.waitUntil(lambda: panel.results.count() == 1)
    with qtbot.waitSignal(context.requests.place_wanted) as wanted:
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert "Jonas" in wanted.args[0].quote


def test_folder_followed_and_setting_changed(
    context: Context, daemon: RunningDaemon, papers: Path, qtbot: QtBot
) -> None:
    sources, settings = SourcesPage(context), SettingsPage(context)
    for page in (sources, settings):
        qtbot.addWidget(page)
        page.show()
        page.shown()
    sources.show_tab("Folders")
    qtbot.waitUntil(sources.folders.empty.isVisible)
    sources.folders.follow(str(papers))
    qtbot.waitUntil(lambda: sources.folders.findChild(FolderCard) is not None)
    assert [f.path for f in daemon.client.folders()] == [str(papers)]
    qtbot.waitUntil(lambda: "max_file_mb" in settings._rows)
    field = settings.row("max_file_mb").field
    assert isinstance(field, NumberField)
    field.step(1)
    stored = lambda: {s.name: s.value for s in daemon.client.settings().settings}  # noqa: E731
    qtbot.waitUntil(lambda: stored()["max_file_mb"] == 201)
