"""One model as a row: what it is, what to expect of it here, and what can be done with it.

GUI thread only. A row is made once and changed in place, so that a download moves nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QProgressBar, QPushButton, QWidget

from app import model_words, parts
from app.model_problem import ProblemNote
from app.model_shown import Action, Shown
from app.theme import Theme, set_role

_NARROW = 520  # pixels of the grid; below, what can be done stands under what it is
_SIDE = 180
_STEPS = 1000
_ORDER = list(Action)
_QT_WIDEST = 16_777_215

_SAID = {
    Action.USE: ("Use", "Use {}"),
    Action.DOWNLOAD: ("Download", "Download {}"),
    Action.PAUSE: ("Pause", "Pause the download of {}"),
    Action.RESUME: ("Resume", "Resume the download of {}"),
    Action.RETRY: ("Try again", "Try again to download {}"),
    Action.CANCEL: ("Cancel", "Cancel the download of {}"),
    Action.REMOVE: ("Remove", "Remove {} from this computer"),
}


class ModelRow(QFrame):
    """Signals:
    acted: id of the row's model and ``Action``.
    """

    acted = Signal(str, object)

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self.shown = Shown(id="", name="", facts="")
        self._buttons: dict[Action, QPushButton] = {}
        set_role(self, "clear")
        self._make_parts()
        px = theme.px
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._layout.setContentsMargins(0, px(12), 0, px(12))
        self._layout.setSpacing(px(8))
        texts = parts.column(
            self.name, self.text, self.facts, self.path, self._progress, space=px(3)
        )
        texts.addSpacing(px(3))
        texts.addWidget(self.problem)
        texts.addStretch(1)
        self._side = QWidget()
        side = parts.column(self.verdict, self.speed, space=px(2))
        side.addSpacing(px(4))
        side.addWidget(self._acts)
        side.addStretch(1)
        self._side.setLayout(side)
        self._layout.addLayout(texts, 1)
        self._layout.addWidget(self._side)
        outer = parts.column(parts.line(), space=0)
        outer.addLayout(self._layout)
        self.setLayout(outer)
        self._side.setFixedWidth(px(_SIDE))

    def _make_parts(self) -> None:
        self.name = parts.label("", "heading")
        self.text = parts.label("")
        self.facts = parts.label("", "small")
        self.facts.setToolTip(model_words.TOKEN_TIP)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.line = parts.label("", "small")
        self.path = parts.Elided("", "small", middle=True)
        self._progress = QWidget()
        space = self._theme.px(4)
        self._progress.setLayout(
            parts.column(self.bar, self.line, space=space, margins=(0, space * 2, 0, 0))
        )
        self._progress.hide()
        self.problem = ProblemNote(self._theme)
        self.verdict = parts.label("", "muted")
        self.speed = parts.label("", "small")
        self._acts = QWidget()
        self._act_line = parts.row(1, space=self._theme.px(6))
        self._acts.setLayout(self._act_line)

    def button(self, action: Action) -> QPushButton | None:
        """The button of an action, if it is offered."""
        return self._buttons.get(action) if action in self.shown.actions else None

    def _button(self, action: Action) -> QPushButton:
        """Made when first wanted."""
        if action not in self._buttons:
            short, _long = _SAID[action]
            made = parts.button(short, lambda: self.acted.emit(self.shown.id, action))
            self._buttons[action] = made
            before = sum(1 for other in _ORDER[: _ORDER.index(action)] if other in self._buttons)
            self._act_line.insertWidget(before, made)
        return self._buttons[action]

    # -- what is so

    def show_row(self, shown: Shown) -> None:
        """Show this; what stays the same is left alone."""
        if shown == self.shown:
            return
        before, self.shown = self.shown, shown
        self.name.setText(shown.name)
        for part, said in (
            (self.text, shown.text),
            (self.facts, shown.facts),
            (self.path, shown.path),
            (self.line, shown.line),
            (self.verdict, shown.verdict),
            (self.speed, shown.speed),
        ):
            part.setText(said)
            part.setVisible(bool(said))
        set_role(self.verdict, shown.token)
        self.verdict.setToolTip(shown.reason)
        self.speed.setToolTip(model_words.TOKEN_TIP)
        self._show_progress(shown)
        self.problem.show_problem(shown.problem)
        if (before.actions, before.name) != (shown.actions, shown.name):
            self._show_actions(shown)

    def _show_progress(self, shown: Shown) -> None:
        self._progress.setVisible(shown.progress is not None or bool(shown.line))
        self.bar.setVisible(shown.progress is not None)
        if shown.progress is None:
            return
        endless = shown.progress < 0
        self.bar.setRange(0, 0 if endless else _STEPS)
        if not endless:
            self.bar.setValue(round(shown.progress * _STEPS))
        self.bar.setAccessibleName(f"{shown.name}: {shown.line}")

    def _show_actions(self, shown: Shown) -> None:
        held = next((b for b in self._buttons.values() if b.hasFocus()), None)
        for action in shown.actions:
            parts.rename(self._button(action), _SAID[action][1].format(shown.name))
        for action, made in self._buttons.items():
            made.setVisible(action in shown.actions)
        if held is not None and held.isHidden() and shown.actions:
            self._button(shown.actions[0]).setFocus(Qt.FocusReason.OtherFocusReason)
        self._acts.setVisible(bool(shown.actions))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        narrow = self.width() < self._theme.px(_NARROW)
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._layout.direction() is not wanted:
            self._layout.setDirection(wanted)
            side = self._theme.px(_SIDE)
            self._side.setMinimumWidth(0 if narrow else side)
            self._side.setMaximumWidth(_QT_WIDEST if narrow else side)
