"""The Settings page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.number_field import NumberField
from app.settings_page import SettingsPage
from app.shortcut import GlobalShortcut
from app.switch import Switch
from app.theme import Mode
from memory import protocol as p
from memory.errors import BadRequest
from memory.settings import Settings
from tests.unit.app.channel import Desk
from tests.unit.app.factories import problem, status


class Options:
    """The daemon's settings, with their real checks."""

    def __init__(self) -> None:
        self.now = Settings()

    def read(self) -> p.SettingsReply:
        return p.SettingsReply(settings=self.now.described())

    def edit(self, edit: p.SettingsEdit) -> p.SettingsReply | p.Problem:
        try:
            self.now = self.now.changed(edit.values)
        except BadRequest as error:
            return error.problem()
        return self.read()


@pytest.fixture
def options(desk: Desk) -> Options:
    made = Options()
    desk.daemon.replies.update(
        settings=lambda: made.read(), edit_settings=made.edit, status=status()
    )
    return made


@pytest.fixture
def settings_page(desk: Desk, options: Options, qtbot: QtBot) -> SettingsPage:
    made = SettingsPage(desk.context)
    qtbot.addWidget(made)
    made.resize(800, 900)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: bool(made._rows))
    return made


def test_every_declared_option_has_a_row(settings_page: SettingsPage) -> None:
    declared = {s.name for s in Settings().described()} - {"model_path"}
    assert set(settings_page._rows) == declared
    for name in declared:
        field = settings_page.row(name).field
        assert field.accessibleName() and field.accessibleDescription()


def test_switch_is_saved_at_once(
    settings_page: SettingsPage, options: Options, qtbot: QtBot
) -> None:
    field = settings_page.row("remember_chats").field
    assert isinstance(field, Switch) and field.isChecked()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: options.now.remember_chats is False)


def test_number_is_typed_stepped_limited_and_reset(
    settings_page: SettingsPage, options: Options, qtbot: QtBot
) -> None:
    row = settings_page.row("max_file_mb")
    field = row.field
    assert isinstance(field, NumberField)
    field.setFocus()
    field.setText("350")
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: options.now.max_file_mb == 351)
    field.setText("1000000")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: options.now.max_file_mb == 4096)
    field.setText("many")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "4,096"
    qtbot.waitUntil(row._reset.isVisible)
    qtbot.mouseClick(row._reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: options.now.max_file_mb == 200)


def test_refusal_is_shown_beside_the_field(
    settings_page: SettingsPage, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["edit_settings"] = problem(message="This address does not answer.")
    row = settings_page.row("chroma_url")
    row.field.setText("http://127.0.0.1:1")  # type: ignore[attr-defined]
    row.field.editingFinished.emit()  # type: ignore[attr-defined]
    qtbot.waitUntil(row._problem.isVisible)
    assert "does not answer" in row._problem.text()


def test_look_is_changed_and_kept(settings_page: SettingsPage, desk: Desk, qtbot: QtBot) -> None:
    dark = settings_page.window_options.looks[Mode.DARK]
    with qtbot.waitSignal(desk.theme.changed):
        qtbot.mouseClick(dark, Qt.MouseButton.LeftButton)
    assert desk.context.state.get("theme", Mode.SYSTEM, Mode) is Mode.DARK
    desk.theme.set_mode(Mode.LIGHT)


def test_keys_for_quick_recall(desk: Desk, options: Options, qtbot: QtBot) -> None:
    shortcut = GlobalShortcut()
    page = SettingsPage(desk.context, shortcut)
    qtbot.addWidget(page)
    asked: list[str] = []
    page.window_options.shortcut_wanted.connect(asked.append)
    page.window_options.keys.setKeySequence("K")
    page.window_options.keys.editingFinished.emit()
    assert not asked and "Ctrl" in page.window_options.shortcut_words.text()
    page.window_options._switch_off()
    assert asked == [""] and "is off" in page.window_options.shortcut_words.text()


@pytest.mark.parametrize(
    ("button", "method", "reply", "told"),
    [
        ("backup_button", "backup", p.BackupReply(path="/data/b.db", bytes=9_000_000), "Backed up"),
        ("reindex_button", "reindex", p.ReindexReply(memories=9, took_ms=5), "in order"),
    ],
)
def test_upkeep(
    settings_page: SettingsPage,
    desk: Desk,
    qtbot: QtBot,
    button: str,
    method: str,
    reply: Any,
    told: str,
) -> None:
    desk.daemon.replies[method] = reply
    made = getattr(settings_page.upkeep, button)
    usual = made.text()
    made.click()
    assert not made.isEnabled()
    qtbot.waitUntil(lambda: bool(desk.told))
    assert told in desk.told[-1].title and made.isEnabled() and made.text() == usual


def test_export(settings_page: SettingsPage, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = str(tmp_path / "all.zip")
    desk.daemon.replies["export"] = p.ExportReply(path=path, memories=3)
    settings_page.upkeep.export_to(path)
    qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].title == "Exported 3 memories"


def test_taking_an_archive_in(
    settings_page: SettingsPage, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    path = str(tmp_path / "all.zip")
    desk.daemon.replies["take_in"] = p.ImportReply(
        path=path, sources_new=1, sources_known=2, sources_differ=0, memories_new=1,
        memories_known=3, memories_left_out=1, chats_new=0, messages_new=0, facts_changed=0,
    )  # fmt: skip
    settings_page.upkeep.take_in(path)
    qtbot.waitUntil(lambda: bool(desk.told))
    said = "Taken in: 1 new memory, 3 were here already, 1 left out as forgotten or outdated"
    assert desk.told[-1].title == said


def test_all_fields_end_at_one_edge(settings_page: SettingsPage) -> None:
    page, window = settings_page, settings_page.window_options
    fields = [row.field for row in page._rows.values()]
    fields += [window.keys, window.looks[Mode.DARK], page.upkeep.backup_button]
    fields.append(page.learning.start_over)
    edges = {f.mapTo(page, f.rect().topRight()).x() for f in fields if f.isVisible()}
    assert len(edges) == 1


def test_unit_stands_inside_the_field_beside_the_number(settings_page: SettingsPage) -> None:
    field = settings_page.row("max_file_mb").field
    assert isinstance(field, NumberField)
    assert field._unit.text() == "MB" and field._unit.isVisible()
    assert field.textMargins().right() >= field._unit.width()
