"""Before anything is forgotten: what would go, in numbers and first words, and a last word.

GUI thread. The preview comes from the daemon; the button to forget works only once it is
known, so nobody agrees to something they have not seen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QProgressBar, QVBoxLayout, QWidget

from app import parts, words
from app.bits import clear
from app.context import Context
from app.theme import set_role
from memory.protocol import ForgetReply, ForgetRequest, Problem

_SAMPLES = 5
_SAMPLE_CHARS = 140


class ForgetDialog(QDialog):
    """Opened with ``open``; ``forgotten`` is called with the reply once it is done."""

    def __init__(
        self,
        context: Context,
        request: ForgetRequest,
        parent: QWidget | None = None,
        forgotten: Callable[[ForgetReply], None] | None = None,
    ):
        super().__init__(parent)
        self._context = context
        self._request = request
        self._forgotten = forgotten
        self.setWindowTitle("Forget")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        preview = request.model_copy(update={"preview": True})
        context.ops.forget(preview).then(self._show).otherwise(self._failed).start(self)

    def _build(self) -> None:
        px = self._context.theme.px
        self._title = parts.label("Looking at what would go", "title")
        self._text = parts.label("", "muted")
        self._samples = QVBoxLayout()
        self._samples.setSpacing(px(6))
        self._card = QFrame()
        set_role(self._card, "card")
        self._card.setLayout(self._samples)
        self._samples.setContentsMargins(px(12), px(10), px(12), px(10))
        self._card.hide()
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._keep = parts.button("Keep", self.reject)
        self._yes = parts.button("Forget", self._go, kind="danger")
        self._yes.setEnabled(False)
        self._keep.setDefault(True)
        layout = parts.column(
            self._title, self._text, self._card, self._bar, 1, space=px(12), margins=(px(24),) * 4
        )
        layout.addSpacing(px(8))
        layout.addLayout(parts.row(1, self._keep, self._yes))
        self.setLayout(layout)
        self.setMinimumWidth(px(440))

    def _show(self, reply: ForgetReply) -> None:
        self._bar.hide()
        nothing = not (reply.memories or reply.sources or reply.chats)
        if nothing:
            self._title.setText("There is nothing to forget")
            self._text.setText("Nothing here fits any more; it may be gone already.")
            self._keep.setText("Close")
            return
        self._title.setText(f"Forget {what_goes(reply)}?")
        self._text.setText(
            f"{what_follows(reply)}The words are erased from Recollect, its search and its "
            "backups. This cannot be undone. Your own files stay where they are."
        )
        self._list(reply)
        self._yes.setEnabled(True)
        self.adjustSize()

    def _list(self, reply: ForgetReply) -> None:
        clear(self._samples)
        if reply.source_titles:
            shown = ", ".join(reply.source_titles[:3])
            more = len(reply.source_titles) - 3
            self._samples.addWidget(
                parts.label(f"From {shown}" + (f" and {more} more" if more > 0 else ""), "small")
            )
        for sample in reply.samples[:_SAMPLES]:
            short = " ".join(sample.split())
            cut = len(short) > _SAMPLE_CHARS
            text = short[:_SAMPLE_CHARS].rstrip() + " …" if cut else short
            self._samples.addWidget(parts.label(text))
        rest = reply.memories - len(reply.samples[:_SAMPLES])
        if reply.samples and rest > 0:
            self._samples.addWidget(parts.label(f"and {words.memories(rest)} more", "small"))
        for note in what_stays(reply, self._request.naming):
            self._samples.addWidget(parts.label(note, "small"))
        self._card.setVisible(self._samples.count() > 0)

    def _go(self) -> None:
        self._yes.setEnabled(False)
        self._keep.setEnabled(False)
        self._title.setText("Forgetting")
        self._bar.show()
        final = self._request.model_copy(update={"preview": False})
        self._context.ops.forget(final).then(self._done).otherwise(self._failed).start(self)

    def _done(self, reply: ForgetReply) -> None:
        if self._forgotten is not None:
            self._forgotten(reply)
        self._context.messages.info(f"Forgotten: {what_goes(reply)}")
        self.accept()

    def _failed(self, problem: object) -> None:
        self._bar.hide()
        self._keep.setEnabled(True)
        self._keep.setText("Close")
        self._card.hide()
        if isinstance(problem, Problem):
            self._title.setText(problem.title)
            self._text.setText(f"{problem.message} {problem.next_step}")
        else:
            self._title.setText("Nothing was forgotten")
            self._text.setText("Something went wrong inside Recollect. Try again.")


def what_goes(reply: ForgetReply) -> str:
    """``12 memories from 1 source``."""
    parts = []
    if reply.memories or not reply.chats:
        parts.append(words.memories(reply.memories))
    if reply.chats:
        parts.append(words.count(reply.chats, "chat"))
    text = " and ".join(parts)
    return f"{text}, with {words.count(reply.sources, 'source')}" if reply.sources else text


def what_follows(reply: ForgetReply) -> str:
    """What goes because of what was named; a sentence with a space behind it, or nothing."""
    parts = []
    if reply.derived:
        parts.append(f"{words.memories(reply.derived)} made from others")
    if reply.answers:
        parts.append(f"the words of {words.count(reply.answers, 'answer')} that used them")
    return f"With them go {' and '.join(parts)}. " if parts else ""


def what_stays(reply: ForgetReply, naming_goes: bool) -> list[str]:
    """What still tells of a person whose words go."""
    said = []
    if reply.naming and not naming_goes:
        names = "names" if reply.naming == 1 else "name"
        stay = "stays" if reply.naming == 1 else "stay"
        said.append(f"{words.memories(reply.naming)} of others {names} them and {stay}.")
    if reply.still_named:
        said.append(f"The name still stands in the name of {', '.join(reply.still_named[:3])}.")
    return said


def ask_to_forget(
    context: Context,
    request: ForgetRequest,
    parent: QWidget,
    forgotten: Callable[[ForgetReply], None] | None = None,
) -> ForgetDialog:
    """Show the dialog over ``parent``; nothing waits for it."""
    dialog = ForgetDialog(context, request, parent, forgotten)
    dialog.open()
    return dialog
