"""The Model page: which language model words the answers, what it does now, or that there is none.

GUI thread only. A model is a GGUF file the person points at, by dialog or by dropping it here;
the daemon looks at the file before it takes it, and its problems are shown in its words.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app import icons, parts, words
from app.bits import CentredColumn
from app.context import Context
from app.theme import set_role
from memory.protocol import Change, Changed, ModelInfo, ModelReply, Problem

_WATCH_MS = 1000  # while it loads or answers, states pass quicker than change events are sent
_STATES = {
    "idle": ("Not in memory", "It is loaded with the first question, and given back when idle."),
    "loading": ("Loading", "It is being read into memory."),
    "loaded": ("Ready", "It is in memory and answers at once."),
    "answering": ("Answering", "It is wording an answer now."),
    "failed": ("Failed", ""),
}
_TOKENS = {"loaded": "good", "answering": "accent", "loading": "accent", "failed": "bad"}
_NONE = (
    "Without a model, Recollect answers with exact quotations from your memories. That is quick, "
    "works on any computer, and never invents anything."
)
_WITH = (
    "A model words an answer from what your memories say, and numbers what it used. It runs on "
    "this computer; nothing is sent anywhere."
)


class ModelPage(QWidget):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._busy = False
        self.model: ModelInfo | None = None
        self.setProperty("role", "page")
        self.setAcceptDrops(True)
        self._build()
        self._watch = QTimer(self, singleShot=True, interval=_WATCH_MS)
        self._watch.timeout.connect(self.refresh)
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self.refresh())
        self._show(None)

    def shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        self._context.ops.model().then(self._took).otherwise(lambda _p: None).start(self)

    # -- putting it together

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        page = CentredColumn(theme, theme.column_width())
        content = page.content
        content.setSpacing(px(14))
        content.addWidget(parts.label("Model", "title"))
        self._about = parts.label("", "muted")
        content.addWidget(self._about)
        content.addWidget(self._build_card())
        content.addWidget(self._build_problem())
        self._drop = QFrame()
        set_role(self._drop, "question")
        self._drop_words = parts.label("", "muted")
        self._drop_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose_button = parts.button("Choose a model file", self.choose)
        inner = parts.column(
            self._drop_words, space=px(12), margins=(px(24), px(24), px(24), px(24))
        )
        inner.addLayout(parts.row(1, self.choose_button, 1))
        self._drop.setLayout(inner)
        content.addWidget(self._drop)
        content.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)

    def _build_card(self) -> QWidget:
        theme, px = self._context.theme, self._context.theme.px
        self._card = QFrame()
        set_role(self._card, "card")
        picture = QLabel()
        icons.bind(theme, picture, "model", "accent", size=28)
        self._name = parts.Elided("", "heading")
        self._facts = parts.label("", "small")
        self._path = parts.Elided("", "small", middle=True)
        self._state = parts.label("", wrap=False)
        self._state_words = parts.label("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("The model is at work")
        self._remove = parts.button("Remove", self.remove)
        self._remove.setToolTip("Answers quote from then on; the file stays where it is")
        self._change = parts.button("Another model", self.choose)
        head = parts.row(picture, space=px(12))
        head.addLayout(parts.column(self._name, self._facts, space=px(2)), 1)
        head.addWidget(self._change)
        head.addWidget(self._remove)
        layout = parts.column(space=px(8), margins=(px(16), px(14), px(12), px(14)))
        layout.addLayout(head)
        layout.addWidget(self._path)
        layout.addWidget(parts.line())
        layout.addLayout(parts.row(self._state, space=px(10)))
        layout.addWidget(self._state_words)
        layout.addWidget(self._bar)
        self._card.setLayout(layout)
        return self._card

    def _build_problem(self) -> QWidget:
        px = self._context.theme.px
        self._problem = QFrame()
        set_role(self._problem, "problem")
        self._problem_title = parts.label("", "heading")
        self._problem_text = parts.label("", select=True)
        self._problem.setLayout(
            parts.column(
                self._problem_title,
                self._problem_text,
                space=px(4),
                margins=(px(14), px(10), px(14), px(10)),
            )
        )
        self._problem.hide()
        return self._problem

    # -- what is so

    def _on_changed(self, event: Changed) -> None:
        if Change.MODEL in event.flags or Change.SETTINGS in event.flags:
            self.refresh()

    def _took(self, reply: ModelReply) -> None:
        self._show(reply.model)
        if reply.model is not None and reply.model.problem is not None:
            self._show_problem(reply.model.problem)
        elif not self._busy:
            self._problem.hide()

    def _show(self, model: ModelInfo | None) -> None:
        self.model = model
        self._card.setVisible(model is not None)
        self._about.setText(_NONE if model is None else _WITH)
        self._drop_words.setText(
            "To have answers worded, choose a language model in a GGUF file, or drop one here. "
            "Models of 1 to 4 GB suit most computers."
            if model is None
            else "Drop another GGUF file here to use it instead."
        )
        self.choose_button.setVisible(model is None)
        if model is None:
            return
        self._name.setText(model.name)
        self._path.setText(words.path(model.path))
        self._facts.setText(model_facts(model))
        state, said = _STATES[model.state]
        self._state.setText(state)
        set_role(self._state, _TOKENS.get(model.state, "muted"))
        self._state_words.setText(said)
        self._state_words.setVisible(bool(said))
        working = model.state in ("loading", "answering")
        self._bar.setVisible(working)
        if working and self.isVisible():
            self._watch.start()

    def _show_problem(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._problem_title.setText(problem.title)
            self._problem_text.setText(f"{problem.message} {problem.next_step}")
            self._problem.show()
        elif isinstance(problem, BaseException):
            self._context.messages.failure(problem)

    # -- choosing

    def choose(self) -> None:
        start = str(Path(self.model.path).parent) if self.model else str(Path.home())
        dialog = QFileDialog(self, "Choose a model", start, "Models (*.gguf);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.use)
        dialog.open()

    def use(self, path: str) -> None:
        """Hand the file to the daemon, which looks at it first."""
        self._busy = True
        self._problem.hide()
        self.choose_button.setEnabled(False)
        self._change.setEnabled(False)

        def done() -> None:
            self._busy = False
            self.choose_button.setEnabled(True)
            self._change.setEnabled(True)

        self._context.ops.use_model(path).then(self._took).otherwise(self._show_problem).always(
            done
        ).start(self)

    def remove(self) -> None:
        self._context.ops.no_model().then(self._took).start(self)

    # -- dropping one here; other files go on to the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if _dropped_model(event):
            event.acceptProposedAction()
            set_role(self._drop, "notice")
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802
        set_role(self._drop, "question")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        set_role(self._drop, "question")
        path = _dropped_model(event)
        if path:
            event.acceptProposedAction()
            self.use(path)


def _dropped_model(event: QDropEvent) -> str:
    """The one GGUF file that is dropped, or nothing."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        path = urls[0].toLocalFile()
        if path.lower().endswith(".gguf"):
            return path
    return ""


def model_facts(model: ModelInfo) -> str:
    """``2.0 GB · llama · sees 8,192 tokens at once``."""
    said = [words.size(model.size_bytes)]
    if model.architecture:
        said.append(model.architecture)
    if model.context_tokens:
        said.append(f"made for {words.count(model.context_tokens, 'token')}")
    return " · ".join(said)
