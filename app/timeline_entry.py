"""One day, week or month of the Timeline: its heading, and its lines to click. GUI thread only."""

from __future__ import annotations

from datetime import date
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app import parts, timeline_words
from app.places import Place
from app.theme import Theme
from memory.protocol import DiaryEntry, DiaryLine, DiaryTold, DiaryZoom

_DAY_WIDTH = 84


class ClickLine(QLabel):
    """Words that wrap and can be clicked, by mouse and by key.

    Signals:
    clicked: left button, Enter or Space.
    """

    clicked = Signal()

    def __init__(self, text: str, spoken: str, tip: str):
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setIndent(0)  # with a frame, Qt would add half a letter
        self.setProperty("kind", "line")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(spoken)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        inside = self.rect().contains(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class EntryView(QWidget):
    """Signals:
    place_wanted: ``Place`` of a quotation. memory_wanted: id of a memory a told sentence rests on.
    """

    place_wanted = Signal(object)
    memory_wanted = Signal(str)

    def __init__(self, theme: Theme, entry: DiaryEntry, today: date):
        super().__init__()
        self._theme = theme
        self.entry = entry
        self.quotes: list[ClickLine] = []
        self.heading = parts.label(timeline_words.heading(entry, today), "heading", wrap=False)
        px = theme.px
        self._indent = px(4) + 2  # as wide as the room around a line to click
        self.heading.setContentsMargins(self._indent, 0, 0, 0)
        self._layout = parts.column(self.heading, space=px(2), margins=(0, 0, 0, px(20)))
        self._layout.addSpacing(px(2))
        for told in entry.told:
            self._add_told(told)
        day: date | None = None
        for line in entry.lines:
            self._add_line(line, shows_day=line.day != day)
            day = line.day
        files = timeline_words.files_added(entry)
        if files:
            said = parts.label(files, "small")
            self._layout.addWidget(self._beside("", said))
            said.setContentsMargins(self._indent, 0, 0, 0)
        self.setLayout(self._layout)
        self.setAccessibleName(self.heading.text())

    def _add_told(self, told: DiaryTold) -> None:
        tip = f"Written by {self.entry.model} from {len(told.memories)} of your memories"
        made = ClickLine(escape(told.text), told.text, tip)
        made.clicked.connect(lambda: self.memory_wanted.emit(told.memories[0]))
        self._layout.addWidget(made)

    def _add_line(self, line: DiaryLine, *, shows_day: bool) -> None:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, self._theme.px(4))
        layout.setSpacing(0)
        for number, quote in enumerate(line.quotes):
            text = timeline_words.quoted(line, number, self._theme.palette.muted)
            spoken = timeline_words.plain(line, number)
            made = ClickLine(text, spoken, f"Open it in {line.source_title}")
            place = Place(
                source_id=line.source, title=line.source_title, kind=line.source_kind,
                location=line.location, memory_id=quote.memory, ref=quote.ref, page=quote.page,
                start=quote.start, end=quote.end, quote=quote.text, happened_at=quote.happened_at,
            )  # fmt: skip
            made.clicked.connect(lambda place=place: self.place_wanted.emit(place))
            layout.addWidget(made)
            self.quotes.append(made)
        day = timeline_words.day_in(line, self.entry.zoom) if shows_day else ""
        self._layout.addWidget(self._beside(day, box))

    def _beside(self, day: str, content: QWidget) -> QWidget:
        """In weeks and months the day stands at the left of its lines."""
        if self.entry.zoom is DiaryZoom.DAY:
            return content
        name = parts.label(day, "small", wrap=False)
        name.setFixedWidth(self._theme.px(_DAY_WIDTH))
        name.setContentsMargins(self._indent, self._theme.px(4), 0, 0)
        box = QWidget()
        line = parts.row(name, space=self._theme.px(4))
        line.setAlignment(name, Qt.AlignmentFlag.AlignTop)
        line.addWidget(content, 1)
        box.setLayout(line)
        return box
