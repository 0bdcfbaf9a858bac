"""The three journeys of a person, through the real window and the real daemon."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.drop import look_at
from app.exchange import Answer
from app.link import LinkState
from app.message_bar import AskDialog
from app.progress_tray import ProgressTray
from app.you_page import YouPage
from memory.protocol import (
    AskRequest,
    ChatCreate,
    MemoryQuery,
    NoteRequest,
    RecallRequest,
    SourceKind,
    SourceState,
)
from tests.e2e.conftest import Running


def drop(running: Running, *paths: Path) -> None:
    """Drag over the window and let go, as the desktop's own events."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    QApplication.sendEvent(
        running.window, QDragEnterEvent(QPoint(200, 200), action, data, left, none)
    )
    overlay = running.application.overlay
    assert overlay.isVisible()
    event = QDropEvent(QPointF(200, 200), action, data, left, none, QEvent.Type.Drop)
    QApplication.sendEvent(overlay, event)
    assert event.isAccepted() and overlay.isHidden()


def ask(running: Running, question: str) -> Answer:
    """Type a question and press Enter; wait for the whole answer."""
    view = running.chat.current_view()
    before = len(view.answers()) if view is not None else 0
    running.chat.composer.field.setPlainText(question)
    running.qtbot.keyClick(running.chat.composer.field, Qt.Key.Key_Return)

    def answered() -> bool:
        now = running.chat.current_view()
        return now is not None and len(now.answers()) > before and now.answers()[-1].finished

    running.until(answered)
    found = running.chat.current_view()
    assert found is not None
    return found.answers()[-1]


def test_a_dropped_folder_can_be_recalled(running: Running, papers: Path) -> None:
    """Journey A."""
    drop(running, papers)
    running.settle()
    states = {s.title: s.state for s in running.client.sources().sources}
    assert states and set(states.values()) == {SourceState.READY}
    hits = running.client.recall(RecallRequest(question="When does the deposit come back?")).hits
    assert "within thirty days" in hits[0].text
    line = running.window.side_bar.state.words
    running.until(lambda: line.accessibleName().endswith(" memories"))


def test_a_file_that_cannot_be_read_stays_visible_with_its_reason(
    running: Running, tmp_path: Path
) -> None:
    """Journey A, the other end of hops 6 to 10."""
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7\nthis is no pdf")
    drop(running, bad)
    tray = running.window.findChild(ProgressTray)
    assert isinstance(tray, ProgressTray)
    running.until(lambda: bool(tray.rows()) and tray.rows()[0].retry.isVisible())
    assert tray.rows()[0].name.accessibleName() == "1 file could not be read"
    problem = running.client.sources().sources[0].problem
    assert problem is not None and problem.title and problem.next_step


def test_dropped_text_is_remembered_as_a_note(running: Running) -> None:
    data = QMimeData()
    data.setText("The spare key is with the caretaker, Mr Ohlsen.")
    running.application.overlay.dropped.emit(look_at(data))
    running.until(lambda: running.client.status().memories == 1)
    found = running.client.sources().sources[0]
    assert found.kind is SourceKind.NOTE


def test_a_question_is_answered_with_sources_that_open(
    running: Running, papers: Path, qtbot: QtBot
) -> None:
    """Journey B, without a language model: exact quotations."""
    drop(running, papers)
    running.settle()
    answer = ask(running, "When does the deposit come back?")
    assert "thirty days" in answer.view.toPlainText()
    chip = answer.chips()[0]
    assert chip.citation.source_title == "lease.txt"
    before = running.client.memory(chip.citation.memory)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    running.until(lambda: running.source.body.currentWidget() is running.source.text)
    assert running.source.isVisible()
    assert "comes back within thirty days" in running.source.text.marked_text()
    assert chip.isChecked()
    running.until(lambda: running.source.foot.pin.isEnabled())
    opened = running.client.memory(chip.citation.memory)
    assert len(opened.reviews) >= len(before.reviews)
    said = ask(running, "Where are the keys of the boat?")
    spoken = next(c for c in said.chips() if c.citation.source_kind is SourceKind.CONVERSATION)
    qtbot.mouseClick(spoken, Qt.MouseButton.LeftButton)
    running.until(lambda: running.source.body.currentWidget() is running.source.turns)
    assert "behind the kitchen door" in running.source.turns.marked_text()
    assert len(running.client.chats().chats) == 1


def test_what_was_said_in_one_chat_is_recalled_in_the_next(running: Running) -> None:
    ask(running, "Remember that my bicycle is chained behind the bakery in Mill Lane.")
    running.settle()
    running.chat.new_chat(private=False)
    answer = ask(running, "Where is my bicycle chained?")
    assert "bakery" in answer.view.toPlainText()


def test_a_private_chat_leaves_nothing_behind(running: Running) -> None:
    running.chat.new_chat(private=True)
    ask(running, "My secret word is Zwetschgenkuchen, what do you know about it?")
    listed = running.client.memories(MemoryQuery(text="Zwetschgenkuchen"))
    assert listed.total == 0
    for file in running.paths.root.rglob("*"):
        if file.is_file():
            assert b"Zwetschgenkuchen" not in file.read_bytes(), file.name


def test_chats_are_listed_renamed_and_deleted(running: Running, qtbot: QtBot) -> None:
    ask(running, "What do I know about boats?")
    model = running.application.chats.model
    running.until(lambda: model.rowCount() == 1)
    model.setData(model.index(0), "Boats")
    running.until(lambda: running.client.chats().chats[0].title == "Boats")
    running.until(lambda: running.chat.header.title.accessibleName() == "Boats")
    running.application.chats._confirm_delete(0)
    dialog = running.window.findChild(AskDialog)
    assert isinstance(dialog, AskDialog)
    dialog.yes.click()
    running.until(lambda: running.client.chats().chats == [])
    running.until(lambda: running.chat.current_view() is None)


def test_an_answer_in_words_of_a_model_streams_and_stops(
    running: Running, papers: Path, tmp_path: Path
) -> None:
    """Journey B with a language model: a tiny real one, dropped on the window."""
    make = pytest.importorskip("tests.tiny_gguf").make_tiny_gguf
    model = make(tmp_path / "tiny.gguf")
    drop(running, papers)
    running.settle()
    drop(running, Path(str(model)))
    running.until(lambda: running.client.model().model is not None)
    running.chat.ask("When does the deposit come back?")
    running.until(lambda: running.chat.current_view() is not None)
    view = running.chat.current_view()
    assert view is not None
    answer = view.answers()[-1]
    running.until(lambda: bool(answer.chips()))
    running.until(lambda: bool(answer.view.text) or answer.finished)
    if not answer.finished:
        view.stop()
    running.until(lambda: answer.finished)
    assert answer._problem is None
    assert running.client.health().ready


def test_the_night_run_is_told_to_the_window(running: Running, papers: Path) -> None:
    """Journey C, started by hand through the window's own operations."""
    drop(running, papers)
    running.settle()
    ended: list[str] = []
    night = running.application.context.ops.run_night()
    night.then(lambda run: ended.append(run.state)).start(running.application)
    running.until(lambda: bool(ended))
    assert ended == ["finished"]
    last = running.client.status().last_night
    assert last is not None and last.state == "finished"
    assert list(running.paths.backups.glob("*"))


def test_the_window_starts_its_daemon_and_survives_its_death(alone: Running, papers: Path) -> None:
    drop(alone, papers)
    alone.settle()
    link = alone.application.context.link
    states: list[LinkState] = []
    link.state_changed.connect(lambda state, _problem: states.append(state))
    psutil.Process(alone.client.health().pid).kill()
    alone.until(lambda: states[-2:] == [LinkState.LOST, LinkState.READY])
    alone.connect_again()
    answer = ask(alone, "When does the deposit come back?")
    assert "thirty days" in answer.view.toPlainText()


def test_asking_over_the_channel_and_the_window_agree(running: Running, papers: Path) -> None:
    drop(running, papers)
    running.settle()
    chat = running.client.create_chat(ChatCreate())
    with running.client.ask(
        AskRequest(question="How long does the dough rest?", chat=chat.id)
    ) as s:
        told = [event.event for event in s]
    assert told[-1] == "done"
    model = running.application.chats.model
    running.until(lambda: model.rowCount() == 1)
    running.application.chats._choose(0)
    view = running.chat.current_view()
    assert view is not None
    running.until(lambda: len(view.answers()) == 1)
    assert "fourteen hours" in view.answers()[0].view.toPlainText()


def test_what_is_told_becomes_a_portrait_that_can_be_changed(running: Running) -> None:
    running.client.add_note(NoteRequest(text="I live in Leeds. I think Paul lives in Rome."))
    running.client.learn_facts()
    page = running.window.show_page("you")
    assert isinstance(page, YouPage)
    running.until(lambda: len(page.portrait.rows) == 1)
    row = page.portrait.rows[0]
    assert row.words.text() == "You live in Leeds."
    row.source.click()
    running.until(lambda: running.source.title.text() != "" and not running.source.isHidden())
    row.edit()
    row.field.setText("Leeds is home.")
    row.field.returnPressed.emit()
    running.until(lambda: [one.words.text() for one in page.portrait.rows] == ["Leeds is home."])
    running.until(lambda: page.tabs.tabText(2) == "To decide (1)")
    page.show_tab("To decide")
    running.until(lambda: len(page.doubts.cards) == 1)
    page.doubts.cards[0].choose("1")
    running.until(lambda: running.client.fact_review().total == 0)
    running.until(lambda: page.doubts.undo.isVisible())
    page.doubts.take_back()
    running.until(lambda: running.client.fact_review().total == 1)
