"""The main window: places at the left, the work in the middle, the source at the right.

Holds pages and columns and no logic: pages are registered by name with a factory and made when
first shown; what the parts ask of each other travels through ``Context.requests``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import icons, parts
from app.context import Context
from app.message_bar import AskDialog, MessageBar
from app.messages import Question
from app.shortcuts import SHORTCUTS
from app.side_bar import SideBar

_SOURCE_WIDTH = 380
_NARROW_BELOW = 760  # logical pixels of window width; below, places shrink to icons
_WORK_LEAST = 340


@dataclass(frozen=True)
class PageEntry:
    """One place. ``bottom`` puts it under the others, away from daily use."""

    name: str
    title: str
    icon: str
    keys: str
    factory: Callable[[], QWidget]
    bottom: bool = False


class MainWindow(QMainWindow):
    """A page may have ``shown()``, called whenever it comes to the front.

    Signals:
    page_shown: name of the page now in front. action_wanted: name of a shortcut's action.
    closing: the person closed the window; ``closing`` handlers may set ``keep_open``.
    """

    page_shown = Signal(str)
    action_wanted = Signal(str)
    closing = Signal()

    def __init__(self, context: Context):
        super().__init__()
        self.context = context
        self.keep_open = False  # the tray holds on to the program; closing only hides
        self._entries: dict[str, PageEntry] = {}
        self._pages: dict[str, QWidget] = {}
        self._narrow_by_hand: bool | None = None
        self.setWindowTitle("Recollect")
        self.setWindowIcon(icons.application_icon())
        self.setMinimumSize(480, 360)
        self.side_bar = SideBar(context.theme)
        self.stack = QStackedWidget()
        self.work = QWidget()
        self.work.setProperty("role", "page")
        self.work.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.work.setMinimumWidth(context.theme.px(280))
        self._work_layout = QVBoxLayout(self.work)
        self._work_layout.setContentsMargins(0, 0, 0, 0)
        self._work_layout.setSpacing(0)
        self._work_layout.addWidget(self.stack, 1)
        self.messages = MessageBar(context.theme, self.work)
        self.messages.room_changed.connect(
            lambda room: self._work_layout.setContentsMargins(0, room, 0, 0)
        )
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.work)
        self._source: QWidget | None = None
        self._lay_out()
        self._bind_shortcuts()
        self.side_bar.chosen.connect(self.show_page)
        self.side_bar.widen.clicked.connect(self.toggle_places)
        context.requests.page_wanted.connect(self.show_page)
        context.messages.listen(self.messages.show_message, self._ask)
        self._restore()

    def _lay_out(self) -> None:
        central = QWidget()
        layout = QHBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.side_bar)
        layout.addWidget(parts.line("upright"))
        layout.addWidget(self.splitter, 1)
        self.setCentralWidget(central)

    # -- pages

    def add_page(self, entry: PageEntry) -> None:
        self._entries[entry.name] = entry
        self.side_bar.add_place(
            entry.name, entry.title, entry.icon, entry.keys, bottom=entry.bottom
        )
        self.side_bar.set_narrow(self.side_bar.narrow)

    def show_page(self, name: str) -> QWidget:
        """Bring a page to the front, making it if it has never been shown.

        Raises:
            KeyError: no page of this name.
        """
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        self.side_bar.mark(name)
        shown = getattr(page, "shown", None)
        if callable(shown):
            shown()
        self.page_shown.emit(name)
        return page

    def page(self, name: str) -> QWidget:
        if name not in self._pages:
            page = self._entries[name].factory()
            self._pages[name] = page
            self.stack.addWidget(page)
        return self._pages[name]

    def is_made(self, name: str) -> bool:
        return name in self._pages

    def current_page(self) -> str:
        front = self.stack.currentWidget()
        return next((name for name, page in self._pages.items() if page is front), "")

    # -- columns

    def set_source_column(self, panel: QWidget) -> None:
        self._source = panel
        panel.setMinimumWidth(self.context.theme.px(260))
        self.splitter.addWidget(panel)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        panel.hide()
        self.splitter.splitterMoved.connect(self._remember_source_width)

    def set_tray(self, tray: QWidget) -> None:
        """The progress tray under the work."""
        self._work_layout.addWidget(tray)

    def open_source_column(self) -> None:
        if self._source is None or self._source.isVisible():
            return
        wanted = self.context.state.number("source_width", self.context.theme.px(_SOURCE_WIDTH))
        self._source.show()
        whole = self.splitter.width()
        self.splitter.setSizes([max(1, whole - wanted), wanted])
        self._arrange()

    def close_source_column(self) -> None:
        if self._source is not None:
            self._source.hide()
            self.work.show()

    def toggle_places(self) -> None:
        self._narrow_by_hand = not self.side_bar.narrow
        self._arrange()

    def _remember_source_width(self) -> None:
        if self._source is not None and self._source.isVisible() and self.work.isVisible():
            self.context.state.put("source_width", self._source.width())

    def _arrange(self) -> None:
        """Fit the columns to the width: places shrink first, then the source takes the room."""
        theme = self.context.theme
        reading = self._source is not None and not self._source.isHidden()
        least = theme.px(_NARROW_BELOW) + (theme.px(160) if reading else 0)
        narrow = self.width() < least if self._narrow_by_hand is None else self._narrow_by_hand
        if narrow != self.side_bar.narrow:
            self.side_bar.set_narrow(narrow)
        room = self.width() - self.side_bar.width()
        tight = reading and room < theme.px(_WORK_LEAST) + theme.px(260)
        self.work.setVisible(not tight)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    # -- keys, questions, closing

    def _bind_shortcuts(self) -> None:
        for shortcut in SHORTCUTS:
            if shortcut.action:
                made = QShortcut(QKeySequence(shortcut.keys), self)
                made.activated.connect(
                    lambda action=shortcut.action: self.action_wanted.emit(action)
                )

    def _ask(self, question: Question) -> None:
        AskDialog(self.context.theme, question, self).open()

    def _restore(self) -> None:
        stored = self.context.state.text("window_geometry")
        if not stored or not self.restoreGeometry(QByteArray.fromBase64(stored.encode())):
            self.resize(1100, 720)

    def remember(self) -> None:
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.context.state.put("window_geometry", geometry)
        self.context.state.save()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            page = self.stack.currentWidget()
            activated = getattr(page, "activated", None)
            if callable(activated):
                activated()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.remember()
        self.closing.emit()
        if self.keep_open:
            event.ignore()
            self.hide()
        else:
            event.accept()
