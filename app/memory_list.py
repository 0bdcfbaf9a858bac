"""The view of the memories list: rows of one height, one column, keys of its own.

A table view, because it alone of Qt's views lays out half a million rows at once (see
``memory_model``). GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.memory_delegate import MemoryDelegate
from app.memory_model import MemoryModel
from app.theme import Theme


class MemoryList(QTableView):
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
        super().__init__()
        self.delegate = MemoryDelegate(theme, self)
        self.setAccessibleName("Memories")
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setShowGrid(False)
        # the delegate paints the chosen row; the view would paint a second, square one
        self.setStyleSheet("QTableView { selection-background-color: transparent; }")
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self._fit_rows)
        self._fit_rows()

    def _fit_rows(self) -> None:
        height = self.delegate.painter.height()
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(max(1, height // 3))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in self._KEYS:
            self.key.emit(event.key())
            event.accept()
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self.clicked_memory.emit()
