"""The Timeline: days, weeks or months, newest first, each as a diary would say it.

GUI thread only. Nothing is made up here: every line is a quotation that opens its source. More
comes as the person scrolls down.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import parts, words
from app.bits import EmptyPlace, clear, later, on_keys
from app.context import Context
from app.folds_dialog import FoldsDialog
from app.fresh import Fresh
from app.timeline_entry import EntryView
from memory.protocol import Change, Changed, DiaryEntry, DiaryReply, DiaryZoom, FoldList

PAGE = 20
_MOST = 200
_REFRESH_MS = 1_500
_AGAIN_MS = 400
_ZOOMS = (("Days", DiaryZoom.DAY), ("Weeks", DiaryZoom.WEEK), ("Months", DiaryZoom.MONTH))
_SHOWS = {Change.MEMORIES, Change.SOURCES, Change.CHATS}


class TimelinePage(QWidget):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._stale = True
        self._entries: list[DiaryEntry] = []
        self._views: list[EntryView] = []
        self._more = False
        self._drawn_on = date.min
        self._refreshing = later(self, _REFRESH_MS, self._refresh)
        self._again = later(self, _AGAIN_MS, self._refresh)
        self.setProperty("role", "page")
        self._build()
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self._on_connected())
        context.theme.changed.connect(self._draw)
        for number, (name, _zoom) in enumerate(_ZOOMS):
            on_keys(self, f"Alt+{name[0]}", lambda number=number: self.tabs.setCurrentIndex(number))

    @property
    def zoom(self) -> DiaryZoom:
        return _ZOOMS[self.tabs.currentIndex()][1]

    @property
    def views(self) -> list[EntryView]:
        """What stands on the page, in order."""
        return list(self._views)

    def shown(self) -> None:
        if self._stale or self._drawn_on != date.today():
            self._refresh()
        self.area.setFocus()

    # -- putting it together

    def _build(self) -> None:
        context, px = self._context, self._context.theme.px
        title = parts.label("Time", "title", wrap=False)
        self.folded = parts.button("", self._show_folds, kind="quiet")
        self.folded.setToolTip("Memories that say the same and are shown once")
        self.folded.hide()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Days, weeks or months")
        for name, _zoom in _ZOOMS:
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._zoomed)
        self._state = parts.label("", "small", wrap=False)
        head = parts.column(space=px(8), margins=(px(24), px(20), px(24), px(4)))
        head.addLayout(parts.row(title, 1, self.folded, space=px(10)))
        head.addLayout(parts.row(self.tabs, 1, self._state))
        self.empty = EmptyPlace(
            context.theme,
            "timeline",
            "Your days will stand here.",
            "Talk to Recollect, write a note or drop a file: tomorrow you can look back at today.",
            parts.button("Start a chat", lambda: context.requests.page_wanted.emit("chat"),
                         kind="primary"),
        )  # fmt: skip
        self._body = QStackedWidget()
        self._body.addWidget(self._build_list())
        self._body.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._body, 1)

    def _build_list(self) -> QScrollArea:
        theme = self._context.theme
        self.area = QScrollArea()
        self.area.setProperty("role", "clear")
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName("Timeline")
        inner = QWidget()
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self.earlier = parts.button("Earlier", self._ask_earlier, kind="quiet")
        self.earlier.hide()
        column = parts.column(margins=(0, theme.px(8), 0, theme.px(24)))
        column.addLayout(self._list)
        column.addLayout(parts.row(self.earlier, 1))
        column.addStretch(1)
        inner.setLayout(column)
        self.area.setWidget(parts.Column(theme, inner, within=self.area))
        self.area.verticalScrollBar().valueChanged.connect(self._scrolled)
        return self.area

    # -- asking

    def _zoomed(self) -> None:
        self._fresh.drop()
        self._entries = []
        self._drawn_on = date.min  # whatever comes is drawn, even if it is nothing
        self._refresh()
        self.area.verticalScrollBar().setValue(0)

    def _refresh(self) -> None:
        """Ask anew for as much as is shown."""
        self._stale = False
        limit = min(_MOST, max(PAGE, len(self._entries)))
        self._fresh.ask(self._context.ops.diary(self.zoom, None, limit).then(self._show))
        folds = self._context.ops.folds().then(self._show_folded)
        self._fresh.ask(folds.otherwise(lambda _problem: None))

    def _ask_earlier(self) -> None:
        if self._more and self._entries:
            before = self._entries[-1].first
            ask = self._context.ops.earlier_diary(self.zoom, before, PAGE)
            self._fresh.ask(ask.then(self._add))

    def _scrolled(self, value: int) -> None:
        bar = self.area.verticalScrollBar()
        if bar.maximum() and value >= bar.maximum() - self.area.viewport().height() // 2:
            self._ask_earlier()

    def _on_connected(self) -> None:
        self._stale = True
        if self.isVisible():
            self._refresh()

    def _on_changed(self, event: Changed) -> None:
        if not _SHOWS & set(event.flags):
            return
        self._stale = True
        if self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    # -- showing

    def _show(self, reply: DiaryReply) -> None:
        self._more = reply.more
        changed = reply.entries != self._entries or self._drawn_on != date.today()
        self._entries = list(reply.entries)
        self._settle(reply)
        if changed:
            self._draw()

    def _add(self, reply: DiaryReply) -> None:
        self._more = reply.more
        known = {entry.first for entry in self._entries}
        new = [entry for entry in reply.entries if entry.first not in known]
        self._entries += new
        self._settle(reply)
        for entry in new:
            self._append(entry)

    def _settle(self, reply: DiaryReply) -> None:
        self._body.setCurrentIndex(0 if self._entries or reply.unwritten else 1)
        self.earlier.setVisible(self._more)
        waiting = reply.unwritten
        self._state.setText(f"Writing {words.count(waiting, 'more day')}" if waiting else "")
        if waiting:
            self._again.start()

    def _draw(self) -> None:
        at = self.area.verticalScrollBar().value()
        clear(self._list)
        self._views = []
        self._drawn_on = date.today()
        for entry in self._entries:
            self._append(entry)
        self.area.verticalScrollBar().setValue(at)

    def _append(self, entry: DiaryEntry) -> None:
        view = EntryView(self._context.theme, entry, self._drawn_on)
        view.place_wanted.connect(self._context.requests.place_wanted)
        view.memory_wanted.connect(self._context.requests.memory_wanted)
        self._list.addWidget(view)
        self._views.append(view)

    # -- what was folded

    def _show_folded(self, found: FoldList) -> None:
        count = sum(night.memories for night in found.nights)
        self.folded.setText(f"{words.count(count, 'memory', 'memories')} folded")
        self.folded.setAccessibleName(self.folded.text())
        self.folded.setVisible(bool(count))

    def _show_folds(self) -> None:
        FoldsDialog(self._context, self).open()
