"""What is doubtful, for the person's word: two values side by side with what was said.

GUI thread only. The last word can be taken back as long as the page is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app import fact_ops, fact_words, parts
from app.bits import CentredColumn, EmptyPlace, clear, on_keys
from app.context import Context
from app.flow import FlowLayout
from app.fresh import Fresh
from app.theme import set_role
from memory.protocol import FactChoice, FactDoubt, FactInfo, FactReview, FactSource

_NARROW_BELOW = 460


class DoubtsView(QWidget):
    """Signals:
    counted: how many wait.
    """

    counted = Signal(int)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._review: FactReview | None = None
        self._decided: list[list[str]] = []
        self.cards: list[DoubtCard] = []
        theme, px = context.theme, context.theme.px
        self.undo = parts.button("Undo", self.take_back)
        self.undo.setToolTip("Take back your last word (Ctrl+Z)")
        self.undo.hide()
        self._help = parts.label(
            "Keys: 1 and 2 choose a side, B both, N neither, Ctrl+Z takes it back.", "small"
        )
        head = parts.row(space=px(8))
        head.addWidget(self._help, 1)
        head.addWidget(self.undo)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(px(12))
        page = CentredColumn(theme, theme.column_width())
        page.content.setContentsMargins(px(24), px(8), px(24), px(24))
        page.content.addLayout(head)
        page.content.addLayout(self._cards)
        page.content.addStretch(1)
        self.empty = EmptyPlace(
            theme,
            "check",
            "Nothing is doubtful.",
            "When two things you said do not fit, or you only guessed, you are asked here.",
        )
        self._page = page
        self._stack = QStackedWidget()
        self._stack.addWidget(page)
        self._stack.addWidget(self.empty)
        self.setLayout(parts.column(self._stack, space=0))
        on_keys(self, "Ctrl+Z", self.take_back)

    def refresh(self) -> None:
        asked = fact_ops.review(self._context.ops).then(self._show)
        self._fresh.ask(asked.otherwise(lambda _p: None))

    def take_focus(self) -> None:
        if self.cards:
            self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def take_back(self) -> None:
        """The last word becomes undecided again."""
        if self._decided:
            ids = self._decided.pop()
            self._do([(id_, FactChoice.UNDECIDED) for id_ in ids])

    def _show(self, review: FactReview) -> None:
        self.undo.setVisible(bool(self._decided))
        self.counted.emit(review.total)
        self._stack.setCurrentIndex(0 if review.doubts or self._decided else 1)
        if review == self._review:
            return
        self._review = review
        focused = any(card.hasFocus() for card in self.cards)
        clear(self._cards)
        self.cards = []
        for doubt in review.doubts:
            card = DoubtCard(self._context, doubt)
            card.decided.connect(self._decide)
            card.moved.connect(lambda step, card=card: self._move(card, step))
            card.opened.connect(lambda one: fact_ops.open_said(self._context, self._fresh, one))
            self.cards.append(card)
            self._cards.addWidget(card)
        if not self.cards:
            self._cards.addWidget(parts.label("Nothing is doubtful any more.", "muted"))
        if focused or self.isVisible():
            self.take_focus()

    def _move(self, card: DoubtCard, step: int) -> None:
        at = self.cards.index(card) + step
        if 0 <= at < len(self.cards):
            self.cards[at].setFocus(Qt.FocusReason.OtherFocusReason)
            self._page.ensureWidgetVisible(self.cards[at])

    def _decide(self, choices: list[tuple[str, FactChoice]]) -> None:
        self._decided.append([fact_id for fact_id, _choice in choices])
        self._do(choices)

    def _do(self, choices: list[tuple[str, FactChoice]]) -> None:
        self._fresh.do(fact_ops.decide(self._context.ops, choices))
        self.refresh()


class DoubtCard(QFrame):
    """One case. Signals:
    decided: pairs of fact id and choice. opened: a ``FactSource``. moved: to the case before
    (-1) or after (1).
    """

    decided = Signal(list)
    moved = Signal(int)
    opened = Signal(object)

    def __init__(self, context: Context, doubt: FactDoubt):
        super().__init__()
        self._theme = context.theme
        self.doubt = doubt
        px = self._theme.px
        set_role(self, "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(
            f"{doubt.fact.text} {fact_words.doubt(doubt.fact.doubt)}"
            + (f" Known: {doubt.against.text}" if doubt.against else "")
        )
        layout = parts.column(space=px(10), margins=(px(16), px(12), px(16), px(12)))
        title = f"{fact_words.whose(doubt.fact.subject)} · {fact_words.title(doubt.fact)}"
        layout.addWidget(parts.label(title, "section"))
        layout.addWidget(parts.label(fact_words.doubt(doubt.fact.doubt), "muted"))
        sides = parts.row(space=px(16))
        if doubt.against is not None:
            sides.addWidget(
                self._side("Known", doubt.against, doubt.against_sources), 1,
                Qt.AlignmentFlag.AlignTop,
            )  # fmt: skip
            sides.addWidget(parts.line("upright"))
        sides.addWidget(self._side("Said", doubt.fact, doubt.sources), 1, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(sides)
        layout.addWidget(self._buttons())
        self.setLayout(layout)

    def _side(self, title: str, fact: FactInfo, sources: Sequence[FactSource]) -> QWidget:
        px = self._theme.px
        box = QWidget()
        inner = parts.column(space=px(4))
        inner.addWidget(parts.label(title, "small"))
        inner.addWidget(parts.label(fact_words.value(fact), "heading"))
        for one in list(sources)[-2:]:
            inner.addWidget(parts.label(f"“{one.text}”"))
            opens = parts.button(fact_words.source(one), self._opens(one), kind="faint")
            opens.setToolTip("Open where it was said")
            inner.addWidget(opens, 0, Qt.AlignmentFlag.AlignLeft)
        box.setLayout(inner)
        return box

    def _opens(self, source: FactSource) -> object:
        return lambda: self.opened.emit(source)

    # -- the choices

    def choices(self) -> dict[str, tuple[str, list[tuple[str, FactChoice]]]]:
        """By key: what its button says, and what it decides."""
        fact, against = self.doubt.fact, self.doubt.against
        if against is None:
            return {
                "1": ("Yes", [(fact.id, FactChoice.ACCEPT)]),
                "2": ("No", [(fact.id, FactChoice.REJECT)]),
            }
        return {
            "1": (fact_words.cut(fact_words.value(against), 40), [(fact.id, FactChoice.REJECT)]),
            "2": (fact_words.cut(fact_words.value(fact), 40), [(fact.id, FactChoice.ACCEPT)]),
            "B": ("Both", [(fact.id, FactChoice.BOTH)]),
            "N": (
                "Neither",
                [(fact.id, FactChoice.REJECT), (against.id, FactChoice.REJECT)],
            ),
        }

    def _buttons(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, space=self._theme.px(8))
        self.buttons: dict[str, QPushButton] = {}
        for key, (text, _choice) in self.choices().items():
            made = parts.button(text, lambda key=key: self.choose(key))
            made.setToolTip(f"{text} ({key})")
            self.buttons[key] = made
            flow.addWidget(made)
        return box

    def choose(self, key: str) -> None:
        self.setEnabled(False)
        self.decided.emit(self.choices()[key][1])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.text().upper()
        if key in self.choices():
            self.choose(key)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        set_role(self, "notice")

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        set_role(self, "card")
