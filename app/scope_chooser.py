"""Choosing scopes: which ones a chat may use, and to which one a source belongs.

GUI thread only. Where everything is at home there is nothing to choose for a chat, and its
chooser stays away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from app import parts

HOME = "home"
EVERYTHING = "All your memories"
_SUGGESTED = (HOME, "work", "health")
_MOST_CHARS = 40


class ScopeChooser(QWidget):
    """A chip that says what a chat may use, and a menu to change it.

    Signals:
    chosen: names of scopes, or None for all of them.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.chip = parts.button("", self._ask, kind="chip")
        self.chip.setCheckable(True)
        self.setLayout(parts.row(self.chip))
        self._names: list[str] = [HOME]
        self._chosen: list[str] | None = None
        self._show()

    @property
    def scopes(self) -> list[str] | None:
        return self._chosen

    def show_scopes(self, names: Sequence[str], chosen: Sequence[str] | None) -> None:
        """``names`` are all there are, ``chosen`` those the chat may use."""
        self._names = list(dict.fromkeys([*names, *(chosen or ())])) or [HOME]
        self._chosen = None if chosen is None else list(chosen)
        self._show()

    def menu(self) -> QMenu:
        """What can be chosen; ticks stand for what may be used now."""
        menu = QMenu(self)
        menu.setAccessibleName("What this chat may use")
        every = menu.addAction(EVERYTHING)
        every.setCheckable(True)
        every.setChecked(self._chosen is None)
        every.triggered.connect(lambda _on=False: self._choose(None))
        menu.addSeparator()
        for name in self._names:
            action = menu.addAction(shown(name))
            action.setCheckable(True)
            action.setChecked(self._chosen is not None and name in self._chosen)
            action.triggered.connect(partial(self._toggle, name))
        return menu

    def _show(self) -> None:
        said = EVERYTHING if self._chosen is None else _together(self._chosen)
        self.chip.setText(f"{said}  ▾")
        self.chip.setChecked(self._chosen is not None)
        parts.rename(self.chip, f"This chat uses: {said}")
        self.setVisible(len(self._names) > 1 or self._chosen is not None)

    def _ask(self) -> None:
        self.chip.setChecked(self._chosen is not None)  # clicking only opens
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.chip.mapToGlobal(QPoint(0, self.chip.height() + 2)))

    def _toggle(self, name: str, _on: bool = False) -> None:
        now = set(self._chosen or ()) ^ {name}
        self._choose([one for one in self._names if one in now] or None)

    def _choose(self, scopes: list[str] | None) -> None:
        self._chosen = scopes
        self._show()
        self.chosen.emit(scopes)


def source_menu(
    parent: QWidget, names: Sequence[str], current: str, choose: Callable[[str], object]
) -> QMenu:
    """The scopes a source can belong to, and a way to name another one."""
    menu = QMenu(parent)
    menu.setAccessibleName("Where this belongs")
    for name in dict.fromkeys([HOME, *names, *_SUGGESTED]):
        action = menu.addAction(shown(name))
        action.setCheckable(True)
        action.setChecked(name == current)
        action.triggered.connect(lambda _on=False, name=name: choose(name))
    menu.addSeparator()
    menu.addAction("Another …").triggered.connect(lambda _on=False: _name_another(parent, choose))
    return menu


def shown(name: str) -> str:
    """A scope as people read it: "work" as "Work"."""
    return name[:1].upper() + name[1:]


def _together(names: Sequence[str]) -> str:
    """ "Only home and work"; "Nothing" where none may be used."""
    if not names:
        return "Nothing"
    words = [shown(name) for name in names]
    return "Only " + (" and ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else words[0])


def _name_another(parent: QWidget, choose: Callable[[str], object]) -> None:
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("Another scope")
    dialog.setLabelText("A short word for what belongs together, such as work or health.")
    dialog.setOkButtonText("Use it")

    def take(text: str) -> None:
        name = " ".join(text.split())[:_MOST_CHARS]
        if name:
            choose(name)

    dialog.textValueSelected.connect(take)
    dialog.finished.connect(lambda _code: dialog.deleteLater())
    dialog.open()
