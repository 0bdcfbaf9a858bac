"""The history of one topic as a line: values as segments of time, what holds now in accent.

GUI thread only; painted by hand, so that a page of many costs no plotting library.
"""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import fact_words, tokens
from app.fact_spans import Span, spans
from app.theme import Theme
from memory.protocol import FactInfo, FactState

_LANE = 24
_GAP = 4
_DATES = 18


class FactTimeline(QWidget):
    """Signals:
    opened: the fact whose segment was clicked, or chosen with the arrow keys and Enter.
    """

    opened = Signal(object)

    def __init__(self, theme: Theme, facts: tuple[FactInfo, ...], now: datetime | None = None):
        super().__init__()
        self._theme = theme
        self._now = now or datetime.now(UTC)
        self.spans: list[Span] = spans(facts, self._now)
        self.chosen = len(self.spans) - 1
        self._over = -1
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("History")
        self.setAccessibleDescription(" ".join(span.fact.text for span in self.spans))
        theme.changed.connect(self._resize)

    @property
    def _lanes(self) -> int:
        return 1 + max((span.lane for span in self.spans), default=0)

    def sizeHint(self) -> QSize:  # noqa: N802
        px = self._theme.px
        return QSize(px(240), self._lanes * px(_LANE + _GAP) + px(_DATES))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(120), self.sizeHint().height())

    def _resize(self) -> None:
        self.updateGeometry()
        self.update()

    def area(self, span: Span) -> QRectF:
        """Where a span stands."""
        px, wide = self._theme.px, self.width() - 2
        lane = self._lanes - 1 - span.lane
        return QRectF(
            1 + span.start * wide,
            lane * px(_LANE + _GAP) + 1,
            max(px(8), (span.end - span.start) * wide - px(2)),
            px(_LANE) - 2,
        )

    # -- painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._theme.font(tokens.SMALL))
            for number, span in enumerate(self.spans):
                self._segment(painter, number, span)
            self._dates(painter)

    def _segment(self, painter: QPainter, number: int, span: Span) -> None:
        theme, area = self._theme, self.area(span)
        current = span.fact.state is FactState.CURRENT
        ground = theme.colour("accent" if current else "hover")
        fill = QLinearGradient(area.left(), 0, area.right(), 0)
        clear = QColor(ground)
        clear.setAlphaF(0.25)
        fade = min(0.5, theme.px(36) / max(1.0, area.width()))
        fill.setColorAt(0.0, clear if span.open_start and not current else ground)
        fill.setColorAt(fade, ground)
        fill.setColorAt(1.0 - fade, ground)
        fill.setColorAt(1.0, clear if span.open_end else ground)
        focused = self.hasFocus() and number == self.chosen
        line = "text" if focused else "accent" if current or number == self._over else "line"
        painter.setPen(QPen(theme.colour(line), 2 if focused else 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(area, theme.px(5), theme.px(5))
        painter.setPen(theme.colour("on_accent" if current else "text"))
        inner = area.adjusted(theme.px(8), 0, -theme.px(6), 0)
        text = painter.fontMetrics().elidedText(
            fact_words.value(span.fact), Qt.TextElideMode.ElideRight, max(0, int(inner.width()))
        )
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), text)

    def _dates(self, painter: QPainter) -> None:
        """Where a segment begins or ends, as far as there is room to say it."""
        theme, metrics = self._theme, painter.fontMetrics()
        top = self._lanes * theme.px(_LANE + _GAP)
        painter.setPen(theme.colour("muted"))
        wide = metrics.horizontalAdvance("now")
        taken = [(self.width() - wide - theme.px(10), self.width())]
        painter.drawText(
            QRectF(self.width() - wide - 1, top, wide + 1, theme.px(_DATES)),
            int(Qt.AlignmentFlag.AlignVCenter), "now",
        )  # fmt: skip
        for at, words in self._moments():
            wide = metrics.horizontalAdvance(words)
            left = min(max(0, int(at * (self.width() - 2)) + 1), self.width() - wide)
            if any(left < end and left + wide + theme.px(10) > start for start, end in taken):
                continue
            taken.append((left, left + wide + theme.px(10)))
            area = QRectF(left, top, wide + 1, theme.px(_DATES))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _moments(self) -> list[tuple[float, str]]:
        found = []
        for span in sorted(self.spans, key=lambda one: one.fact.state is not FactState.CURRENT):
            fact = span.fact
            if fact.valid_from is not None:
                found.append((span.start, fact_words.moment(fact.valid_from, fact.valid_from_days)))
            if fact.valid_to is not None:
                found.append((span.end, fact_words.moment(fact.valid_to, fact.valid_to_days)))
        return found

    # -- choosing

    def _at(self, x: float, y: float) -> int:
        return next((n for n, span in enumerate(self.spans) if self.area(span).contains(x, y)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        over = self._at(event.position().x(), event.position().y())
        if over != self._over:
            self._over = over
            self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._over = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        at = self._at(event.position().x(), event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and at >= 0:
            self._open(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.chosen = max(0, min(len(self.spans) - 1, self.chosen + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.chosen)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            at = self._at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), self.spans[at].fact.text if at >= 0 else "", self)
            return True
        return super().event(event)

    def _open(self, number: int) -> None:
        if 0 <= number < len(self.spans):
            self.chosen = number
            self.update()
            self.opened.emit(self.spans[number].fact)
