"""The Memories page: search, filters, the list and one memory beside it.

GUI thread only. Everything shown comes from ``memory_model``.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app import parts, words
from app.bits import EmptyPlace, SearchField
from app.context import Context
from app.list_page import ListPage
from app.memory_detail import MemoryDetailView
from app.memory_filters import MemoryFilters
from app.memory_list import MemoryList
from app.memory_model import MEMORY_ROLE, Load, MemoryModel
from memory.protocol import Change, MemoryInfo, MemoryQuery, Problem

_REFRESH_MS = 1000
_NARROW_BELOW = 760  # logical pixels; below, list and memory take turns
_DETAIL_WIDTH = 400


class MemoryPage(ListPage):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__(context, shows={Change.MEMORIES, Change.SOURCES}, refresh_ms=_REFRESH_MS)
        self._narrow = False
        self._wanted: str | None = None  # memory to show once the list is there
        self.model = MemoryModel(self._loader(), self)
        self.model.counted.connect(self._count)
        self.model.modelReset.connect(self._after_reset)
        self.model.failed.connect(self._failed)
        self._build()
        self.listen()
        context.requests.search_wanted.connect(self.search_for)
        context.requests.memory_wanted.connect(self.show_memory)
        context.requests.source_memories_wanted.connect(self.show_source)
        self._arrange()

    # -- what others ask of the page

    def shown(self) -> None:
        if self._stale:
            self._refresh()
        self._focus_search()
        self.detail.prepare()

    def search_for(self, text: str) -> None:
        """Show what fits ``text``; an empty one only puts the cursor into the field."""
        if text:
            self.search.setText(text)
            self._typing.stop()
            self.search_now()
        self._focus_search()

    def show_memory(self, memory_id: str) -> None:
        row = self.model.row_of(memory_id)
        if row is not None:
            self.list.selectRow(row)
            middle = MemoryList.ScrollHint.PositionAtCenter
            self.list.scrollTo(self.list.currentIndex(), middle)
        else:
            self._open_detail()
            self.detail.show_id(memory_id)

    def show_source(self, source_id: str, title: str) -> None:
        """List the memories of one source."""
        self.search.clear()
        self._typing.stop()
        self.filters.choose_source(source_id, title)

    def search_now(self) -> None:
        text = self.search.text().strip()
        self.list.delegate.painter.set_words(text.split() if text else [])
        self._stale = False
        self.model.set_query(self.filters.query(text))

    # -- putting it together

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self._title = parts.label("Memories", "title", wrap=False)
        self._counted = parts.label("", "muted", wrap=False)
        self.search = SearchField(theme, "Search your memories")
        self.search.returnPressed.connect(lambda: self.list.take_focus())
        self.filters = MemoryFilters(self._context)
        self.filters.changed.connect(self.search_now)
        head = parts.column(space=px(10), margins=(px(24), px(20), px(24), px(8)))
        title = parts.row(self._title, self._counted, 1, space=px(12))
        title.setAlignment(self._counted, Qt.AlignmentFlag.AlignBottom)
        head.addLayout(title)
        head.addWidget(self.search)
        head.addWidget(self.filters)
        left = QWidget()
        left_layout = parts.column()
        left_layout.setSpacing(0)
        left_layout.addLayout(head)
        left_layout.addWidget(self._build_list(), 1)
        left.setLayout(left_layout)
        self._left = left
        self.detail = MemoryDetailView(self._context)
        self.detail.closed.connect(self._close_detail)
        self.detail.edited.connect(self.model.replace)
        self.detail.forgotten.connect(self._forgotten)
        self.detail.hide()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(left)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.splitterMoved.connect(self._remember_width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)

    def _build_list(self) -> QWidget:
        theme = self._context.theme
        self.list = MemoryList(theme, self.model)
        self.list.selectionModel().currentRowChanged.connect(self._select)
        self.list.key.connect(self._list_key)
        self.list.clicked_memory.connect(self._open_clicked)
        px = theme.px
        holder = QWidget()
        inner = parts.column(margins=(px(12), 0, px(4), px(4)))
        inner.addWidget(self.list)
        holder.setLayout(inner)
        self.empty = EmptyPlace(
            theme,
            "memories",
            "Nothing is remembered yet.",
            "Add some files, or write a note with Ctrl+N and tell it to Recollect.",
            parts.button("Add files", self._context.requests.files_wanted.emit, kind="primary"),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(holder)
        self._stack.addWidget(self.empty)
        return self._stack

    # -- list and query

    def _loader(self) -> Load:
        ops = self._context.ops

        def load(query: MemoryQuery, done: object, failed: object) -> None:
            ops.memories(query).then(done).otherwise(failed).start(self.model)  # type: ignore[arg-type]

        return load

    def _refresh(self) -> None:
        super()._refresh()
        if self.detail.isVisible() and self.detail.memory is not None:
            self.detail.reload()

    def _count(self, total: int) -> None:
        self._counted.setText(words.memories(total))
        narrowed = bool(self.search.text().strip()) or self.filters.active()
        if total == 0 and narrowed:
            self.empty.say(
                "No memory fits this.", "Try fewer words, or other filters above the list."
            )
        elif total == 0:
            self.empty.say(
                "Nothing is remembered yet.",
                "Add a folder of papers, and minutes later find here what they say.",
            )
        self._stack.setCurrentIndex(0 if total else 1)
        if total == 0:
            self._close_detail()

    def _after_reset(self) -> None:
        self.list.scrollToTop()
        self.list.clearSelection()
        if self._stack.currentIndex() == 0 and self.detail.isVisible() and not self._narrow:
            memory = self.detail.memory
            row = self.model.row_of(memory.id) if memory else None
            if row is not None:
                self.list.selectRow(row)

    def _failed(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._counted.setText("")
        if isinstance(problem, Problem) and self.model.rowCount() == 0:
            self.empty.say(problem.title, f"{problem.message} {problem.next_step}")
            self._stack.setCurrentIndex(1)
        else:
            super()._failed(problem)

    # -- list and detail

    def _select(self, current: QModelIndex, _previous: QModelIndex) -> None:
        memory = current.data(MEMORY_ROLE) if current.isValid() else None
        if isinstance(memory, MemoryInfo):
            self.detail.show_memory(memory)
            if not self._narrow:
                self._open_detail()

    def _open_detail(self) -> None:
        if not self.detail.isHidden():
            return
        self.detail.show()
        self._divide()
        self._arrange()

    def _divide(self) -> None:
        """Give list and memory their widths."""
        px = self._context.theme.px
        wanted = self._context.state.number("memory_width", px(_DETAIL_WIDTH))
        whole = self._splitter.width()
        wanted = min(wanted, whole - px(320)) if not self._narrow else whole
        self._splitter.setSizes([max(1, whole - wanted), max(1, wanted)])

    def _close_detail(self) -> None:
        self.detail.hide()
        self._left.show()
        self.list.take_focus()

    def _forgotten(self, memory_id: str) -> None:
        self.detail.clear()
        self._close_detail()
        self.list.clearSelection()
        self.model.refresh()

    def _remember_width(self) -> None:
        if not self.detail.isHidden() and not self._narrow:
            self._context.state.put("memory_width", self.detail.width())

    def _arrange(self) -> None:
        was_narrow = self._narrow
        self._narrow = self.width() < self._context.theme.px(_NARROW_BELOW)
        self._left.setHidden(self._narrow and not self.detail.isHidden())
        self.detail.set_back_visible(self._narrow)
        if was_narrow and not self._narrow and not self.detail.isHidden():
            self._divide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange()

    # -- keys

    def _open_clicked(self) -> None:
        if self.detail.memory is not None:
            self._open_detail()

    def _list_key(self, key: int) -> None:
        """What can be done to the memory the list stands on."""
        calls: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Delete: self.detail.forget,
            Qt.Key.Key_E: self._edit,
            Qt.Key.Key_P: self.detail.toggle_pin,
            Qt.Key.Key_H: self.detail.mark_helpful,
            Qt.Key.Key_W: self.detail.mark_wrong,
            Qt.Key.Key_Return: self._open_detail,
            Qt.Key.Key_Enter: self._open_detail,
            Qt.Key.Key_O: self.detail.open_source,
        }
        if self.detail.memory is not None:
            calls[Qt.Key(key)]()

    def _edit(self) -> None:
        self._open_detail()
        self.detail.edit()
