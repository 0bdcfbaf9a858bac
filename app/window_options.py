"""The window's own choices: its look, and the keys that open quick recall. GUI thread only.

Kept in the window's state, not in the memory: they belong to this screen.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QKeySequenceEdit,
    QPushButton,
    QWidget,
)

from app import parts
from app.context import Context
from app.shortcut import COMMAND, ShortcutState
from app.shortcut_keys import DEFAULT_KEYS, Keys
from app.switch import Switch
from app.theme import Mode
from app.tray import NO_TRAY, Tray

_MODES = ((Mode.SYSTEM, "As the system"), (Mode.LIGHT, "Light"), (Mode.DARK, "Dark"))
_TRAY = "Closing the window leaves Recollect in the tray, ready for quick recall."


class WindowOptions(QWidget):
    """Signals:
    shortcut_wanted: keys for quick recall, as Qt writes them; empty switches it off.
    """

    shortcut_wanted = Signal(str)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        px = context.theme.px
        self.looks: dict[Mode, QPushButton] = {}
        group = QButtonGroup(self)
        for mode, name in _MODES:
            chip = parts.button(name, lambda mode=mode: self._choose_look(mode), kind="chip")
            chip.setCheckable(True)
            chip.setChecked(mode is context.theme.mode)
            group.addButton(chip)
            self.looks[mode] = chip
        self.tray = Switch(context.theme)
        self.tray.setAccessibleName("Stay in the tray")
        self.tray.setChecked(context.state.flag("keep_in_tray", True))
        self.tray.toggled.connect(self._choose_tray)
        tray_words = parts.label(_TRAY if Tray.available() else NO_TRAY, "small")
        self.tray.setVisible(Tray.available())
        self.keys = QKeySequenceEdit(QKeySequence(stored_keys(context)))
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName("Keys for quick recall")
        self.keys.setMinimumWidth(px(160))
        self.keys.editingFinished.connect(self._choose_keys)
        self.shortcut_words = parts.label(
            f"Opens a small window over whatever you do. '{COMMAND}' in a terminal opens it too.",
            "small",
        )
        self._off = parts.button("Switch off", self._switch_off, kind="quiet")
        layout = parts.column(space=px(4))
        layout.addSpacing(px(8))
        layout.addWidget(parts.label("Window", "section"))
        layout.addLayout(self._row("Look", None, *self.looks.values()))
        layout.addLayout(self._row("Tray", tray_words, self.tray))
        layout.addLayout(self._row("Quick recall", self.shortcut_words, self._off, self.keys))
        self.setLayout(layout)

    def show_shortcut(self, state: ShortcutState) -> None:
        """What became of the keys."""
        self.shortcut_words.setText(state.words)

    def _row(self, title: str, said: QWidget | None, *fields: QWidget) -> QHBoxLayout:
        px = self._context.theme.px
        text = parts.column(parts.label(title), space=px(2))
        if said is not None:
            text.addWidget(said)
        line = parts.row(space=px(8))
        line.addLayout(text, 1)
        for field in fields:
            line.addWidget(field)
        line.setContentsMargins(0, px(6), 0, px(6))
        return line

    def _choose_look(self, mode: Mode) -> None:
        self._context.state.put("theme", mode.value)
        self._context.theme.set_mode(mode)

    def _choose_tray(self, stay: bool) -> None:
        self._context.state.put("keep_in_tray", stay)
        self._context.requests.tray_wanted.emit(stay)

    def _choose_keys(self) -> None:
        text = self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if text == stored_keys(self._context):
            return
        try:
            chosen = Keys.parse(text).text() if text else ""
        except ValueError:
            self.shortcut_words.setText(
                f"{text} cannot be used everywhere. Choose a key together with Ctrl, Alt or Meta."
            )
            self.keys.setKeySequence(QKeySequence(stored_keys(self._context)))
            return
        self._context.state.put("shortcut", chosen)
        self.shortcut_wanted.emit(chosen)

    def _switch_off(self) -> None:
        self.keys.clear()
        self._context.state.put("shortcut", "")
        self.shortcut_wanted.emit("")


def stored_keys(context: Context) -> str:
    """The keys the person chose for quick recall, or the usual ones."""
    return context.state.text("shortcut", DEFAULT_KEYS)
