"""The message bus of the window: what a person is told, and what they are asked.

``messages.error(...)`` logs, keeps the stack for a report, and shows; what is sent before a
window listens is kept and given to it when it does. GUI thread only; other threads hand their
errors to ``app.ops``, which comes here.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from memory.protocol import ErrorCode, Problem

_log = logging.getLogger("recollect.window")


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Message:
    """One thing to tell. ``action`` is what the button beside it says and does."""

    level: Level
    title: str
    text: str = ""
    next_step: str = ""
    item: str | None = None
    stack: str = ""
    action_text: str = ""
    action: Callable[[], None] | None = None


@dataclass(frozen=True)
class Question:
    """Something to decide before it happens; ``on_yes`` runs when the person agrees. ``no`` is
    what the other button says."""

    title: str
    text: str
    yes: str
    on_yes: Callable[[], None]
    danger: bool = False
    on_no: Callable[[], None] | None = None
    details: tuple[str, ...] = ()
    no: str = "Cancel"


class Messages(QObject):
    """Signals:
    shown: a ``Message`` for the person.
    asked: a ``Question`` for the person.
    """

    shown = Signal(object)
    asked = Signal(object)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._kept: list[Message | Question] = []
        self._listening = False

    def listen(
        self, show: Callable[[Message], None], ask: Callable[[Question], None] | None = None
    ) -> None:
        """Connect the window, and give it what was said before it was there."""
        self.shown.connect(show)
        if ask is not None:
            self.asked.connect(ask)
        self._listening = True
        kept, self._kept = self._kept, []
        for item in kept:
            self._send(item)

    def info(self, title: str, text: str = "", **more: object) -> None:
        self._send(Message(Level.INFO, title, text, **more))  # type: ignore[arg-type]

    def warning(self, title: str, text: str = "", next_step: str = "", **more: object) -> None:
        self._send(Message(Level.WARNING, title, text, next_step, **more))  # type: ignore[arg-type]

    def error(self, title: str, text: str = "", next_step: str = "", **more: object) -> None:
        self._send(Message(Level.ERROR, title, text, next_step, **more))  # type: ignore[arg-type]

    def problem(self, problem: Problem, level: Level = Level.ERROR) -> None:
        """Show what the daemon said went wrong."""
        if problem.code is ErrorCode.CANCELLED:
            return  # the person did it
        self._send(Message(level, problem.title, problem.message, problem.next_step, problem.item))

    def failure(self, error: BaseException) -> None:
        """Show any exception: the daemon's problems in their words, a fault of ours as such."""
        found = getattr(error, "problem", None)
        if isinstance(found, Problem):
            self.problem(found)
            return
        stack = "".join(traceback.format_exception(error))
        _log.error("operation failed\n%s", stack)
        self._send(
            Message(
                Level.ERROR,
                "Something went wrong in the window",
                f"{type(error).__name__}. Your memories are not affected.",
                "Try again; if it happens again, copy the report.",
                stack=stack,
            )
        )

    def ask(self, question: Question) -> None:
        """Put a question; nothing waits for the answer."""
        self._send(question)

    def _send(self, item: Message | Question) -> None:
        if isinstance(item, Message) and item.level is not Level.INFO:
            # titles are ours and hold no content; texts may name a person's file
            _log.warning("shown to the person: %s", item.title)
        if not self._listening:
            self._kept.append(item)
        elif isinstance(item, Message):
            self.shown.emit(item)
        else:
            self.asked.emit(item)
