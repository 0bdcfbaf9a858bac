"""One line of the settings: how much recall has learnt from what was opened, and starting over.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app import parts, words
from app.context import Context
from app.fresh import Fresh
from memory.protocol import LearningInfo

_NOTHING = "Recall has learnt nothing from you yet."


class LearningLine(QWidget):
    """Says how many choices there are; the button forgets them, and is there while there are."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        px = context.theme.px
        self.words = parts.label(_NOTHING, "small")
        self.start_over = parts.button("Start over", self._start_over)
        self.start_over.setAccessibleDescription(
            "Forgets what you chose; recall shows its results as when it was new."
        )
        self.start_over.setEnabled(False)
        line = parts.row(space=px(8))
        line.addWidget(self.words, 1)
        line.addWidget(self.start_over)
        line.setContentsMargins(0, px(6), 0, px(6))
        self.setLayout(line)

    def refresh(self) -> None:
        self._fresh.ask(self._context.ops.learning().then(self._show).otherwise(lambda _p: None))

    def _show(self, info: LearningInfo) -> None:
        self.words.setText(learning_words(info))
        self.start_over.setEnabled(info.choices > 0 or info.personal is not None)

    def _start_over(self) -> None:
        self.start_over.setEnabled(False)
        self._fresh.do(self._context.ops.reset_learning().then(self._show))


def learning_words(info: LearningInfo) -> str:
    """What recall has learnt, in a sentence or two."""
    choices = words.count(info.choices, "choice")
    if info.state == "off":
        return f"Recall does not learn. {choices} kept from before." if info.choices else (
            "Recall does not learn from what you open."
        )  # fmt: skip
    if not info.choices and info.personal is None:
        return _NOTHING
    begun = f"Recall learns from what you open: {choices}."
    if info.state == "personal" and info.personal is not None:
        return f"{begun} Its order follows {info.personal.choices:,} of them."
    if info.state == "gathering" and info.choices < info.needed:
        return f"{begun} It changes nothing before there are {info.needed}."
    if info.state == "gathering":
        return f"{begun} It looks at them tonight."
    return f"{begun} They ask for no other order than the usual."
