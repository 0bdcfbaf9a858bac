"""The memory a model may use: a slider with the speed to expect, and the way back to automatic.

GUI thread only. Predictions for the whole slider come in one reply (``app.model_curve``); the
budget is sent when the slider has come to rest, and the model follows without being read anew.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from app import model_curve, model_words, parts
from app.bits import later
from app.theme import Theme
from memory.protocol import ModelBudget, ModelPrediction

_SETTLE_MS = 400
_MB = 1_000_000
_NO_MODEL = "What is said of each model below counts for so much memory."
_MEASURING = "How fast this computer is gets measured now; what to expect follows."


class QuietSlider(QSlider):
    """A slider that leaves the mouse wheel to the page around it."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()


class BudgetSlider(QWidget):
    """Signals:
    budget_chosen: bytes, by the person, once the slider rests.
    automatic_chosen, mode_released: back to what Recollect would choose.
    """

    budget_chosen = Signal(object)  # bytes do not fit the 32 bits of Qt's int
    automatic_chosen = Signal()
    mode_released = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        self._budget: ModelBudget | None = None
        self._stops: list[int] = []
        self._curve: list[ModelPrediction] = []
        self._measuring = self._has_model = False
        self._picked: int | None = None  # moved by the person, not yet in force
        self._settle = later(self, _SETTLE_MS, self._send)
        self._make_parts(theme)
        px = theme.px
        title = parts.label("Memory it may use", "heading", wrap=False)
        head = parts.row(title, 1, self.back, self.amount)
        ends = parts.row(self._least, 1, self._most)
        layout = parts.column(space=px(4))
        layout.addLayout(head)
        layout.addWidget(self.slider)
        layout.addLayout(ends)
        layout.addWidget(self.expected)
        layout.addWidget(self.fits)
        layout.addLayout(parts.row(self.fixed, self.release, 1))
        self.setLayout(layout)
        self.setEnabled(False)

    def _make_parts(self, theme: Theme) -> None:
        self.amount = parts.label("", "heading", wrap=False)
        self.slider = QuietSlider()
        self.slider.setAccessibleName("Memory the model may use, in megabytes")
        self.slider.setMinimumHeight(theme.px(24))
        self.slider.valueChanged.connect(lambda _value: self._moved())
        self.slider.sliderReleased.connect(self._settle.start)
        self._least = parts.label("", "small", wrap=False)
        self._most = parts.label("", "small", wrap=False)
        self.expected = parts.label("")
        self.expected.setToolTip(model_words.TOKEN_TIP)
        self.fits = parts.label("", "small")
        self.back = parts.button("Back to automatic", self._to_automatic, kind="quiet")
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps under the pointer
        self.back.setSizePolicy(policy)
        self.fixed = parts.label("The way the model is read is fixed by hand.", "small")
        self.release = parts.button("Let Recollect choose", self.mode_released.emit, kind="quiet")
        self.fixed.hide()
        self.release.hide()

    # -- what is so

    @property
    def busy(self) -> bool:
        """The person is at it; what comes in is older than what they want."""
        return self._picked is not None or self.slider.isSliderDown()

    def show_budget(self, budget: ModelBudget, *, has_model: bool, measuring: bool) -> None:
        """What is in force. A slider that is being moved stays under the hand."""
        self._has_model, self._measuring = has_model, measuring
        self.setEnabled(True)
        if self.busy:
            return
        self._budget = budget
        self._stops = model_curve.grid(budget)
        step = model_curve.step_bytes(budget) // _MB
        self.slider.blockSignals(True)
        self.slider.setRange(budget.least_bytes // _MB, -(-budget.most_bytes // _MB))
        self.slider.setSingleStep(max(1, step))
        self.slider.setPageStep(max(1, step * 4))
        self.slider.setValue(round(budget.budget_bytes / _MB))
        self.slider.blockSignals(False)
        self._least.setText(model_words.gigabytes(budget.least_bytes))
        self._most.setText(model_words.gigabytes(budget.most_bytes))
        self.fixed.setVisible(budget.mode is not None)
        self.release.setVisible(budget.mode is not None)
        self._say()

    def show_curve(self, curve: list[ModelPrediction]) -> None:
        """Predictions along the slider, rising in their budgets; empty without a model."""
        self._curve = curve
        self._say()

    def settled(self, budget: ModelBudget | None) -> None:
        """What was sent is in force, or was refused (None)."""
        if not self._settle.isActive() and not self.slider.isSliderDown():
            self._picked = None
        kept = budget or self._budget
        if kept is not None:
            self.show_budget(kept, has_model=self._has_model, measuring=self._measuring)

    # -- moved by the person

    def _moved(self) -> None:
        if not self._stops:
            return
        self._picked = model_curve.nearest(self._stops, self.slider.value() * _MB)
        if not self.slider.isSliderDown():  # keys and clicks go from stop to stop
            self.slider.blockSignals(True)
            self.slider.setValue(round(self._picked / _MB))
            self.slider.blockSignals(False)
        self._settle.start()
        self._say()

    def _send(self) -> None:
        if self.slider.isSliderDown():
            return  # letting go starts the wait again
        if self._picked is None or self._budget is None:
            return
        if self._picked == self._budget.budget_bytes and not self._budget.automatic:
            self._picked = None
        else:
            self.budget_chosen.emit(self._picked)

    def _to_automatic(self) -> None:
        if self._budget is None:
            return
        self._settle.stop()
        self._picked = self._budget.automatic_bytes
        self.slider.setFocus()  # the button goes; the focus shall not get lost
        self._say()
        self.automatic_chosen.emit()

    # -- in words

    def _say(self) -> None:
        budget = self._budget
        if budget is None:
            return
        wanted = self._picked if self._picked is not None else budget.budget_bytes
        automatic = budget.automatic and self._picked is None
        shown = model_words.gigabytes(wanted)
        self.amount.setText(f"Automatic: {shown}" if automatic else shown)
        gives = model_words.gigabytes(budget.automatic_bytes)
        parts.rename(self.back, f"Back to automatic, which gives {gives} now")
        self.back.setVisible(not automatic)
        found = model_curve.at(self._curve, wanted)
        said = self._expected(found)
        self.expected.setText(said)
        self.fits.setText(self._fits(wanted))
        self.slider.setToolTip(found.reason if found is not None else "")
        self.slider.setAccessibleDescription(f"{self.amount.text()}. {said}")

    def _expected(self, found: ModelPrediction | None) -> str:
        if not self._has_model:
            return _NO_MODEL
        if self._measuring and (found is None or found.tokens_per_s is None):
            return _MEASURING
        return model_words.expectation(found) if found is not None else ""

    def _fits(self, wanted: int) -> str:
        whole = model_curve.fits_from(self._curve)
        if not self._has_model or whole is None or wanted >= whole:
            return "What it does not use stays free for your other programs."
        return f"From about {model_words.gigabytes(whole)} on, all of it fits in memory."
