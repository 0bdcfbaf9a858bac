"""What several pages need beyond ``app.parts``: a search field, timers, an empty place.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import icons, parts
from app.theme import Theme, set_role

Call = Callable[[], object]


def clear(layout: QLayout) -> None:
    """Take everything out; widgets go when the event loop comes round."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


class SearchField(QLineEdit):
    """A field with a lens, emptied with one click.

    Signals:
    down_pressed: the person wants to go on into what was found. up_pressed: the other way.
    """

    down_pressed = Signal()
    up_pressed = Signal()

    def __init__(self, theme: Theme, placeholder: str):
        super().__init__()
        self._theme = theme
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self._lens = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        self._empty = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        self._empty.setToolTip("Empty the field")
        self._empty.setVisible(False)
        self._empty.triggered.connect(lambda _checked=False: self.clear())
        self.textChanged.connect(lambda text: self._empty.setVisible(bool(text)))
        theme.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        self._lens.setIcon(icons.icon(self._theme, "search", "muted"))
        self._empty.setIcon(icons.icon(self._theme, "close", "muted"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Down:
            self.down_pressed.emit()
        elif event.key() == Qt.Key.Key_Up:
            self.up_pressed.emit()
        else:
            super().keyPressEvent(event)


def on_keys(owner: QWidget, keys: str, call: Call) -> QShortcut:
    """A shortcut that works while the focus is on ``owner`` or inside it."""
    made = QShortcut(QKeySequence(keys), owner)
    made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.activated.connect(lambda: call())
    return made


def later(owner: QObject, delay_ms: int, call: Call) -> QTimer:
    """A timer that fires once, ``delay_ms`` after the last ``start``: for typing."""
    made = QTimer(owner)
    made.setSingleShot(True)
    made.setInterval(delay_ms)
    made.timeout.connect(lambda: call())
    return made


class EmptyPlace(QWidget):
    """An empty place teaches: one sentence, one action, one example."""

    def __init__(
        self, theme: Theme, icon: str, sentence: str, example: str = "", *actions: QPushButton
    ):
        super().__init__()
        picture = QLabel()
        icons.bind(theme, picture, icon, "muted", size=40)
        self.sentence = parts.label(sentence, "heading")
        self.example = parts.label(example, "muted")
        for part in (picture, self.sentence, self.example):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = parts.column(2, picture, self.sentence, self.example, space=theme.px(8))
        inner.addSpacing(theme.px(8))
        inner.addLayout(parts.row(1, *actions, 1))
        inner.addStretch(3)
        inner.setContentsMargins(theme.px(24), theme.px(24), theme.px(24), theme.px(24))
        self.setLayout(inner)

    def say(self, sentence: str, example: str = "") -> None:
        self.sentence.setText(sentence)
        self.example.setText(example)


class CentredColumn(QScrollArea):
    """A page that scrolls, its content no wider than ``widest`` and in the middle."""

    def __init__(self, theme: Theme, widest: int):
        super().__init__()
        set_role(self, "clear")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._widest = widest
        outer = QWidget()
        self._inner = QWidget()
        self.content = QVBoxLayout(self._inner)
        self.content.setContentsMargins(theme.px(24), theme.px(24), theme.px(24), theme.px(24))
        self.content.setSpacing(theme.px(8))
        layout = QHBoxLayout(outer)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self._inner, 1000)
        layout.addStretch(1)
        self._inner.setMaximumWidth(widest)
        self.setWidget(outer)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        # long words must not push the page wider than what is seen of it
        self._inner.setMinimumWidth(min(self._widest, self.viewport().width()))
