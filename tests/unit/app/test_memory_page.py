"""The Memories page as a person uses it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QMenu
from pytestqt.qtbot import QtBot

from app.forget_dialog import ForgetDialog
from app.memory_page import MemoryPage
from app.memory_row import memory_row
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import detail, memory, problem, source

_TOTAL = 12_345


def listing(query: p.MemoryQuery, changes: dict[str, dict[str, Any]]) -> p.MemoryList:
    if query.text == "nothing":
        return p.MemoryList(memories=[], total=0)
    total = 7 if query.text or query.kinds or query.pinned else _TOTAL
    ids = [memory(n).id for n in range(query.offset, min(query.offset + query.limit, total))]
    rows = [memory(int(i[3:]), **changes.get(i, {})) for i in ids]
    return p.MemoryList(memories=rows, total=total)


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> MemoryPage:
    changes: dict[str, dict[str, Any]] = {}  # what was done to a memory stays

    def changed(memory_id: str, **more: Any) -> p.MemoryInfo:
        kept = changes.setdefault(memory_id, {})
        kept.update(more)
        return memory(int(memory_id[3:]), **kept)

    desk.daemon.replies.update(
        memories=lambda query: listing(query, changes),
        memory=lambda memory_id: detail(changed(memory_id)),
        edit_memory=lambda memory_id, edit: changed(
            memory_id, **edit.model_dump(exclude_none=True), version=2
        ),
        review=lambda memory_id, reason, **_more: changed(
            memory_id, marked_wrong=reason is p.ReviewReason.WRONG, strength=0.99
        ),
    )
    made = MemoryPage(desk.context)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.model.rowCount() == _TOTAL)
    return made


def queries(desk: Desk) -> list[p.MemoryQuery]:
    return [args[0] for args in desk.daemon.asked("memories")]


def test_count_and_rows(page: MemoryPage, desk: Desk) -> None:
    assert page._counted.text() == "12,345 memories"
    assert not page.detail.isVisible()


def test_search_as_you_type_asks_once(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    before = len(queries(desk))
    qtbot.keyClicks(page.search, "plum cake")
    qtbot.waitUntil(lambda: page.model.rowCount() == 7)
    asked = queries(desk)[before:]
    assert [q.text for q in asked] == ["plum cake"]


def test_nothing_found_says_so(page: MemoryPage, qtbot: QtBot) -> None:
    qtbot.keyClicks(page.search, "nothing")
    qtbot.waitUntil(page.empty.isVisible)
    assert "fits" in page.empty.sentence.text()


def test_arrow_down_from_the_field_opens_the_first(page: MemoryPage, qtbot: QtBot) -> None:
    qtbot.keyClick(page.search, Qt.Key.Key_Down)
    qtbot.waitUntil(page.detail.isVisible)
    shown = page.detail.memory
    assert shown is not None and shown.id == memory(0).id
    assert [i.row() for i in page.list.selectionModel().selectedRows()] == [0]
    qtbot.waitUntil(lambda: "Opened by you" in _texts(page))
    assert "Learnt" in _texts(page)


def test_far_rows_come_when_looked_at(page: MemoryPage, qtbot: QtBot) -> None:
    page.list.scrollToBottom()
    qtbot.waitUntil(lambda: page.model.row_of(memory(_TOTAL - 1).id) == _TOTAL - 1)
    page.list.selectRow(_TOTAL - 1)
    qtbot.waitUntil(page.detail.isVisible)


def test_filters_make_the_query(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    page.filters.choose_kinds([p.MemoryKind.NOTE])
    qtbot.waitUntil(lambda: page.model.rowCount() == 7)
    assert queries(desk)[-1].kinds == [p.MemoryKind.NOTE]
    qtbot.mouseClick(page.filters._pinned_chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: queries(desk)[-1].pinned is True)
    qtbot.mouseClick(page.filters._clear, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == _TOTAL)
    assert not page.filters.active()


@pytest.mark.parametrize(
    ("chip", "choice", "expected"),
    [
        ("_strength_chip", "Faint, below 50 %", {"max_strength": 0.5, "min_strength": None}),
        ("_state_chip", "Dormant", {"states": [p.MemoryState.DORMANT]}),
        ("_kind_chip", "Chat turns", {"kinds": [p.MemoryKind.TURN]}),
    ],
)
def test_menu_of_a_chip(
    page: MemoryPage,
    desk: Desk,
    qtbot: QtBot,
    chip: str,
    choice: str,
    expected: dict[str, Any],
) -> None:
    qtbot.mouseClick(getattr(page.filters, chip), Qt.MouseButton.LeftButton)
    menu = page.filters.findChildren(QMenu)[-1]
    next(a for a in menu.actions() if a.text() == choice).trigger()
    menu.close()
    qtbot.waitUntil(
        lambda: all(getattr(queries(desk)[-1], name) == value for name, value in expected.items())
    )
    assert getattr(page.filters, chip).isChecked()


def test_source_filter(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["sources"] = p.SourceList(sources=[source(1), source(2)], total=2)
    qtbot.mouseClick(page.filters._source_chip, Qt.MouseButton.LeftButton)
    picker = page.filters.findChild(QDialog)
    qtbot.waitUntil(lambda: picker.list.count() == 2)
    picker.list.setCurrentRow(1)
    picker._take()
    qtbot.waitUntil(lambda: queries(desk)[-1].source == "s2")


def test_pin_edit_and_marks_by_key(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    page.list.selectRow(0)
    qtbot.waitUntil(page.detail.isVisible)
    qtbot.keyClick(page.list, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: bool(page.model.memory(0)) and page.model.memory(0).pinned)
    qtbot.keyClick(page.list, Qt.Key.Key_H)
    qtbot.keyClick(page.list, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: len(desk.daemon.asked("review")) == 2)
    reasons = {args[1] for args in desk.daemon.asked("review")}
    assert reasons == {p.ReviewReason.HELPFUL, p.ReviewReason.WRONG}


def test_edit_keeps_until_saved(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    page.list.selectRow(2)
    qtbot.waitUntil(page.detail.isVisible)
    qtbot.keyClick(page.list, Qt.Key.Key_E)
    editor = page.detail._editor
    qtbot.waitUntil(editor.isVisible)
    editor.setPlainText("I sent Mira the photographs.")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not editor.isVisible())
    (memory_id, edit), *_ = desk.daemon.asked("edit_memory")
    assert edit == p.MemoryEdit(text="I sent Mira the photographs.")
    shown = page.model.memory(2)
    assert shown is not None and shown.text == "I sent Mira the photographs."


def test_forget_shows_what_goes_first(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    asked: list[p.ForgetRequest] = []

    def forget(request: p.ForgetRequest) -> p.ForgetReply:
        asked.append(request)
        return p.ForgetReply(
            preview=request.preview, memories=1, sources=0, chats=0, samples=["The deposit is"]
        )

    desk.daemon.replies["forget"] = forget
    page.list.selectRow(0)
    qtbot.waitUntil(page.detail.isVisible)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    dialog = page.detail.findChild(ForgetDialog)
    qtbot.waitUntil(dialog._yes.isEnabled)
    assert "1 memory" in dialog._title.text() and asked[0].preview
    qtbot.mouseClick(dialog._yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert not asked[1].preview and asked[1].memories == [memory(0).id]
    qtbot.waitUntil(lambda: not page.detail.isVisible())
    assert "Forgotten: 1 memory" in desk.told[-1].title


def test_open_source_asks_the_window(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    page.list.selectRow(0)
    qtbot.waitUntil(page.detail.isVisible)
    with qtbot.waitSignal(desk.context.requests.place_wanted) as wanted:
        qtbot.mouseClick(page.detail._open, Qt.MouseButton.LeftButton)
    assert wanted.args[0].memory_id == memory(0).id


def test_changes_refresh_without_losing_the_place(
    page: MemoryPage, desk: Desk, qtbot: QtBot
) -> None:
    page.list.selectRow(3)
    before = len(queries(desk))
    for seq in (1, 2):
        desk.link.changed.emit(p.Changed(seq=seq, flags=[p.Change.MEMORIES]))
    qtbot.waitUntil(lambda: len(queries(desk)) > before)
    desk.settle(qtbot)
    assert len(queries(desk)) == before + 1
    assert page.list.currentIndex().row() == 3


def test_problem_is_shown_in_its_words(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["memories"] = problem(
        code=p.ErrorCode.STORE, title="The database reported an error"
    )
    page = MemoryPage(desk.context)
    qtbot.addWidget(page)
    page.show()
    page.shown()
    qtbot.waitUntil(page.empty.isVisible)
    assert page.empty.sentence.text() == "The database reported an error"


def test_small_window_shows_one_at_a_time(page: MemoryPage, qtbot: QtBot) -> None:
    page.resize(560, 560)
    page.list.selectRow(0)
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    qtbot.waitUntil(page.detail.isVisible)
    assert not page.list.isVisible() and page.detail._back.isVisible()
    qtbot.mouseClick(page.detail._back, Qt.MouseButton.LeftButton)
    assert page.list.isVisible() and not page.detail.isVisible()


def test_click_opens_the_memory_under_the_pointer(page: MemoryPage, qtbot: QtBot) -> None:
    rect = page.list.visualRect(page.model.index(1, 0))
    qtbot.mouseClick(
        page.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.topLeft() + QPoint(40, 20)
    )
    qtbot.waitUntil(page.detail.isVisible)
    assert page.detail.memory is not None and page.detail.memory.id == memory(1).id


def _texts(page: MemoryPage) -> set[str]:
    from PySide6.QtWidgets import QLabel

    return {label.text() for label in page.detail.findChildren(QLabel)}


def test_plot_is_ready_before_the_first_memory(page: MemoryPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.detail._curve._plot is not None)
    assert page.detail.memory is None


def test_markdown_and_code_look_like_themselves(page: MemoryPage, desk: Desk, qtbot: QtBot) -> None:
    view = page.detail
    marked = memory(1, text="# Jam\n\nMakes **seven** jars.", location="/papers/jam.md")
    code = memory(2, text="def a():\n    b = 1\n    return b", location="/tools/a.py")
    view.show_memory(marked)
    assert "<b>seven</b>" in view._text.text() and "# Jam" not in view._text.text()
    view.show_memory(code)
    assert "monospace" in view._text.text() and "    return b" in view._text.text()


def test_a_memory_that_gives_orders_says_so_and_can_be_called_fine(
    page: MemoryPage, desk: Desk, qtbot: QtBot
) -> None:
    flag = p.Flag(flag=p.FlagName.ORDERS, reason="it says to ignore instructions")
    marked = memory(3, flags=[flag])
    assert "gives orders" in memory_row(marked).below
    assert "warning" in memory_row(marked).marks
    desk.daemon.replies.update(
        memory=lambda _id: detail(marked if not desk.daemon.asked("call_fine") else memory(3)),
        call_fine=lambda _id: memory(3),
    )
    page.detail.show_memory(marked)
    notice = page.detail._notice
    assert not notice.isHidden()
    assert notice.text.startswith(
        "This text gives orders to an assistant. Recollect treats it as text only."
    )
    assert "it says to ignore instructions" in notice.text
    notice.button.click()
    qtbot.waitUntil(notice.isHidden)
    assert [args[0] for args in desk.daemon.asked("call_fine")] == [marked.id]


def test_what_others_contradict_is_said_and_has_no_button(page: MemoryPage) -> None:
    flag = p.Flag(flag=p.FlagName.CONTRADICTS, reason="several others say otherwise")
    page.detail.show_memory(memory(4, flags=[flag]))
    assert not page.detail._notice.isHidden()
    assert page.detail._notice.button.isHidden()


def test_a_fact_stands_in_its_own_words_and_a_note_under_its_kind() -> None:
    fact = memory(kind=p.MemoryKind.FACT, text="You live in Whitby.", speaker="You")
    assert memory_row(fact).text == "You live in Whitby."
    note = memory(
        kind=p.MemoryKind.NOTE, text="The stool is back.", source_kind=p.SourceKind.NOTE,
        source_title="The stool is back.", location=None, page=None,
    )  # fmt: skip
    assert memory_row(note).below.startswith("Note · ")
