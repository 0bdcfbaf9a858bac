"""The Files page: every source with its state, what is being read, and folders followed.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import parts, words
from app.bits import EmptyPlace, SearchField
from app.context import Context
from app.folders_view import FoldersView
from app.forget_dialog import what_goes
from app.fresh import Fresh
from app.jobs_view import JobsView
from app.list_page import ListPage
from app.messages import Question
from app.paged_model import ITEM_ROLE, PAGE, Done, PagedModel
from app.source_actions import SourceActions
from app.source_list import SourceList, source_label
from app.source_states import StateChips
from app.theme import set_role
from memory.protocol import (
    Change,
    ForgetReply,
    MissingChoice,
    SourceInfo,
    SourceState,
    Status,
)

_REFRESH_MS = 800
TABS = ("Files", "Reading", "Folders")


class SourcesPage(ListPage):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__(context, shows={Change.SOURCES, Change.STATUS}, refresh_ms=_REFRESH_MS)
        self._fresh = Fresh(self)
        self.model: PagedModel[SourceInfo] = PagedModel(lambda s: s.id, source_label, self)
        self.model.counted.connect(self._count)
        self.model.dataChanged.connect(self._renew_selected)
        self.model.failed.connect(self._failed)
        self._build()
        self.listen()

    def shown(self) -> None:
        if self._stale:
            self._refresh()
        self._show_tab(self.tabs.currentIndex())
        self.search.setFocus()

    def show_tab(self, name: str) -> None:
        """``Files``, ``Reading`` or ``Folders``."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def search_now(self) -> None:
        """Ask for what the field and the chips say."""
        text, state, ops = self.search.text().strip(), self.states.state, self._context.ops

        def ask(offset: int, done: Done[SourceInfo], failed: Callable[[Any], None]) -> None:
            asked = ops.sources(text=text, state=state, limit=PAGE, offset=offset)
            asked.then(lambda r: done(r.sources, r.total)).otherwise(failed).start(self.model)

        self._stale = False
        self.model.start(ask)

    # -- putting it together

    def _build(self) -> None:
        context, px = self._context, self._context.theme.px
        requests = context.requests
        title = parts.label("Files", "title", wrap=False)
        self._counted = parts.label("", "muted", wrap=False)
        add = parts.button("Add files", requests.files_wanted.emit, kind="primary")
        add_folder = parts.button("Add a folder", requests.folder_wanted.emit)
        head = parts.row(title, self._counted, 1, add_folder, add, space=px(10))
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("What to show")
        for name in TABS:
            self.tabs.addTab(name)
        self.jobs = JobsView(context)
        self.folders = FoldersView(context)
        self.stack = QStackedWidget()
        for view in (self._build_files(), self.jobs, self.folders):
            self.stack.addWidget(view)
        self.tabs.currentChanged.connect(self._show_tab)
        top = parts.column(space=px(8), margins=(px(24), px(20), px(24), px(4)))
        top.addLayout(head)
        top.addWidget(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.stack, 1)

    def _build_files(self) -> QWidget:
        context, theme, px = self._context, self._context.theme, self._context.theme.px
        self.search = SearchField(theme, "Find a file, chat or note by its name")
        self.states = StateChips(theme)
        self.states.chosen.connect(lambda _state: self.search_now())
        self.missing = MissingCard(context, self._fresh)
        self.missing.show_asked.connect(lambda: self.states.choose(SourceState.MISSING))
        top = parts.column(space=px(10), margins=(px(24), px(6), px(24), px(8)))
        for part in (self.search, self.states, self.missing):
            top.addWidget(part)
        self.list = SourceList(theme, self.model)
        self.list.selectionModel().currentRowChanged.connect(self._select)
        self.list.customContextMenuRequested.connect(self._menu)
        self.actions_bar = SourceActions(context)
        self.actions_bar.edited.connect(self.model.replace)
        self.actions_bar.changed.connect(self._refresh)
        self.list.forget_asked.connect(self.actions_bar.forget)
        self.list.open_asked.connect(self.actions_bar.open)
        holder = QWidget()
        inner = parts.column(self.list, margins=(px(12), 0, px(4), px(4)))
        holder.setLayout(inner)
        self.empty = EmptyPlace(
            theme,
            "files",
            "No files yet.",
            "Drop papers, notes or a whole folder anywhere on this window.",
            parts.button("Add files", context.requests.files_wanted.emit, kind="primary"),
        )
        self._body = QStackedWidget()
        self._body.addWidget(holder)
        self._body.addWidget(self.empty)
        box = QWidget()
        layout = parts.column(space=0)
        layout.addLayout(top)
        layout.addWidget(self._body, 1)
        layout.addWidget(self.actions_bar)
        box.setLayout(layout)
        return box

    # -- keeping it true

    def _refresh(self) -> None:
        super()._refresh()
        status = self._context.ops.status().then(self._show_status)
        self._fresh.ask(status.otherwise(lambda _p: None))

    def _show_status(self, status: Status) -> None:
        # chats are not among the counted states; they are ready as soon as they are there
        counts = dict(status.sources)
        if status.conversations:
            ready = counts.get(SourceState.READY, 0) + status.conversations
            counts[SourceState.READY] = ready
        self.states.show_counts(counts)
        self.actions_bar.show_scopes(status.scopes)
        self.missing.show_count(status.sources.get(SourceState.MISSING, 0))
        failed = status.sources.get(SourceState.FAILED, 0)
        said = words.count(sum(counts.values()), "source")
        self._counted.setText(f"{said}, {failed:,} failed" if failed else said)
        waiting = status.jobs_running + status.jobs_waiting + status.jobs_paused
        self.tabs.setTabText(1, f"Reading ({waiting:,})" if waiting else "Reading")

    def _count(self, total: int) -> None:
        narrowed = bool(self.search.text().strip()) or self.states.state is not None
        if narrowed:
            self.empty.say("No source fits this.", "Try another name, or another state above.")
        else:
            self.empty.say(
                "No files yet.", "Drop papers, notes or a whole folder anywhere on this window."
            )
        self._body.setCurrentIndex(0 if total else 1)
        if total == 0:
            self.actions_bar.show_source(None)

    # -- the row it stands on

    def _select(self, current: QModelIndex, _previous: QModelIndex) -> None:
        source = current.data(ITEM_ROLE) if current.isValid() else None
        opened = self.actions_bar.isHidden()
        self.actions_bar.show_source(source if isinstance(source, SourceInfo) else None)
        if opened and source is not None:
            # the bar that opens below must not cover the row it is about
            QTimer.singleShot(0, self.list, lambda: self.list.scrollTo(self.list.currentIndex()))

    def _renew_selected(self) -> None:
        current = self.list.currentIndex()
        source = current.data(ITEM_ROLE) if current.isValid() else None
        shown = self.actions_bar.source
        if isinstance(source, SourceInfo) and (shown is None or source != shown):
            self.actions_bar.show_source(source)

    def _menu(self, at: QPoint) -> None:
        if self.list.indexAt(at).isValid():
            self.actions_bar.menu(self.list.viewport().mapToGlobal(at))

    def _show_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        if index == 1:
            self.jobs.shown()
        elif index == 2:
            self.folders.shown()

    def _focus_search(self) -> None:
        self.tabs.setCurrentIndex(0)
        super()._focus_search()


class MissingCard(QFrame):
    """Asks what becomes of memories whose files are gone; their number comes through ``fresh``.
    Signals:
    show_asked: list these files.
    """

    show_asked = Signal()

    def __init__(self, context: Context, fresh: Fresh):
        super().__init__()
        self._context = context
        self._fresh = fresh
        self._number = 0
        set_role(self, "notice")
        px = context.theme.px
        self._text = parts.label("")
        self._keep = parts.button("Keep all", lambda: self._decide("keep"))
        self._forget = parts.button("Forget all …", self._ask, kind="danger")
        line = parts.row(space=px(8))
        line.addWidget(self._text, 1)
        line.addWidget(parts.button("Show them", self.show_asked.emit, kind="quiet"))
        line.addWidget(self._keep)
        line.addWidget(self._forget)
        line.setContentsMargins(px(12), px(8), px(8), px(8))
        self.setLayout(line)
        self.hide()

    def show_count(self, number: int) -> None:
        self._number = number
        self._text.setText(
            "A file is gone. Keep what it said, or forget it?"
            if number == 1
            else f"{number:,} files are gone. Keep what they said, or forget it?"
        )
        self.setVisible(number > 0)

    def _ask(self) -> None:
        self._context.messages.ask(
            Question(
                "Forget what these files said?",
                f"The memories of {words.count(self._number, 'file')} that "
                f"{'is' if self._number == 1 else 'are'} gone are erased. This cannot be undone.",
                "Forget",
                lambda: self._decide("forget"),
                danger=True,
            )
        )

    def _decide(self, choice: str) -> None:
        self.setEnabled(False)
        word = MissingChoice(choice="forget" if choice == "forget" else "keep")
        decide = self._context.ops.decide_missing(word).then(self._done)
        self._fresh.do(decide.always(lambda: self.setEnabled(True)))

    def _done(self, reply: ForgetReply) -> None:
        self.hide()
        if reply.memories or reply.sources:
            self._context.messages.info(f"Forgotten: {what_goes(reply)}")
