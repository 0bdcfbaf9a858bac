"""What a memory is about, what it has to do with, and the versions of that, below its place.

Keywords and tags are chips; links a small picture one can walk through, whose middle can be
opened; versions a list, each of which can be put back. Hidden for memories that have none of it.
GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app import parts, words
from app.bits import clear
from app.context import Context
from app.flow import FlowLayout
from app.flow import clear as clear_flow
from app.fresh import Fresh
from app.link_graph import LinkGraph, words_of
from memory.protocol import LinkEnd, MemoryLinks, NoteCause, NoteVersion, NoteVersions

_SPACE = 6
_CAUSES = {
    NoteCause.FIRST: "as it was first",
    NoteCause.EDITED: "after you edited it",
    NoteCause.TOLD_ANEW: "told anew",
    NoteCause.SUPERSEDED: "no longer so",
    NoteCause.FORGOTTEN: "after something was forgotten",
    NoteCause.UNDONE: "put back by you",
}


class MemoryNotes(QWidget):
    """Signals:
    memory_wanted: id of a memory the person wants to see.
    """

    memory_wanted = Signal(str)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._own: MemoryLinks | None = None
        self._walked: list[str] = []  # middles before this one
        self._build()
        self.hide()

    # -- what is shown

    def show_memory(self, memory_id: str) -> None:
        """Ask for it; what was shown of another memory goes at once."""
        if self._own is not None and self._own.memory.memory != memory_id:
            self._fresh.drop()
            self._own = None
            self.hide()
        ask = self._context.ops.links(memory_id).then(self._arrived)
        self._fresh.ask(ask.otherwise(lambda _problem: self.hide()))

    def clear(self) -> None:
        self._fresh.drop()
        self._own = None
        self.hide()

    def _arrived(self, found: MemoryLinks) -> None:
        same = self._own is not None and self._own.memory.memory == found.memory.memory
        walking = same and bool(self._walked)
        self._own = found
        self._show_about(found)
        if not walking:
            self._walked = []
            self._show_links(found)
        if found.versions < 2:
            self._set_versions([])
        else:
            versions = self._context.ops.note_versions(found.memory.memory)
            self._fresh.ask(versions.then(self._versions_arrived))
        about = found.version is not None or found.context.topic is not None
        self.setVisible(about or bool(found.links))

    # -- putting it together

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self._chips = QWidget()
        self._chips.setAccessibleName("Keywords and tags")
        self._flow = FlowLayout(self._chips, space=px(_SPACE))
        self._context_rows = QVBoxLayout()
        self._context_rows.setSpacing(px(2))
        self._graph = LinkGraph(theme)
        self._graph.chosen.connect(self.walk)
        self._graph.back_wanted.connect(self.walk_back)
        self._open = parts.button("Open this memory", self._open_middle)
        self._back = parts.button("Back", self.walk_back)
        self._walk = QWidget()
        self._walk.setLayout(parts.row(self._back, self._open, 1))
        self._linked = QWidget()
        self._links_title = parts.label("Links", "section")
        self._no_more = parts.label("Nothing else has to do with it.", "small")
        linked = parts.column(self._links_title, self._graph, self._no_more, self._walk, space=8)
        self._linked.setLayout(linked)
        self._versions_title = parts.label("What it is about, by version", "section")
        self._versions = QVBoxLayout()
        self._versions.setSpacing(px(6))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, px(8), 0, 0)
        layout.setSpacing(px(8))
        layout.addWidget(parts.label("About", "section"))
        layout.addWidget(self._chips)
        layout.addLayout(self._context_rows)
        layout.addWidget(self._linked)
        layout.addSpacing(px(8))
        layout.addWidget(self._versions_title)
        layout.addLayout(self._versions)
        self._versions_title.hide()

    # -- keywords, tags, context

    def _show_about(self, found: MemoryLinks) -> None:
        clear_flow(self._flow)
        for text in found.keywords:
            self._flow.addWidget(_chip(text, "chip", "Keyword"))
        for text in found.tags:
            self._flow.addWidget(_chip(text, "tag", "Tag"))
        self._chips.setVisible(bool(found.keywords or found.tags))
        clear(self._context_rows)
        self._context_row("Topic", found.context.topic)
        self._context_row("Told anew", found.context.anew)

    def _context_row(self, name: str, end: LinkEnd | None) -> None:
        if end is None:
            return
        title = parts.label(name, "small", wrap=False)
        title.setMinimumWidth(self._context.theme.px(80))
        button = _Line(words_of(end), lambda: self.memory_wanted.emit(end.memory))
        button.setToolTip(f"{words_of(end)} · {words.moment(end.said_at)}")
        line = parts.row(title)
        line.addWidget(button, 1)
        self._context_rows.addLayout(line)

    def chip_texts(self) -> list[str]:
        """What the chips say."""
        labels = (self._flow.itemAt(at).widget() for at in range(self._flow.count()))
        return [one.text() for one in labels if isinstance(one, QLabel)]

    # -- walking along links

    def _show_links(self, found: MemoryLinks) -> None:
        self._graph.show_links(found)
        away = self._own is not None and found.memory.memory != self._own.memory.memory
        self._walk.setVisible(away)
        self._no_more.setVisible(away and not found.links)
        self._linked.setVisible(bool(found.links) or away)

    def walk(self, memory_id: str) -> None:
        """Make another memory the middle."""
        if (middle := self._graph.middle) is not None:
            self._go(memory_id, [*self._walked, middle])

    def walk_back(self) -> None:
        if self._walked:
            self._go(self._walked[-1], self._walked[:-1])

    def _go(self, memory_id: str, walked: list[str]) -> None:
        def arrived(found: MemoryLinks) -> None:
            self._walked = walked
            self._show_links(found)

        self._fresh.ask(self._context.ops.links(memory_id, walking=True).then(arrived))

    def _open_middle(self) -> None:
        if (middle := self._graph.middle) is not None:
            self.memory_wanted.emit(middle)

    # -- versions

    def _versions_arrived(self, found: NoteVersions) -> None:
        if self._own is not None and found.memory == self._own.memory.memory:
            self._set_versions(found.versions)

    def _set_versions(self, versions: list[NoteVersion]) -> None:
        clear(self._versions)
        self._versions_title.setVisible(bool(versions))
        for number, one in enumerate(reversed(versions)):
            self._versions.addWidget(self._version_row(one, counts=number == 0))

    def _version_row(self, one: NoteVersion, *, counts: bool) -> QWidget:
        made = QWidget()
        why = _CAUSES[one.cause]
        if one.because is not None:
            why += f": “{_short(words_of(one.because), 60)}”"
        head = parts.label(f"{words.moment(one.at)} · {why}", "small")
        about = ", ".join([*one.keywords, *one.tags]) or "nothing yet"
        texts = parts.column(head, parts.label(about), space=2)
        line = parts.row(space=self._context.theme.px(8))
        line.addLayout(texts, 1)
        if counts:
            line.addWidget(parts.label("now", "small", wrap=False), 0, Qt.AlignmentFlag.AlignTop)
        else:
            undo = parts.button("Put back", lambda: self._undo(one.version), kind="quiet")
            undo.setAccessibleName(f"Put back: {about}")
            line.addWidget(undo, 0, Qt.AlignmentFlag.AlignTop)
        made.setLayout(line)
        return made

    def _undo(self, version: int) -> None:
        if self._own is None:
            return
        memory_id = self._own.memory.memory
        done = self._context.ops.undo_note(memory_id, version)
        self._fresh.do(done.then(lambda _found: self._undone(memory_id)))

    def _undone(self, memory_id: str) -> None:
        if self._own is not None and self._own.memory.memory == memory_id:
            self.show_memory(memory_id)


class _Line(QPushButton):
    """A quiet button of one line at the left, elided where there is no room."""

    def __init__(self, text: str, on_click: Callable[[], object]):
        super().__init__()
        self._whole = " ".join(text.split())
        self.setProperty("kind", "line")
        self.setAccessibleName(self._whole)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: on_click())
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(self.width() - 16, 0)
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))


def _short(text: str, most: int) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def _chip(text: str, role: str, what: str) -> QLabel:
    made = parts.label(text, role, wrap=False)
    made.setToolTip(what)
    made.setAccessibleName(f"{what}: {text}")
    return made
