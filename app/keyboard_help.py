"""F1: every shortcut, from the one place where they are declared. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from app import parts
from app.shortcuts import SHORTCUTS, Shortcut
from app.theme import Theme, set_role

_SPELT = ("Click", "Enter", "Up", "Down")


class KeyboardHelp(QDialog):
    """A list to read; Esc or Enter closes it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, quick_keys: str = ""):
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = theme.px
        content = QWidget()
        inner = parts.column(space=px(6), margins=(px(24), px(8), px(24), px(8)))
        shortcuts = list(SHORTCUTS)
        if quick_keys:
            shortcuts.append(Shortcut(quick_keys, "Quick recall", "On the whole desktop"))
        groups = dict.fromkeys(s.group for s in shortcuts)
        for group in groups:
            inner.addSpacing(px(8))
            inner.addWidget(parts.label(group, "section"))
            inner.addLayout(self._grid(theme, [s for s in shortcuts if s.group == group]))
        inner.addStretch(1)
        content.setLayout(inner)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        set_role(area, "clear")
        title = parts.label("Keyboard shortcuts", "title")
        title.setContentsMargins(px(24), px(20), px(24), 0)
        close = parts.button("Close", self.accept, kind="primary")
        close.setDefault(True)
        foot = parts.row(1, close)
        foot.setContentsMargins(px(24), px(8), px(24), px(20))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(4))
        layout.addWidget(title)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        self.resize(px(520), px(560))
        close.setFocus()

    @staticmethod
    def _grid(theme: Theme, shortcuts: list[Shortcut]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(16))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnMinimumWidth(0, theme.px(150))
        grid.setColumnStretch(1, 1)
        for number, shortcut in enumerate(shortcuts):
            grid.addWidget(_cap(theme, spelt(shortcut.keys)), number, 0)
            grid.addWidget(parts.label(shortcut.words), number, 1)
        return grid


def _cap(theme: Theme, text: str) -> QWidget:
    """Keys as they are printed on a key."""
    frame = QFrame()
    set_role(frame, "card")
    words = parts.label(text, "small", wrap=False)
    frame.setLayout(parts.row(words))
    frame.layout().setContentsMargins(theme.px(8), theme.px(2), theme.px(8), theme.px(2))
    holder = QWidget()
    holder.setLayout(parts.row(frame, 1))
    holder.layout().setAlignment(frame, Qt.AlignmentFlag.AlignTop)
    return holder


def spelt(keys: str) -> str:
    """As this system writes them; words that are no keys stay as they are."""
    if any(keys.endswith(word) for word in _SPELT):
        return keys
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return native or keys
