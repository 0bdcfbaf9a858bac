"""What was folded at night because it says the same, and taking it apart again.

GUI thread only. Nothing is lost by folding; what is taken apart here stays apart.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from app import parts, words
from app.bits import clear
from app.context import Context
from app.fresh import Fresh
from app.places import Place
from app.theme import set_role
from memory.protocol import FoldGroup, FoldList, FoldsUndone, MemoryInfo

_CHARS = 220
_SOURCES = 4


class FoldsDialog(QDialog):
    """Opened with ``open``; asks for the groups by itself."""

    def __init__(self, context: Context, parent: QWidget | None = None):
        super().__init__(parent)
        self._context = context
        self._fresh = Fresh(self)
        self.setWindowTitle("Folded memories")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        self._ask()

    def _build(self) -> None:
        px = self._context.theme.px
        title = parts.label("Folded memories", "title")
        self._about = parts.label(
            "Each night, memories that say the same are shown as one. Their sources stay, and "
            "you can take them apart.",
            "muted",
        )
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, px(8), 0)
        self._list.setSpacing(px(8))
        inner = QWidget()
        holder = parts.column()
        holder.addLayout(self._list)
        holder.addStretch(1)
        inner.setLayout(holder)
        area = QScrollArea()
        set_role(area, "clear")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        close = parts.button("Close", self.accept)
        close.setDefault(True)
        layout = parts.column(title, self._about, space=px(10), margins=(px(24),) * 4)
        layout.addWidget(area, 1)
        layout.addLayout(parts.row(1, close))
        self.setLayout(layout)
        self.resize(px(600), px(520))

    def _ask(self) -> None:
        self._fresh.ask(self._context.ops.folds().then(self._show))

    def _show(self, found: FoldList) -> None:
        clear(self._list)
        if not found.groups:
            self._list.addWidget(parts.label("Nothing is folded.", "muted"))
        night = ""
        counts = {one.night: one.memories for one in found.nights}
        for group in found.groups:
            if group.night != night:
                night = group.night
                self._list.addLayout(self._night_head(night, counts.get(night, 0)))
            self._list.addWidget(self._card(group))
        rest = found.total - len(found.groups)
        if rest > 0:
            self._list.addWidget(parts.label(f"and {words.count(rest, 'group')} more", "small"))

    def _night_head(self, night: str, count: int) -> QVBoxLayout:
        name = parts.label(f"Night of {night_words(night)}", "section", wrap=False)
        undo = parts.button(f"Undo this night ({count:,})", lambda: self._undo(night=night))
        undo.setProperty("kind", "quiet")
        head = parts.column(space=0, margins=(0, self._context.theme.px(6), 0, 0))
        head.addLayout(parts.row(name, 1, undo))
        return head

    def _card(self, group: FoldGroup) -> QFrame:
        px = self._context.theme.px
        card = QFrame()
        set_role(card, "card")
        text = " ".join(group.shown.text.split())
        shown = text if len(text) <= _CHARS else text[:_CHARS].rstrip() + " …"
        where = parts.label(said_in(group.shown, group.others), "small")
        apart = parts.button("Take apart", lambda: self._undo(memory=group.shown.id), kind="quiet")
        look = parts.button("Open source", lambda: self._open(group.shown), kind="quiet")
        layout = parts.column(
            parts.label(shown), where, space=px(4), margins=(px(12), px(8), px(12), px(8))
        )
        layout.addLayout(parts.row(look, apart, 1, space=px(4)))
        card.setLayout(layout)
        return card

    def _open(self, memory: MemoryInfo) -> None:
        self._context.requests.place_wanted.emit(Place.of_memory(memory))
        self.accept()

    def _undo(self, *, memory: str | None = None, night: str | None = None) -> None:
        def undone(_done: FoldsUndone) -> None:
            self._ask()

        self._fresh.do(self._context.ops.undo_folds(memory=memory, night=night).then(undone))


def night_words(night: str) -> str:
    """``20 November 2026`` for 2026-11-20."""
    day = date.fromisoformat(night)
    return f"{day.day} {words.month(day.month)} {day.year}"


def said_in(shown: MemoryInfo, others: list[MemoryInfo]) -> str:
    """Where it was said, and how often; each source once."""
    titles = list(dict.fromkeys(one.source_title for one in (shown, *others)))
    named = ", ".join(titles[:_SOURCES])
    more = len(titles) - _SOURCES
    rest = f" and {words.count(more, 'other source')}" if more > 0 else ""
    return f"Said {words.count(len(others) + 1, 'time')}: {named}{rest}"
