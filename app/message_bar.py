"""Shows what the message bus says, above the page; and asks, in a dialog that waits for none.

The bar floats, so that a message that comes and leaves by itself moves nothing under the pointer;
for one that stays the page makes room (``room_changed``). GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QVBoxLayout, QWidget

from app import icons, parts
from app.messages import Level, Message, Question
from app.theme import Theme

_MOST = 3
_INFO_MS = 6000


class MessageBar(QWidget):
    """The newest messages, at most three; an information leaves by itself.

    Signals:
    room_changed: pixels the page keeps free at its top, for the messages that stay.
    """

    room_changed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self._theme = theme
        self._room = 0
        self._layout = QVBoxLayout(self)
        side = theme.px(16)
        self._layout.setContentsMargins(side, theme.px(8), side, 0)
        self._layout.setSpacing(theme.px(6))
        self.setAccessibleName("Messages")
        self._widest = theme.px(760)
        parent.installEventFilter(self)
        self.hide()

    def show_message(self, message: Message) -> None:
        for card in self.cards():
            if card.message.title == message.title and card.message.item == message.item:
                self._drop(card)  # the same again replaces the old one
        while len(self.cards()) >= _MOST:
            self._drop(self.cards()[-1])
        card = MessageCard(self._theme, message)
        card.close_button.clicked.connect(lambda: self._drop(card))
        if card.action_button is not None:
            card.action_button.clicked.connect(lambda: self._drop(card))
        self._layout.insertWidget(0, card)
        self._fit()
        if message.level is Level.INFO:
            timer = QTimer(card, singleShot=True, interval=_INFO_MS)
            timer.timeout.connect(lambda: self._drop(card))
            timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Resize and watched is self.parentWidget():
            self._fit()
        return False

    def _fit(self) -> None:
        """In the middle of the page's top, no wider than its cards may be."""
        cards, page = self.cards(), self.parentWidget()
        if cards and page is not None:
            width = min(page.width(), self._widest + 2 * self._theme.px(16))
            self._layout.activate()
            height = self._layout.totalHeightForWidth(width)
            self.setGeometry((page.width() - width) // 2, 0, width, height)
            self.show()
            self.raise_()
        else:
            self.hide()
        stays = any(card.message.level is not Level.INFO for card in cards)
        room = self.height() if stays else 0
        if room != self._room:
            self._room = room
            self.room_changed.emit(room)

    def cards(self) -> list[MessageCard]:
        found = (self._layout.itemAt(i).widget() for i in range(self._layout.count()))
        return [w for w in found if isinstance(w, MessageCard)]

    def _drop(self, card: MessageCard) -> None:
        self._layout.removeWidget(card)
        card.hide()
        card.deleteLater()
        self._fit()


class MessageCard(QFrame):
    """Title, what happened, what to do."""

    def __init__(self, theme: Theme, message: Message):
        super().__init__()
        self.message = message
        failed = message.level is Level.ERROR
        self.setProperty("role", "problem" if failed else "notice")
        words = [message.title, message.item or "", message.text, message.next_step]
        self.setAccessibleName(". ".join(w.rstrip(".") for w in words if w))
        mark = QLabel()
        name, token = {
            Level.INFO: ("info", "accent"),
            Level.WARNING: ("warning", "warn"),
            Level.ERROR: ("warning", "bad"),
        }[message.level]
        icons.bind(theme, mark, name, token)
        text = parts.column(parts.label(message.title, "heading"), space=theme.px(2))
        if message.item:
            text.addWidget(parts.Elided(message.item, "small", middle=True))
        rest = " ".join(w for w in (message.text, message.next_step) if w)
        if rest:
            text.addWidget(parts.label(rest, select=True))
        self.close_button = parts.icon_button(theme, "close", "Close this message", size=16)
        line = parts.row(mark, space=theme.px(10))
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        line.addLayout(text, 1)
        self.action_button = self._action(message)
        if self.action_button is not None:
            line.addWidget(self.action_button)
        line.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        line.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(8))
        self.setLayout(line)

    @staticmethod
    def _action(message: Message) -> QWidget | None:
        if message.action is not None:
            return parts.button(message.action_text, message.action)
        if message.stack:
            stack = message.stack
            return parts.button(
                "Copy the report", lambda: QGuiApplication.clipboard().setText(stack)
            )
        return None


class AskDialog(QDialog):
    """A question with two answers; Esc and the close button mean no."""

    def __init__(self, theme: Theme, question: Question, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle(question.title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wide = theme.px(520 if question.details else 380)  # details are lines of their own
        self.setMinimumWidth(min(wide, parent.width() * 9 // 10))
        self.setMaximumWidth(max(self.minimumWidth(), theme.px(560)))
        self.yes = parts.button(
            question.yes, self.accept, kind="danger" if question.danger else "primary"
        )
        self.no = parts.button(question.no, self.reject)
        self.no.setAutoDefault(question.danger)
        self.yes.setAutoDefault(not question.danger)
        layout = parts.column(
            parts.label(question.title, "title"),
            parts.label(question.text),
            space=theme.px(12),
            margins=(theme.px(24),) * 4,
        )
        details = parts.column(space=theme.px(4))
        for detail in question.details:
            details.addWidget(parts.Elided(f"·  {detail}", "muted"))
        layout.addLayout(details)
        layout.addSpacing(theme.px(8))
        layout.addLayout(parts.row(1, self.no, self.yes))
        self.setLayout(layout)
        # Qt guesses a height for text that wraps before it knows the width
        self.resize(self.minimumWidth(), layout.totalHeightForWidth(self.minimumWidth()))
        (self.no if question.danger else self.yes).setDefault(True)
        (self.no if question.danger else self.yes).setFocus()
        self.accepted.connect(question.on_yes)
        if question.on_no is not None:
            self.rejected.connect(question.on_no)
