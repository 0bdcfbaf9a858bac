"""One question and its answer as they stand in a chat."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app import flow, icons, model_words, parts, words
from app.answer_view import AnswerView
from app.citation_chip import CitationChip
from app.looks_line import LooksLine
from app.theme import Theme
from memory.protocol import (
    AskDone,
    AskSources,
    AskStage,
    Citation,
    MessageInfo,
    ModelCheck,
    Problem,
)

_WAKING = "Waking the model"


class Question(QFrame):
    """What the person said."""

    def __init__(self, theme: Theme, text: str, *, private: bool):
        super().__init__()
        self.setProperty("role", "private" if private else "question")
        self.words = parts.label(text, select=True)
        self.words.setAccessibleName(f"You asked: {text}")
        pad = theme.px(12)
        layout = parts.column(self.words, margins=(pad, theme.px(9), pad, theme.px(9)))
        self.setLayout(layout)


class Answer(QWidget):
    """What came back: how it goes, the text, its sources, and what can be done with it.

    Signals:
    source_wanted, original_wanted: ``Citation``. again_wanted: ask the same once more.
    anew_wanted: ask the same, and not take what was answered before.
    helpful: list of ``Citation`` the person found helpful.
    """

    source_wanted = Signal(object)
    original_wanted = Signal(object)
    again_wanted = Signal()
    anew_wanted = Signal()
    helpful = Signal(object)

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self.citations: list[Citation] = []
        self.finished = False
        self.can_ask_again = True
        self.stage = StageLine(theme)
        self._waking = False
        self.view = AnswerView(theme)
        self.view.hide()
        self.view.cited.connect(self._on_cited)
        self._chips_area = QWidget()
        self._chips = flow.FlowLayout(self._chips_area, space=theme.px(6))
        self._chips_area.setAccessibleName("Sources of this answer")
        self._chips_area.hide()
        self.looks = LooksLine(theme)
        self._foot = QWidget()
        self._foot_words = parts.label("", "small", wrap=False)
        self._foot.hide()
        self._problem: QFrame | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(8))
        for widget in (self.stage, self.view, self._chips_area, self.looks, self._foot):
            self._layout.addWidget(widget)
        self._build_foot()

    def _build_foot(self) -> None:
        theme = self._theme
        self.copy = parts.icon_button(theme, "copy", "Copy the answer", self._copy, size=16)
        self.like = parts.icon_button(
            theme, "check", "This helped: remember its sources longer", self._on_helpful, size=16
        )
        self.anew = parts.button("Ask anew", self.anew_wanted.emit, kind="quiet")
        self.anew.setToolTip("Look and answer again, instead of what was said then")
        self.anew.hide()
        layout = parts.row(self.copy, self.like, self._foot_words, self.anew, 1, space=theme.px(2))
        layout.setContentsMargins(0, 0, 0, 0)
        self._foot.setLayout(layout)

    # -- as it streams

    def show_stage(self, stage: AskStage, searched: int) -> None:
        self._waking = stage.stage == "loading"
        self.stage.show_words(stage_words(stage, searched, len(self.citations)))

    def show_check(self, check: ModelCheck | None) -> None:
        """What the model is waited for, where it is loaded for the first time."""
        if not self._waking:
            return
        if check is None:
            self.stage.show_words(_WAKING)
        else:
            self.stage.show_words(model_words.check_line(check), model_words.check_help(check))

    def show_stopping(self) -> None:
        self._waking = False
        self.stage.show_words("Stopping")

    def show_sources(self, sources: AskSources) -> None:
        self.show_citations(sources.citations)
        if sources.problems:
            self.stage.show_words(sources.problems[0].title)

    def append(self, text: str) -> None:
        if self.view.isHidden():
            self.view.show()
        self.view.append_text(text)

    def finish(self, done: AskDone) -> None:
        self.show_complete(done.answer, done.citations, _foot_words(done))
        self.looks.show_looked(done.looked)
        self.anew.setVisible(done.answered_before is not None and self.can_ask_again)

    def fail(self, problem: Problem) -> None:
        """Keeps what had been said, and adds what happened and how to go on."""
        self.finished = True
        self.stage.hide()
        frame = QFrame()
        frame.setProperty("role", "problem")
        pad = self._theme.px(12)
        text = " ".join(w for w in (problem.message, problem.next_step) if w)
        layout = parts.column(
            parts.label(problem.title, "heading"),
            parts.label(text, select=True),
            space=self._theme.px(4),
            margins=(pad, pad, pad, pad),
        )
        if self.can_ask_again:
            layout.addLayout(parts.row(parts.button("Ask again", self.again_wanted.emit), 1))
        frame.setLayout(layout)
        self._layout.addWidget(frame)
        self._problem = frame

    # -- as a whole

    def show_complete(self, text: str, citations: list[Citation], foot: str) -> None:
        self.finished = True
        self.stage.hide()
        self.view.show()
        self.view.show_markdown(text or "No answer.", citations)
        self.show_citations(citations)
        self._foot_words.setText(foot)
        self.like.setVisible(bool(citations))
        self._foot.show()

    def show_message(self, message: MessageInfo) -> None:
        """An answer from an earlier day."""
        foot = message.model or ("Quoted from your memories" if message.citations else "")
        if message.state == "stopped":
            foot = "Stopped" + (f" · {foot}" if foot else "")
        if message.text or message.problem is None:
            self.show_complete(message.text, message.citations, foot)
        if message.problem is not None:
            self.fail(message.problem)

    def show_citations(self, citations: list[Citation]) -> None:
        if [c.model_dump() for c in citations] == [c.model_dump() for c in self.citations]:
            return
        self.citations = list(citations)
        flow.clear(self._chips)
        for citation in citations:
            chip = CitationChip(self._theme, citation)
            chip.opened.connect(self.source_wanted)
            chip.original_wanted.connect(self.original_wanted)
            self._chips.addWidget(chip)
        self._chips_area.setVisible(bool(citations))
        self._chips_area.updateGeometry()

    def chips(self) -> list[CitationChip]:
        found = (self._chips.itemAt(i) for i in range(self._chips.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [w for w in widgets if isinstance(w, CitationChip)]

    def mark_open(self, memory_id: str | None) -> None:
        """Mark the chip whose source is open beside the chat."""
        for chip in self.chips():
            chip.setChecked(memory_id is not None and chip.citation.memory == memory_id)

    def _on_cited(self, number: int) -> None:
        found = next((c for c in self.citations if c.n == number), None)
        if found is not None:
            control = Qt.KeyboardModifier.ControlModifier
            held = bool(QGuiApplication.keyboardModifiers() & control)
            (self.original_wanted if held else self.source_wanted).emit(found)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.view.text)

    def _on_helpful(self) -> None:
        self.like.setEnabled(False)
        self.helpful.emit(self.citations)


class StageLine(QWidget):
    """What happens now, in words."""

    def __init__(self, theme: Theme):
        super().__init__()
        mark = QLabel()
        icons.bind(theme, mark, "search", "accent", size=icons.SMALL)
        self.words = parts.label("", "muted")
        line = parts.row(mark, space=theme.px(8))
        line.addWidget(self.words, 1)
        self.setLayout(line)
        self.hide()

    def show_words(self, text: str, tip: str = "") -> None:
        self.words.setText(text)
        self.words.setToolTip(tip)
        self.words.setAccessibleName(text)
        self.show()


def stage_words(stage: AskStage, searched: int, found: int) -> str:
    """The line under the question for one stage of the answer."""
    match stage.stage:
        case "searching":
            return f"Searching {words.memories(searched)}" if searched else "Searching"
        case "looking":
            return "Looking for what is missing"
        case "loading":
            return _WAKING
        case "reading":
            return f"Reading {words.memories(found)}" if found else "Reading"
        case _:
            return "Answering"


def _foot_words(done: AskDone) -> str:
    took = f"{done.took_ms / 1000:.1f} s" if done.took_ms >= 950 else f"{done.took_ms:.0f} ms"
    if done.stopped:
        return "Stopped"
    if done.answered_before is not None:
        return f"Answered before, {words.moment(done.answered_before)}"
    if done.quotation:
        return f"Quoted from your memories · {took}" if done.citations else took
    return f"{done.model or 'Model'} · {took}"
