"""A list of rows of one height over a paged model, as both long lists of the window show it.

A table view with one column, because it alone of Qt's views lays out half a million rows at
once (see ``paged_model``). GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QTableView

from app.paged_model import PagedModel
from app.theme import Theme


class RowsView(QTableView):
    """``row_height`` is asked again when the theme changes."""

    def __init__(
        self,
        theme: Theme,
        model: PagedModel,  # type: ignore[type-arg]  # of anything
        delegate: QStyledItemDelegate,
        row_height: Callable[[], int],
    ):
        super().__init__()
        self._row_height = row_height
        self.setModel(model)
        self.setItemDelegate(delegate)
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

    def take_focus(self) -> None:
        """The keyboard goes into the list, and stands on a row."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        # taking the focus makes the first row current, but does not choose it
        if not self.selectionModel().hasSelection() and self.model().rowCount():
            self.selectRow(max(0, self.currentIndex().row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # on to the next control, not to the next row
        else:
            super().keyPressEvent(event)

    def _fit_rows(self) -> None:
        height = self._row_height()
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(max(1, height // 3))
        self.viewport().update()
