"""One memory: its text and what stands around it, its place, strength, curve and history.

GUI thread only. What is done to it (edit, pin, mark, forget) goes through ``ops``; the new
state comes back by ``edited`` and ``forgotten`` and by the daemon's own change events.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, markdown, parts, words
from app.bits import CentredColumn, clear, on_keys
from app.context import Context
from app.curve import StrengthCurve
from app.flag_notice import FlagNotice
from app.flow import FlowLayout
from app.forget_dialog import ask_to_forget
from app.fresh import Fresh
from app.memory_notes import MemoryNotes
from app.memory_words import (
    also_words,
    around_words,
    history,
    place_words,
    reading,
    strength_words,
)
from app.one_line import is_marked_up
from app.places import Place
from app.theme import set_role
from memory.protocol import (
    ErrorCode,
    ForgetReply,
    ForgetRequest,
    MemoryDetail,
    MemoryEdit,
    MemoryInfo,
    MemoryState,
    Problem,
    ReviewReason,
    SourceKind,
)


class MemoryDetailView(QWidget):
    """Signals:
    closed: back to the list. edited: the memory as it is now. forgotten: id of the one gone.
    """

    closed = Signal()
    edited = Signal(object)
    forgotten = Signal(str)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._memory: MemoryInfo | None = None
        self._fresh = Fresh(self)
        self.setAccessibleName("Memory")
        self._page = CentredColumn(context.theme, context.theme.column_width())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._page)
        self._build()
        context.theme.changed.connect(self._show_text)
        on_keys(self, "Esc", self._escape)
        on_keys(self, "Ctrl+Return", self._save)

    @property
    def memory(self) -> MemoryInfo | None:
        return self._memory

    # -- what is shown

    def show_memory(self, memory: MemoryInfo) -> None:
        """Show it at once with what the list knows, then ask for the rest."""
        other = self._memory is None or memory.id != self._memory.id
        self._memory = memory
        if other:
            self._stop_editing()
            self._page.verticalScrollBar().setValue(0)
            self._set_around([], [])
            self._show_also([])
            self._history_rows([])
            self._curve.hide()
            self.notes.clear()
        self._show_info(memory)
        self.reload()

    def prepare(self) -> None:
        """Do ahead what the first memory would wait for."""
        self._curve.prepare()

    def show_id(self, memory_id: str) -> None:
        """Show a memory known only by its id."""
        self._fresh.ask(self._context.ops.memory(memory_id).then(self._arrived))

    def _go_to(self, memory_id: str) -> None:
        """Another memory, by a link of this one."""
        self._stop_editing()
        self._page.verticalScrollBar().setValue(0)
        self.show_id(memory_id)

    def reload(self) -> None:
        if self._memory is not None:
            ask = self._context.ops.memory(self._memory.id).then(self._arrived)
            self._fresh.ask(ask.otherwise(self._not_loaded))

    def clear(self) -> None:
        self._fresh.drop()
        self.notes.clear()
        self._memory = None

    def set_back_visible(self, visible: bool) -> None:
        """In a narrow window the memory takes the place of the list."""
        self._back.setVisible(visible)

    def _arrived(self, detail: MemoryDetail) -> None:
        self._memory = detail.memory
        self._show_info(detail.memory)
        self._set_around(detail.before, detail.after)
        self._show_also(detail.also)
        self._history_rows(history(detail))
        self._curve.show_curve(detail.curve, detail.reviews, dormant_below=detail.dormant_below)
        self._curve.setVisible(bool(detail.curve))
        self.notes.show_memory(detail.memory.id)

    def _not_loaded(self, problem: object) -> None:
        """A memory that is gone is closed; in other trouble, what the list knew stays."""
        gone = isinstance(problem, Problem) and problem.code is ErrorCode.NOT_FOUND
        if gone and self._memory is not None:
            self.forgotten.emit(self._memory.id)

    # -- putting it together

    def _build(self) -> None:
        px = self._context.theme.px
        content = self._page.content
        content.setSpacing(px(10))
        theme = self._context.theme
        self._back = parts.icon_button(theme, "left", "Back to the list", self.closed.emit)
        self._kind = parts.label("", "small", wrap=False)
        content.addLayout(parts.row(self._back, self._kind, 1))
        self._notice = FlagNotice(theme)
        self._notice.fine.connect(self.call_fine)
        content.addWidget(self._notice)
        self._before = parts.label("", "small")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._after = parts.label("", "small")
        content.addWidget(self._before)
        content.addWidget(self._text)
        content.addWidget(self._build_editor())
        content.addWidget(self._after)
        content.addWidget(self._build_place())
        content.addWidget(self._build_also())
        content.addWidget(self._build_actions())
        self.notes = MemoryNotes(self._context)
        self.notes.memory_wanted.connect(self._go_to)
        content.addWidget(self.notes)
        content.addSpacing(px(8))
        content.addWidget(parts.label("Strength", "section"))
        self._strength = parts.label("")
        self._curve = StrengthCurve(theme)
        content.addWidget(self._strength)
        content.addWidget(self._curve)
        content.addSpacing(px(8))
        content.addWidget(parts.label("History", "section"))
        self._history = QVBoxLayout()
        self._history.setSpacing(px(4))
        content.addLayout(self._history)
        content.addStretch(1)

    def _build_editor(self) -> QWidget:
        px = self._context.theme.px
        self._editor = QPlainTextEdit()
        self._editor.setAccessibleName("Text of the memory")
        self._editor.setTabChangesFocus(True)
        self._editor.setMinimumHeight(px(140))
        self._save_button = parts.button("Save", self._save, kind="primary")
        note = parts.label("The file itself is not changed. The old wording is kept.", "small")
        box = QWidget()
        layout = parts.column(self._editor, note, space=px(8))
        layout.addLayout(
            parts.row(1, parts.button("Cancel", self._stop_editing), self._save_button)
        )
        box.setLayout(layout)
        box.hide()
        self._editing = box
        return box

    def _build_place(self) -> QWidget:
        theme, px = self._context.theme, self._context.theme.px
        card = QFrame()
        set_role(card, "card")
        self._place_icon = QLabel()
        self._place_title = parts.Elided("", "heading")
        self._place_words = parts.Elided("", "small")
        self._open = parts.button("Open source", self.open_source)
        self._original = parts.icon_button(
            theme, "open", "Open the original in its own program", self._open_original
        )
        titles = parts.column(self._place_title, self._place_words, space=px(2))
        line = parts.row(self._place_icon, space=px(10))
        line.addLayout(titles, 1)
        line.addWidget(self._open)
        line.addWidget(self._original)
        line.setContentsMargins(px(12), px(10), px(10), px(10))
        card.setLayout(line)
        return card

    def _build_also(self) -> QWidget:
        """What says the same and stands behind this one, or before it."""
        self._also_words = parts.label("", "small")
        apart = parts.button("Take apart", self._take_apart, kind="quiet")
        apart.setToolTip("Show each of them by itself again, for good")
        self._also = QWidget()
        line = parts.row(space=self._context.theme.px(8))
        line.addWidget(self._also_words, 1)
        line.addWidget(apart)
        self._also.setLayout(line)
        self._also.hide()
        return self._also

    def _show_also(self, others: list[MemoryInfo]) -> None:
        self._also_words.setText(also_words(others))
        self._also.setVisible(bool(others))

    def _take_apart(self) -> None:
        if self._memory is not None:
            undo = self._context.ops.undo_folds(memory=self._memory.id)
            self._fresh.do(undo.then(lambda _done: self.reload()))

    def _build_actions(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, space=self._context.theme.px(6))
        self._edit = self._action("Edit", "edit", self.edit)
        self._pin = self._action("Pin", "pin", self.toggle_pin)
        self._helpful = self._action("Helpful", "star", self.mark_helpful)
        self._wrong = self._action("Wrong", "wrong", self.mark_wrong)
        self._forget = self._action("Forget …", "forget", self.forget)
        self._forget.setProperty("kind", "danger")
        for made in (self._edit, self._pin, self._helpful, self._wrong, self._forget):
            flow.addWidget(made)
        self._edit.setToolTip("Change the wording (E)")
        self._pin.setToolTip("Pinned memories never go dormant (P)")
        self._helpful.setToolTip("It was what you needed: it stays stronger for longer (H)")
        self._wrong.setToolTip("It is not true, or not any more: it fades (W)")
        self._forget.setToolTip("See what would go, then erase it (Delete)")
        return box

    def _action(self, text: str, icon: str, clicked: object) -> QPushButton:
        made = parts.button(text, clicked)  # type: ignore[arg-type]
        token = "bad" if icon == "forget" else "muted"
        icons.bind(self._context.theme, made, icon, token, size=icons.SMALL)
        return made

    # -- filling in

    def _show_info(self, memory: MemoryInfo) -> None:
        state = "" if memory.state is MemoryState.ACTIVE else memory.state.value
        when = words.moment(memory.happened_at or memory.learnt_at)
        said = [words.KIND_NAME[memory.kind].capitalize(), memory.speaker or "", when, state]
        self._kind.setText(" · ".join(part for part in said if part))
        self._notice.show_flags(memory.flags)
        self._show_text()
        self._text.setAccessibleName(memory.text)
        self._place_title.setText(memory.source_title)
        self._place_words.setText(place_words(memory))
        kind = memory.source_kind
        drawing = {SourceKind.FILE: "file", SourceKind.NOTE: "note"}.get(kind, "conversation")
        icons.bind(self._context.theme, self._place_icon, drawing, "muted")
        self._original.setVisible(kind is SourceKind.FILE)
        self._pin.setText("Unpin" if memory.pinned else "Pin")
        icons.bind(
            self._context.theme,
            self._pin,
            "pinned" if memory.pinned else "pin",
            "accent" if memory.pinned else "muted",
            size=icons.SMALL,
        )
        self._wrong.setText("Marked wrong" if memory.marked_wrong else "Wrong")
        self._wrong.setEnabled(not memory.marked_wrong)
        self._strength.setText(strength_words(memory))

    def _show_text(self) -> None:
        """The memory as a page shows it; its signs and line ends are seen when editing."""
        memory = self._memory
        if memory is None:
            return
        if is_marked_up(memory.source_kind, memory.location):
            theme = self._context.theme
            self._text.setText(markdown.passage(memory.text, theme.palette, theme.text_px()))
        else:
            self._text.setText(reading(memory.text))

    def _set_around(self, before: list[MemoryInfo], after: list[MemoryInfo]) -> None:
        said_before, said_after = around_words(before, after)
        for shown, text in ((self._before, said_before), (self._after, said_after)):
            shown.setText(text)
            shown.setVisible(bool(text))

    def _history_rows(self, lines: list[tuple[str, str]]) -> None:
        clear(self._history)
        for when, what in lines:
            day = parts.label(when, "small", wrap=False)
            day.setMinimumWidth(self._context.theme.px(130))
            line = parts.row(day)
            line.addWidget(parts.label(what), 1)
            self._history.addLayout(line)

    # -- what can be done

    def open_source(self) -> None:
        if self._memory is not None:
            self._context.requests.place_wanted.emit(Place.of_memory(self._memory))

    def _open_original(self) -> None:
        if self._memory is not None:
            self._context.requests.original_wanted.emit(Place.of_memory(self._memory))

    def edit(self) -> None:
        if self._memory is None:
            return
        self._editor.setPlainText(self._memory.text)
        self._text.hide()
        self._editing.show()
        self._editor.setFocus()

    def _stop_editing(self) -> None:
        self._editing.hide()
        self._text.show()

    def _save(self) -> None:
        text = self._editor.toPlainText().strip()
        if self._memory is None or self._editing.isHidden():
            return
        if not text or text == self._memory.text:
            self._stop_editing()
            return
        self._save_button.setEnabled(False)
        edit = self._context.ops.edit_memory(self._memory.id, MemoryEdit(text=text))
        edit.then(self._saved).always(lambda: self._save_button.setEnabled(True))
        self._fresh.do(edit)

    def _saved(self, memory: MemoryInfo) -> None:
        if self._memory is not None and memory.id == self._memory.id:
            self._stop_editing()  # another one may be edited by now
        self._take(memory)

    def toggle_pin(self) -> None:
        if self._memory is not None:
            edit = MemoryEdit(pinned=not self._memory.pinned)
            pin = self._context.ops.edit_memory(self._memory.id, edit)
            self._fresh.do(pin.then(self._take))

    def call_fine(self) -> None:
        if self._memory is not None:
            self._notice.button.setEnabled(False)
            fine = self._context.ops.call_fine(self._memory.id).then(self._take)
            self._fresh.do(fine.otherwise(lambda _problem: self._notice.button.setEnabled(True)))

    def mark_helpful(self) -> None:
        self._review(ReviewReason.HELPFUL)

    def mark_wrong(self) -> None:
        self._review(ReviewReason.WRONG)

    def _review(self, reason: ReviewReason) -> None:
        if self._memory is not None:
            self._fresh.do(self._context.ops.review(self._memory.id, reason).then(self._take))

    def forget(self) -> None:
        if self._memory is None:
            return
        gone = self._memory.id

        def forgotten(_reply: ForgetReply) -> None:
            self.forgotten.emit(gone)

        ask_to_forget(self._context, ForgetRequest(memories=[gone]), self, forgotten)

    def _take(self, memory: MemoryInfo) -> None:
        """The daemon's word on what this memory is now."""
        if self._memory is not None and memory.id == self._memory.id:
            self._memory = memory
            self._show_info(memory)
            self.reload()
        self.edited.emit(memory)

    def _escape(self) -> None:
        if self._editing.isHidden():
            self.closed.emit()
        else:
            self._stop_editing()
