"""What a recall took from the words of a question, as chips: a time, a kind, who said it.

A chip only tells, and what fits it came first. A click makes it a filter, another click undoes
that; its cross strikes it out, and the question is asked anew without it. What was chosen holds
as long as the words are in the question. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import flow, parts
from app.theme import Theme
from memory.protocol import MemoryKind, RecallFilter, Understood, UnderstoodKind

_SPACE = 6
_SAYS = {
    UnderstoodKind.TIME: "from this time",
    UnderstoodKind.KIND: "of this kind",
    UnderstoodKind.SPEAKER: "said by this person",
}


class UnderstoodChips(QWidget):
    """Signals:
    changed: something was struck out, or made a filter, or no longer is.
    """

    changed = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._shown: list[Understood] = []
        self._struck: list[str] = []
        self._fixed: dict[UnderstoodKind, Understood] = {}  # one of a kind at most
        self.setProperty("role", "clear")
        self.setAccessibleName("What was understood")
        self._flow = flow.FlowLayout(self, space=theme.px(_SPACE))
        self.hide()

    # -- what the next recall is asked with

    def ignored(self) -> list[str]:
        """Words whose meaning is struck out."""
        return list(self._struck)

    def chosen(self) -> RecallFilter:
        """What was made a filter."""
        time = self._fixed.get(UnderstoodKind.TIME)
        kind = self._fixed.get(UnderstoodKind.KIND)
        speaker = self._fixed.get(UnderstoodKind.SPEAKER)
        return RecallFilter(
            since=_moment(time.start_ms) if time else None,
            until=_moment(None if time.end_ms is None else time.end_ms - 1) if time else None,
            kinds=[MemoryKind(kind.value)] if kind and kind.value else [],
            speaker=speaker.value if speaker else None,
        )

    def keep_for(self, question: str) -> None:
        """Forget what was chosen for words that are no longer in the question."""
        said = question.casefold()
        self._struck = [words for words in self._struck if words.casefold() in said]
        self._fixed = {
            kind: one for kind, one in self._fixed.items() if one.text.casefold() in said
        }

    # -- what is shown

    def show_understood(self, understood: Sequence[Understood]) -> None:
        """Of the reply that is on the screen now."""
        fixed = [one for one in self._fixed.values() if one not in understood]
        self._shown = [*understood, *fixed]
        flow.clear(self._flow)
        for one in self._shown:
            self._flow.addWidget(self._chip(one))
        self.setVisible(bool(self._shown))

    def fit(self, width: int) -> None:
        """Take the height its chips need in this width."""
        self.setFixedHeight(self._flow.heightForWidth(width) if self._shown else 0)

    def texts(self) -> list[str]:
        """What the chips say."""
        return [_short(one) for one in self._shown]

    def _chip(self, one: Understood) -> QWidget:
        holder = QWidget()
        chip = parts.button(_short(one), lambda: self._toggle(one), kind="chip")
        chip.setCheckable(one.kind in _SAYS)
        chip.setChecked(self._fixed.get(one.kind) == one)
        if one.kind in _SAYS:
            only = "no longer only" if chip.isChecked() else "only"
            parts.rename(chip, f"“{one.text}”: {one.label}. Click to find {only} what is "
                         f"{_SAYS[one.kind]}")  # fmt: skip
        else:
            parts.rename(chip, f"“{one.text}” is looked for in these words")
        cross = parts.icon_button(
            self._theme, "close", f"Do not take “{one.text}” as {one.label}",
            lambda: self._strike(one), size=12,
        )  # fmt: skip
        holder.setLayout(parts.row(chip, cross, space=0))
        return holder

    def _toggle(self, one: Understood) -> None:
        if one.kind not in _SAYS:
            return
        if self._fixed.get(one.kind) == one:
            del self._fixed[one.kind]
        else:
            self._fixed[one.kind] = one
        self.changed.emit()

    def _strike(self, one: Understood) -> None:
        if self._fixed.get(one.kind) == one:
            del self._fixed[one.kind]
        self._struck.append(one.text)
        self.changed.emit()


def _short(one: Understood) -> str:
    """What a chip says; of a time told from an event only the days."""
    return one.label.rpartition("): ")[2] if one.kind is UnderstoodKind.TIME else one.label


def _moment(ms: int | None) -> datetime | None:
    """Exact, also before 1970 and far from now."""
    if ms is None:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
