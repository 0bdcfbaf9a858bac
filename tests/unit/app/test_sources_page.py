"""The Files page: states, reasons, what can be done, the queue, folders."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.folders_view import FolderCard, IgnoreDialog
from app.forget_dialog import ForgetDialog
from app.jobs_view import BatchCard, JobRow, batch_words
from app.source_actions import reason
from app.source_list import source_below, source_label
from app.sources_page import SourcesPage
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import batch, folder, job, problem, source, status

_FAILED = source(1, state=p.SourceState.FAILED, problem=problem(), memories=0)
_GONE = source(2, state=p.SourceState.MISSING)


def listing(**query: Any) -> p.SourceList:
    if query["state"] is p.SourceState.FAILED:
        return p.SourceList(sources=[_FAILED], total=1)
    if query["text"]:
        return p.SourceList(sources=[], total=0)
    rows = [source(0), _FAILED, _GONE, *(source(n) for n in range(3, 100))]
    offset = query["offset"]
    more = [source(n) for n in range(offset, offset + query["limit"])]
    return p.SourceList(sources=rows if offset == 0 else more, total=40_000)


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> SourcesPage:
    counts = {p.SourceState.READY: 39_984, p.SourceState.FAILED: 1, p.SourceState.MISSING: 1}
    desk.daemon.replies.update(
        sources=listing,
        status=status(sources=counts, jobs_waiting=5, jobs_running=1),
        jobs=p.JobList(
            batches=[batch()],
            jobs=[
                job(0, state=p.JobState.RUNNING),
                job(1, state=p.JobState.FAILED, problem=problem()),
                job(2),
            ],
        ),
        folders=[folder(missing=2)],
        retry_source=lambda source_id: source(1, state=p.SourceState.QUEUED),
    )
    made = SourcesPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.model.rowCount() == 40_000)
    qtbot.waitUntil(made.missing.isVisible)
    return made


def test_counts_and_states(page: SourcesPage) -> None:
    assert page._counted.text() == "40,000 sources, 1 failed"
    assert page.tabs.tabText(1) == "Reading (6)"
    shown = [c.text() for c in page.states._chips.values() if not c.isHidden()]
    assert shown == ["All  40,000", "Failed  1", "File is gone  1", "Ready  39,998"]


def test_failed_source_says_why_and_what_next(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.list.selectRow(1)
    bar = page.actions_bar
    qtbot.waitUntil(bar.isVisible)
    assert "locked with a password" in bar._reason.text()
    assert "Save a copy" in bar._reason.text()
    assert bar._retry.isVisible() and not bar._open.isVisible()
    qtbot.mouseClick(bar._retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.daemon.asked("retry_source") == [("s1",)])
    qtbot.waitUntil(bar._retry.isEnabled)


def test_filter_by_state(page: SourcesPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.states._chips[p.SourceState.FAILED], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    qtbot.keyClicks(page.search, "zebra")
    page.states.choose(None)
    qtbot.waitUntil(page.empty.isVisible)
    assert "fits" in page.empty.sentence.text()


def test_open_and_its_memories(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.list.selectRow(0)
    qtbot.waitUntil(page.actions_bar.isVisible)
    requests = desk.context.requests
    with qtbot.waitSignal(requests.place_wanted) as wanted:
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
    assert wanted.args[0].source_id == "s0"
    with qtbot.waitSignals([requests.page_wanted, requests.source_memories_wanted]):
        qtbot.mouseClick(page.actions_bar._memories, Qt.MouseButton.LeftButton)


def test_forget_a_source(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["forget"] = lambda request: p.ForgetReply(
        preview=request.preview, memories=12, sources=1, chats=0, source_titles=["letter-000.docx"]
    )
    page.list.selectRow(0)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    dialog = page.actions_bar.findChild(ForgetDialog)
    qtbot.waitUntil(dialog._yes.isEnabled)
    assert "12 memories, with 1 source" in dialog._title.text()
    dialog._keep.click()
    assert len(desk.daemon.asked("forget")) == 1


@pytest.mark.parametrize("choice", ["keep", "forget"])
def test_missing_files_are_asked_about(
    page: SourcesPage, desk: Desk, qtbot: QtBot, choice: str
) -> None:
    asked: list[Any] = []
    desk.context.messages.asked.connect(asked.append)
    desk.daemon.replies["decide_missing"] = p.ForgetReply(
        preview=False, memories=3, sources=1, chats=0
    )
    button = page.missing._keep if choice == "keep" else page.missing._forget
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    if choice == "forget":
        assert asked[0].danger
        asked[0].on_yes()
    qtbot.waitUntil(lambda: bool(desk.daemon.asked("decide_missing")))
    assert desk.daemon.asked("decide_missing")[0][0].choice == choice
    qtbot.waitUntil(lambda: not page.missing.isVisible())


def test_queue_shows_jobs_and_acts(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_tab("Reading")
    qtbot.waitUntil(lambda: len(page.jobs._rows) == 3)
    first, second, third = page.jobs._rows
    assert first._state.text() == "Reading" and "password" in second._problem.text()
    desk.daemon.replies["job_action"] = lambda job_id, action: job(
        2, state=p.JobState.PAUSED if action is p.JobAction.PAUSE else p.JobState.CANCELLED
    )
    _press(qtbot, third, p.JobAction.PAUSE)
    qtbot.waitUntil(lambda: third._state.text() == "Paused")
    assert third._buttons[p.JobAction.RESUME].isVisible()
    _press(qtbot, third, p.JobAction.CANCEL)
    qtbot.waitUntil(lambda: third._state.text() == "Cancelled")


def _press(qtbot: QtBot, row: JobRow, action: p.JobAction) -> None:
    qtbot.mouseClick(row._buttons[action], Qt.MouseButton.LeftButton)


def test_batch_card_follows_progress(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_tab("Reading")
    qtbot.waitUntil(lambda: "b1" in page.jobs._cards)
    card: BatchCard = page.jobs._cards["b1"]
    desk.daemon.say_progress(batch(done=90))
    qtbot.waitUntil(lambda: card._bar.value() == 93)
    desk.daemon.replies["batch_action"] = batch(paused=True)
    qtbot.mouseClick(card._pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card._title.text() == "Paused")
    assert desk.daemon.asked("batch_action")[0] == ("b1", p.JobAction.PAUSE)


def test_pause_all_reading(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_tab("Reading")
    paused = status(paused=True, jobs_waiting=5)
    desk.daemon.replies.update(pause=lambda _paused: paused, status=paused)
    qtbot.mouseClick(page.jobs._pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.jobs._pause.text() == "Resume reading")


def test_words_of_a_batch() -> None:
    assert batch_words(batch()) == (
        "48 of 120 files, 3.2 a second, 22 seconds left, 1,480 memories, 2 skipped, 1 failed"
    )


def test_folders_are_shown_and_changed(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_tab("Folders")
    qtbot.waitUntil(lambda: page.folders.findChild(FolderCard) is not None)
    card = page.folders.findChild(FolderCard)
    assert card._words.text() == "214 files, 2 gone"
    assert card._ignored.text() == "Leaves out drafts/"
    desk.daemon.replies["watch"] = folder(ignore=["drafts/", "*.log"])
    qtbot.mouseClick(card._edit, Qt.MouseButton.LeftButton)
    dialog = page.folders.findChild(IgnoreDialog)
    card.deleteLater()  # a refresh replaces the cards; the dialog stays open
    dialog.field.setPlainText("drafts/\n\n  *.log \n")
    qtbot.mouseClick(dialog._save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(desk.daemon.asked("watch")))
    watched = [(args, named) for name, args, named in desk.daemon.calls if name == "watch"]
    assert watched == [(("/papers/letters",), {"ignore": ["drafts/", "*.log"]})]
    qtbot.waitUntil(lambda: not page.folders.findChildren(IgnoreDialog))


def test_stop_following_asks_first(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    asked: list[Any] = []
    desk.context.messages.asked.connect(asked.append)
    desk.daemon.replies["unwatch"] = None
    page.show_tab("Folders")
    qtbot.waitUntil(lambda: page.folders.findChild(FolderCard) is not None)
    qtbot.mouseClick(page.folders.findChild(FolderCard)._stop, Qt.MouseButton.LeftButton)
    assert not desk.daemon.asked("unwatch")
    desk.daemon.replies["folders"] = []
    asked[0].on_yes()
    qtbot.waitUntil(page.folders.empty.isVisible)


def test_follow_a_folder(page: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["watch"] = folder()
    page.folders.follow("/papers/letters")
    qtbot.waitUntil(lambda: bool(desk.told))
    assert "followed" in desk.told[-1].title


def test_words_of_sources() -> None:
    assert "Save a copy" in source_below(_FAILED) and "Failed" in source_label(_FAILED)
    assert "kept until" in reason(_GONE) and not reason(source(0))


def test_an_imported_chat_says_which_file_it_came_from(page: SourcesPage) -> None:
    talk = source(
        5,
        kind=p.SourceKind.CONVERSATION,
        title="Workshop",
        location="Workshop",
        parent="s9",
        parent_location="/papers/chats/export.zip",
    )
    assert source_below(talk).endswith("from /papers/chats/export.zip")
    page.actions_bar.show_source(talk)
    assert page.actions_bar._place.isVisible()
    assert page.actions_bar._place.accessibleName() == "Imported from /papers/chats/export.zip"
    own = talk.model_copy(update={"parent": None, "parent_location": None})
    page.actions_bar.show_source(own)
    assert page.actions_bar._place.isHidden() and "from" not in source_below(own)


def test_the_bar_that_opens_does_not_cover_its_row(page: SourcesPage, qtbot: QtBot) -> None:
    view = page.list.viewport()
    last = page.list.rowAt(view.height() - 4)
    page.list.selectRow(last)
    qtbot.waitUntil(page.actions_bar.isVisible)

    def is_seen() -> bool:
        shown = page.list.visualRect(page.list.currentIndex())
        return shown.bottom() <= page.list.viewport().height()

    qtbot.waitUntil(is_seen)
