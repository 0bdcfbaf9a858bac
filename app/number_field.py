"""A field for one number with limits and its unit: typed, or stepped with the arrow keys.

Qt's spin boxes lose their text under a style sheet when their buttons are hidden, and change
when a page is scrolled under the pointer; this is a plain field. GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit

from app import parts


class NumberField(QLineEdit):
    """Whole numbers, or fractions with two places.

    Signals:
    number_changed: a number within the limits, by the person only.
    """

    number_changed = Signal(object)

    def __init__(
        self,
        *,
        whole: bool,
        minimum: float | None = None,
        maximum: float | None = None,
        unit: str = "",
    ):
        super().__init__()
        self._unit = parts.label(unit, "small", wrap=False)
        self._unit.setParent(self)
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._unit.setVisible(bool(unit))
        self._whole = whole
        self._minimum, self._maximum = minimum, maximum
        self._value: float = 0
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.editingFinished.connect(self._take)

    def value(self) -> int | float:
        return int(self._value) if self._whole else self._value

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if not self._unit.isHidden():
            self._unit.adjustSize()
            gap = self.fontMetrics().height() // 2
            left = self.width() - self._unit.width() - gap
            self._unit.move(left, (self.height() - self._unit.height()) // 2)
            self.setTextMargins(0, 0, self._unit.width() + gap // 2, 0)

    def set_value(self, value: float) -> None:
        self._value = value
        self.setText(self._spelt(value))

    def step(self, steps: int) -> None:
        self._take()
        self._change(self._value + steps * (1 if self._whole else 0.05))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.step(steps)

    def _take(self) -> None:
        """What was typed, or the old number where that makes none."""
        typed = self.text().strip().replace("\u202f", "").replace(" ", "")
        typed = typed.replace(",", "" if self._whole else ".")
        try:
            self._change(float(typed))
        except ValueError:
            self.setText(self._spelt(self._value))

    def _change(self, value: float) -> None:
        if self._minimum is not None:
            value = max(self._minimum, value)
        if self._maximum is not None:
            value = min(self._maximum, value)
        value = round(value) if self._whole else round(value, 2)
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.number_changed.emit(self.value())

    def _spelt(self, value: float) -> str:
        return f"{round(value):,}" if self._whole else f"{value:.2f}"
