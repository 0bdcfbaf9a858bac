"""The view of the memories list, and its keys. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.memory_model import MEMORY_ROLE, MemoryModel
from app.memory_row import memory_row
from app.row_delegate import RowDelegate
from app.rows_view import RowsView
from app.theme import Theme


class MemoryList(RowsView):
    """Signals:
    key: a key pressed without a modifier, which the list itself has no use for.
    clicked_memory: a row was clicked with the mouse.
    """

    key = Signal(int)
    clicked_memory = Signal()

    _KEYS = frozenset(
        (
            Qt.Key.Key_Delete,
            Qt.Key.Key_E,
            Qt.Key.Key_P,
            Qt.Key.Key_H,
            Qt.Key.Key_W,
            Qt.Key.Key_O,
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        )
    )

    def __init__(self, theme: Theme, model: MemoryModel):
        delegate = RowDelegate(theme, MEMORY_ROLE, memory_row, shows_focus=True)
        super().__init__(theme, model, delegate, delegate.painter.height)
        delegate.setParent(self)
        self.delegate = delegate
        self.setAccessibleName("Memories")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in self._KEYS:
            self.key.emit(event.key())
            event.accept()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self.clicked_memory.emit()
