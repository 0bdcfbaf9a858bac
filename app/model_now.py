"""The model in use: its name, one line on what it does, one live bar, and details on demand.

GUI thread only; ``show_model`` takes what the daemon says, ``show_meter`` and ``show_check``
what comes in between.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QWidget

from app import icons, model_words, parts, words
from app.model_meter import Meter
from app.model_problem import ProblemNote
from app.theme import Theme, set_role
from memory.protocol import ModelCheck, ModelInfo, ModelMeter, ModelPrediction

_STEPS = 1000


class ModelNow(QFrame):
    """Signals:
    stop_wanted: answers shall quote from now on.
    check_wanted: a check that failed shall be made again.
    """

    stop_wanted = Signal()
    check_wanted = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._model: ModelInfo | None = None
        self._prediction: ModelPrediction | None = None
        self._meter_read: ModelMeter | None = None
        self._check: ModelCheck | None = None
        set_role(self, "card")
        self._make_parts()
        px = theme.px
        picture = QLabel()
        icons.bind(theme, picture, "model", "accent", size=28)
        head = parts.row(picture, space=px(12))
        head.addLayout(parts.column(self.name, self.facts, space=px(2)), 1)
        head.addWidget(self.stop)
        layout = parts.column(space=px(8), margins=(px(16), px(14), px(14), px(12)))
        layout.addLayout(head)
        layout.addWidget(parts.line())
        for part in (self.state, self.help, self.meter, self.busy):
            layout.addWidget(part)
        foot = parts.row(space=px(8))
        foot.addWidget(self.figures, 1)
        foot.addWidget(self.more)
        layout.addLayout(foot)
        layout.addWidget(self._details)
        layout.addWidget(self.problem)
        self.setLayout(layout)

    def _make_parts(self) -> None:
        theme, px = self._theme, self._theme.px
        self.name = parts.Elided("", "heading")
        self.facts = parts.label("", "small")
        self.facts.setToolTip(model_words.TOKEN_TIP)
        self.stop = parts.button("Stop using", self.stop_wanted.emit)
        self.stop.setToolTip("Answers quote from then on; the file stays where it is")
        self.state = parts.label("", "accent")
        self.state.setToolTip(model_words.TOKEN_TIP)
        self.help = parts.label(model_words.IDLE, "small")
        self.meter = Meter(theme)
        self.busy = QProgressBar()
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName("The model is being read into memory")
        self.figures = parts.label("", "small")
        self.more = parts.button("Details", self._toggle_details, kind="quiet")
        self._details = QWidget()
        self.reason = parts.label("", "small", select=True)
        self.again = parts.button("Check again", self._check_again, kind="quiet")
        self.again.setToolTip("It is loaded anew and compared once more; that may take a minute")
        self.budget = parts.label("", "small")
        self.path = parts.Elided("", "small", middle=True)
        why = QWidget()
        line = parts.row(space=px(8))
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.reason, 1)
        line.addWidget(self.again)
        why.setLayout(line)
        self._details.setLayout(parts.column(why, self.budget, self.path, space=px(4)))
        self._details.hide()
        self.problem = ProblemNote(theme)

    # -- what is so

    def show_model(self, model: ModelInfo, prediction: ModelPrediction | None) -> None:
        """``prediction`` is what to expect of it under the memory it may use now."""
        self._model, self._prediction = model, prediction
        self._meter_read = model.meter
        self.name.setText(model.name)
        self.facts.setText(model_words.model_facts(model))
        self.path.setText(words.path(model.path))
        self.problem.show_problem(model.problem)
        if model.state == "loading":
            self.again.setEnabled(True)  # for when it has failed again
        self.meter.setVisible(model.size_bytes > 0)
        self._show_meter()
        self.show_check(model.check)

    def show_check(self, check: ModelCheck | None) -> None:
        """What is found out while it is loaded for the first time; None: nothing, or no more."""
        model = self._model
        if model is None:
            return
        if model.state != "loading":
            check = None
        self.busy.setVisible(model.state == "loading")
        self.busy.setRange(0, 0 if check is None else _STEPS)
        self.busy.setValue(0 if check is None else round(check.share * _STEPS))
        self.help.setVisible(check is not None or model.state == "idle")
        self.help.setText(model_words.IDLE if check is None else model_words.check_help(check))
        self._check = check
        self._show_state()

    def show_meter(self, meter: ModelMeter) -> None:
        """The newest reading, between two replies."""
        if self._model is not None:
            self._meter_read = meter
            self._show_meter()

    def _show_meter(self) -> None:
        model, meter = self._model, self._meter_read
        if model is None:
            return
        self._show_state()
        self.meter.show_meter(meter, model.size_bytes)
        self.figures.setText(model_words.meter_line(meter) if meter is not None else "")
        reason = meter.reason if meter is not None else ""
        if not reason and self._prediction is not None:
            reason = self._prediction.reason
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self.again.setVisible(meter is not None and meter.check_failed)
        allowed = model.budget_bytes
        self.budget.setText(f"It may use {words.size(allowed)} of memory." if allowed else "")
        self.budget.setVisible(allowed is not None)

    def _show_state(self) -> None:
        model, check = self._model, self._check
        if model is None:
            return
        said = model_words.state_line(model, self._meter_read)
        self.state.setText(said if check is None else model_words.check_line(check))
        set_role(self.state, model_words.STATES[model.state][1])

    def _check_again(self) -> None:
        self.again.setEnabled(False)
        self.check_wanted.emit()

    def _toggle_details(self) -> None:
        shown = self._details.isHidden()
        self._details.setVisible(shown)
        self.more.setText("Fewer details" if shown else "Details")
        self.more.setAccessibleName(self.more.text())
