"""The left column: places with icons and words, what a place adds below, and how things stand.

In a narrow window only the icons stay; their names move into the tips.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton, QVBoxLayout, QWidget

from app import icons, parts
from app.link import LinkState
from app.theme import Theme
from memory.protocol import Problem

_WORDS = {
    LinkState.STARTING: "Starting the memory",
    LinkState.LOST: "Starting the memory again",
    LinkState.FAILED: "The memory is not running",
    LinkState.CLOSED: "Closed",
}


class SideBar(QWidget):
    """Signals:
    chosen: name of a place. retry_wanted: start the memory again.
    """

    chosen = Signal(str)
    retry_wanted = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._titles: dict[str, tuple[str, str]] = {}
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._narrow = False
        self._below: QWidget | None = None
        self.setProperty("role", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a plain widget paints none
        self.setAccessibleName("Places")
        pad = theme.px(8)
        self._places = parts.column(space=theme.px(2))
        self._middle = QVBoxLayout()
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._bottom = parts.column(space=theme.px(2))
        self.state = StateLine(theme)
        self.state.retry.clicked.connect(self.retry_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(pad, pad + theme.px(4), pad, pad)
        layout.setSpacing(theme.px(8))
        self.widen = parts.icon_button(theme, "places", "Show places and chats", keys="Ctrl+B")
        layout.addWidget(self.widen, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(self._places)
        layout.addLayout(self._middle, 1)
        self._spring = QWidget()  # holds the bottom down while the chats are hidden
        layout.addWidget(self._spring, 1)
        layout.addLayout(self._bottom)
        layout.addWidget(self.state)
        self.set_narrow(False)

    def add_place(
        self, name: str, title: str, icon: str, keys: str, *, bottom: bool = False
    ) -> None:
        made = QPushButton(title)
        made.setProperty("kind", "place")
        made.setCheckable(True)
        parts.rename(made, title, keys)
        icons.bind(self._theme, made, icon, "muted", on="accent")
        made.clicked.connect(lambda: self.chosen.emit(name))
        self._group.addButton(made)
        self._titles[name] = (title, keys)
        self._buttons[name] = made
        (self._bottom if bottom else self._places).addWidget(made)

    def set_below(self, widget: QWidget) -> None:
        """What stands under the places: the list of chats."""
        self._below = widget
        self._middle.addWidget(widget)
        widget.setVisible(not self._narrow)

    def mark(self, name: str) -> None:
        if name in self._buttons:
            self._buttons[name].setChecked(True)

    def place(self, name: str) -> QPushButton:
        return self._buttons[name]

    @property
    def narrow(self) -> bool:
        return self._narrow

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        for name, made in self._buttons.items():
            made.setText("" if narrow else self._titles[name][0])
        if self._below is not None:
            self._below.setVisible(not narrow)
        self._spring.setVisible(narrow)
        self.widen.setVisible(narrow)
        self.state.set_narrow(narrow)
        self.setFixedWidth(self._theme.px(56 if narrow else 216))


class StateLine(QWidget):
    """A dot and a few words: how many memories there are, or why there are none to see."""

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._token = "muted"
        self._quiet_words = ""
        self._state = LinkState.STARTING
        self.dot = QLabel("●")
        self.words = parts.Elided("", "small")
        self.retry = parts.button("Start it again", kind="quiet")
        self.retry.hide()
        line = parts.row(self.dot, space=theme.px(6))
        line.addWidget(self.words, 1)
        layout = parts.column(space=theme.px(4), margins=(theme.px(10), theme.px(4), 0, 0))
        layout.addLayout(line)
        layout.addWidget(self.retry)
        self.setLayout(layout)
        theme.changed.connect(self._paint)
        self.show_state(LinkState.STARTING, None)

    def show_state(self, state: LinkState, problem: Problem | None) -> None:
        self._state = state
        self._token = {LinkState.READY: "good", LinkState.FAILED: "bad"}.get(state, "warn")
        self.words.setText(_WORDS.get(state, self._quiet_words or "Ready"))
        self.setToolTip(f"{problem.message} {problem.next_step}" if problem else "")
        self.retry.setVisible(state is LinkState.FAILED)
        self._paint()

    def show_words(self, words: str) -> None:
        """What to say while all is well."""
        self._quiet_words = words
        if self._state is LinkState.READY:
            self.words.setText(words)

    def set_narrow(self, narrow: bool) -> None:
        self.words.setVisible(not narrow)

    def _paint(self) -> None:
        size = self._theme.text_px(0.7)
        self.dot.setStyleSheet(
            f"color: {self._theme.colour(self._token).name()}; font-size: {size}px"
        )
        self.dot.setAccessibleName(self.words.accessibleName() or "State")
