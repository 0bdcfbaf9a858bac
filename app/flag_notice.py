"""The notice above a marked memory: what is wrong with it, and the way to say that it is fine.

GUI thread only; holds nothing but what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel

from app import flag_words, icons, parts
from app.theme import Theme, set_role
from memory.protocol import Flag


class FlagNotice(QFrame):
    """Signals:
    fine: the person says that the memory is fine.
    """

    fine = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        px = theme.px
        set_role(self, "card")
        sign = QLabel()
        icons.bind(theme, sign, "warning", "warn")
        self._words = parts.label("", select=True)
        self.button = parts.button("This is fine", self.fine.emit)
        self.button.setToolTip("From now on it counts like any other memory")
        layout = parts.row(sign, space=px(10))
        layout.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        said = parts.column(self._words, space=px(8))
        said.addLayout(parts.row(self.button, 1))
        layout.addLayout(said, 1)
        layout.setContentsMargins(px(12), px(10), px(10), px(10))
        self.setLayout(layout)
        self.hide()

    def show_flags(self, flags: Sequence[Flag]) -> None:
        """Nothing is shown of a memory without marks."""
        self._words.setText(flag_words.whole(flags))
        self.setAccessibleName(flag_words.whole(flags))
        self.button.setVisible(flag_words.gives_orders(flags))
        self.button.setEnabled(True)
        self.setVisible(bool(flags))

    @property
    def text(self) -> str:
        return self._words.text()
