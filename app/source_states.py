"""The chips above the list of sources: all, and each state there is, with its count."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app import parts, words
from app.flow import FlowLayout
from app.theme import Theme
from memory.protocol import SourceState

_ORDER = (
    SourceState.FAILED,
    SourceState.MISSING,
    SourceState.SKIPPED,
    SourceState.READING,
    SourceState.QUEUED,
    SourceState.INDEXING,
    SourceState.READY,
)


class StateChips(QWidget):
    """One is chosen at a time. Signals:
    chosen: a ``SourceState``, or None for all.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme):
        super().__init__()
        self.state: SourceState | None = None
        flow = FlowLayout(self, space=theme.px(6))
        group = QButtonGroup(self)
        self._chips: dict[SourceState | None, QPushButton] = {}
        for state in (None, *_ORDER):
            chip = parts.button("", lambda state=state: self.choose(state), kind="chip")
            chip.setCheckable(True)
            group.addButton(chip)
            flow.addWidget(chip)
            self._chips[state] = chip
        self._chips[None].setChecked(True)
        self.show_counts({})

    def choose(self, state: SourceState | None) -> None:
        if state is not self.state:
            self.state = state
            self._chips[state].setChecked(True)
            self.chosen.emit(state)

    def show_counts(self, counts: dict[SourceState, int]) -> None:
        """States nothing is in are left out, unless chosen."""
        for state, chip in self._chips.items():
            number = sum(counts.values()) if state is None else counts.get(state, 0)
            name = "All" if state is None else words.SOURCE_STATE_NAMES[state]
            chip.setText(f"{name}  {number:,}")
            parts.rename(chip, f"{name}: {words.count(number, 'source')}")
            chip.setVisible(state is None or number > 0 or state is self.state)
