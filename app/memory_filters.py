"""The chips above the memories list: kind, source, date, strength, state, pinned.

GUI thread only. The chips hold the choice; ``query(text)`` makes it a ``MemoryQuery``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app import parts, words
from app.context import Context
from app.filter_dialogs import DateRangeDialog, SourcePicker
from app.flow import FlowLayout
from memory.protocol import MemoryKind, MemoryQuery, MemoryState, SourceInfo

_STRENGTHS: tuple[tuple[str, float | None, float | None], ...] = (
    ("Any strength", None, None),
    ("Fresh, 90 % and more", 0.9, None),
    ("Strong, 70 % and more", 0.7, None),
    ("Fading, below 70 %", None, 0.7),
    ("Faint, below 50 %", None, 0.5),
)
_STATES: tuple[tuple[str, tuple[MemoryState, ...]], ...] = (
    ("Active", (MemoryState.ACTIVE,)),
    ("Dormant", (MemoryState.DORMANT,)),
    ("Active and dormant", (MemoryState.ACTIVE, MemoryState.DORMANT)),
    ("Replaced", (MemoryState.SUPERSEDED,)),
)
_PERIODS: tuple[tuple[str, int | None], ...] = (
    ("Any date", None),
    ("Today", 1),
    ("Last 7 days", 7),
    ("Last 30 days", 30),
    ("Last year", 365),
)


class MemoryFilters(QWidget):
    """Signals:
    changed: another choice was made.
    """

    changed = Signal()

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._kinds: set[MemoryKind] = set()
        self._source: tuple[str, str] | None = None  # id, title
        self._dates: tuple[str, datetime | None, datetime | None] = ("Any date", None, None)
        self._strength = _STRENGTHS[0]
        self._state = _STATES[0]
        self._pinned = False
        self._kind_chip = self._chip(self._ask_kind)
        self._source_chip = self._chip(self._ask_source)
        self._date_chip = self._chip(self._ask_date)
        self._strength_chip = self._chip(self._ask_strength)
        self._state_chip = self._chip(self._ask_state)
        self._pinned_chip = self._chip(self._toggle_pinned)
        self._clear = parts.button("Clear filters", self.reset, kind="quiet")
        flow = FlowLayout(self, space=context.theme.px(6))
        for chip in (
            self._kind_chip,
            self._source_chip,
            self._date_chip,
            self._strength_chip,
            self._state_chip,
            self._pinned_chip,
            self._clear,
        ):
            flow.addWidget(chip)
        self._show()

    # -- the choice

    def query(self, text: str) -> MemoryQuery:
        """The choice and ``text`` as one query."""
        return MemoryQuery(
            text=text,
            kinds=sorted(self._kinds),
            source=self._source[0] if self._source else None,
            states=list(self._state[1]),
            since=self._dates[1],
            until=self._dates[2],
            min_strength=self._strength[1],
            max_strength=self._strength[2],
            pinned=True if self._pinned else None,
        )

    def active(self) -> bool:
        """True if anything but the usual is chosen."""
        return bool(
            self._kinds
            or self._source
            or self._dates[1]
            or self._dates[2]
            or self._strength is not _STRENGTHS[0]
            or self._state is not _STATES[0]
            or self._pinned
        )

    def reset(self) -> None:
        self._kinds.clear()
        self._source = None
        self._dates = ("Any date", None, None)
        self._strength, self._state, self._pinned = _STRENGTHS[0], _STATES[0], False
        self._tell()

    def choose_source(self, source_id: str, title: str) -> None:
        """Only memories of this source; an empty id means all."""
        self._source = (source_id, title) if source_id else None
        self._tell()

    def choose_kinds(self, kinds: Sequence[MemoryKind]) -> None:
        self._kinds = set(kinds)
        self._tell()

    # -- chips

    def _chip(self, clicked: object) -> QPushButton:
        made = parts.button("", clicked, kind="chip")  # type: ignore[arg-type]
        made.setCheckable(True)
        return made

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        kinds = ", ".join(words.KIND_NAMES[k] for k in sorted(self._kinds))
        self._set(self._kind_chip, "Kind", kinds)
        self._set(self._source_chip, "Source", _short(self._source[1]) if self._source else "")
        dated = self._dates[1] or self._dates[2]
        self._set(self._date_chip, "Date", self._dates[0] if dated else "")
        strong = self._strength[0].partition(",")[0]
        self._set(
            self._strength_chip, "Strength", strong if self._strength is not _STRENGTHS[0] else ""
        )
        self._set(
            self._state_chip, "State", self._state[0] if self._state is not _STATES[0] else ""
        )
        self._pinned_chip.setText("Pinned")
        self._pinned_chip.setChecked(self._pinned)
        parts.rename(self._pinned_chip, "Only pinned memories")
        self._clear.setVisible(self.active())

    @staticmethod
    def _set(chip: QPushButton, name: str, value: str) -> None:
        chip.setText(f"{value or name}  ▾")
        chip.setChecked(bool(value))
        parts.rename(chip, f"{name}: {value or 'any'}")

    def _menu(self, chip: QPushButton) -> QMenu:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setAccessibleName(chip.accessibleName())
        chip.setChecked(not chip.isChecked())  # clicking only opens; the choice sets it
        return menu

    def _open(self, menu: QMenu, chip: QPushButton) -> None:
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height() + 2)))

    def _ask_kind(self) -> None:
        menu = self._menu(self._kind_chip)
        menu.addAction("Any kind").triggered.connect(lambda: self.choose_kinds([]))
        menu.addSeparator()
        for kind, name in words.KIND_NAMES.items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(kind in self._kinds)
            action.triggered.connect(partial(self._toggle_kind, kind))
        self._open(menu, self._kind_chip)

    def _toggle_kind(self, kind: MemoryKind, _checked: bool = False) -> None:
        self._kinds ^= {kind}
        self._tell()

    def _ask_source(self) -> None:
        self._source_chip.setChecked(self._source is not None)
        picker = SourcePicker(self._context, self)
        picker.picked.connect(self._take_source)
        picker.open()

    def _take_source(self, source: SourceInfo | None) -> None:
        self.choose_source(source.id if source else "", source.title if source else "")

    def _ask_date(self) -> None:
        menu = self._menu(self._date_chip)
        for name, span in _PERIODS:
            menu.addAction(name).triggered.connect(partial(self._choose_period, name, span))
        menu.addSeparator()
        menu.addAction("From … to …").triggered.connect(self._ask_range)
        self._open(menu, self._date_chip)

    def _choose_period(self, name: str, span: int | None, _checked: bool = False) -> None:
        since = None
        if span is not None:
            midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0)
            since = (midnight - timedelta(days=span - 1)).astimezone(UTC)
        self._dates = (name, since, None)
        self._tell()

    def _ask_range(self) -> None:
        dialog = DateRangeDialog(self._context.theme, self)
        dialog.chosen.connect(self._take_range)
        dialog.open()

    def _take_range(self, since: datetime, until: datetime) -> None:
        last = until - timedelta(seconds=1)
        self._dates = (f"{words.date(since)} to {words.date(last)}", since, until)
        self._tell()

    def _ask_strength(self) -> None:
        menu = self._menu(self._strength_chip)
        for choice in _STRENGTHS:
            menu.addAction(choice[0]).triggered.connect(partial(self._choose_strength, choice))
        self._open(menu, self._strength_chip)

    def _choose_strength(
        self, choice: tuple[str, float | None, float | None], _checked: bool = False
    ) -> None:
        self._strength = choice
        self._tell()

    def _ask_state(self) -> None:
        menu = self._menu(self._state_chip)
        for choice in _STATES:
            menu.addAction(choice[0]).triggered.connect(partial(self._choose_state, choice))
        self._open(menu, self._state_chip)

    def _choose_state(
        self, choice: tuple[str, tuple[MemoryState, ...]], _checked: bool = False
    ) -> None:
        self._state = choice
        self._tell()

    def _toggle_pinned(self) -> None:
        self._pinned = not self._pinned
        self._tell()


def _short(title: str) -> str:
    return title if len(title) <= 28 else title[:27].rstrip() + "…"
