"""What to forget, told by a person or a time, and what is shown before it goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from PySide6.QtCore import QDate
from pytestqt.qtbot import QtBot

from app.forget_choose import ForgetChooser
from app.forget_dialog import ForgetDialog, what_stays
from app.upkeep import Upkeep
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import status


@pytest.fixture
def upkeep(desk: Desk, qtbot: QtBot) -> Upkeep:
    desk.daemon.replies["status"] = status()
    made = Upkeep(desk.context)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def chooser(upkeep: Upkeep, qtbot: QtBot) -> ForgetChooser:
    upkeep.forget_some_button.click()
    made = upkeep.findChild(ForgetChooser)
    assert made is not None
    return made


def test_a_person_needs_a_name(chooser: ForgetChooser) -> None:
    assert not chooser._next.isEnabled() and not chooser.first.isEnabled()
    chooser.name.setText("  Klaus   Meier ")
    chooser.naming.setChecked(True)
    assert chooser._next.isEnabled()
    assert chooser.request() == p.ForgetRequest(person="Klaus Meier", naming=True)


def test_days_are_whole_and_in_order(chooser: ForgetChooser) -> None:
    chooser.by_time.setChecked(True)
    assert chooser._next.isEnabled() and not chooser.name.isEnabled()
    chooser.first.setDate(QDate(2026, 3, 9))
    chooser.last.setDate(QDate(2026, 3, 2))
    asked = chooser.request()
    assert asked.since is not None and asked.until is not None
    assert asked.since.astimezone().replace(tzinfo=None) == datetime(2026, 3, 2)
    last = asked.until.astimezone() - timedelta(microseconds=1)
    assert last.date() == date(2026, 3, 9)


def test_what_would_go_is_shown_before_it_goes(
    chooser: ForgetChooser, upkeep: Upkeep, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["forget"] = lambda request: p.ForgetReply(
        preview=request.preview, memories=3, sources=0, chats=0, derived=2, naming=1,
        samples=["One", "Two"], still_named=["Klaus.pdf"],
    )  # fmt: skip
    chooser.name.setText("Klaus")
    chooser._next.click()
    qtbot.waitUntil(lambda: upkeep.findChild(ForgetDialog) is not None)
    dialog = upkeep.findChild(ForgetDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog._yes.isEnabled)
    assert "2 memories made from others" in dialog._text.text()
    assert [call.preview for (call,) in desk.daemon.asked("forget")] == [True]
    with qtbot.waitSignal(dialog.accepted):
        dialog._yes.click()
    assert [call.preview for (call,) in desk.daemon.asked("forget")] == [True, False]


def test_what_stays_of_a_person_is_told() -> None:
    reply = p.ForgetReply(
        preview=True, memories=1, sources=0, chats=0, naming=2, still_named=["Klaus.pdf"]
    )
    assert what_stays(reply, naming_goes=False) == [
        "2 memories of others name them and stay.",
        "The name still stands in the name of Klaus.pdf.",
    ]
    assert what_stays(reply, naming_goes=True) == [
        "The name still stands in the name of Klaus.pdf."
    ]
