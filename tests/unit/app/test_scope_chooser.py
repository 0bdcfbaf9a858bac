"""Choosing what a chat may use, and where a source belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from app.chat_page import ChatPage
from app.scope_chooser import EVERYTHING, ScopeChooser, shown, source_menu
from app.source_actions import SourceActions
from memory import protocol as p
from tests.unit.app.asking import Script, chat
from tests.unit.app.channel import Desk
from tests.unit.app.factories import source, status


def _actions(menu: QMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.actions() if action.text()}


@pytest.fixture
def chooser(qtbot: QtBot) -> ScopeChooser:
    made = ScopeChooser()
    qtbot.addWidget(made)
    return made


def test_it_stays_away_where_there_is_nothing_to_choose(chooser: ScopeChooser) -> None:
    chooser.show_scopes(["home"], None)
    assert chooser.isHidden()
    chooser.show_scopes(["home", "work"], None)
    assert not chooser.isHidden() and chooser.chip.text().startswith(EVERYTHING)
    chooser.show_scopes(["home"], ["home"])
    assert not chooser.isHidden() and chooser.chip.text().startswith("Only Home")


def test_scopes_are_ticked_one_by_one(chooser: ScopeChooser) -> None:
    heard: list[Any] = []
    chooser.chosen.connect(heard.append)
    chooser.show_scopes(["home", "work", "health"], None)
    for name in ("Work", "Home", "Home", EVERYTHING):
        _actions(chooser.menu())[name].trigger()
    assert heard == [["work"], ["home", "work"], ["work"], None]
    _actions(chooser.menu())["Work"].trigger()
    assert chooser.chip.isChecked()
    assert chooser.chip.accessibleName() == "This chat uses: Only Work"
    _actions(chooser.menu())["Work"].trigger()  # without any it is all of them again
    assert heard[-1] is None


def test_a_chat_that_may_use_nothing_says_so(chooser: ScopeChooser) -> None:
    chooser.show_scopes(["home"], [])
    assert chooser.chip.text().startswith("Nothing")


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> ChatPage:
    script = Script()
    desk.daemon.replies.update(
        status=status().model_copy(update={"scopes": ["home", "work"]}),
        create_chat=lambda create: chat(1).model_copy(update={"scopes": create.scopes}),
        edit_chat=lambda _id, edit: chat(1).model_copy(update={"scopes": edit.scopes}),
        chat=lambda _id: p.ChatDetail(chat=chat(1), messages=[]),
        ask=script.ask,
        cancel_ask=script.cancel,
    )
    made = ChatPage(desk.context)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: not made.header.scopes.isHidden())
    return made


def test_a_new_chat_begins_with_the_choice(page: ChatPage, desk: Desk, qtbot: QtBot) -> None:
    _actions(page.header.scopes.menu())["Work"].trigger()
    page.ask("What is due?")
    qtbot.waitUntil(lambda: bool(desk.daemon.asked("ask")))
    assert desk.daemon.asked("create_chat")[0][0].scopes == ["work"]
    assert desk.daemon.asked("edit_chat") == []
    page.new_chat(private=False)
    assert page.header.scopes.scopes is None


def test_a_chat_there_is_is_told_at_once(page: ChatPage, desk: Desk, qtbot: QtBot) -> None:
    page.open_chat(chat(1))
    desk.settle(qtbot)
    _actions(page.header.scopes.menu())["Work"].trigger()
    desk.settle(qtbot)
    (_id, edit) = desk.daemon.asked("edit_chat")[0]
    assert (edit.scopes, edit.every_scope) == (["work"], False)
    assert page.header.scopes.scopes == ["work"]
    _actions(page.header.scopes.menu())[EVERYTHING].trigger()
    desk.settle(qtbot)
    assert desk.daemon.asked("edit_chat")[1][1].every_scope


def test_a_source_is_given_another(desk: Desk, qtbot: QtBot) -> None:
    bar = SourceActions(desk.context)
    qtbot.addWidget(bar)
    bar.show_scopes(["home", "garden"])
    assert bar.scope_menu() is None
    desk.daemon.replies["set_scope"] = lambda edit: p.ScopeReply(
        scope=edit.scope, sources=1, chats=0, folders=0
    )
    bar.show_source(source(1))
    menu = bar.scope_menu()
    assert menu is not None
    assert list(_actions(menu)) == ["Home", "Garden", "Work", "Health", "Another …"]
    assert _actions(menu)["Home"].isChecked()
    with qtbot.waitSignal(bar.edited) as told:
        _actions(menu)["Work"].trigger()
    assert told.args is not None and told.args[0].scope == "work"
    assert bar.source is not None and bar.source.scope == "work"
    assert desk.daemon.asked("set_scope")[0][0].sources == [source(1).id]


def test_another_scope_is_named(chooser: ScopeChooser, qtbot: QtBot) -> None:
    heard: list[str] = []
    choose: Callable[[str], object] = heard.append
    _actions(source_menu(chooser, [], "home", choose))["Another …"].trigger()
    dialog = chooser.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("  choir   tour ")
    dialog.accept()
    assert heard == ["choir tour"]
    assert shown("choir tour") == "Choir tour"
