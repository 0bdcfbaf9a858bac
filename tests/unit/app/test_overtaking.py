"""Memories, sources, chats and settings, with the older reply held back until the newer one is on
the screen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.chat_list import ChatListView
from app.chat_page import ChatPage
from app.exchange import Question
from app.filter_dialogs import SourcePicker
from app.memory_detail import MemoryDetailView
from app.memory_page import MemoryPage
from app.places import Place
from app.quick_recall import QuickRecall
from app.settings_page import SettingsPage
from app.source_panel import SourcePanel
from memory import protocol as p
from memory.settings import Settings
from tests.unit.app.asking import Script, chat, citation
from tests.unit.app.channel import Desk, overtaking, ready
from tests.unit.app.factories import (
    NOW,
    detail,
    hit,
    memory,
    problem,
    source,
    status,
)

# -- Memories


@pytest.fixture
def memories(desk: Desk) -> dict[str, p.MemoryInfo]:
    """The daemon's memories; edits and reviews change them."""
    kept = {m.id: m for m in (memory(n) for n in range(5))}

    def edit(memory_id: str, edit: p.MemoryEdit) -> p.MemoryInfo:
        kept[memory_id] = kept[memory_id].model_copy(update=edit.model_dump(exclude_none=True))
        return kept[memory_id]

    def review(memory_id: str, reason: p.ReviewReason, **_more: object) -> p.MemoryInfo:
        wrong = {"marked_wrong": reason is p.ReviewReason.WRONG}
        kept[memory_id] = kept[memory_id].model_copy(update=wrong)
        return kept[memory_id]

    desk.daemon.replies.update(
        memories=lambda query: p.MemoryList(memories=list(kept.values()), total=len(kept)),
        memory=lambda memory_id: detail(kept[memory_id]),
        edit_memory=edit,
        review=review,
    )
    return kept


@pytest.fixture
def memory_page(desk: Desk, memories: dict[str, p.MemoryInfo], qtbot: QtBot) -> MemoryPage:
    made = MemoryPage(desk.context)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.model.rowCount() == 5)
    return made


def test_a_pinned_memory_is_not_unpinned_by_an_older_page(
    memory_page: MemoryPage, desk: Desk, qtbot: QtBot
) -> None:
    memory_page.list.selectRow(0)
    desk.settle(qtbot)
    with overtaking(desk, qtbot, "memories", memory_page.model.refresh):
        memory_page.detail.toggle_pin()
        qtbot.waitUntil(lambda: memory_page.detail._pin.text() == "Unpin")
    row = memory_page.model.memory(0)
    assert row is not None and row.pinned
    assert memory_page.detail._pin.text() == "Unpin"


def test_a_search_is_not_covered_by_the_one_before(
    memory_page: MemoryPage, desk: Desk, qtbot: QtBot
) -> None:
    with overtaking(desk, qtbot, "memories", lambda: memory_page.search.setText("plum")):
        desk.daemon.replies["memories"] = p.MemoryList(memories=[memory(1)], total=1)
        memory_page.search.setText("plum cake")
        qtbot.waitUntil(lambda: memory_page.model.rowCount() == 1)
    assert memory_page.model.rowCount() == 1


@pytest.fixture
def detail_view(desk: Desk, memories: dict[str, p.MemoryInfo], qtbot: QtBot) -> MemoryDetailView:
    made = MemoryDetailView(desk.context)
    qtbot.addWidget(made)
    made.show()
    made.show_memory(memory(0))
    desk.settle(qtbot)
    return made


def test_an_older_look_at_a_memory_does_not_undo_a_mark(
    detail_view: MemoryDetailView, desk: Desk, qtbot: QtBot
) -> None:
    with overtaking(desk, qtbot, "memory", detail_view.reload):
        detail_view.mark_wrong()
        qtbot.waitUntil(lambda: detail_view._wrong.text() == "Marked wrong")
    assert detail_view._wrong.text() == "Marked wrong"


def test_two_changes_of_a_memory_are_both_there(
    detail_view: MemoryDetailView, desk: Desk, qtbot: QtBot
) -> None:
    first = desk.daemon.hold("review")
    detail_view.mark_wrong()
    ready(qtbot, first)
    detail_view.toggle_pin()
    first.let_go()
    qtbot.waitUntil(lambda: detail_view._pin.text() == "Unpin")
    desk.settle(qtbot)
    assert detail_view._wrong.text() == "Marked wrong"


def test_saving_one_memory_does_not_close_the_editor_of_the_next(
    detail_view: MemoryDetailView, desk: Desk, qtbot: QtBot
) -> None:
    detail_view.edit()
    detail_view._editor.setPlainText("Other words.")
    slow = desk.daemon.hold("edit_memory")
    detail_view._save()
    ready(qtbot, slow)
    detail_view.show_memory(memory(1))
    detail_view.edit()
    slow.let_go()
    qtbot.waitUntil(detail_view._save_button.isEnabled)
    desk.settle(qtbot)
    assert detail_view._editing.isVisible()
    assert detail_view.memory is not None and detail_view.memory.id == memory(1).id


def test_a_memory_stays_open_when_it_could_not_be_looked_at(
    detail_view: MemoryDetailView, desk: Desk, qtbot: QtBot
) -> None:
    gone: list[str] = []
    detail_view.forgotten.connect(gone.append)
    desk.daemon.replies["memory"] = problem(code=p.ErrorCode.STORE)
    detail_view.reload()
    desk.settle(qtbot)
    assert gone == []
    desk.daemon.replies["memory"] = problem(code=p.ErrorCode.NOT_FOUND)
    detail_view.reload()
    qtbot.waitUntil(lambda: gone == [memory(0).id])


def test_sources_to_pick_from_are_those_last_asked_for(desk: Desk, qtbot: QtBot) -> None:
    old = desk.daemon.hold("sources")
    desk.daemon.replies["sources"] = p.SourceList(sources=[source(1), source(2)], total=2)
    picker = SourcePicker(desk.context, None)  # type: ignore[arg-type]
    qtbot.addWidget(picker)
    ready(qtbot, old)
    desk.daemon.replies["sources"] = p.SourceList(sources=[source(3)], total=1)
    picker.search.setText("003")
    qtbot.waitUntil(lambda: picker.list.count() == 1)
    old.let_go()
    desk.settle(qtbot)
    assert picker.list.count() == 1


# -- source column


@pytest.fixture
def panel(desk: Desk, memories: dict[str, p.MemoryInfo], qtbot: QtBot) -> SourcePanel:
    desk.daemon.replies["document"] = lambda source_id: p.Document(
        source=source(1, format="text"), text=f"text of {source_id}"
    )
    made = SourcePanel(desk.context)
    qtbot.addWidget(made)
    made.resize(420, 640)
    made.show()
    return made


def place(number: int, **changes: Any) -> Place:
    given = {"memory": memory(number).id, "source_id": f"s{number}", "quote_end": 4, **changes}
    return Place.of_citation(citation(1, **given))


def test_the_place_opened_last_is_shown(panel: SourcePanel, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "document", lambda: panel.open_place(place(1))):
        panel.open_place(place(2))
        qtbot.waitUntil(lambda: panel.text.text.toPlainText() == "text of s2")
    assert panel.text.text.toPlainText() == "text of s2"


def test_a_page_that_cannot_be_drawn_any_more_does_not_cover_the_next_source(
    panel: SourcePanel, desk: Desk, qtbot: QtBot
) -> None:
    read = desk.daemon.replies["document"]
    desk.daemon.replies["document"] = p.Document(
        source=source(1, format="pdf"),
        text="text of a page",
        pages=[p.DocumentPage(number=1, start=0, end=9)],
    )
    desk.daemon.replies["page_picture"] = problem(title="The file is not there")
    with overtaking(desk, qtbot, "page_picture", lambda: panel.open_place(place(1))):
        desk.daemon.replies["document"] = read
        panel.open_place(place(2))
        qtbot.waitUntil(lambda: panel.text.text.toPlainText() == "text of s2")
    assert panel.text.text.toPlainText() == "text of s2"


def test_the_foot_shows_the_memory_after_what_was_done_to_it(
    panel: SourcePanel, desk: Desk, qtbot: QtBot
) -> None:
    panel.open_place(place(1))
    qtbot.waitUntil(panel.foot.pin.isEnabled)
    desk.settle(qtbot)
    with overtaking(desk, qtbot, "memory", lambda: panel._load_memory(memory(1).id)):
        panel.foot.pin.click()
        qtbot.waitUntil(lambda: panel.foot.pin.accessibleName() == "Unpin")
    assert panel.foot.pin.accessibleName() == "Unpin"


# -- quick recall, chats, settings, tray


@pytest.fixture
def quick(desk: Desk, qtbot: QtBot) -> QuickRecall:
    made = QuickRecall(desk.context)
    qtbot.addWidget(made)
    made.open_panel()
    return made


def test_results_belong_to_what_is_typed(quick: QuickRecall, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["recall"] = p.RecallReply(hits=[hit(0), hit(1)], took_ms=3, searched=9)
    with overtaking(desk, qtbot, "recall", lambda: quick.field.setText("deposit")):
        desk.daemon.replies["recall"] = p.RecallReply(hits=[hit(2)], took_ms=3, searched=9)
        quick.field.setText("deposit back")
        qtbot.waitUntil(lambda: quick.results.count() == 1)
    assert quick.results.count() == 1


def test_what_is_typed_while_a_note_is_kept_stays(
    quick: QuickRecall, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies.update(
        add_note=source(1, kind=p.SourceKind.NOTE),
        recall=p.RecallReply(hits=[], took_ms=3, searched=9),
    )
    slow = desk.daemon.hold("add_note")
    quick.field.setText("+ The spare key is with Jonas")
    qtbot.keyClick(quick.field, Qt.Key.Key_Return)
    ready(qtbot, slow)
    quick.field.setText("who has the")
    slow.let_go()
    desk.settle(qtbot)
    assert quick.field.text() == "who has the" and not quick._leaving.isActive()


def test_a_renamed_chat_keeps_its_name(desk: Desk, qtbot: QtBot) -> None:
    title = ["Chat 1"]

    def rename(_id: str, edit: p.ChatEdit) -> p.ChatInfo:
        title.append(str(edit.title))
        return chat(1, title=title[-1])

    desk.daemon.replies.update(
        chats=lambda text: p.ChatList(chats=[chat(1, title=title[-1])]), edit_chat=rename
    )
    chats = ChatListView(desk.context)
    qtbot.addWidget(chats)
    with overtaking(desk, qtbot, "chats", chats.refresh):
        chats._rename("c1", "The flat")
        qtbot.waitUntil(lambda: chats.model.rowCount() == 1)
    shown = chats.model.chat(0)
    assert shown is not None and shown.title == "The flat"


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def chat_page(desk: Desk, script: Script, qtbot: QtBot) -> ChatPage:
    desk.daemon.replies.update(
        status=status(),
        create_chat=chat(1),
        ask=script.ask,
        cancel_ask=script.cancel,
        chat=lambda chat_id: p.ChatDetail(
            chat=chat(int(chat_id[1:])),
            messages=[
                p.MessageInfo(
                    id=f"m{n}", chat=chat_id, role="person", text=r.question, at=NOW, citations=[]
                )
                for n, r in enumerate(script.requests)
            ],
        ),
    )
    made = ChatPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 640)
    made.show()
    made.shown()
    desk.settle(qtbot)
    return made


def test_a_question_asked_while_the_chat_opens_stands_there_once(
    chat_page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    slow = desk.daemon.hold("chat")
    chat_page.open_chat(chat(1))
    ready(qtbot, slow)
    chat_page.ask("Deposit?")
    view = chat_page.current_view()
    assert view is not None and view.answering and script.requests == []
    slow.let_go()
    qtbot.waitUntil(lambda: len(script.requests) == 1)
    script.done("Two months.", [])
    qtbot.waitUntil(lambda: not view.answering)
    assert [q.words.text() for q in view.findChildren(Question)] == ["Deposit?"]


def test_a_question_to_a_chat_that_cannot_be_opened_comes_back(
    chat_page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    desk.daemon.replies["chat"] = problem(title="The disk is full")
    slow = desk.daemon.hold("chat")
    chat_page.open_chat(chat(1))
    ready(qtbot, slow)
    chat_page.ask("Deposit?")
    slow.let_go()
    qtbot.waitUntil(lambda: chat_page.composer.field.toPlainText() == "Deposit?")
    assert script.requests == [] and desk.told[-1].title == "The disk is full"


def test_a_chat_made_late_does_not_come_before_the_one_opened_since(
    chat_page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    slow = desk.daemon.hold("create_chat")
    chat_page.ask("Deposit?")
    ready(qtbot, slow)
    chat_page.open_chat(chat(2))
    slow.let_go()
    qtbot.waitUntil(lambda: len(script.requests) == 1)
    assert chat_page._chat_id == "c2" and script.requests[0].chat == "c1"
    script.done("Two months.", [])
    made = chat_page._views["c1"]
    qtbot.waitUntil(lambda: not made.answering)


def test_a_title_is_the_newest(chat_page: ChatPage, desk: Desk, qtbot: QtBot) -> None:
    chat_page.open_chat(chat(1))
    desk.settle(qtbot)
    old = desk.daemon.hold("chat")
    changed = p.Changed(seq=1, flags=[p.Change.CHATS])
    chat_page._on_changed(changed)
    ready(qtbot, old)
    named = p.ChatDetail(chat=chat(1, title="The flat"), messages=[])
    desk.daemon.replies["chat"] = named
    chat_page._on_changed(changed)
    qtbot.waitUntil(lambda: chat_page.header.title.accessibleName() == "The flat")
    old.let_go()
    desk.settle(qtbot)
    assert chat_page.header.title.accessibleName() == "The flat"


@pytest.fixture
def settings_page(desk: Desk, qtbot: QtBot) -> SettingsPage:
    now = [Settings()]

    def edit(edit: p.SettingsEdit) -> p.SettingsReply:
        now.append(now[-1].changed(edit.values))
        return read()

    def read() -> p.SettingsReply:
        return p.SettingsReply(settings=now[-1].described())

    desk.daemon.replies.update(settings=read, edit_settings=edit, status=status())
    made = SettingsPage(desk.context)
    qtbot.addWidget(made)
    made.resize(800, 900)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: bool(made._rows))
    desk.settle(qtbot)
    return made


def test_a_switch_is_not_turned_back(settings_page: SettingsPage, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "settings", settings_page.refresh):
        row = settings_page.row("remember_chats")
        qtbot.mouseClick(row.field, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(desk.daemon.asked("edit_settings")) == 1)
    assert row.value() is False


def test_a_setting_changed_twice_ends_as_it_was_left(
    settings_page: SettingsPage, desk: Desk, qtbot: QtBot
) -> None:
    first = desk.daemon.hold("edit_settings")
    row = settings_page.row("remember_chats")
    qtbot.mouseClick(row.field, Qt.MouseButton.LeftButton)
    ready(qtbot, first)
    qtbot.mouseClick(row.field, Qt.MouseButton.LeftButton)
    first.let_go()
    desk.settle(qtbot)
    sent = [args[0].values["remember_chats"] for args in desk.daemon.asked("edit_settings")]
    assert sent == [False, True] and row.value() is True
