"""Replies on models that overtake each other: what is older never covers what is newer."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.model_page import ModelPage
from memory import protocol as p
from tests.patience import LONG_MS
from tests.unit.app import model_factories as made
from tests.unit.app.channel import Desk


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> ModelPage:
    """A model is in use, and known to the page."""
    library = made.library_in_use("loaded")
    desk.daemon.replies.update(
        models=library.model_copy,  # another object each time
        model=p.ModelReply(model=library.model),
        predict=made.predict,
        set_budget=lambda edit: made.budget(automatic=False, budget_bytes=edit.budget_bytes),
    )
    page = ModelPage(desk.context)
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.show()
    page.shown()
    qtbot.waitUntil(lambda: page.now.state.text().startswith("Ready"), timeout=LONG_MS)
    qtbot.waitUntil(lambda: bool(page.budget._curve), timeout=LONG_MS)
    return page


def test_the_state_asked_for_last_counts(page: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    """Two kinds of replies tell how the model is; the older one is late."""
    late = desk.daemon.hold("models")
    page.refresh()
    qtbot.waitUntil(lambda: late.ready, timeout=LONG_MS)
    answering = made.library_in_use("answering").model
    desk.daemon.replies["model"] = p.ModelReply(model=answering)
    page._look()
    qtbot.waitUntil(lambda: page.now.state.text().startswith("Answering"), timeout=LONG_MS)
    before = page.library
    late.let_go()
    qtbot.waitUntil(lambda: page.library is not before, timeout=LONG_MS)
    assert page.now.state.text().startswith("Answering")


def test_what_was_asked_before_a_deed_is_not_shown_after_it(
    page: ModelPage, desk: Desk, qtbot: QtBot
) -> None:
    late = desk.daemon.hold("models")
    page.refresh()
    qtbot.waitUntil(lambda: late.ready, timeout=LONG_MS)
    shown: list[Any] = []
    page.actions.model_changed.connect(shown.append)
    desk.daemon.replies.update(
        no_model=p.ModelReply(model=None),
        model=p.ModelReply(model=None),
        models=made.library(),
    )
    page.now.stop.click()
    qtbot.waitUntil(lambda: bool(shown) and page.none.isVisible(), timeout=LONG_MS)
    asked = len(desk.daemon.asked("models"))
    late.let_go()
    page.refresh()
    qtbot.waitUntil(lambda: len(desk.daemon.asked("models")) > asked, timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.local.rows() == [], timeout=LONG_MS)
    assert page.none.isVisible() and not page.now.isVisible()


def test_budgets_chosen_quickly_end_at_the_last(page: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    first = desk.daemon.hold("set_budget")
    page.budget.slider.setValue(2_000)
    qtbot.waitUntil(lambda: first.ready, timeout=LONG_MS)
    page.budget.slider.setValue(6_000)
    qtbot.waitUntil(lambda: page._fresh.more_to_do, timeout=LONG_MS)
    first.let_go()
    qtbot.waitUntil(lambda: not page.budget.busy, timeout=LONG_MS)
    edits = [args[0].budget_bytes for args in desk.daemon.asked("set_budget")]
    assert edits == [2_000_000_000, 6_000_000_000]
