"""Order among the replies a screen shows: what is older never covers what is newer.

Requests travel on several threads, so the daemon may get them, and their replies may come back,
in another order than they were begun. A screen that shows replies keeps one ``Fresh`` and puts
its questions and its deeds through it:

- of the questions of one name only the newest is answered; older ones are dropped;
- deeds, which change something, are done one after the other in the order they were begun;
- no answer from before the end of a deed is shown: a question under way when a deed begins is
  put again after it, and one that comes meanwhile waits for it.

GUI thread only.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.ops import Operation


class Fresh:
    """Operations are handed over prepared and not started."""

    def __init__(self, owner: QObject):
        """Nothing comes back once ``owner`` is destroyed."""
        self._owner = owner
        self._asked: dict[str, Operation[Any]] = {}  # by name; while there are deeds, they wait
        self._deeds: deque[tuple[Operation[Any], QObject]] = deque()  # the first is under way

    @property
    def busy(self) -> bool:
        """Whether a deed is under way."""
        return bool(self._deeds)

    @property
    def more_to_do(self) -> bool:
        """Whether another deed waits for the one under way: its reply is not the last word."""
        return len(self._deeds) > 1

    def ask(self, question: Operation[Any]) -> None:
        """Put a question; the one of this name before it is dropped."""
        older = self._asked.pop(question.name, None)
        if older is not None:
            older.cancel()
        self._asked[question.name] = question
        if not self._deeds:
            self._put(question)

    def do(self, deed: Operation[Any], owner: QObject | None = None) -> None:
        """Change something, after the deeds before it. It is done even if ``owner``, which may
        be another one than usual (a dialog), is gone by then.
        """
        self._deeds.append((deed, owner or self._owner))
        if len(self._deeds) == 1:
            for question in self._asked.values():
                question.cancel()
            self._begin()

    def drop(self) -> None:
        """Forget all questions: the screen shows something else now. Deeds go on."""
        for question in self._asked.values():
            question.cancel()
        self._asked.clear()

    def _put(self, question: Operation[Any]) -> None:
        question.start(self._owner, ended=lambda: self._answered(question))

    def _answered(self, question: Operation[Any]) -> None:
        if self._asked.get(question.name) is question:
            del self._asked[question.name]

    def _begin(self) -> None:
        deed, owner = self._deeds[0]
        deed.start(owner, ended=self._done)

    def _done(self) -> None:
        self._deeds.popleft()
        if self._deeds:
            self._begin()
            return
        for question in list(self._asked.values()):
            self._put(question)
