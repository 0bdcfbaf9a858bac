"""Which memories are embedded next and how many at once. Used by the index thread only.

A slice is long enough that few runs of the network are only partly filled, and short enough
that its vectors soon reach the index; a question does not wait for its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from memory.store.embeddings import Work

# Many short texts or some long ones are sorted by length together: a second or two of work,
# so that the file dropped first is also done first.
WINDOW = 2_048
_WINDOW_CHARS = 120_000
_SLICE_CHARS = 30_000


class Slices:
    """A window of the outbox, given out in slices of some tenths of a second."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def fill(self, works: Sequence[Work]) -> None:
        """Texts of like length side by side need little padding."""
        self._waiting.extend(sorted(works, key=lambda work: len(work.text or "")))

    def clear(self) -> None:
        self._waiting.clear()

    def next(self) -> list[Work]:
        """The next slice, at least one memory while there is one."""
        part: list[Work] = []
        chars = 0
        while self._waiting and (
            not part or chars + len(self._waiting[0].text or "") <= _SLICE_CHARS
        ):
            work = self._waiting.popleft()
            chars += len(work.text or "")
            part.append(work)
        return part


def within(window: list[Work]) -> list[Work]:
    """The first entries of a window with about as much text as fits one, at least one entry."""
    total = 0
    for count, work in enumerate(window):
        total += len(work.text or "")
        if total > _WINDOW_CHARS:
            return window[: count + 1]
    return window
