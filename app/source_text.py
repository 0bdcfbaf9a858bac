"""Source column, texts: a file or note as text, a conversation as turns; the passage marked."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QVBoxLayout, QWidget

from app import markdown, parts, tokens, words
from app.passage_text import WINDOW, Part, part_around, units
from app.theme import Theme
from memory.protocol import Document, MemoryInfo

_MOST_TURNS = 160


class TextView(QWidget):
    """The extracted text around the passage; earlier and later parts on request."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._document: Document | None = None
        self._start = self._end = 0
        self._size = WINDOW
        self.text = _reading_field(theme, "Text of the source")
        self.more = parts.button("Show more around this", self._show_more, kind="quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.more)
        theme.changed.connect(self._show)

    def show_document(self, document: Document, start: int, end: int) -> None:
        self._document, self._start, self._end = document, start, end
        self._size = WINDOW
        self._show()

    def marked_text(self) -> str:
        """What is marked now."""
        found = self.text.extraSelections()
        return found[0].cursor.selectedText().replace("\u2029", "\n") if found else ""

    def _show_more(self) -> None:
        self._size *= 3
        self._show()

    def _show(self) -> None:
        document = self._document
        if document is None:
            return
        part = part_around(document.text, self._start, self._end, self._size)
        code = document.markup == "code"
        self.text.setFont(self._theme.font(0.93 if code else 1.0))
        if code:
            font = self.text.font()
            font.setFamily("monospace")
            self.text.setFont(font)
        self.text.setPlainText(part.text)
        _space_lines(self.text)
        if document.markup == "markdown":
            _embolden_headings(self.text)
        self.more.setVisible(part.more_before or part.more_after)
        if self._end > self._start:
            _mark(self.text, self._theme, part)


@dataclass(frozen=True)
class Turn:
    """One turn, put together again from the memories it was cut into."""

    ref: str | None
    speaker: str
    when: str
    text: str
    cited: bool


def turns_of(memories: Sequence[MemoryInfo], memory_id: str | None, ref: str | None) -> list[Turn]:
    """Turns in order, at most ``_MOST_TURNS`` around the cited one."""
    ordered = sorted(memories, key=lambda m: m.position)
    made: list[Turn] = []
    for memory in ordered:
        cited = memory.id == memory_id or (ref is not None and memory.ref == ref)
        last = made[-1] if made else None
        if last is not None and memory.ref is not None and last.ref == memory.ref:
            text = f"{last.text} {memory.text}"
            made[-1] = Turn(last.ref, last.speaker, last.when, text, last.cited or cited)
        else:
            when = words.moment(memory.happened_at) if memory.happened_at else ""
            made.append(Turn(memory.ref, memory.speaker or "", when, memory.text, cited))
    at = next((i for i, turn in enumerate(made) if turn.cited), 0)
    low = max(0, at - _MOST_TURNS // 2)
    return made[low : low + _MOST_TURNS]


class TurnsView(QWidget):
    """A conversation, the cited turn marked."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._turns: list[Turn] = []
        self.text = _reading_field(theme, "Conversation")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        theme.changed.connect(self._show)

    def show_turns(self, turns: list[Turn]) -> None:
        self._turns = turns
        self._show()

    def marked_text(self) -> str:
        return "\n".join(turn.text for turn in self._turns if turn.cited)

    def _show(self) -> None:
        palette = self._theme.palette
        small = self._theme.text_px(tokens.SMALL)
        made = []
        for turn in self._turns:
            ground = f' bgcolor="{palette.mark}"' if turn.cited else ""
            anchor = '<a name="cited"></a>' if turn.cited else ""
            who = html.escape(" · ".join(w for w in (turn.speaker, turn.when) if w))
            body = markdown.passage(turn.text, palette, self._theme.text_px())
            made.append(
                f'<table width="100%" cellspacing="0" cellpadding="6"><tr><td{ground}>{anchor}'
                f'<div style="color: {palette.muted}; font-size: {small}px; '
                f'margin-bottom: 2px">{who}</div>'
                f"{body}</td></tr></table>"
            )
        self.text.setHtml("".join(made))
        QTimer.singleShot(0, self.text, self._scroll_to_cited)

    def _scroll_to_cited(self) -> None:
        self.text.scrollToAnchor("cited")
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.value() - self._theme.px(20))  # a little of what was said before


class _Reading(QTextBrowser):
    def loadResource(self, _kind: int, _name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        return None


def _reading_field(theme: Theme, name: str) -> QTextBrowser:
    made = _Reading()
    made.setOpenLinks(False)
    made.setAcceptDrops(False)
    made.setAccessibleName(name)
    made.setFont(theme.font())
    made.document().setDocumentMargin(theme.px(12))
    made.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _space_lines(view: QTextEdit) -> None:
    cursor = QTextCursor(view.document())
    cursor.select(QTextCursor.SelectionType.Document)
    form = QTextBlockFormat()
    form.setLineHeight(138, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.mergeBlockFormat(form)


def _embolden_headings(view: QTextEdit) -> None:
    bold = QTextCharFormat()
    bold.setFontWeight(QFont.Weight.DemiBold)
    block = view.document().begin()
    while block.isValid():
        if block.text().startswith("#"):
            cursor = QTextCursor(block)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.mergeCharFormat(bold)
        block = block.next()


def _mark(view: QTextEdit, theme: Theme, part: Part) -> None:
    """Mark the passage and scroll so that it begins a third down the column."""
    low, high = part.mark
    last = units(part.text)
    cursor = QTextCursor(view.document())
    cursor.setPosition(min(low, last))
    cursor.setPosition(min(high, last), QTextCursor.MoveMode.KeepAnchor)
    selection = QTextEdit.ExtraSelection()
    selection.cursor = cursor  # type: ignore[attr-defined]
    form = QTextCharFormat()
    form.setBackground(theme.colour("mark"))
    form.setForeground(theme.colour("text"))
    selection.format = form  # type: ignore[attr-defined]
    view.setExtraSelections([selection])
    start = QTextCursor(view.document())
    start.setPosition(min(low, last))

    def scroll() -> None:
        view.setTextCursor(start)
        top = view.cursorRect(start).top() - view.viewport().height() // 3
        bar = view.verticalScrollBar()
        bar.setValue(bar.value() + top)

    QTimer.singleShot(0, view, scroll)
