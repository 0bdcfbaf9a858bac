"""The page "About to fade": today's few memories one at a time, and the year in two plots.

GUI thread only. The list comes whole with every reply, so what is shown is always the daemon's
word; keeping and letting fade can be taken back, forgetting shows first what would go.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import parts, words
from app.bits import CentredColumn, EmptyPlace, later, on_keys
from app.context import Context
from app.fading_card import FadingCard
from app.forget_dialog import ask_to_forget
from app.fresh import Fresh
from app.places import Place
from app.plotting import plotting
from app.year_plot import YearPlot
from memory.protocol import (
    Change,
    Changed,
    FadingAnswer,
    FadingList,
    FadingOffer,
    ForgetReply,
    ForgetRequest,
    Problem,
)

_REFRESH_MS = 1000
_SAID = {
    FadingAnswer.KEEP: "Kept: it is strong again.",
    FadingAnswer.FADE: "It may fade, and is not offered again.",
}


class FadingPage(QWidget):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._list: FadingList | None = None
        self._done: list[str] = []  # decided here, to be taken back in turn
        self.setProperty("role", "page")
        self._build()
        self._refreshing = later(self, _REFRESH_MS, self.refresh)
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self.isVisible() and self.shown())
        for keys, call in (
            ("K", lambda: self._decide(FadingAnswer.KEEP)),
            ("L", lambda: self._decide(FadingAnswer.FADE)),
            ("Del", self._forget),
            ("O", self._open_source),
            ("Ctrl+Z", self.undo),
        ):
            on_keys(self, keys, call)

    # -- keeping it true

    def shown(self) -> None:
        plotting().want()
        self.refresh()
        self._ask_year()
        self._take_focus()

    def refresh(self) -> None:
        self._fresh.ask(self._context.ops.fading().then(self._show).otherwise(self._failed))

    def _ask_year(self) -> None:
        """Not at every change: it looks at each memory."""
        year = self._context.ops.fading_year().then(self.year.show_year)
        self._fresh.ask(year.otherwise(lambda _p: None))

    def _on_changed(self, event: Changed) -> None:
        if Change.MEMORIES in event.flags and self.isVisible():
            self._refreshing.start()

    # -- putting it together

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page = CentredColumn(theme, theme.column_width())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        content = page.content
        content.setSpacing(px(12))
        self.counted = parts.label("", "muted", wrap=False)
        title = parts.row(parts.label("About to fade", "title", wrap=False), self.counted, 1,
                          space=px(12))  # fmt: skip
        title.setAlignment(self.counted, Qt.AlignmentFlag.AlignBottom)
        content.addLayout(title)
        self.card = FadingCard(theme)
        self.card.kept.connect(lambda: self._decide(FadingAnswer.KEEP))
        self.card.let_fade.connect(lambda: self._decide(FadingAnswer.FADE))
        self.card.forget_wanted.connect(self._forget)
        self.card.source_wanted.connect(self._open_source)
        self.card.hide()
        self.empty = EmptyPlace(theme, "fading", "")
        self.empty.hide()
        content.addWidget(self.card)
        content.addWidget(self.empty)
        content.addWidget(self._build_undo())
        content.addSpacing(px(16))
        self.year = YearPlot(theme)
        self.year.hide()
        content.addWidget(self.year)
        content.addStretch(1)

    def _build_undo(self) -> QWidget:
        self.said = parts.label("", "muted")
        self.undo_button = parts.button("Undo", self.undo, kind="quiet")
        self.undo_button.setToolTip("Take your last word back (Ctrl+Z)")
        self._undo = QWidget()
        line = parts.row(self.said, self.undo_button, 1)
        self._undo.setLayout(line)
        self._undo.hide()
        return self._undo

    # -- what is shown

    def _show(self, found: FadingList) -> None:
        self._list = found
        left = [offer for offer in found.offers if offer.answer is None]
        focused = self._has_focus()
        if left:
            self.card.show_offer(left[0])
        self.card.setVisible(bool(left))
        self.empty.setVisible(not left)
        if focused:
            self._take_focus()
        self.counted.setText(f"{len(left)} of {len(found.offers)} left" if left else "")
        self.empty.say(*_nothing(found))
        self._show_undo(found)

    def _has_focus(self) -> bool:
        focus = self.window().focusWidget()  # also while another window is active
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def _take_focus(self) -> None:
        """Keys work while the focus is somewhere on the page."""
        if self.card.isVisible():
            self.card.take_focus()
        else:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_undo(self, found: FadingList) -> None:
        answers = {offer.memory.id: offer.answer for offer in found.offers}
        self._done = [id_ for id_ in self._done if answers.get(id_) is not None]
        last = answers[self._done[-1]] if self._done else None
        self._undo.setVisible(last is not None)
        if last is not None:
            self.said.setText(_SAID[last])

    def _failed(self, problem: object) -> None:
        if isinstance(problem, Problem) and self._list is None:
            self.empty.say(problem.title, f"{problem.message} {problem.next_step}")
            self.empty.show()
        elif isinstance(problem, Problem):
            self._context.messages.problem(problem)
        elif isinstance(problem, BaseException):
            self._context.messages.failure(problem)

    # -- what can be done

    def _decide(self, answer: FadingAnswer) -> None:
        offer = self._offer()
        if offer is None:
            return
        memory_id = offer.memory.id

        def decided(found: FadingList) -> None:
            self._done.append(memory_id)
            self._show(found)
            self._ask_year()

        self._put(memory_id, answer, decided)

    def undo(self) -> None:
        """Take the last word back; the memory is offered again at once."""
        if self._done and not self._fresh.busy:
            self._put(self._done[-1], None, self._show)
            self._ask_year()

    def _put(self, memory_id: str, answer: FadingAnswer | None, then: object) -> None:
        deed = self._context.ops.decide_fading(memory_id, answer)
        deed.then(then).otherwise(self._failed)  # type: ignore[arg-type]
        self._fresh.do(deed)

    def _forget(self) -> None:
        offer = self._offer()
        if offer is not None:
            ask_to_forget(
                self._context, ForgetRequest(memories=[offer.memory.id]), self, self._forgotten
            )

    def _forgotten(self, _reply: ForgetReply) -> None:
        self.refresh()
        self._ask_year()

    def _open_source(self) -> None:
        offer = self._offer()
        if offer is not None:
            self._context.requests.place_wanted.emit(Place.of_memory(offer.memory))

    def _offer(self) -> FadingOffer | None:
        """The one on the card, unless a word on it is on its way. The buttons stay as they are
        meanwhile: one that is disabled loses the focus, and with it the keys."""
        return self.card.offer if self.card.isVisible() and not self._fresh.busy else None


def _nothing(found: FadingList) -> tuple[str, str]:
    if found.offers:
        return (
            f"That was all for today: {words.memories(len(found.offers))} looked at.",
            "What you keep stays strong; what you let fade can still be found.",
        )
    return (
        "Nothing that matters is about to fade.",
        "What you use stays strong by itself. A few memories come here before they go dormant, "
        "five a day at most.",
    )
