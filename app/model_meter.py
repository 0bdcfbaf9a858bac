"""The live bar: which share of a model's weights is in memory, and what is read from disk.

GUI thread only. Kept weights are plain, those in memory for now hatched, the rest empty, so that
the bar can be read without seeing colours; the words below it say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import parts, words
from app.flow import FlowLayout
from app.theme import Theme
from memory.protocol import ModelMeter, ModelMode

_KEPT, _FOR_NOW, _ON_DISK = 0, 1, 2


@dataclass(frozen=True)
class Shares:
    """Bytes of the weights: in memory for good, in memory for now, neither."""

    kept: int = 0
    for_now: int = 0
    on_disk: int = 0

    @property
    def whole(self) -> int:
        return self.kept + self.for_now + self.on_disk


def shares(meter: ModelMeter | None, size_bytes: int) -> Shares:
    """Where a model of ``size_bytes`` has its weights; without a meter all are on disk.

    What is in memory may be a little more than the file (buffers of the readers) and is cut
    down to it.
    """
    if meter is None:
        return Shares(on_disk=size_bytes)
    if meter.mode is ModelMode.FITS:
        return Shares(kept=size_bytes)
    if meter.mode is ModelMode.MMAP:
        return Shares(for_now=size_bytes)
    kept = min(meter.pinned_bytes, size_bytes)
    for_now = min(meter.cached_bytes, size_bytes - kept)
    return Shares(kept, for_now, size_bytes - kept - for_now)


def legend(found: Shares, mode: ModelMode | None) -> list[tuple[int, str]]:
    """Which fill means what, in words; what is nothing is left out. No mode: not loaded."""
    if mode is None:
        return [(_ON_DISK, f"{words.size(found.on_disk)} on disk")]
    if mode is ModelMode.MMAP:  # nobody but the system knows how much of it is there
        size = words.size(found.whole)
        return [(_FOR_NOW, f"{size}, in memory as far as the system has room")]
    said = [
        (_KEPT, found.kept, "kept in memory"),
        (_FOR_NOW, found.for_now, "in memory for now"),
        (_ON_DISK, found.on_disk, "read from disk as needed"),
    ]
    return [(fill, f"{words.size(size)} {what}") for fill, size, what in said if size > 0]


class MeterBar(QWidget):
    """The bar alone."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._shares = Shares()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Where the model is")
        theme.changed.connect(self.update)

    def show_shares(self, found: Shares) -> None:
        if found != self._shares:
            self._shares = found
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._theme.px(120), self._theme.px(14))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            outline = QPainterPath()
            outline.addRoundedRect(area, self.height() / 3, self.height() / 3)
            painter.setClipPath(outline)
            left = 0.0
            for fill, width in enumerate(self._widths(self.width())):
                _fill(painter, self._theme, fill, QRectF(left, 0, width, self.height()))
                left += width
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("edge"), 1))
            painter.drawPath(outline)

    def _widths(self, whole: int) -> list[float]:
        """Of kept, for now, on disk; together the whole width."""
        found = self._shares
        if not found.whole:
            return [0.0, 0.0, float(whole)]
        return [whole * part / found.whole for part in (found.kept, found.for_now, found.on_disk)]


class _Swatch(QWidget):
    """A small square with the fill of one part of the bar."""

    def __init__(self, theme: Theme, fill: int):
        super().__init__()
        self._theme = theme
        self._which = fill
        self.setFixedSize(theme.px(11), theme.px(11))
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            _fill(painter, self._theme, self._which, area)
            painter.setPen(QPen(self._theme.colour("edge"), 1))
            painter.drawRect(area)


def _fill(painter: QPainter, theme: Theme, fill: int, area: QRectF) -> None:
    if fill == _KEPT:
        painter.fillRect(area, theme.colour("accent"))
    else:
        painter.fillRect(area, theme.colour("accent_soft" if fill == _FOR_NOW else "surface"))
    if fill == _FOR_NOW:
        painter.fillRect(area, QBrush(theme.colour("accent"), Qt.BrushStyle.BDiagPattern))


class Meter(QWidget):
    """The bar with its legend; changed in place."""

    def __init__(self, theme: Theme):
        super().__init__()
        self.bar = MeterBar(theme)
        holder = QWidget()
        flow = FlowLayout(holder, space=theme.px(14), below=theme.px(2))
        self._items = [_LegendItem(theme, fill) for fill in (_KEPT, _FOR_NOW, _ON_DISK)]
        for item in self._items:
            flow.addWidget(item)
        self.setLayout(parts.column(self.bar, holder, space=theme.px(8)))

    def show_meter(self, meter: ModelMeter | None, size_bytes: int) -> None:
        found = shares(meter, size_bytes)
        self.bar.show_shares(found)
        said = dict(legend(found, meter.mode if meter is not None else None))
        for fill, item in enumerate(self._items):
            item.show_words(said.get(fill, ""))
        self.bar.setAccessibleDescription(", ".join(said.values()))

    def said(self) -> str:
        """The legend as one line."""
        return self.bar.accessibleDescription()


class _LegendItem(QWidget):
    def __init__(self, theme: Theme, fill: int):
        super().__init__()
        self._words = parts.label("", "small", wrap=False)
        self.setLayout(parts.row(_Swatch(theme, fill), self._words, space=theme.px(6)))

    def show_words(self, said: str) -> None:
        if self._words.text() != said:
            self._words.setText(said)
        if self.isHidden() == bool(said):
            self.setVisible(bool(said))
