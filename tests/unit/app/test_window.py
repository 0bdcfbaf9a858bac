"""The whole window over a stand-in: places, keys, names, sizes, messages, drops, progress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import icons
from app.application import Application
from app.flow import FlowLayout
from app.link import Link, LinkState
from app.main_window import MainWindow
from app.message_bar import AskDialog
from app.messages import Question
from app.progress_tray import ProgressTray
from app.shortcuts import SHORTCUTS
from app.theme import Mode, Theme
from memory import protocol as p
from memory.client import DataPaths
from tests.unit.app import factories
from tests.unit.app.asking import chat
from tests.unit.app.channel import StandIn


class Opened:
    """An application with a stand-in behind its link."""

    def __init__(self, paths: DataPaths):
        self.daemon = StandIn()
        self.daemon.replies.update(
            status=factories.status(),
            jobs=p.JobList(batches=[], jobs=[]),
            chats=lambda **_query: p.ChatList(chats=[chat(1), chat(2, private=True)]),
        )
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        self.link = Link(lambda: self.daemon, lambda: None)  # type: ignore[arg-type, return-value]
        self.theme = Theme(qt, Mode.LIGHT)
        self.application = Application(paths, qt, link=self.link, theme=self.theme)
        self.window: MainWindow = self.application.window


@pytest.fixture
def opened(qtbot: QtBot, paths: DataPaths, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    monkeypatch.setenv("RECOLLECT_NO_MOTION", "1")
    made = Opened(paths)
    qtbot.addWidget(made.window)
    made.window.show()
    made.application.start()
    qtbot.waitUntil(lambda: made.link.state is LinkState.READY)
    qtbot.waitUntil(lambda: made.application.chats.model.rowCount() == 2)
    yield made
    made.application.close()
    made.theme.deleteLater()


def links(*paths: Path | str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag_in(window: QWidget, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(300, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    return event


def drop_on(target: QWidget, data: QMimeData, action: Qt.DropAction) -> QDropEvent:
    event = QDropEvent(
        QPointF(300, 300),
        action | Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QEvent.Type.Drop,
    )
    QApplication.sendEvent(target, event)
    return event


def test_every_control_has_a_name(opened: Opened) -> None:
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView)
    nameless = [
        f"{type(w).__name__} in {type(w.parentWidget()).__name__}"
        for kind in (*kinds, QAbstractScrollArea)
        for w in opened.window.findChildren(kind)
        if not (w.accessibleName() or getattr(w, "text", lambda: "")())
        and type(w.parentWidget()).__name__ not in ("QLineEdit", "QComboBox", "QSpinBox")
        and not w.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_keys_reach_everything(opened: Opened, qtbot: QtBot) -> None:
    actions: list[str] = []
    opened.window.action_wanted.disconnect()
    opened.window.action_wanted.connect(actions.append)
    opened.window.activateWindow()
    from PySide6.QtGui import QShortcut

    bound = {s.key().toString() for s in opened.window.findChildren(QShortcut)}
    assert {s.keys for s in SHORTCUTS if s.action} <= bound
    for made in opened.window.findChildren(QShortcut):
        made.activated.emit()
    assert {s.action for s in SHORTCUTS if s.action} <= set(actions)


def test_keys_are_given_once() -> None:
    keys = [s.keys for s in SHORTCUTS if s.action]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("wide", "high"), [(800, 600), (1100, 720), (640, 480)])
def test_it_fits(opened: Opened, qtbot: QtBot, wide: int, high: int) -> None:
    opened.window.resize(wide, high)
    opened.window.open_source_column()
    column = opened.theme.column_width()
    composer = opened.application.chat_page.composer
    qtbot.waitUntil(lambda: composer.width() <= column)
    assert (opened.window.width(), opened.window.height()) == (wide, high)
    if opened.window.work.isVisible():
        assert opened.window.work.width() >= opened.theme.px(280)


def test_text_never_runs_wider_than_the_column(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(1900, 900)
    composer = opened.application.chat_page.composer

    def in_the_middle() -> bool:
        left = composer.mapTo(opened.window.work, QPoint(0, 0)).x()
        right = opened.window.work.width() - left - composer.width()
        return abs(left - right) <= 2 and composer.width() <= opened.theme.column_width()

    qtbot.waitUntil(in_the_middle)
    assert opened.window.work.width() > opened.theme.column_width()


def test_dark_and_back_at_once(opened: Opened) -> None:
    before = opened.window.grab().toImage().pixelColor(500, 300).lightness()
    opened.theme.set_mode(Mode.DARK)
    dark = opened.window.grab().toImage().pixelColor(500, 300).lightness()
    opened.theme.set_mode(Mode.LIGHT)
    after = opened.window.grab().toImage().pixelColor(500, 300).lightness()
    assert (before > 200, dark < 60, after) == (True, True, before)


def test_a_message_is_shown_once_and_can_be_closed(opened: Opened, qtbot: QtBot) -> None:
    bar = opened.window.messages
    for _ in range(3):
        opened.application.context.messages.error("The disk is full", "No room.", "Free some.")
    assert len(bar.cards()) == 1
    bar.cards()[0].close_button.click()
    assert bar.cards() == [] and bar.isHidden()


def test_at_most_three_messages(opened: Opened) -> None:
    for n in range(6):
        opened.application.context.messages.warning(f"Warning {n}")
    titles = [card.message.title for card in opened.window.messages.cards()]
    assert titles == ["Warning 5", "Warning 4", "Warning 3"]


def test_a_question_waits_for_its_answer(opened: Opened, qtbot: QtBot) -> None:
    said: list[str] = []
    ask = opened.application.context.messages.ask
    ask(Question("Sure?", "It goes.", "Delete", lambda: said.append("yes"), danger=True))
    dialog = opened.window.findChild(AskDialog)
    assert isinstance(dialog, AskDialog)
    assert dialog.no.isDefault()
    dialog.reject()
    assert said == []
    qtbot.waitUntil(lambda: opened.window.findChild(AskDialog) is None)
    ask(Question("Sure?", "It goes.", "Delete", lambda: said.append("yes"), danger=True))
    dialog = opened.window.findChild(AskDialog)
    assert isinstance(dialog, AskDialog)
    dialog.yes.click()
    assert said == ["yes"]


def test_dropped_files_are_added_as_a_copy(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    data = links(tmp_path / "a.md", tmp_path / "letters", tmp_path / "video.mp4")
    opened.daemon.replies["add"] = p.AddReply(batch="b", sources=[])
    entered = drag_in(opened.window, data)
    overlay = opened.application.overlay
    assert entered.isAccepted() and overlay.isVisible()
    assert overlay.promise.text() == "1 file and 1 folder: remember them"
    assert overlay.refusal.text() == "video.mp4 can’t be read yet"
    dropped = drop_on(overlay, data, Qt.DropAction.MoveAction)
    assert dropped.dropAction() is Qt.DropAction.CopyAction
    assert overlay.isHidden()
    qtbot.waitUntil(lambda: bool(opened.daemon.asked("add")))
    assert opened.daemon.asked("add")[0][0] == [str(tmp_path / "a.md"), str(tmp_path / "letters")]


def test_dropped_text_becomes_a_note(opened: Opened, qtbot: QtBot) -> None:
    opened.daemon.replies["add_note"] = factories.source(1, kind=p.SourceKind.NOTE)
    data = QMimeData()
    data.setText("The caretaker has the spare key.")
    drag_in(opened.window, data)
    drop_on(opened.application.overlay, data, Qt.DropAction.CopyAction)
    qtbot.waitUntil(lambda: bool(opened.daemon.asked("add_note")))
    assert opened.daemon.asked("add_note")[0][0].text == "The caretaker has the spare key."


def test_pasting_outside_a_field_remembers(opened: Opened, qtbot: QtBot) -> None:
    opened.daemon.replies["add_note"] = factories.source(1, kind=p.SourceKind.NOTE)
    QApplication.clipboard().setText("Blue notebook, second shelf.")
    opened.window.action_wanted.emit("paste")
    qtbot.waitUntil(lambda: bool(opened.daemon.asked("add_note")))


def test_a_dropped_model_is_used(opened: Opened, qtbot: QtBot) -> None:
    opened.daemon.replies["use_model"] = p.ModelReply(model=None)
    data = links("/models/small.gguf")
    drag_in(opened.window, data)
    drop_on(opened.application.overlay, data, Qt.DropAction.CopyAction)
    qtbot.waitUntil(lambda: bool(opened.daemon.asked("use_model")))


def test_progress_folds_when_done_and_stays_when_something_failed(
    opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import progress_tray

    monkeypatch.setattr(progress_tray, "_FOLD_MS", 30)
    tray = opened.window.findChild(progress_tray.ProgressTray)
    assert isinstance(tray, progress_tray.ProgressTray)
    opened.daemon.say_progress(factories.batch(failed=0))
    qtbot.waitUntil(tray.isVisible)
    row = tray.rows()[0]
    assert row.name.accessibleName() == "letter-046.docx"
    assert row.words.accessibleName() == "47 of 120 · 3 a second · 22 seconds left"
    done = factories.batch(done=118, failed=0, finished_at=factories.NOW, current=None)
    opened.daemon.say_progress(done)
    qtbot.waitUntil(tray.isHidden)
    opened.daemon.say_progress(factories.batch(id="b2"))
    failed = factories.batch(id="b2", done=117, finished_at=factories.NOW, current=None)
    opened.daemon.say_progress(failed)
    qtbot.waitUntil(lambda: bool(tray.rows()) and tray.rows()[0].retry.isVisible())
    qtbot.wait(80)
    assert tray.isVisible()
    opened.daemon.replies["batch_action"] = factories.batch(id="b2", failed=0)
    tray.rows()[0].retry.click()
    qtbot.waitUntil(lambda: bool(opened.daemon.asked("batch_action")))
    assert opened.daemon.asked("batch_action")[0] == ("b2", p.JobAction.RETRY)


def test_pause_and_cancel(opened: Opened, qtbot: QtBot) -> None:
    from app import progress_tray

    opened.daemon.replies["batch_action"] = lambda batch, action: factories.batch(
        paused=action is p.JobAction.PAUSE
    )
    opened.daemon.say_progress(factories.batch())
    tray = opened.window.findChild(progress_tray.ProgressTray)
    assert isinstance(tray, progress_tray.ProgressTray)
    qtbot.waitUntil(tray.isVisible)
    row = tray.rows()[0]
    row.pause.click()
    qtbot.waitUntil(lambda: row.pause.accessibleName() == "Go on")
    row.cancel.click()
    qtbot.waitUntil(lambda: len(opened.daemon.asked("batch_action")) == 2)
    asked = [args[1] for args in opened.daemon.asked("batch_action")]
    assert asked == [p.JobAction.PAUSE, p.JobAction.CANCEL]


def test_the_state_of_the_memory_is_told(opened: Opened, qtbot: QtBot) -> None:
    line = opened.window.side_bar.state
    qtbot.waitUntil(lambda: line.words.accessibleName() == "48,210 memories")
    line.show_state(LinkState.FAILED, factories.problem())
    assert line.words.accessibleName() == "The memory is not running"
    assert not line.retry.isHidden()


def test_sizes_are_remembered_in_the_data_folder(opened: Opened, paths: DataPaths) -> None:
    opened.window.resize(900, 640)
    opened.window.remember()
    assert (paths.root / "window.ini").exists()


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_can_be_drawn(name: str, qtbot: QtBot) -> None:
    image = icons.pixmap(name, "#2f55a4", 20, 2.0).toImage()
    drawn: Any = sum(
        1 for x in range(0, 40, 2) for y in range(0, 40, 2) if image.pixelColor(x, y).alpha() > 0
    )
    assert drawn > 5


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icons.drawing("no-such-icon")


def test_a_message_that_leaves_by_itself_moves_nothing(opened: Opened, qtbot: QtBot) -> None:
    window, messages = opened.window, opened.application.context.messages
    before = window.stack.geometry()
    messages.info("Backed up", "All of it.")
    assert window.messages.isVisible() and window.stack.geometry() == before
    messages.warning("The disk is nearly full", "Two gigabytes are left.")
    qtbot.waitUntil(lambda: window.stack.geometry().top() >= window.messages.height())
    for card in window.messages.cards():
        card.close_button.click()
    qtbot.waitUntil(lambda: window.stack.geometry() == before)


def test_the_tray_that_comes_moves_no_button_away(opened: Opened, qtbot: QtBot) -> None:
    empty, window = opened.application.chat_page.empty, opened.window
    tray = window.findChild(ProgressTray)
    assert tray is not None
    before = empty.title.mapTo(window, QPoint(0, 0)).y()
    tray.show_batch(factories.batch())
    qtbot.waitUntil(tray.isVisible)
    assert empty.title.mapTo(window, QPoint(0, 0)).y() == before


def test_centred_lines(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(box, space=8, centred=True)
    chips = [QPushButton("A chip of some length") for _ in range(3)]
    for chip in chips:
        flow.addWidget(chip)
    box.resize(2 * chips[0].sizeHint().width() + 40, 200)
    box.show()
    left, right = chips[0].x(), box.width() - chips[1].geometry().right() - 1
    assert abs(left - right) <= 1 and chips[2].y() > chips[0].y()
    assert abs(chips[2].geometry().center().x() - box.width() // 2) <= 1
