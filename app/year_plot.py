"""The year's forgetting and renewal: how many memories were strong, fading and dormant in each
week, and below it how many were used or kept again. GUI thread only."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import parts, tokens, words
from app.flow import FlowLayout
from app.plotting import made_plot, pen, plotting
from app.theme import Theme
from memory.protocol import FadingWeek, FadingYear

# From the ground up; what each is called, and the token of its colour.
_LAYERS = (("dormant", "Dormant", "edge"), ("fading", "Fading", "warn"),
           ("strong", "Strong", "accent"))  # fmt: skip
_RENEWED = "good"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_WEEK_S = 7 * 86_400
_BAR = 0.62  # of a week
_TOPS = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)


class YearPlot(QWidget):
    """Two plots over the same weeks, with their key and the same in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._year: FadingYear | None = None
        self._plots: list[Any] = []
        px = theme.px
        self.words = parts.label("", "small")
        self._key = FlowLayout(space=px(14))
        self._signs: dict[str, tuple[QLabel, QLabel]] = {}
        for name, title, _token in reversed(_LAYERS):
            self._key.addWidget(self._sign(name, title))
        self._upper, self._lower = QVBoxLayout(), QVBoxLayout()
        layout = parts.column(space=px(6))
        layout.addWidget(parts.line())
        layout.addSpacing(px(10))
        layout.addWidget(parts.label("A year of forgetting and renewal", "heading"))
        layout.addWidget(parts.label("Memories, week by week", "section"))
        layout.addLayout(self._key)
        layout.addLayout(self._upper)
        layout.addWidget(parts.label("Used or kept again in the week", "section"))
        layout.addLayout(self._lower)
        layout.addWidget(self.words)
        self.setLayout(layout)
        self.setAccessibleName("The year's forgetting and renewal")
        self._drawing = QTimer(self, singleShot=True, interval=0)
        self._drawing.timeout.connect(self._draw)
        theme.changed.connect(self._drawing.start)
        plotting().arrived.connect(self._drawing.start, Qt.ConnectionType.QueuedConnection)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(520), self._theme.px(400))

    def show_year(self, year: FadingYear) -> None:
        self._year = year
        said = year_in_words(year)
        last = year.weeks[-1]
        self.setVisible(bool(last.strong or last.fading or last.dormant))
        self.words.setText(said)
        self.setAccessibleDescription(said)
        plotting().want()
        self._drawing.start()

    def _sign(self, name: str, title: str) -> QWidget:
        """One entry of the key: a spot of its colour, its name, how many there are."""
        spot, said = QLabel("■"), parts.label(title, "small", wrap=False)
        box = QWidget()
        box.setLayout(parts.row(spot, said, space=self._theme.px(5)))
        self._signs[name] = (spot, said)
        return box

    def _draw(self) -> None:
        library, year = plotting().library, self._year
        if library is None or year is None:
            return
        if not self._plots:
            for layout, height in ((self._upper, 190), (self._lower, 110)):
                plot = made_plot(library)
                plot.setFixedHeight(self._theme.px(height))
                layout.addWidget(plot)
                self._plots.append(plot)
        self._paint_key(year)
        times = [week.until.timestamp() for week in year.weeks]
        upper, lower = self._plots
        self._layers(library, upper, times, year.weeks)
        self._bars(library, lower, times, year.weeks)

    def _paint_key(self, year: FadingYear) -> None:
        now = year.weeks[-1]
        for name, title, token in _LAYERS:
            spot, said = self._signs[name]
            spot.setStyleSheet(f"color: {self._theme.colour(token).name()}")
            said.setText(f"{title} {getattr(now, name):,}")

    def _layers(self, library: Any, plot: Any, times: list[float], weeks: list[FadingWeek]) -> None:
        """One on top of the other, parted by a line of the ground."""
        theme = self._theme
        self._empty(plot)
        below = [0.0] * len(weeks)
        ground = library.PlotCurveItem(times, below)
        for name, _title, token in _LAYERS:
            level = [base + getattr(week, name) for base, week in zip(below, weeks, strict=True)]
            line = library.PlotCurveItem(times, level, pen=pen(theme.colour("surface"), 1.5))
            plot.addItem(library.FillBetweenItem(ground, line, brush=theme.colour(token)))
            plot.addItem(line)
            below, ground = level, line
        self._axes(plot, times, max(below, default=0.0), "memories")

    def _bars(self, library: Any, plot: Any, times: list[float], weeks: list[FadingWeek]) -> None:
        self._empty(plot)
        heights = [week.renewed for week in weeks]
        middles = [at - _WEEK_S / 2 for at in times]
        bars = library.BarGraphItem(
            x=middles, height=heights, width=_BAR * _WEEK_S,
            brush=self._theme.colour(_RENEWED), pen=pen(QColor(Qt.GlobalColor.transparent), 0),
        )  # fmt: skip
        plot.addItem(bars)
        self._axes(plot, times, float(max(heights, default=0)), "memories")

    def _empty(self, plot: Any) -> None:
        plot.clear()
        plot.setBackground(QColor(Qt.GlobalColor.transparent))

    def _axes(self, plot: Any, times: list[float], most: float, unit: str) -> None:
        theme = self._theme
        top = nice_top(most)
        plot.setXRange(times[0] - _WEEK_S, times[-1], padding=0.01)
        plot.setYRange(0, top * 1.04, padding=0)
        left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
        left.setWidth(theme.px(64))
        left.setTicks([[(value, f"{value:,.0f}") for value in (0.0, top / 2, top)]])
        left.setLabel(unit, **{"color": theme.colour("muted").name(),
                               "font-size": f"{theme.text_px(tokens.SMALL)}px"})  # fmt: skip
        bottom.setTicks([months(times)])
        bottom.setHeight(theme.px(24))
        for axis in (left, bottom):
            axis.setStyle(tickFont=theme.font(tokens.SMALL), tickLength=0)
            axis.setPen(pen(theme.colour("line"), 1))
            axis.setTextPen(theme.colour("muted"))


def nice_top(most: float) -> float:
    """A round number from ``most`` on, of which the half is a number of memories too."""
    if most <= 10:
        return next(float(top) for top in (2, 4, 6, 8, 10) if top >= most)
    size = 10.0
    while most > 10 * size:
        size *= 10
    return next(size * top for top in _TOPS if size * top >= most)


def months(times: list[float]) -> list[tuple[float, str]]:
    """Where every second month begins, in the person's time, with its name."""
    found = []
    for before, after in pairwise([times[0] - _WEEK_S, *times]):
        one, other = (datetime.fromtimestamp(at).astimezone() for at in (before, after))
        if one.month != other.month and other.month % 2:
            first = other.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            found.append((first.timestamp(), _MONTHS[other.month - 1]))
    return found


def year_in_words(year: FadingYear) -> str:
    """What the plots say."""
    now = year.weeks[-1]
    whole = now.strong + now.fading + now.dormant
    if not whole:
        return "Nothing is remembered yet."
    renewed = sum(week.renewed for week in year.weeks)
    said = (
        f"Of {words.memories(whole)} {now.strong:,} are strong, {now.fading:,} fade and"
        f" {now.dormant:,} are dormant. In this year memories were renewed"
        f" {words.count(renewed, 'time')}. What was forgotten is not counted."
    )
    if year.sampled is not None:
        said += f" Reckoned from {words.memories(year.sampled)} of them."
    return said
