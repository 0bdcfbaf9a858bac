"""A layout that wraps like words: chips beside one another, then the next line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """``centred`` puts each line into the middle instead of at the left; ``below`` is the space
    between lines where it is not the one between things."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        space: int = 6,
        below: int | None = None,
        centred: bool = False,
    ):
        super().__init__(parent)
        self._centred = centred
        self._space = space
        self._below = space if below is None else below
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    # Qt's names and its rules for a layout of one's own

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._lay_out(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect) -> None:  # noqa: N802
        super().setGeometry(area)
        self._lay_out(area, move=True)

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802
        tallest = max((item.minimumSize().height() for item in self._items), default=0)
        return QSize(0, tallest)

    def _lay_out(self, area: QRect, *, move: bool) -> int:
        y = area.y()
        for line in self._lines(area.width()):
            if y > area.y():
                y += self._below
            used = sum(size.width() for _item, size in line) + self._space * (len(line) - 1)
            x = area.x() + (max(0, area.width() - used) // 2 if self._centred else 0)
            for item, size in line:
                if move:
                    item.setGeometry(QRect(QPoint(x, y), size))
                x += size.width() + self._space
            y += max(size.height() for _item, size in line)
        return y - area.y()

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """What stands beside one another, line by line; none of the hidden."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wanted = item.sizeHint()
            size = QSize(min(wanted.width(), max(1, width)), wanted.height())
            if not lines or used + self._space + size.width() > width:
                lines.append([])
                used = -self._space
            lines[-1].append((item, size))
            used += self._space + size.width()
        return lines


def clear(layout: QLayout) -> None:
    """Remove and delete every widget in it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
