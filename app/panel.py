"""The ground of a floating panel: rounded, with a soft shadow where the desktop allows one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.theme import Theme


def paint_panel(painter: QPainter, theme: Theme, body: QRect, shadow: int, corner: int) -> None:
    """Paint into ``body``; the shadow takes up to ``shadow`` pixels around it, 0 for none."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rect = QRectF(body)
    painter.setPen(Qt.PenStyle.NoPen)
    strength = 0.10 if theme.dark else 0.045
    for step in range(shadow, 0, -2):
        colour = QColor(0, 0, 0)
        colour.setAlphaF(strength * (1 - step / (shadow + 2)))
        painter.setBrush(colour)
        grown = rect.adjusted(-step, -step + 4, step, step)
        painter.drawRoundedRect(grown, corner + step, corner + step)
    painter.setBrush(theme.colour("raised"))
    painter.setPen(QPen(theme.colour("edge" if not shadow else "line"), 1))
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    if shadow:
        painter.drawRoundedRect(inner, corner, corner)
    else:
        painter.drawRect(inner)
