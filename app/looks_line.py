"""The line under an answer that was looked for more than once; a click opens the whole trace.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from app import icons, look_words, parts
from app.theme import Theme
from memory.protocol import Looked


class LooksLine(QWidget):
    """Hidden until there is something to tell."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self.fold = QToolButton()
        self.fold.setProperty("kind", "icon")
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fold.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fold.toggled.connect(self._on_toggled)
        self.summary = parts.Elided("", "small")
        self.details = parts.label("", "small", select=True)
        self.details.setContentsMargins(theme.px(28), 0, 0, 0)
        policy = self.summary.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
        self.summary.setSizePolicy(policy)
        head = parts.row(self.fold, space=theme.px(4))
        head.addWidget(self.summary, 1)
        layout = parts.column(space=theme.px(4))
        layout.addLayout(head)
        layout.addWidget(self.details)
        self.setLayout(layout)
        self._on_toggled(False)
        self.hide()

    def show_looked(self, looked: Looked | None) -> None:
        """The trace, folded; nothing where one look was enough."""
        if looked is None:
            self.hide()
            return
        self.summary.setText(look_words.summary(looked))
        self.details.setText("\n".join(look_words.lines(looked)))
        self.fold.setChecked(False)
        self.show()

    def _on_toggled(self, opened: bool) -> None:
        name = "Hide what was looked for" if opened else "Show what was looked for"
        parts.rename(self.fold, name)
        icons.bind(self._theme, self.fold, "down" if opened else "right", "muted", size=icons.SMALL)
        self.details.setVisible(opened)
