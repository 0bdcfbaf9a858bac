"""The links of one memory as a small picture: it in the middle, what it has to do with around it.

Each memory around is a card with its first words and the reason of its link; a click, or the arrow
keys and Enter, make it the middle. Painted by itself. GUI thread only.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import tokens
from app.theme import Theme
from memory.protocol import LinkEnd, LinkInfo, MemoryKind, MemoryLinks

_CARD, _MIDDLE, _GAP, _BETWEEN = 78, 60, 34, 12
_NARROWEST = 130


@dataclass(frozen=True)
class Card:
    """A memory around the middle, where it is painted."""

    link: LinkInfo
    area: QRectF


class LinkGraph(QWidget):
    """Signals:
    chosen: id of the memory that shall be the middle. back_wanted: the one before it shall.
    """

    chosen = Signal(str)
    back_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._shown: MemoryLinks | None = None
        self._at = -1  # the card the keys are on
        self._under = -1  # the one under the pointer
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Links")
        theme.changed.connect(self.update)

    def show_links(self, shown: MemoryLinks) -> None:
        self._shown = shown
        self._at = 0 if shown.links and self.hasFocus() else -1
        self._under = -1
        self._tell()
        self._fit()
        self.update()

    @property
    def middle(self) -> str | None:
        """Id of the memory in the middle."""
        return self._shown.memory.memory if self._shown is not None else None

    @property
    def selected(self) -> LinkInfo | None:
        """The link the keys are on."""
        links = self._shown.links if self._shown is not None else []
        return links[self._at] if 0 <= self._at < len(links) else None

    # -- sizes

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        px = self._theme.px
        return px(_MIDDLE) + 4 + len(self._rows(width)) * (px(_CARD) + px(_GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its rows are, which depends on how wide it may be."""
        self.setFixedHeight(self.heightForWidth(self.width()))

    def sizeHint(self) -> QSize:  # noqa: N802
        width = self._theme.px(420)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(_NARROWEST), self._theme.px(_MIDDLE))

    def _rows(self, width: int) -> list[int]:
        """How many cards stand in each row: the first above the middle, the others below."""
        count = len(self._shown.links) if self._shown is not None else 0
        fit = max(1, int(width // self._theme.px(_NARROWEST)))
        above = min(count // 2 if count > 1 else count, fit, 2)
        rows = [above] if above else []
        left = count - above
        while left > 0:
            rows.append(min(left, fit, 3))
            left -= rows[-1]
        return rows

    def cards(self) -> list[Card]:
        """Where each memory is painted."""
        if self._shown is None:
            return []
        px, links = self._theme.px, list(self._shown.links)
        found: list[Card] = []
        top = 1.0
        for number, count in enumerate(self._rows(self.width())):
            if number == 1:
                top += px(_MIDDLE) + px(_GAP)
            room = self.width() - 2 - px(_BETWEEN) * (count - 1)
            wide = min(room / count, px(300))
            left = (self.width() - wide * count - px(_BETWEEN) * (count - 1)) / 2
            for _ in range(count):
                area = QRectF(left, top, wide, px(_CARD))
                found.append(Card(links[len(found)], area))
                left += wide + px(_BETWEEN)
            top += px(_CARD) + px(_GAP)
        return found

    def middle_area(self) -> QRectF:
        px = self._theme.px
        rows = self._rows(self.width())
        top = 1.0 + (px(_CARD) + px(_GAP) if rows else 0)
        wide = min(self.width() - 2.0, px(320))
        return QRectF((self.width() - wide) / 2, top, wide, px(_MIDDLE))

    # -- painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if self._shown is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            cards = self.cards()
            centre = self.middle_area()
            for number, card in enumerate(cards):
                self._paint_line(painter, centre, card, self._is_lit(number))
            for number, card in enumerate(cards):
                self._paint_card(painter, card, self._is_lit(number), number == self._at)
            self._paint_middle(painter, centre)

    def _is_lit(self, number: int) -> bool:
        return number == self._under or (number == self._at and self.hasFocus())

    def _paint_line(self, painter: QPainter, centre: QRectF, card: Card, lit: bool) -> None:
        colour = self._theme.colour("accent" if lit else "edge")
        painter.setPen(QPen(colour, 2 if lit else 1 + card.link.weight))
        above = card.area.center().y() < centre.center().y()
        start = QPointF(
            min(max(card.area.center().x(), centre.left() + 16), centre.right() - 16),
            centre.top() if above else centre.bottom(),
        )
        end = QPointF(card.area.center().x(), card.area.bottom() if above else card.area.top())
        painter.drawLine(start, end)

    def _paint_card(self, painter: QPainter, card: Card, lit: bool, at: bool) -> None:
        theme = self._theme
        focused = at and self.hasFocus()
        painter.setPen(QPen(theme.colour("accent" if lit else "line"), 2 if focused else 1))
        painter.setBrush(theme.colour("hover" if lit else "raised"))
        painter.drawRoundedRect(card.area, tokens.CORNER, tokens.CORNER)
        inside = card.area.adjusted(theme.px(10), theme.px(6), -theme.px(10), -theme.px(6))
        font = theme.font(tokens.SMALL)
        reason = QFontMetrics(font).elidedText(
            card.link.why, Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.setFont(font)
        painter.setPen(theme.colour("accent"))
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignTop), reason)
        below = inside.adjusted(0, QFontMetrics(font).lineSpacing() + theme.px(2), 0, 0)
        painter.setPen(theme.colour("text"))
        _draw_lines(painter, below, words_of(card.link.to), theme.font(tokens.SMALL))

    def _paint_middle(self, painter: QPainter, area: QRectF) -> None:
        assert self._shown is not None
        theme = self._theme
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawRoundedRect(area, tokens.CORNER, tokens.CORNER)
        inside = area.adjusted(theme.px(10), theme.px(6), -theme.px(10), -theme.px(6))
        painter.setPen(theme.colour("text"))
        _draw_lines(painter, inside, words_of(self._shown.memory), theme.font(), middle=True)

    # -- pointer and keys

    def _card_at(self, place: QPointF) -> int:
        return next((n for n, card in enumerate(self.cards()) if card.area.contains(place)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._card_at(event.position())
        if under != self._under:
            self._under = under
            hand = Qt.CursorShape.PointingHandCursor
            self.setCursor(hand if under >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, _event: QEvent) -> None:  # noqa: N802
        self._under = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._card_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and under >= 0:
            self._choose(under)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, count = event.key(), len(self._shown.links) if self._shown is not None else 0
        forward = key in (Qt.Key.Key_Right, Qt.Key.Key_Down)
        if count and (forward or key in (Qt.Key.Key_Left, Qt.Key.Key_Up)):
            self._at = (self._at + (1 if forward else -1)) % count
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._at >= 0:
            self._choose(self._at)
        elif key == Qt.Key.Key_Backspace:
            self.back_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        if self._at < 0 and self._shown is not None and self._shown.links:
            self._at = 0
            self._tell()
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            under = self._card_at(QPointF(event.pos()))
            cards = self.cards()
            tip = told(cards[under].link) if under >= 0 else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def _choose(self, number: int) -> None:
        if self._shown is not None and number < len(self._shown.links):
            self.chosen.emit(self._shown.links[number].to.memory)

    def _tell(self) -> None:
        """The same in words, for who cannot see it."""
        if self._shown is None:
            return
        count = len(self._shown.links)
        link = self.selected
        at = f" {self._at + 1} of {count}: {told(link)}." if link is not None else ""
        self.setAccessibleDescription(f"{words_of(self._shown.memory)}. {count} links.{at}")


def words_of(end: LinkEnd) -> str:
    """What a memory is called in a picture."""
    return end.title if end.kind is MemoryKind.TOPIC and end.title else end.text


def told(link: LinkInfo) -> str:
    """A link as a sentence."""
    return f"{link.why}: {words_of(link.to)} ({link.to.source_title})"


def _draw_lines(
    painter: QPainter, area: QRectF, text: str, font: object, *, middle: bool = False
) -> None:
    """As many lines as there is room for, the last one elided."""
    metrics = QFontMetrics(font)  # type: ignore[call-overload]
    most = max(1, int(area.height() // metrics.lineSpacing()))
    lines = wrapped(text, font, area.width(), most)
    painter.setFont(font)  # type: ignore[call-overload]
    y = area.top()
    if middle:
        y += (area.height() - len(lines) * metrics.lineSpacing()) / 2
    for line in lines:
        place = QRectF(area.left(), y, area.width(), metrics.lineSpacing())
        where = Qt.AlignmentFlag.AlignHCenter if middle else Qt.AlignmentFlag.AlignLeft
        painter.drawText(place, int(where | Qt.AlignmentFlag.AlignVCenter), line)
        y += metrics.lineSpacing()


def wrapped(text: str, font: object, width: float, most: int) -> list[str]:
    """A text in at most so many lines of a width."""
    layout = QTextLayout(text, font)  # type: ignore[call-overload]
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    lines: list[str] = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        if len(lines) == most - 1:
            rest = text[start:]
            elide = Qt.TextElideMode.ElideRight
            lines.append(QFontMetrics(font).elidedText(rest, elide, int(width)))  # type: ignore[call-overload]
            break
        lines.append(text[start : start + line.textLength()].strip())
    layout.endLayout()
    return lines
