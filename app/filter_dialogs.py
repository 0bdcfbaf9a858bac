"""Two small dialogs of the memory filters: which source, and from when to when. GUI thread."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QDateEdit,
    QDialog,
    QFormLayout,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from app import parts, words
from app.bits import SearchField, later
from app.context import Context
from app.fresh import Fresh
from app.theme import Theme
from memory.protocol import SourceInfo, SourceList

_TYPING_MS = 150
_SHOWN = 100


class SourcePicker(QDialog):
    """Signals:
    picked: a ``SourceInfo``, or None for every source.
    """

    picked = Signal(object)

    def __init__(self, context: Context, parent: QWidget):
        super().__init__(parent)
        self._context = context
        self._fresh = Fresh(self)
        self.setWindowTitle("Memories of one source")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = context.theme.px
        self.search = SearchField(context.theme, "Find a file, chat or note")
        self._typing = later(self, _TYPING_MS, self._ask)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.search.returnPressed.connect(self._take)
        self.list = QListWidget()
        self.list.setAccessibleName("Sources")
        self.list.setUniformItemSizes(True)
        self.list.itemActivated.connect(lambda _item: self._take())
        layout = parts.column(self.search, space=px(10), margins=(px(20),) * 4)
        layout.addWidget(self.list, 1)
        layout.addLayout(
            parts.row(
                parts.button("All sources", lambda: self._finish(None), kind="quiet"),
                1,
                parts.button("Cancel", self.reject),
                parts.button("Show", self._take, kind="primary"),
            )
        )
        self.setLayout(layout)
        self.resize(px(440), px(440))
        self._ask()

    def _ask(self) -> None:
        listed = self._context.ops.sources(text=self.search.text().strip(), limit=_SHOWN)
        self._fresh.ask(listed.then(self._show))

    def _show(self, found: SourceList) -> None:
        self.list.clear()
        for source in found.sources:
            detail = f"{words.SOURCE_KIND_NAMES[source.kind]}, {words.memories(source.memories)}"
            item = QListWidgetItem(f"{source.title}   ·   {detail}")
            item.setData(Qt.ItemDataRole.UserRole, source)
            item.setToolTip(source.location or source.title)
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._finish(item.data(Qt.ItemDataRole.UserRole))

    def _finish(self, source: SourceInfo | None) -> None:
        self.picked.emit(source)
        self.accept()


class DateRangeDialog(QDialog):
    """Signals:
    chosen: first moment of the first day, first moment after the last one, both UTC.
    """

    chosen = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("From when to when")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        today = QDate.currentDate()
        self.first = QDateEdit(today.addMonths(-1))
        self.last = QDateEdit(today)
        form = QFormLayout()
        form.setSpacing(theme.px(10))
        for name, field in (("From", self.first), ("To", self.last)):
            field.setCalendarPopup(True)
            field.setDisplayFormat("d MMMM yyyy")
            field.setAccessibleName(name)
            form.addRow(parts.label(name), field)
        layout = parts.column(space=theme.px(16), margins=(theme.px(24),) * 4)
        layout.addLayout(form)
        layout.addLayout(
            parts.row(
                1,
                parts.button("Cancel", self.reject),
                parts.button("Show", self._take, kind="primary"),
            )
        )
        self.setLayout(layout)
        self.setMinimumWidth(theme.px(300))

    def _take(self) -> None:
        days = sorted((self.first.date().toPython(), self.last.date().toPython()))
        since = datetime.combine(days[0], time.min).astimezone(UTC)
        until = datetime.combine(days[1] + timedelta(days=1), time.min).astimezone(UTC)
        self.chosen.emit(since, until)
        self.accept()
