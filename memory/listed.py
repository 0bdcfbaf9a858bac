"""What the last recalls listed, for some minutes and in this process's memory only.

An opening names the recall it came from; what that one listed, in which order and with which
features, is found here. Numbers and rows alone are kept, never a question or a text.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memory.recall.found import Found, Recalled

KEPT = 64
DEEPEST = 30
KEPT_MS = 30 * 60_000
# What has part in a score besides the weights (see ``memory.recall.ranking``).
_REST = ("strength", "used", "anew", "wary", "history")


@dataclass(frozen=True, slots=True)
class Shown:
    """One memory of a list: its id and row, what each witness said of it, and the points it had
    besides."""

    memory: str
    row: int
    why: Mapping[str, float]
    rest: float

    def value(self, name: str) -> float:
        """One column, or one of its forms "name*lean" and "name*alone"."""
        plain, _, form = name.partition("*")
        lean = self.why["lean"]
        return self.why[plain] * {"": 1.0, "lean": lean, "alone": 1 - lean}[form]


@dataclass(frozen=True, slots=True)
class List:
    """``read`` says that all of it was surely looked at, wherever it stood."""

    shown: tuple[Shown, ...]
    read: bool
    at_ms: int


class Listed:
    """Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[str, List] = OrderedDict()

    def keep(self, recalled: Recalled, now_ms: int, *, read: bool = False) -> str | None:
        """Keep a list; returns the name it is found by, None where there is nothing to choose."""
        shown = _shown(recalled.found)
        if recalled.timeline or len(shown) < 2:
            return None
        name = secrets.token_hex(8)
        with self._lock:
            self._lists[name] = List(shown, read, now_ms)
            while len(self._lists) > KEPT:
                self._lists.popitem(last=False)
        return name

    def get(self, name: str, now_ms: int) -> List | None:
        """A list of the last half hour."""
        with self._lock:
            found = self._lists.get(name)
            if found is not None and now_ms - found.at_ms > KEPT_MS:
                del self._lists[name]
                return None
            return found

    def clear(self) -> None:
        with self._lock:
            self._lists.clear()


def _shown(found: Sequence[Found]) -> tuple[Shown, ...]:
    """Nothing of sessions and days: each of those was told by one memory, not chosen by it."""
    return tuple(
        Shown(
            one.row.memory.id, one.row.memory.rowid, one.why,
            sum(one.points.get(name, 0.0) for name in _REST),
        )
        for one in found[:DEEPEST]
        if one.unit is None
    )  # fmt: skip
