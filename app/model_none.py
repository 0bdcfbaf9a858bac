"""No model yet: what that means, what one would bring, and one to begin with. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app import icons, model_shown, parts, words
from app.flow import FlowLayout
from app.theme import Theme, set_role
from memory.protocol import ModelLibrary

_SENTENCE = "Answers quote your memories, word for word"
_TEXT = (
    "That is quick, works on any computer and never invents anything. A language model puts the "
    "answer into a sentence of its own instead, with its sources. It runs on this computer; "
    "nothing you ask is sent anywhere."
)


class NoModel(QFrame):
    """Signals:
    model_wanted: id of the model suggested, to use or to download. file_wanted.
    """

    model_wanted = Signal(str)
    file_wanted = Signal()

    def __init__(self, theme: Theme):
        super().__init__()
        set_role(self, "card")
        px = theme.px
        self._suggested = ""
        picture = QLabel()
        icons.bind(theme, picture, "model", "muted", size=36)
        sentence = parts.label(_SENTENCE, "heading")
        text = parts.label(_TEXT, "muted")
        self.example = parts.label("")
        drop = parts.label("A GGUF file can also be dropped anywhere on this page.", "small")
        for part in (picture, sentence, text, self.example, drop):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.suggest = parts.button("", self._wanted, kind="primary")
        self.file = parts.button("Choose a model file", self.file_wanted.emit)
        buttons = QWidget()
        flow = FlowLayout(buttons, space=px(8), centred=True)
        flow.addWidget(self.suggest)
        flow.addWidget(self.file)
        layout = parts.column(
            picture, sentence, text, space=px(8), margins=(px(24), px(20), px(24), px(20))
        )
        layout.addSpacing(px(2))
        layout.addWidget(self.example)
        layout.addWidget(buttons)
        layout.addWidget(drop)
        self.setLayout(layout)
        self.suggest.hide()
        self.example.hide()

    def show_library(self, library: ModelLibrary) -> None:
        """Offer what is here already, else the one that suits this computer."""
        here = next((local for local in library.local if local.problem is None), None)
        entry = model_shown.suggested(library.catalogue)
        if here is not None:
            name = model_shown.name_of(here, library.catalogue)
            self._offer(here.id, "Use it", f"Use {name}", f"Here already: {name}.")
        elif entry is not None:
            said = f"Download {words.size(entry.size_bytes)}"
            text = f"A good one here: {entry.name}. {entry.good_for}"
            self._offer(entry.id, said, f"Download {entry.name}", text)
        else:
            self._offer("", "", "", "")

    def _offer(self, model_id: str, said: str, name: str, example: str) -> None:
        self._suggested = model_id
        self.suggest.setText(said)
        self.suggest.setAccessibleName(name)
        self.suggest.setVisible(bool(model_id))
        self.example.setText(example)
        self.example.setVisible(bool(example))

    def _wanted(self) -> None:
        if self._suggested:
            self.model_wanted.emit(self._suggested)
