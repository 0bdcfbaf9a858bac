"""Paging of the memories list: what is asked for, what is kept, what is dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QHeaderView, QTableView
from pytestqt.qtbot import QtBot

from app.memory_model import MEMORY_ROLE, PAGE, MemoryModel
from memory.protocol import MemoryInfo, MemoryList, MemoryQuery, Problem
from tests.unit.app.factories import memory, problem

Answer = Callable[[MemoryList], None]


class Loader:
    """Keeps requests until the test lets them be answered, in any order."""

    def __init__(self, total: int):
        self.total = total
        self.open: list[tuple[MemoryQuery, Answer, Callable[[Problem], None]]] = []
        self.offsets: list[int] = []

    def __call__(self, query: MemoryQuery, done: Answer, failed: Callable[[Problem], None]) -> None:
        self.offsets.append(query.offset)
        self.open.append((query, done, failed))

    def rows(self, query: MemoryQuery) -> list[MemoryInfo]:
        return [memory(n) for n in range(query.offset, min(query.offset + query.limit, self.total))]

    def answer(self, which: int = 0) -> None:
        query, done, _ = self.open.pop(which)
        done(MemoryList(memories=self.rows(query), total=self.total))

    def answer_all(self) -> None:
        while self.open:
            self.answer()


@pytest.fixture
def loader() -> Loader:
    return Loader(1000)


@pytest.fixture
def model(loader: Loader, qtbot: QtBot) -> MemoryModel:
    made = MemoryModel(loader)
    made.set_query(MemoryQuery())
    return made


def test_first_page_tells_how_many_there_are(
    model: MemoryModel, loader: Loader, qtbot: QtBot
) -> None:
    assert model.rowCount() == 0 and not model.known
    with qtbot.waitSignal(model.counted) as counted:
        loader.answer()
    assert counted.args == [1000] and model.rowCount() == 1000
    assert model.index(99, 0).data(MEMORY_ROLE) == memory(99)


def test_a_row_in_sight_is_asked_for_once(model: MemoryModel, loader: Loader) -> None:
    loader.answer()
    for row in (250, 251, 299):
        assert model.index(row, 0).data(MEMORY_ROLE) is None
    assert loader.offsets == [0, 200]
    loader.answer()
    assert model.index(250, 0).data(MEMORY_ROLE) == memory(250)


def test_fast_scroll_asks_only_for_where_it_rests(model: MemoryModel, loader: Loader) -> None:
    loader.answer()
    for row in range(100, 1000, 100):
        model.memory(row)
    assert len(loader.open) == 3
    loader.answer_all()
    assert 900 in loader.offsets and 400 not in loader.offsets


def test_stale_reply_is_dropped(model: MemoryModel, loader: Loader) -> None:
    model.set_query(MemoryQuery(text="plum"))
    loader.total = 7
    loader.answer(1)
    assert model.rowCount() == 7
    loader.total = 1000
    loader.answer(0)
    assert model.rowCount() == 7 and model.query.text == "plum"


def test_refresh_keeps_showing_what_is_there(model: MemoryModel, loader: Loader) -> None:
    loader.answer()
    loader.total = 1003
    model.refresh()
    assert model.index(5, 0).data(MEMORY_ROLE) == memory(5)
    loader.answer_all()
    assert model.rowCount() == 1003
    loader.total = 2
    model.refresh()
    loader.answer_all()
    assert model.rowCount() == 2 and model.memory(1) == memory(1)


def test_replaced_memory_is_shown_at_once(model: MemoryModel, loader: Loader) -> None:
    loader.answer()
    model.replace(memory(4, pinned=True))
    shown = model.memory(4)
    assert shown is not None and shown.pinned


def test_failure_is_told_and_rows_stay(model: MemoryModel, loader: Loader, qtbot: QtBot) -> None:
    loader.answer()
    model.refresh()
    with qtbot.waitSignal(model.failed) as failed:
        loader.open.pop()[2](problem())
    assert failed.args == [problem()] and model.rowCount() == 1000


def test_pages_at_hand_are_limited(model: MemoryModel, loader: Loader) -> None:
    loader.total = 100 * PAGE
    loader.answer()
    for number in range(1, 100):
        model.memory(number * PAGE)
        loader.answer_all()
    assert model.row_of(memory(0).id) is None
    assert model.row_of(memory(9900).id) == 9900


def test_half_a_million_rows_do_not_hold_the_window(loader: Loader, qtbot: QtBot) -> None:
    loader.total = 500_000
    model = MemoryModel(loader)
    view = QTableView()
    qtbot.addWidget(view)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.setModel(model)
    view.show()
    model.set_query(MemoryQuery())
    loader.answer_all()
    view.scrollToBottom()
    qtbot.waitUntil(lambda: bool(loader.open))
    loader.answer_all()
    assert model.memory(499_999) == memory(499_999)
    assert len(loader.offsets) < 6
