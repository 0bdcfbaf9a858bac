"""The source column: the very passage a citation points at, and what can be done with it.

Shows text, a PDF page or a conversation; below it the memory's strength and last use, pin, mark
wrong, open original. Opening a memory here counts as using it, once an hour at most.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QLabel, QStackedWidget, QWidget

from app import icons, parts, words
from app.citation_chip import DOTS, strength_dots
from app.context import Context
from app.fresh import Fresh
from app.places import Place
from app.source_page import PdfView
from app.source_text import TextView, TurnsView, turns_of
from memory.protocol import (
    Document,
    MemoryDetail,
    MemoryEdit,
    MemoryInfo,
    MemoryKind,
    MemoryQuery,
    MemoryState,
    Problem,
    ReviewReason,
    SourceKind,
)

_REVIEW_AGAIN_S = 3600.0
_TURNS_AT_ONCE = 500


class SourcePanel(QFrame):
    """Signals:
    opened: id of the memory shown, or None. closed.
    """

    opened = Signal(object)
    closed = Signal()

    def __init__(self, context: Context):
        super().__init__()
        self.context = context
        self.place: Place | None = None
        self._memory: MemoryInfo | None = None
        self._text_fresh = Fresh(self)
        self._memory_fresh = Fresh(self)
        self._reviewed: dict[str, float] = {}
        theme = context.theme
        self.setProperty("role", "side")
        self.setAccessibleName("Source")
        self.kind_mark = QLabel()
        self.title = parts.Elided("", "heading")
        self.place_words = parts.Elided("", "small")
        close = parts.icon_button(theme, "close", "Close the source", self.close_source, keys="Esc")
        head = parts.row(self.kind_mark, space=theme.px(8))
        head.addLayout(parts.column(self.title, self.place_words, space=theme.px(1)), 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        head.setContentsMargins(theme.px(14), theme.px(10), theme.px(8), theme.px(8))
        self.text = TextView(theme)
        self.turns = TurnsView(theme)
        self.pdf = PdfView(context)
        self.pdf.failed.connect(self._on_page_failed)
        self.notice = parts.label("", "muted")
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice.setMargin(theme.px(24))
        self.body = QStackedWidget()
        for view in (self.notice, self.text, self.turns, self.pdf):
            self.body.addWidget(view)
        self.foot = MemoryFoot(context)
        self.foot.pin.clicked.connect(lambda _on=False: self._pin())
        self.foot.wrong.clicked.connect(lambda _on=False: self._confirm_wrong())
        self.foot.original.clicked.connect(lambda _on=False: self._open_original())
        layout = parts.column(space=0)
        layout.addLayout(head)
        layout.addWidget(parts.line())
        layout.addWidget(self.body, 1)
        layout.addWidget(parts.line())
        layout.addWidget(self.foot)
        self.setLayout(layout)

    # -- opening and closing

    def open_place(self, place: Place) -> None:
        self.place, self._memory = place, None
        self._text_fresh.drop()
        self._memory_fresh.drop()
        self.pdf.clear()
        mark = {SourceKind.CONVERSATION: "conversation", SourceKind.NOTE: "note"}
        icons.bind(self.context.theme, self.kind_mark, mark.get(place.kind, "page"), "muted")
        self.title.setText(place.title)
        self.place_words.setText(_where(place))
        self.foot.show_place(place, original_of(place) is not None)
        self._say("Opening")
        if place.kind is SourceKind.CONVERSATION:
            self._load_turns(place)
        else:
            self._load_document(place)
        if place.memory_id:
            self._count_as_used(place.memory_id, place.recall)
            self._load_memory(place.memory_id)
        self.opened.emit(place.memory_id)

    def close_source(self) -> None:
        self.place = None
        self._text_fresh.drop()
        self._memory_fresh.drop()
        self.pdf.clear()
        self.opened.emit(None)
        self.closed.emit()

    def _say(self, text: str) -> None:
        self.notice.setText(text)
        self.body.setCurrentWidget(self.notice)

    # -- the text

    def _load_document(self, place: Place) -> None:
        ask = self.context.ops.document(place.source_id)
        ask.then(lambda found: self._on_document(place, found))
        self._text_fresh.ask(ask.otherwise(lambda problem: self._on_failed(place, problem)))

    def _on_document(self, place: Place, found: Document) -> None:
        self._document = found
        if found.source.format == "pdf" and found.pages:
            page = place.page or _page_at(found, place.start)
            at = place if place.page else _on_page(place, page)
            self.pdf.show_place(at, len(found.pages))
            self.body.setCurrentWidget(self.pdf)
        else:
            self._show_text(place, found)

    def _show_text(self, place: Place, found: Document) -> None:
        if not found.text:
            self._say("There is no text in this source.")
            return
        self.text.show_document(found, place.start, place.end)
        self.body.setCurrentWidget(self.text)

    def _on_page_failed(self, _problem: Problem) -> None:
        """The page cannot be drawn (the file moved, say); its text is still remembered."""
        if self.place is not None:
            self._show_text(self.place, self._document)

    def _load_turns(self, place: Place) -> None:
        query = MemoryQuery(source=place.source_id, states=list(MemoryState), limit=_TURNS_AT_ONCE)
        ask = self.context.ops.memories(query)

        def show(found: object) -> None:
            listed = list(getattr(found, "memories", []))
            if place.memory_id is None or any(m.id == place.memory_id for m in listed):
                self._show_turns(place, [m for m in listed if m.kind is not MemoryKind.FACT])
            else:  # a very long conversation: what stands around the turn is enough
                self._load_neighbours(place)

        ask.then(show).otherwise(lambda problem: self._on_failed(place, problem))
        self._text_fresh.ask(ask)

    def _load_neighbours(self, place: Place) -> None:
        assert place.memory_id is not None
        ask = self.context.ops.memory(place.memory_id)
        ask.then(lambda d: self._show_turns(place, [*d.before, d.memory, *d.after]))
        self._text_fresh.ask(ask.otherwise(lambda problem: self._on_failed(place, problem)))

    def _show_turns(self, place: Place, memories: list[MemoryInfo]) -> None:
        self.turns.show_turns(turns_of(memories, place.memory_id, place.ref))
        self.body.setCurrentWidget(self.turns)

    def _on_failed(self, place: Place, problem: object) -> None:
        if isinstance(problem, Problem):
            self._say(f"{problem.title}. {problem.message} {problem.next_step}\n\n{place.quote}")
        elif isinstance(problem, BaseException):
            self.context.messages.failure(problem)

    # -- the memory

    def _load_memory(self, memory_id: str) -> None:
        ask = self.context.ops.memory(memory_id)
        self._memory_fresh.ask(ask.then(self._on_memory).otherwise(lambda _problem: None))

    def _on_memory(self, detail: MemoryDetail) -> None:
        self._show_memory(detail.memory)

    def _show_memory(self, memory: MemoryInfo) -> None:
        if self.place is not None and memory.id == self.place.memory_id:
            self._memory = memory
            self.foot.show_memory(memory)

    def _count_as_used(self, memory_id: str, recall: str | None) -> None:
        now = time.monotonic()
        if now - self._reviewed.get(memory_id, -_REVIEW_AGAIN_S) >= _REVIEW_AGAIN_S:
            self._reviewed[memory_id] = now
            review = self.context.ops.review(memory_id, ReviewReason.OPENED, recall)
            review.then(self._show_memory).otherwise(lambda _problem: None)
            self._memory_fresh.do(review)

    def _pin(self) -> None:
        if self._memory is not None:
            edit = MemoryEdit(pinned=not self._memory.pinned)
            pin = self.context.ops.edit_memory(self._memory.id, edit)
            self._memory_fresh.do(pin.then(self._show_memory))

    def _confirm_wrong(self) -> None:
        if self._memory is not None:
            recall = self.place.recall if self.place is not None else None
            review = self.context.ops.review(self._memory.id, ReviewReason.WRONG, recall)
            self._memory_fresh.do(review.then(self._show_memory))

    def _open_original(self) -> None:
        if self.place is not None:
            open_original(self.context, self.place)


class MemoryFoot(QWidget):
    """Strength, last use, and the three deeds."""

    def __init__(self, context: Context):
        super().__init__()
        theme = context.theme
        self._theme = theme
        self.words = parts.Elided("", "small")
        self.pin = parts.icon_button(theme, "pin", "Pin: never let this fade")
        self.wrong = parts.icon_button(theme, "wrong", "Mark as wrong")
        self.original = parts.icon_button(theme, "open", "Open the original in its own program")
        line = parts.row(space=theme.px(4))
        line.addWidget(self.words, 1)
        for made in (self.pin, self.wrong, self.original):
            line.addWidget(made)
        line.setContentsMargins(theme.px(14), theme.px(6), theme.px(8), theme.px(6))
        self.setLayout(line)

    def show_place(self, place: Place, original: bool) -> None:
        self.original.setVisible(original)
        for made in (self.pin, self.wrong):
            made.setVisible(place.memory_id is not None)
            made.setEnabled(False)
        self.words.setText(_dots(place.strength) if place.strength is not None else "")

    def show_memory(self, memory: MemoryInfo) -> None:
        theme = self._theme
        used = words.moment(memory.reviewed_at)
        state = "marked wrong" if memory.marked_wrong else f"last used {used}"
        self.words.setText(f"{_dots(memory.strength)}  {words.strength(memory.strength)} · {state}")
        self.words.setToolTip(
            f"Strength {words.percent(memory.strength)}; learnt {words.moment(memory.learnt_at)}"
        )
        self.pin.setEnabled(True)
        self.wrong.setEnabled(not memory.marked_wrong)
        icons.bind(
            theme,
            self.pin,
            "pinned" if memory.pinned else "pin",
            "accent" if memory.pinned else "muted",
        )
        parts.rename(self.pin, "Unpin" if memory.pinned else "Pin: never let this fade")
        icons.bind(theme, self.wrong, "wrong", "bad" if memory.marked_wrong else "muted")
        parts.rename(self.wrong, "Marked as wrong" if memory.marked_wrong else "Mark as wrong")


def original_of(place: Place) -> Path | None:
    """The file behind a place, if it has one. Looks at the name only."""
    if place.kind is SourceKind.NOTE or not place.location:
        return None
    path = Path(place.location)
    return path if path.is_absolute() else None


def open_original(context: Context, place: Place) -> None:
    """Open the file in its own program; say so when it is gone."""
    path = original_of(place)
    if path is None:
        context.requests.place_wanted.emit(place)  # a note or a chat lives only here
    elif not path.exists():
        context.messages.warning(
            "The file is not there",
            "It was moved or deleted; what you remember of it is still here.",
            item=str(path),
        )
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        context.messages.warning(
            "No program opens this file",
            "The system knows no program for this kind of file.",
            item=str(path),
        )


def _where(place: Place) -> str:
    when = words.date(place.happened_at, datetime.now(UTC)) if place.happened_at else ""
    page = f"page {place.page}" if place.page is not None else ""
    return " · ".join(w for w in (page, when) if w)


def _dots(strength: float) -> str:
    filled = strength_dots(strength)
    return "●" * filled + "○" * (DOTS - filled)


def _page_at(document: Document, start: int) -> int:
    return next((p.number for p in document.pages if p.start <= start < p.end), 1)


def _on_page(place: Place, page: int) -> Place:
    from dataclasses import replace

    return replace(place, page=page)
