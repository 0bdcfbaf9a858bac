"""Small widgets every page uses: labels, buttons, lines and the centred column."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons
from app.theme import Theme


def label(text: str, role: str = "", *, wrap: bool = True, select: bool = False) -> QLabel:
    """Plain text, never markup: what a file is called must not become formatting."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(
    text: str, on_click: Callable[[], object] | None = None, *, kind: str = "plain"
) -> QPushButton:
    """A button that leaves the focus where it is when clicked, and takes it by Tab."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAccessibleName(text)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    return made


def icon_button(
    theme: Theme,
    icon: str,
    name: str,
    on_click: Callable[[], object] | None = None,
    *,
    keys: str = "",
    token: str = "muted",
    size: int = icons.USUAL,
) -> QToolButton:
    """A button with only an icon; ``name`` is its tip and what a screen reader says."""
    made = QToolButton()
    made.setProperty("kind", "icon")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoRaise(True)
    rename(made, name, keys)
    icons.bind(theme, made, icon, token, size=size)
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    return made


def rename(target: QWidget, name: str, keys: str = "") -> None:
    """Give a control a name for the tip and for screen readers."""
    target.setAccessibleName(name)
    target.setToolTip(f"{name} ({keys})" if keys else name)


def line(role: str = "line") -> QFrame:
    made = QFrame()
    made.setProperty("role", role)
    return made


def row(*items: QWidget | int, space: int = 8) -> QHBoxLayout:
    """Side by side; a number is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(space)
    for item in items:
        if isinstance(item, int):
            made.addStretch(item)
        else:
            made.addWidget(item)
    return made


def column(
    *items: QWidget | int, space: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """One below the other; a number is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(*margins)
    made.setSpacing(space)
    for item in items:
        if isinstance(item, int):
            made.addStretch(item)
        else:
            made.addWidget(item)
    return made


class Elided(QLabel):
    """One line that ends in an ellipsis where there is no room; the tip holds all of it."""

    def __init__(self, text: str = "", role: str = "", *, middle: bool = False):
        super().__init__()
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        one_line = " ".join(text.split())
        if one_line != self._whole:
            self._whole = one_line
            self.setAccessibleName(one_line)
            super().setText(one_line)
            self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(
            QFontMetrics(self.font()).horizontalAdvance(self._whole) + 4,
            super().sizeHint().height(),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:  # ends even if something below raises
            area: QRect = self.contentsRect()
            shown = painter.fontMetrics().elidedText(self._whole, self._mode, area.width())
            if self.toolTip() in ("", self._whole):
                self.setToolTip(self._whole if shown != self._whole else "")
            self.style().drawItemText(
                painter,
                area,
                int(self.alignment() | Qt.AlignmentFlag.AlignVCenter),
                self.palette(),
                self.isEnabled(),
                shown,
                self.foregroundRole(),
            )


class Column(QWidget):
    """Keeps its content at a readable width and in the middle (``Theme.column_width``).

    ``within`` is a scrolled area around it: its bar must not move the column sideways.
    """

    def __init__(
        self, theme: Theme, content: QWidget, *, margin: int = 24, within: QWidget | None = None
    ):
        super().__init__()
        self._within = within
        self._theme = theme
        self._content = content
        self._margin = margin
        self._layout = QHBoxLayout(self)
        self._layout.setSpacing(0)
        self._layout.addWidget(content)
        self.setProperty("role", "clear")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        whole = self._within.width() if self._within is not None else self.width()
        margin = self._theme.px(self._margin if whole > 480 else 12)
        side = max(margin, (whole - self._theme.column_width() + 1) // 2)
        self._layout.setContentsMargins(side, 0, max(0, side - (whole - self.width())), 0)
