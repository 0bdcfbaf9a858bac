"""What to forget, told by a person's name or by a time; what would go is shown afterwards.

GUI thread.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateEdit,
    QDialog,
    QFormLayout,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from app import parts
from app.switch import Switch
from app.theme import Theme
from memory.protocol import ForgetRequest


class ForgetChooser(QDialog):
    """Signals:
    chosen: a ``ForgetRequest``; nothing is forgotten yet.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Forget")
        px = theme.px
        self.by_person = QRadioButton("What somebody said")
        self.by_time = QRadioButton("What happened in a time")
        self._ways = QButtonGroup(self)
        for way in (self.by_person, self.by_time):
            self._ways.addButton(way)
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name, as it stands beside their words")
        self.name.setAccessibleName("Name")
        self.naming = Switch(theme)
        self.naming.setAccessibleName("And what others said that names them")
        self.first, self.last = _day("From", -1), _day("To", 0)
        self._next = parts.button("Show what would go", self._take, kind="primary")
        dates = QFormLayout()
        dates.setSpacing(px(8))
        for field in (self.first, self.last):
            dates.addRow(parts.label(field.accessibleName()), field)
        person = parts.column(self.name, space=px(8))
        also = parts.row()
        also.addWidget(parts.label(self.naming.accessibleName()), 1)
        also.addWidget(self.naming)
        person.addLayout(also)
        for inner in (person, dates):
            inner.setContentsMargins(px(24), 0, 0, px(8))
        layout = parts.column(space=px(10), margins=(px(24),) * 4)
        layout.addWidget(parts.label("What should be forgotten?", "title"))
        layout.addWidget(self.by_person)
        layout.addLayout(person)
        layout.addWidget(self.by_time)
        layout.addLayout(dates)
        layout.addSpacing(px(8))
        layout.addLayout(parts.row(1, parts.button("Cancel", self.reject), self._next))
        self.setLayout(layout)
        self.setMinimumWidth(px(420))
        self._ways.buttonToggled.connect(lambda *_args: self._follow())
        self.name.textChanged.connect(lambda _text: self._follow())
        self.by_person.setChecked(True)
        self.name.setFocus()

    def request(self) -> ForgetRequest:
        """What is chosen now."""
        if self.by_person.isChecked():
            name = " ".join(self.name.text().split())
            return ForgetRequest(person=name, naming=self.naming.isChecked())
        days = sorted((self.first.date().toPython(), self.last.date().toPython()))
        return ForgetRequest(since=_begin(days[0]), until=_begin(days[1] + timedelta(days=1)))

    def _follow(self) -> None:
        person = self.by_person.isChecked()
        for field in (self.name, self.naming):
            field.setEnabled(person)
        for field in (self.first, self.last):
            field.setEnabled(not person)
        self._next.setEnabled(bool(not person or self.name.text().strip()))

    def _take(self) -> None:
        self.chosen.emit(self.request())
        self.accept()


def _day(name: str, months: int) -> QDateEdit:
    made = QDateEdit(QDate.currentDate().addMonths(months))
    made.setCalendarPopup(True)
    made.setDisplayFormat("d MMMM yyyy")
    made.setAccessibleName(name)
    return made


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone(UTC)
