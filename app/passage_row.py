"""Paints one passage of a list: strength mark, two lines of text, source and date.

Used by the memories list and by quick recall. GUI thread; holds no state but a small cache of
lines, so that scrolling lays out each text once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from app import icons, tokens
from app.theme import Theme

_LAYOUTS_KEPT = 200


@dataclass(frozen=True)
class Row:
    """What is painted; ``marks`` are names of icons at the right of the lower line."""

    text: str
    below: str
    strength: float
    marks: tuple[str, ...] = ()
    dimmed: bool = False


class RowPainter:
    """Sizes come from the system font; two lines of text, then one small line."""

    lines = 2

    def __init__(self, theme: Theme, lines: int = 2):
        self._theme = theme
        self.lines = lines
        self._words: tuple[str, ...] = ()
        self._layouts: OrderedDict[tuple[str, int, str], QTextLayout] = OrderedDict()
        self._pixmaps: dict[tuple[str, str, float], QPixmap] = {}
        self.refresh()

    def refresh(self) -> None:
        """Palette or font are new."""
        self._layouts.clear()
        self._pixmaps.clear()
        self._font = self._theme.font()
        self._small = self._theme.font(tokens.SMALL)
        self._line_px = QFontMetricsF(self._font).height() * 1.12
        self._small_px = QFontMetricsF(self._small).height()

    def set_words(self, words: Sequence[str]) -> None:
        """Words to mark wherever they stand in a text."""
        found = tuple(w.casefold() for w in words if w)
        if found != self._words:
            self._words = found
            self._layouts.clear()

    def height(self) -> int:
        px = self._theme.px
        return round(self._line_px * self.lines + self._small_px + px(4) + 2 * px(10))

    def size_hint(self) -> QSize:
        return QSize(self._theme.px(240), self.height())

    def paint(
        self,
        painter: QPainter,
        rect: QRect,
        row: Row | None,
        *,
        selected: bool,
        focused: bool,
        hovered: bool,
    ) -> None:
        """``row`` None is one that is still on its way: quiet bars instead of words."""
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(rect).adjusted(px(2), px(1), -px(2), -px(1))
        self._ground(painter, card, selected, focused, hovered)
        inner = card.adjusted(px(20), px(9), -px(12), -px(9))
        if row is None:
            self._bars(painter, inner)
        else:
            self._mark(painter, card, row)
            layout = self._layout(row.text, round(inner.width()))
            # a text shorter than its room stands in the middle, with its source close below
            spare = self._line_px * max(0, self.lines - layout.lineCount())
            inner = inner.adjusted(0, spare / 2, 0, -spare / 2)
            self._text(painter, inner, row, layout)
            self._below(painter, inner, row)
        painter.restore()

    # -- parts of a row

    def _ground(
        self, painter: QPainter, card: QRectF, selected: bool, focused: bool, hovered: bool
    ) -> None:
        if not (selected or hovered):
            return
        painter.setBrush(self._theme.colour("accent_soft" if selected else "hover"))
        ring = selected and focused
        painter.setPen(QPen(self._theme.colour("accent"), 2) if ring else Qt.PenStyle.NoPen)
        inset = 1 if ring else 0
        painter.drawRoundedRect(
            card.adjusted(inset, inset, -inset, -inset), tokens.CORNER - 2, tokens.CORNER - 2
        )

    def _mark(self, painter: QPainter, card: QRectF, row: Row) -> None:
        px = self._theme.px
        colour = self._theme.colour("accent")
        colour.setAlphaF(0.10 + 0.90 * max(0.0, min(1.0, row.strength)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        width = px(3)
        bar = QRectF(card.left() + px(8), card.top() + px(11), width, card.height() - px(22))
        painter.drawRoundedRect(bar, width / 2, width / 2)

    def _text(self, painter: QPainter, inner: QRectF, row: Row, layout: QTextLayout) -> None:
        painter.setPen(self._theme.colour("muted" if row.dimmed else "text"))
        layout.draw(painter, QPointF(inner.left(), inner.top()))

    def _below(self, painter: QPainter, inner: QRectF, row: Row) -> None:
        px = self._theme.px
        top = inner.bottom() - self._small_px
        right = inner.right()
        side = px(14)
        for name in reversed(row.marks):
            right -= side
            picture = self._pixmap(name, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(right, top + (self._small_px - side) / 2), picture)
            right -= px(6)
        painter.setFont(self._small)
        painter.setPen(self._theme.colour("muted"))
        line = QRectF(inner.left(), top, right - inner.left(), self._small_px)
        words = QFontMetricsF(self._small).elidedText(
            row.below, Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)

    def _bars(self, painter: QPainter, inner: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        height = self._small_px * 0.5
        for line, share in ((0, 0.86), (1, 0.62)):
            top = inner.top() + self._line_px * line + (self._line_px - height) / 2
            painter.drawRoundedRect(
                QRectF(inner.left(), top, inner.width() * share, height), height / 2, height / 2
            )

    def _pixmap(self, name: str, scale: float) -> QPixmap:
        token = {"wrong": "warn", "warning": "warn"}.get(name, "muted")
        colour = self._theme.colour(token).name()
        key = (name, colour, scale)
        if key not in self._pixmaps:
            self._pixmaps[key] = icons.pixmap(name, colour, self._theme.px(14), scale)
        return self._pixmaps[key]

    # -- lines

    def _layout(self, text: str, width: int) -> QTextLayout:
        key = (text, width, self._theme.colour("mark").name())
        found = self._layouts.get(key)
        if found is None:
            found = self._lay_out(" ".join(text[:2000].split()), max(40, width))
            self._layouts[key] = found
            while len(self._layouts) > _LAYOUTS_KEPT:
                self._layouts.popitem(last=False)
        else:
            self._layouts.move_to_end(key)
        return found

    def _lay_out(self, text: str, width: int) -> QTextLayout:
        shown = self._cut(self._around_match(text), width)
        while True:
            layout = QTextLayout(shown, self._font)
            layout.setFormats(self._formats(shown))
            layout.setCacheEnabled(True)
            # marks part words, which can widen them by a hair: then one word less
            if len(self._break(layout, width)) <= self.lines or " " not in shown:
                return layout
            shown = shown.rstrip(" …").rpartition(" ")[0] + "…"

    def _around_match(self, text: str) -> str:
        """Begin near the first marked word if it would stand beyond the lines shown."""
        places = [text.casefold().find(word) for word in self._words]
        first = min((p for p in places if p >= 0), default=0)
        if first < 110:
            return text
        start = text.rfind(" ", 0, first - 40) + 1
        return "… " + text[start:]

    def _cut(self, text: str, width: int) -> str:
        """``text`` as far as it fits, with an ellipsis where it goes on."""
        layout = QTextLayout(text, self._font)
        ends = self._break(layout, width)
        if len(ends) <= self.lines:
            return text
        last_start = ends[self.lines - 2] if self.lines > 1 else 0
        rest = text[last_start : ends[self.lines - 1] + 40]
        metrics = QFontMetricsF(self._font)
        return text[:last_start] + metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width - 1)

    def _break(self, layout: QTextLayout, width: int) -> list[int]:
        """Lay out up to one line more than is shown; returns where each line ends."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        ends: list[int] = []
        layout.beginLayout()
        while len(ends) <= self.lines:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, len(ends) * self._line_px))
            ends.append(line.textStart() + line.textLength())
        layout.endLayout()
        return ends

    def _formats(self, text: str) -> list[QTextLayout.FormatRange]:
        low = text.casefold()
        if len(low) != len(text):  # case folding moved the places
            return []
        made = []
        for word in self._words:
            at = low.find(word)
            while at >= 0:
                span = QTextLayout.FormatRange()
                span.start, span.length = at, len(word)
                span.format = _marked(self._theme.colour("mark"))
                made.append(span)
                at = low.find(word, at + len(word))
        return made


def _marked(colour: QColor) -> QTextCharFormat:
    """Only a ground: bolder words would run wider, and lines would break anew at every key."""
    made = QTextCharFormat()
    made.setBackground(colour)
    return made
