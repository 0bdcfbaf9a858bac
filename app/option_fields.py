"""One option as a row: its title and help at the left, the field that fits its type at the right.

GUI thread only.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from app import parts
from app.bits import later
from app.number_field import NumberField
from app.switch import Switch
from app.theme import Theme
from memory.protocol import SettingInfo

_SETTLE_MS = 500  # after the last step of a number, before it is sent


class OptionRow(QWidget):
    """Signals:
    changed: name and new value, by the person only.
    """

    changed = Signal(str, object)

    def __init__(self, theme: Theme, setting: SettingInfo):
        super().__init__()
        self.name = setting.name
        self._setting = setting
        self._last: Any = setting.value  # in force, or on its way to be
        self._theme = theme
        px = theme.px
        self._settle = later(self, _SETTLE_MS, self._send)
        self.field = self._made_field(setting)
        self.field.setAccessibleName(setting.title)
        self.field.setAccessibleDescription(setting.help)
        self._help = parts.label(setting.help, "small")
        self._problem = parts.label("", "bad")
        self._problem.hide()
        self._reset = parts.icon_button(theme, "retry", "Back to the usual", self._to_default)
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        title = parts.label(setting.title)
        title.setBuddy(self.field)
        text = parts.column(title, self._help, self._problem, space=px(2))
        line = parts.row(space=px(8))
        line.addLayout(text, 1)
        line.addWidget(self._reset)
        line.addWidget(self.field)  # last, so that all fields end at one edge
        line.setContentsMargins(0, px(6), 0, px(6))
        self.setLayout(line)
        self.show_setting(setting)

    def show_setting(self, setting: SettingInfo) -> None:
        """What is in force now; a field being typed in is left alone."""
        self._setting = setting
        self._last = setting.value
        self._reset.setVisible(setting.value != setting.default)
        typing = isinstance(self.field, QLineEdit) and self.field.hasFocus()
        if self._settle.isActive() or (typing and self.value() != setting.value):
            return
        self._problem.hide()
        self.field.blockSignals(True)
        self._put(setting.value)
        self.field.blockSignals(False)

    def show_problem(self, text: str) -> None:
        self._last = self._setting.value
        self._problem.setText(text)
        self._problem.show()

    def value(self) -> Any:
        field = self.field
        if isinstance(field, QCheckBox):
            return field.isChecked()
        if isinstance(field, QComboBox):
            return field.currentText()
        if isinstance(field, NumberField):
            return field.value()
        assert isinstance(field, QLineEdit)
        return field.text().strip()

    def _put(self, value: Any) -> None:
        field = self.field
        if isinstance(field, QCheckBox):
            field.setChecked(bool(value))
        elif isinstance(field, QComboBox):
            field.setCurrentText(str(value))
        elif isinstance(field, NumberField):
            field.set_value(value)
        elif isinstance(field, QLineEdit):
            field.setText(str(value))

    def _to_default(self) -> None:
        self._settle.stop()
        self.field.blockSignals(True)
        self._put(self._setting.default)
        self.field.blockSignals(False)
        self._send()

    def _send(self) -> None:
        value = self.value()
        if value != self._last:
            self._last = value
            self._problem.hide()
            self.changed.emit(self.name, value)

    # -- fields

    def _made_field(self, setting: SettingInfo) -> QWidget:
        if setting.type == "bool":
            box = Switch(self._theme)
            box.toggled.connect(lambda _on: self._send())
            return box
        if setting.type == "choice":
            combo = QComboBox()
            combo.addItems(setting.choices)
            combo.currentIndexChanged.connect(lambda _index: self._send())
            return combo
        if setting.type in ("int", "float"):
            return self._number(setting)
        line = QLineEdit()
        line.setMinimumWidth(self._theme.px(180))
        line.editingFinished.connect(self._send)
        return line

    def _number(self, setting: SettingInfo) -> QWidget:
        made = NumberField(
            whole=setting.type == "int",
            minimum=setting.minimum,
            maximum=setting.maximum,
            unit=setting.unit or "",
        )
        made.number_changed.connect(lambda _value: self._settle.start())
        made.setToolTip(limits(setting))
        made.setFixedWidth(self._theme.px(124))
        return made


def limits(setting: SettingInfo) -> str:
    """``From 1 to 4,096 MB``; empty where there are none."""
    if setting.minimum is None or setting.maximum is None:
        return ""
    unit = f" {setting.unit}" if setting.unit else ""
    return f"From {setting.minimum:,g} to {setting.maximum:,g}{unit}"


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
