"""What an empty chat shows: how to begin, or, once there are memories, what one can ask."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import flow, icons, parts, words
from app.theme import Theme

SAMPLE_QUESTIONS = (
    "What is Mother allergic to?",
    "How long do I boil the quince jam?",
    "How much notice do we have to give to leave the flat?",
)


class EmptyChat(QWidget):
    """Signals:
    files_wanted, samples_wanted. question_wanted: an example the person picked.
    """

    files_wanted = Signal()
    folder_wanted = Signal()
    samples_wanted = Signal()
    question_wanted = Signal(str)

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self.mark = QLabel()
        self.mark.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        icons.bind(theme, self.mark, "tray", "accent", size=44)
        self.title = parts.label("", "title")
        self.sentence = parts.label("", "muted")
        for text in (self.title, self.sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.add = parts.button("Add files", self.files_wanted.emit, kind="primary")
        self.folder = parts.button("Add a folder", self.folder_wanted.emit)
        self.samples = parts.button(
            "Try it with sample memories", self.samples_wanted.emit, kind="quiet"
        )
        self.example = parts.label(
            "For example: drop your lease, then ask “How much notice do I have to give?”", "small"
        )
        self.example.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._examples = QWidget()
        self._flow = flow.FlowLayout(self._examples, space=theme.px(8), centred=True)
        self._top = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(16), theme.px(16), theme.px(16), theme.px(16))
        layout.setSpacing(theme.px(12))
        layout.addWidget(self._top)
        for widget in (self.mark, self.title, self.sentence):
            layout.addWidget(widget)
        layout.addSpacing(theme.px(8))
        layout.addLayout(parts.row(1, self.add, self.folder, 1))
        layout.addLayout(parts.row(1, self.samples, 1))
        layout.addSpacing(theme.px(8))
        layout.addWidget(self.example)
        layout.addWidget(self._examples)
        layout.addStretch(1)
        self.show_state(0, private=False, samples=False)

    def show_state(self, memories: int, *, private: bool, samples: bool) -> None:
        """``memories`` is how many there are; ``samples`` whether they are the sample ones."""
        first = memories == 0 and not private
        if private:
            self.title.setText("A private chat")
            self.sentence.setText(
                "Your memories answer as always, but nothing said here is stored or remembered."
            )
        elif first:
            self.title.setText("Nothing to remember yet")
            self.sentence.setText(
                "Drop files or folders anywhere on this window.\n"
                "They are read on this computer and never leave it."
            )
        else:
            self.title.setText("What would you like to recall?")
            self.sentence.setText(f"Ask in your own words; {words.memories(memories)} listen.")
        self.add.setVisible(first)
        self.folder.setVisible(first)
        self.samples.setVisible(first)
        self.example.setVisible(first)
        self._show_examples(SAMPLE_QUESTIONS if samples and not private else ())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Stand at a place of the window, not of the room left: the tray that comes and goes
        below must not move a button away from under the pointer."""
        super().resizeEvent(event)
        room = self.window().height()
        self._top.setFixedHeight(max(0, round(room * 0.36) - self._theme.px(100)))

    def _show_examples(self, questions: tuple[str, ...]) -> None:
        flow.clear(self._flow)
        for question in questions:
            chip = parts.button(question, kind="chip")
            chip.clicked.connect(
                lambda _checked=False, asked=question: self.question_wanted.emit(asked)
            )
            self._flow.addWidget(chip)
        self._examples.setVisible(bool(questions))
