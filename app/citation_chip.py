"""One source of an answer as a chip: number, name, page or date, and how strong the memory is.

A click opens the source beside the chat, Ctrl and click the original; the tip holds the quote.
"""

from __future__ import annotations

import html

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import flag_words, tokens, words
from app.theme import Theme
from memory.protocol import Citation, SourceKind

DOTS = 4
_NAME_CHARS = 34


def strength_dots(value: float) -> int:
    """How many of four dots are filled: 1 for the faintest, 4 for a fresh memory."""
    return min(DOTS, max(1, round(value * DOTS + 0.1)))


def place_words(found: Citation) -> str:
    """``page 3`` or ``chat, 4 March``: where the quote stands, as short as possible."""
    when = words.date(found.happened_at) if found.happened_at else ""
    if found.page is not None:
        return f"page {found.page}"
    if found.source_kind is SourceKind.CONVERSATION:
        return f"chat, {when}" if when else "chat"
    if found.source_kind is SourceKind.NOTE:
        return f"note, {when}" if when else "note"
    return ""


def quote_tip(found: Citation) -> str:
    """The quoted sentence as a tip; escaped, because a tip is markup to Qt."""
    text = found.quote if len(found.quote) <= 600 else found.quote[:600].rstrip() + "…"
    place = " · ".join(w for w in (found.source_title, place_words(found)) if w)
    beware = html.escape(flag_words.whole(found.flags))
    return (
        f"<div style='width: 360px'><p>“{html.escape(text)}”</p>"
        f"<p style='margin-top: 6px'><i>{html.escape(place)}</i></p>"
        + (f"<p style='margin-top: 6px'>{beware}</p></div>" if beware else "</div>")
    )


class CitationChip(QAbstractButton):
    """Signals:
    opened: ``Citation`` for the source column. original_wanted: ``Citation``.
    """

    opened = Signal(object)
    original_wanted = Signal(object)

    def __init__(self, theme: Theme, citation: Citation, parent: QWidget | None = None):
        super().__init__(parent)
        self.citation = citation
        self._theme = theme
        self._name = _shortened(citation.source_title)
        marks = flag_words.short(citation.flags)
        self._place = " · ".join(part for part in (place_words(citation), *marks) if part)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setToolTip(quote_tip(citation))
        self.setAccessibleName(
            f"Source {citation.n}: "
            + ", ".join(w for w in (citation.source_title, self._place) if w)
            + f", {words.strength(citation.strength)}"
        )
        self.setAccessibleDescription(citation.quote)
        self.clicked.connect(lambda: self.opened.emit(self.citation))
        theme.changed.connect(self.update)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and event.button() is Qt.MouseButton.LeftButton:
            self.setDown(False)
            event.accept()
            self.original_wanted.emit(self.citation)
        else:
            super().mouseReleaseEvent(event)

    def nextCheckState(self) -> None:  # noqa: N802 - Qt's name
        """The page decides which chip is marked: the one whose source is open."""

    # -- painting

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        small = QFontMetricsF(self._theme.font(tokens.SMALL))
        px = self._theme.px
        width = px(10) + self._number_width() + px(7) + small.horizontalAdvance(self._name)
        if self._place:
            width += small.horizontalAdvance("  " + self._place)
        width += px(9) + DOTS * px(6) + px(9)
        return QSize(round(width + 1), round(small.height() + px(10)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._theme.px(60), self.sizeHint().height())

    def _number_width(self) -> float:
        bold = QFontMetricsF(self._theme.font(tokens.SMALL, bold=True))
        return bold.horizontalAdvance(str(self.citation.n))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        theme, px = self._theme, self._theme.px
        with QPainter(self) as painter:  # ends even if something below raises
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_ground(painter)
            area = QRectF(self.rect()).adjusted(px(10), 0, -px(9), 0)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setFont(theme.font(tokens.SMALL, bold=True))
            painter.setPen(theme.colour("accent"))
            painter.drawText(area, middle, str(self.citation.n))
            left = area.left() + self._number_width() + px(7)
            dots_left = area.right() - DOTS * px(6) + px(1)
            self._paint_words(painter, QRectF(left, 0, dots_left - px(8) - left, self.height()))
            self._paint_dots(painter, dots_left)

    def _paint_ground(self, painter: QPainter) -> None:
        theme = self._theme
        hot = self.underMouse() or self.isDown()
        ground = "accent_soft" if self.isChecked() else "hover" if hot else "raised"
        edge = "accent" if self.isChecked() or self.hasFocus() else "edge" if hot else "line"
        width = 2.0 if self.hasFocus() else 1.0
        area = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(theme.colour(edge), width))
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        theme = self._theme
        painter.setFont(theme.font(tokens.SMALL))
        metrics = QFontMetricsF(painter.font())
        place = f"  {self._place}" if self._place else ""
        room = area.width() - metrics.horizontalAdvance(place)
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, max(room, 20.0))
        painter.setPen(theme.colour("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(theme.colour("muted"))
        area.setLeft(area.left() + metrics.horizontalAdvance(name))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, place)

    def _paint_dots(self, painter: QPainter, left: float) -> None:
        px = self._theme.px
        filled = strength_dots(self.citation.strength)
        colour = self._theme.colour("muted")
        for dot in range(DOTS):
            centre = QPointF(left + dot * px(6) + px(2), self.height() / 2)
            painter.setPen(QPen(colour, 1))
            painter.setBrush(colour if dot < filled else Qt.BrushStyle.NoBrush)
            radius = px(2) if dot < filled else px(2) - 0.4
            painter.drawEllipse(centre, radius, radius)


def _shortened(title: str) -> str:
    """A title that fits a chip: its beginning, ended at a word where one ends near enough.

    A name without spaces is a file's; there the end, with the suffix, tells more than the middle.
    """
    if len(title) <= _NAME_CHARS:
        return title
    head = title[: _NAME_CHARS - 1]
    if " " not in title:
        return f"{head[:-12].rstrip()}…{title[-12:]}"
    words_end = head.rfind(" ") if title[_NAME_CHARS - 1] != " " else len(head)
    if words_end > _NAME_CHARS * 2 // 3:
        head = head[:words_end]
    return head.rstrip(" ,;:.-–|") + "…"
