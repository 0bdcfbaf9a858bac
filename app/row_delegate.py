"""Paints the rows of a view with ``RowPainter``. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.passage_row import Row, RowPainter
from app.theme import Theme


class RowDelegate(QStyledItemDelegate):
    """Every row has the same height. ``row`` says what is shown of the value that stands under
    ``role``; where there is none yet, an empty row is painted.
    """

    def __init__(
        self,
        theme: Theme,
        role: int,
        row: Callable[[Any], Row],
        *,
        shows_focus: bool,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._role = role
        self._row = row
        self._shows_focus = shows_focus
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
        value = index.data(self._role)
        state = option.state  # type: ignore[attr-defined]
        view = option.widget  # type: ignore[attr-defined]
        self.painter.paint(
            painter,
            option.rect,  # type: ignore[attr-defined]
            self._row(value) if value is not None else None,
            selected=bool(state & QStyle.StateFlag.State_Selected),
            focused=self._shows_focus and view is not None and view.hasFocus(),
            hovered=bool(state & QStyle.StateFlag.State_MouseOver),
        )
