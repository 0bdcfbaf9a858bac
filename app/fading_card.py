"""One memory about to fade: its text, where it is from, why it is offered, and three buttons.

GUI thread only. It knows nothing of the daemon; the page does what it asks for.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app import icons, markdown, parts, words
from app.flow import FlowLayout
from app.memory_words import place_words, reading
from app.one_line import is_marked_up
from app.theme import Theme, set_role
from memory.protocol import FadingOffer, MemoryInfo, SourceKind


class FadingCard(QFrame):
    """Signals:
    kept, let_fade, forget_wanted, source_wanted: what the person chose.
    """

    kept = Signal()
    let_fade = Signal()
    forget_wanted = Signal()
    source_wanted = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._offer: FadingOffer | None = None
        px = theme.px
        set_role(self, "card")
        self._kind = parts.label("", "small")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._why = parts.label("", "muted")
        layout = parts.column(self._kind, self._text, space=px(10), margins=(px(20),) * 4)
        layout.addLayout(self._source_line())
        layout.addWidget(self._why)
        layout.addSpacing(px(4))
        layout.addWidget(self._buttons())
        layout.addWidget(parts.label("Keys: K, L and Delete; Ctrl+Z takes back.", "small"))
        self.setLayout(layout)
        theme.changed.connect(self._show_text)

    @property
    def offer(self) -> FadingOffer | None:
        return self._offer

    def show_offer(self, offer: FadingOffer) -> None:
        self._offer = offer
        memory = offer.memory
        said = [words.KIND_NAME[memory.kind].capitalize(), memory.speaker or ""]
        said.append(words.date(memory.happened_at or memory.learnt_at))
        self._kind.setText(" · ".join(part for part in said if part))
        self._show_text()
        self._title.setText(memory.source_title)
        self._place.setText(place_words(memory))
        kind = memory.source_kind
        drawing = {SourceKind.FILE: "file", SourceKind.NOTE: "note"}.get(kind, "conversation")
        icons.bind(self._theme, self._icon, drawing, "muted")
        self._why.setText(why_words(offer))
        self.setAccessibleName(f"{memory.text}, from {memory.source_title}. {why_words(offer)}")

    def take_focus(self) -> None:
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _source_line(self) -> QHBoxLayout:
        px = self._theme.px
        self._icon = QLabel()
        self._title = parts.Elided("", "heading")
        self._place = parts.Elided("", "small")
        line = parts.row(self._icon, space=px(10))
        line.addLayout(parts.column(self._title, self._place, space=px(2)), 1)
        self.open = parts.button("Open source", self.source_wanted.emit)
        self.open.setToolTip("See where it stands (O)")
        line.addWidget(self.open)
        return line

    def _buttons(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, space=self._theme.px(8))
        self.keep = parts.button("Keep", self.kept.emit, kind="primary")
        self.fade = parts.button("Let it fade", self.let_fade.emit)
        self.forget = parts.button("Forget …", self.forget_wanted.emit, kind="danger")
        self.keep.setToolTip("It is as strong as after a use (K)")
        self.fade.setToolTip("It goes dormant in time, can still be found, and is not offered "
                             "again (L)")  # fmt: skip
        self.forget.setToolTip("See what would go, then erase it (Delete)")
        for made in (self.keep, self.fade, self.forget):
            flow.addWidget(made)
        return box

    def _show_text(self) -> None:
        if self._offer is None:
            return
        memory = self._offer.memory
        if is_marked_up(memory.source_kind, memory.location):
            theme = self._theme
            self._text.setText(markdown.passage(memory.text, theme.palette, theme.text_px()))
        else:
            self._text.setText(reading(memory.text))


def why_words(offer: FadingOffer) -> str:
    """``Used 4 times, last on 4 March. It goes dormant in about 12 days.``"""
    memory = offer.memory
    return f"{_use_words(memory, offer.uses)} {_rest_words(offer.dormant_in_days)}"


def _use_words(memory: MemoryInfo, uses: int) -> str:
    if not uses:
        return f"Not used since it was learnt, {words.date(memory.learnt_at)}."
    last = words.date(memory.reviewed_at)
    return f"Used {'once' if uses == 1 else words.count(uses, 'time')}, last {last}."


def _rest_words(days: float) -> str:
    if days < 1:
        return "It goes dormant tonight."
    return f"It goes dormant in about {words.days(days)}."
