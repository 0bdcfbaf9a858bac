"""The field where a question is written; grows with its text up to eight lines."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app import icons, parts
from app.theme import Theme

_MOST_LINES = 8


class Composer(QFrame):
    """Signals:
    asked: the question. stop_wanted: end the running answer.
    files_pasted: ``QMimeData`` with files that were pasted into the field.
    """

    asked = Signal(str)
    stop_wanted = Signal()
    files_pasted = Signal(object)

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._answering = False
        self._look: tuple[bool, bool] | None = None  # what the button shows now
        self.setProperty("role", "field")
        self.field = QuestionField(theme)
        self.field.entered.connect(self._on_enter)
        self.field.focus_changed.connect(self._show_focus)
        self.field.files_pasted.connect(self.files_pasted)
        self.field.textChanged.connect(self._refresh)
        self.send = parts.button("", self._on_click, kind="primary")
        self.send.setIconSize(QSize(theme.px(18), theme.px(18)))
        side = theme.px(34)
        self.send.setFixedSize(side, side)
        self.send.setStyleSheet(f"padding: 0; border-radius: {side // 2}px")
        pad = theme.px(8)
        layout = parts.row(space=theme.px(8))
        layout.setContentsMargins(theme.px(14), pad, pad, pad)
        layout.addWidget(self.field, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        self.setLayout(layout)
        self._refresh()

    def set_answering(self, answering: bool) -> None:
        self._answering = answering
        self._refresh()

    def set_private(self, private: bool) -> None:
        wanted = "true" if private else "false"
        if self.property("private") == wanted:
            return
        self.setProperty("private", wanted)
        self.style().unpolish(self)
        self.style().polish(self)
        self.field.setPlaceholderText(
            "Ask in private; nothing said here is remembered"
            if private
            else "Ask, or drop files anywhere"
        )

    def focus(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        empty = not self.field.toPlainText().strip()
        look = (self._answering, empty)
        if look == self._look:
            return
        self._look = look
        name, icon = ("Stop the answer", "stop") if self._answering else ("Ask", "send")
        parts.rename(self.send, name, "Esc" if self._answering else "Enter")
        self.send.setEnabled(self._answering or not empty)
        token = "on_accent" if self.send.isEnabled() else "muted"
        icons.bind(self._theme, self.send, icon, token, size=18)

    def _on_click(self) -> None:
        if self._answering:
            self.stop_wanted.emit()
        else:
            self._on_enter()

    def _on_enter(self) -> None:
        text = self.field.toPlainText().strip()
        if text and not self._answering:
            self.field.remember(text)
            self.field.clear()
            self.asked.emit(text)

    def _show_focus(self, focused: bool) -> None:
        self.setProperty("focused", "true" if focused else "false")
        self.style().unpolish(self)
        self.style().polish(self)


class QuestionField(QPlainTextEdit):
    """Enter asks, Shift and Enter breaks the line, Up brings the last question back."""

    entered = Signal()
    focus_changed = Signal(bool)
    files_pasted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._last = ""
        self.setProperty("role", "bare")
        self.setAcceptDrops(False)  # the window takes drops, files and text alike
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font(1.04))
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Question")
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._fit()

    def remember(self, text: str) -> None:
        self._last = text

    def _fit(self) -> None:
        line = QFontMetricsF(self.font()).lineSpacing()
        lines = max(1, min(_MOST_LINES, round(self.document().size().height())))
        self.setFixedHeight(round(line * lines) + 4)
        many = self.document().size().height() > _MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if many else policy.ScrollBarAlwaysOff
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if enter and not shift:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText() and self._last:
            self.setPlainText(self._last)
            self.moveCursor(self.textCursor().MoveOperation.End)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        return source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        if any(url.isLocalFile() for url in source.urls()):
            self.files_pasted.emit(source)
        else:
            self.insertPlainText(source.text())
