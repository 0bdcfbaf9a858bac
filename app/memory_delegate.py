"""How a memory looks in the list. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import words
from app.memory_model import MEMORY_ROLE
from app.one_line import plain
from app.passage_row import Row, RowPainter
from app.theme import Theme
from memory.protocol import MemoryInfo, MemoryState


class MemoryDelegate(QStyledItemDelegate):
    """Paints with ``RowPainter``; every row has the same height."""

    def __init__(self, theme: Theme, parent: QObject | None = None):
        super().__init__(parent)
        self.painter = RowPainter(theme)
        theme.changed.connect(self.painter.refresh)

    def sizeHint(  # noqa: N802
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self.painter.size_hint()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        memory = index.data(MEMORY_ROLE)
        state = option.state  # type: ignore[attr-defined]
        view = option.widget  # type: ignore[attr-defined]
        self.painter.paint(
            painter,
            option.rect,  # type: ignore[attr-defined]
            memory_row(memory) if memory is not None else None,
            selected=bool(state & QStyle.StateFlag.State_Selected),
            focused=view is not None and view.hasFocus(),
            hovered=bool(state & QStyle.StateFlag.State_MouseOver),
        )


def memory_row(memory: MemoryInfo) -> Row:
    """What the list shows of a memory."""
    text = plain(memory.text, memory.source_kind, memory.location)
    if memory.speaker:
        text = f"{memory.speaker}: {text}"
    below = [memory.source_title]
    if memory.page is not None:
        below.append(f"page {memory.page}")
    below.append(words.memory_when(memory))
    if memory.state is not MemoryState.ACTIVE:
        below.append(words.MEMORY_STATE_NAMES[memory.state].lower())
    marks = []
    if memory.marked_wrong:
        marks.append("wrong")
    if memory.pinned:
        marks.append("pinned")
    dimmed = memory.state is not MemoryState.ACTIVE
    return Row(text, " · ".join(below), memory.strength, tuple(marks), dimmed)
