"""The forgetting curve of one memory: strength from when it was learnt to a year from now.

All drawing is on the GUI thread, the empty plot and its first line in two steps, so that opening
the first memory holds nothing up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStackedLayout, QWidget

from app import parts, tokens, words
from app.plotting import made_plot, pen, plotting
from app.theme import Theme
from memory.protocol import CurvePoint, ReviewInfo, ReviewReason


class StrengthCurve(QWidget):
    """Shows ``CurvePoint``s with the reviews as dots; says the same in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._points: list[CurvePoint] = []
        self._reviews: list[ReviewInfo] = []
        self._below = 0.0
        self._now = datetime.now(UTC)
        self._plot: Any = None
        self._waiting = parts.label("", "small")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._waiting)
        self._from = parts.label("", "small", wrap=False)
        self._until = parts.label("", "small", wrap=False)
        layout = parts.column(space=0)
        layout.addLayout(self._stack, 1)
        self._ends = QWidget()
        ends = parts.row(self._from, 1, self._until)
        ends.setContentsMargins(theme.px(40), 0, 0, 0)
        self._ends.setLayout(ends)
        self._ends.hide()
        layout.addWidget(self._ends)
        self._key = parts.label("", "small")
        layout.addSpacing(theme.px(4))
        layout.addWidget(self._key)
        self.setLayout(layout)
        self.setMinimumHeight(theme.px(130))
        self.setAccessibleName("Forgetting curve")
        self._drawing = QTimer(self, singleShot=True, interval=0)
        self._drawing.timeout.connect(self._draw)
        theme.changed.connect(self._drawing.start)
        plotting().arrived.connect(self._drawing.start, Qt.ConnectionType.QueuedConnection)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(320), self._theme.px(170))

    def prepare(self) -> None:
        """Get the plot ready before there is a memory to show."""
        plotting().want()
        self._drawing.start()

    def show_curve(
        self,
        points: list[CurvePoint],
        reviews: list[ReviewInfo],
        now: datetime | None = None,
        *,
        dormant_below: float = 0.0,
    ) -> None:
        """``now`` is where the past ends; the line after it is dashed. ``dormant_below`` is a
        line across, 0 for none."""
        self._points, self._reviews, self._below = points, reviews, dormant_below
        self._key.setText(key_in_words(reviews))
        self._now = now or datetime.now(UTC)
        said = curve_in_words(points, self._now)
        self._waiting.setText(said)
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.prepare()

    def _draw(self) -> None:
        library = plotting().library
        if library is not None and self._plot is None:
            self._plot = made_plot(library)
            self._stack.addWidget(self._plot)
            self._drawing.start()  # the rest when what came in meanwhile is done
            return
        if library is None or not self._points:
            self._stack.setCurrentIndex(0)
            return
        self._stack.setCurrentWidget(self._plot)
        self._ends.show()
        self._fill(library)

    def _fill(self, library: Any) -> None:
        plot, theme = self._plot, self._theme
        plot.clear()
        plot.setBackground(QColor(Qt.GlobalColor.transparent))
        times = [p.at.timestamp() for p in self._points]
        values = [p.strength for p in self._points]
        now = self._now.timestamp()
        split = next((n for n, at in enumerate(times) if at > now), len(times))
        shade = theme.colour("accent")
        shade.setAlphaF(0.10)
        past = pen(theme.colour("accent"), 2)
        ahead = pen(theme.colour("accent"), 1.5)
        ahead.setDashPattern([4, 4])
        plot.plot(times[: split + 1], values[: split + 1], pen=past, fillLevel=0, brush=shade)
        plot.plot(times[split:], values[split:], pen=ahead, fillLevel=0, brush=shade)
        today = library.InfiniteLine(
            now,
            angle=90,
            pen=pen(theme.colour("muted"), 1),
            label="today",
            labelOpts={"position": 0.1, "color": theme.colour("muted"), "movable": False},
        )
        today.label.setFont(theme.font(tokens.SMALL))
        plot.addItem(today, ignoreBounds=True)
        if self._below > 0:
            self._mark(library, self._below)
        self._dots(library, times, values)
        self._axes(times[0], times[-1])

    def _mark(self, library: Any, below: float) -> None:
        theme = self._theme
        across = pen(theme.colour("muted"), 1)
        across.setDashPattern([1, 4])
        mark = library.InfiniteLine(
            below,
            angle=0,
            pen=across,
            label="dormant below",
            # at the right, where the curve is low by then
            labelOpts={"position": 0.97, "anchors": [(1, 1), (1, 1)],
                       "color": theme.colour("muted"), "movable": False},
        )  # fmt: skip
        mark.label.setFont(theme.font(tokens.SMALL))
        self._plot.addItem(mark, ignoreBounds=True)

    def _dots(self, library: Any, times: list[float], values: list[float]) -> None:
        theme = self._theme
        for review in self._reviews:
            at = review.at.timestamp()
            if times[0] <= at <= times[-1]:
                wrong = review.reason is ReviewReason.WRONG
                token = "warn" if wrong else "accent"
                dot = library.ScatterPlotItem(
                    [at],
                    [_value_at(at, times, values)],
                    size=theme.px(12 if wrong else 8),
                    symbol="d" if wrong else "o",
                    brush=theme.colour(token),
                    pen=pen(theme.colour("surface"), 2),
                )
                self._plot.addItem(dot)

    def _axes(self, first: float, last: float) -> None:
        theme = self._theme
        begun = words.date(datetime.fromtimestamp(first, UTC))
        self._from.setText("" if begun == "today" else begun)  # the line there says it
        self._until.setText(words.date(datetime.fromtimestamp(last, UTC)))
        self._plot.setXRange(first, last, padding=0.01)
        self._plot.setYRange(-0.05, 1.1, padding=0)
        left = self._plot.getAxis("left")
        left.setWidth(theme.px(40))
        left.setTicks([[(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]])
        left.setStyle(tickFont=theme.font(tokens.SMALL), tickLength=0)
        left.setPen(pen(theme.colour("line"), 1))
        left.setTextPen(theme.colour("muted"))
        bottom = self._plot.getAxis("bottom")
        bottom.setStyle(showValues=False, tickLength=0)
        bottom.setTicks([[]])
        bottom.setHeight(2)
        bottom.setPen(pen(theme.colour("line"), 1))


def curve_in_words(points: list[CurvePoint], now: datetime) -> str:
    """What the line says: ``82 % now, 61 % in a month, 24 % in a year``."""
    if not points:
        return "No strength is known yet."
    times = [p.at.timestamp() for p in points]
    values = [p.strength for p in points]
    said = []
    for label, days in (("now", 0), ("in a month", 30), ("in a year", 365)):
        at = now.timestamp() + days * 86_400
        if at <= times[-1] + 86_400:
            said.append(f"{words.percent(_value_at(at, times, values))} {label}")
    return "Strength " + ", ".join(said) if said else "No strength is known yet."


def key_in_words(reviews: list[ReviewInfo]) -> str:
    """What the marks on the line are."""
    reasons = {review.reason for review in reviews}
    said = []
    if reasons - {ReviewReason.WRONG}:
        said.append("Dots: when it was used or marked.")
    if ReviewReason.WRONG in reasons:
        said.append("Diamonds: marked wrong.")
    return " ".join([*said, "Dashes: if it is not used again."])


def _value_at(at: float, times: list[float], values: list[float]) -> float:
    """Straight between the two points around ``at``."""
    for n in range(1, len(times)):
        if times[n] >= at:
            span = times[n] - times[n - 1]
            share = (at - times[n - 1]) / span if span else 1.0
            return values[n - 1] + (values[n] - values[n - 1]) * max(0.0, min(1.0, share))
    return values[-1]
