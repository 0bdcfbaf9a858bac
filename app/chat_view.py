"""One chat on the screen: its exchanges, the running answer, and where the person has scrolled.

A long chat is built in slices of a few milliseconds, newest first, so that opening it never
holds the window; earlier messages are added above on request.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app import parts
from app.answer_run import AnswerRun
from app.context import Context
from app.exchange import Answer, Question
from app.places import Place
from memory.protocol import (
    AskDone,
    AskRequest,
    AskStage,
    Citation,
    MessageInfo,
    ModelCheck,
    ModelChecked,
    Problem,
    ReviewReason,
)

_SLICE_S = 0.012
_FIRST_SHOWN = 40
_NEAR_END = 48


class ChatView(QScrollArea):
    """Signals:
    answering_changed: an answer has begun or ended. again_wanted: a question to ask once more.
    anew_wanted: one to ask once more without what was answered before.
    """

    answering_changed = Signal(bool)
    again_wanted = Signal(str)
    anew_wanted = Signal(str)

    def __init__(self, context: Context, *, private: bool):
        super().__init__()
        self.context = context
        self.private = private
        self.draft = ""
        self.run: AnswerRun | None = None
        self.searched = 0  # memories in reach, for the stage line
        self._answers: list[Answer] = []
        self._waiting: list[MessageInfo] = []
        self._follow = True
        self._loading = False
        self._check: ModelCheck | None = None
        theme = context.theme
        self.setWidgetResizable(True)
        self.setProperty("role", "clear")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Chat")
        self._content = QWidget()
        self._list = QVBoxLayout(self._content)
        self._list.setContentsMargins(0, theme.px(24), 0, theme.px(16))
        self._list.setSpacing(theme.px(14))
        self._earlier = parts.button("Show earlier", self._show_earlier, kind="quiet")
        self._earlier.hide()
        self._list.addWidget(self._earlier)
        self._list.addStretch(1)
        self.setWidget(parts.Column(theme, self._content, within=self))
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_slice)
        context.link.check.connect(self._on_check)
        context.link.connected.connect(self._on_connected)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_scrolled)

    @property
    def answering(self) -> bool:
        return self.run is not None

    @property
    def empty(self) -> bool:
        return not self._answers and not self._waiting and self._list.count() <= 2

    def answers(self) -> list[Answer]:
        return list(self._answers)

    # -- what was said before

    def wait_for_load(self) -> None:
        """What was said before is on its way. A question goes out only when it is here: else
        the question might be part of it, and stand there twice.
        """
        self._loading = True

    def load(self, messages: list[MessageInfo]) -> None:
        if self._loading and self.run is not None:
            self.run.start()
        self._loading = False
        self._waiting = list(messages)
        self._target = max(0, len(messages) - _FIRST_SHOWN)
        self._builder.start()

    def _show_earlier(self) -> None:
        self._follow = False
        self._target = max(0, len(self._waiting) - _FIRST_SHOWN)
        self._earlier.hide()
        self._builder.start()

    def _build_slice(self) -> None:
        until = time.perf_counter() + _SLICE_S
        bar = self.verticalScrollBar()
        from_end = bar.maximum() - bar.value()
        while len(self._waiting) > self._target and time.perf_counter() < until:
            self._list.insertWidget(1, self._message(self._waiting.pop()))
        if not self._follow:
            bar.setValue(bar.maximum() - from_end)
        if len(self._waiting) <= self._target:
            self._builder.stop()
            self._earlier.setVisible(bool(self._waiting))

    def _message(self, message: MessageInfo) -> QWidget:
        if message.role == "person":
            return Question(self.context.theme, message.text, private=self.private)
        answer = self._new_answer("")
        self._answers.insert(0, self._answers.pop())
        answer.show_message(message)
        return answer

    # -- what is asked now

    def ask(self, question: str, chat_id: str | None, *, anew: bool = False) -> None:
        """Show the question at once and stream its answer below it."""
        self._follow = True
        theme = self.context.theme
        self._insert(Question(theme, question, private=self.private))
        answer = self._new_answer(question)
        self._insert(answer)
        answer.stage.show_words("Searching")
        run = self.context.ops.ask(AskRequest(question=question, chat=chat_id, anew=anew), self)
        run.sources.connect(answer.show_sources)
        run.stage.connect(lambda stage: self._on_stage(answer, stage))
        run.delta.connect(answer.append)
        run.done.connect(lambda done: self._on_done(answer, done))
        run.failed.connect(lambda problem: self._on_failed(answer, problem))
        self.run = run
        if not self._loading:
            run.start()
        self.answering_changed.emit(True)

    def show_unsent(self, question: str, problem: Problem) -> None:
        """A question that could not even be put."""
        self._insert(Question(self.context.theme, question, private=self.private))
        answer = self._new_answer(question)
        self._insert(answer)
        answer.fail(problem)

    def stop(self) -> None:
        if self.run is not None:
            self._answers[-1].show_stopping()
            self.run.stop()

    def mark_open(self, memory_id: str | None) -> None:
        for answer in self._answers:
            answer.mark_open(memory_id)

    def _on_stage(self, answer: Answer, stage: AskStage) -> None:
        answer.show_stage(stage, self.searched)
        answer.show_check(self._check)  # it may have been told on its other way already

    def _on_connected(self, _health: object) -> None:
        self._check = None  # the end of it may have been told while nobody listened

    def _on_check(self, event: ModelChecked) -> None:
        self._check = event.check
        if self.run is not None:
            self._answers[-1].show_check(event.check)

    def _on_done(self, answer: Answer, done: AskDone) -> None:
        answer.finish(done)
        self._end_run()

    def _on_failed(self, answer: Answer, problem: Problem) -> None:
        answer.fail(problem)
        self._end_run()

    def _end_run(self) -> None:
        run, self.run = self.run, None
        if run is not None:
            run.deleteLater()
        self.answering_changed.emit(False)

    def _new_answer(self, question: str) -> Answer:
        answer = Answer(self.context.theme)
        requests = self.context.requests
        answer.source_wanted.connect(lambda c: requests.place_wanted.emit(Place.of_citation(c)))
        answer.original_wanted.connect(
            lambda c: requests.original_wanted.emit(Place.of_citation(c))
        )
        answer.can_ask_again = bool(question)
        answer.again_wanted.connect(lambda: self.again_wanted.emit(question))
        answer.anew_wanted.connect(lambda: self.anew_wanted.emit(question))
        answer.helpful.connect(self._on_helpful)
        self._answers.append(answer)
        return answer

    def _on_helpful(self, citations: list[Citation]) -> None:
        for memory, recall in {c.memory: c.recall for c in citations}.items():
            self.context.ops.review(memory, ReviewReason.HELPFUL, recall).start(self)
        self.context.messages.info("Noted", "The sources of this answer will stay longer.")

    def _insert(self, widget: QWidget) -> None:
        self._list.insertWidget(self._list.count() - 1, widget)

    # -- staying at the end while the person is there

    def _on_range(self, _least: int, most: int) -> None:
        if self._follow:
            self.verticalScrollBar().setValue(most)

    def _on_scrolled(self, value: int) -> None:
        self._follow = value >= self.verticalScrollBar().maximum() - _NEAR_END
