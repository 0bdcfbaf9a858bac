"""A switch: a check box drawn as a knob on a track, which reads well in both looks. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from app.theme import Theme


class Switch(QCheckBox):
    """Behaves, and is read out, as the check box it is."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(46), self._theme.px(28))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def hitButton(self, _pos: QPoint) -> bool:  # noqa: N802
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        theme, on = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, width = theme.px(20), theme.px(36)
        track = QRectF(self.width() - width - 1, (self.height() - height) / 2, width, height)
        usual = QPen(theme.colour("accent" if on else "edge"), 1.5)
        painter.setPen(QPen(theme.colour("text"), 2) if self.hasFocus() else usual)
        painter.setBrush(theme.colour("accent" if on else "raised"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        side = height - theme.px(8)
        left = track.right() - side - theme.px(4) if on else track.left() + theme.px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("on_accent" if on else "edge"))
        painter.drawEllipse(QRectF(left, track.top() + theme.px(4), side, side))
        painter.end()
