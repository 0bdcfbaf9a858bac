"""An item model that knows how many rows there are and fetches what is looked at.

Pages of 100 are asked for as rows come into sight and kept, the longest unused ones dropped, so
a list of hundreds of thousands costs no more than the screenful it shows. Lives on the main
thread; the asking is done by the function handed in.

One column, so that a ``QTableView`` can show it: of Qt's views only that one lays out half a
million rows without holding the window (measured: 4 ms, the list view 560 ms).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from memory.protocol import Problem

PAGE = 100
_PAGES_KEPT = 50
_ASKED_AT_ONCE = 3

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")
Done = Callable[[list[T], int], None]
"""Takes the rows of a page and how many there are in all."""
Ask = Callable[[int, Done[T], Callable[[Any], None]], None]
"""Asks for ``PAGE`` rows from an offset; calls one of the two functions later."""

ITEM_ROLE = Qt.ItemDataRole.UserRole + 1


class PagedModel(QAbstractTableModel, Generic[T]):
    """Rows that are not fetched yet have no item (``None`` in ``ITEM_ROLE``).

    Signals:
        counted: how many rows there are, when that becomes known or changes.
        failed: a ``Problem`` or an exception; the rows already there stay.
    """

    counted = Signal(int)
    failed = Signal(object)

    def __init__(
        self,
        identify: Callable[[T], str],
        describe: Callable[[T], str],
        parent: QObject | None = None,
    ):
        """``describe`` is what a screen reader says of a row."""
        super().__init__(parent)
        self._identify = identify
        self._describe = describe
        self._load: Ask[T] | None = None
        self._turn = 0  # replies to an older question are dropped
        self._total = 0
        self._known = False
        self._pages: OrderedDict[int, list[T]] = OrderedDict()
        self._stale: set[int] = set()
        self._asked: set[int] = set()
        self._wanted: list[int] = []  # the last wanted is the first asked for

    @property
    def known(self) -> bool:
        """False until the first reply to the present question."""
        return self._known

    def start(self, load: Ask[T]) -> None:
        """Show what ``load`` brings. The old rows stay until its first reply comes."""
        self._load = load
        self._turn += 1
        self._known = False
        self._asked.clear()
        self._wanted.clear()
        self._ask(0)

    def refresh(self) -> None:
        """Something changed: ask anew for what is in sight, keep showing it."""
        if not self._known:
            if self._load is not None and not self._asked:
                self.start(self._load)
            return
        self._turn += 1  # a reply under way may be from before the change
        self._stale = set(self._pages)
        self._wanted = [number for number in self._asked if number]
        self._asked.clear()
        self._ask(0)
        if self._total:
            self.dataChanged.emit(self.index(0, 0), self.index(self._total - 1, 0))

    def item(self, row: int) -> T | None:
        """What stands in ``row`` if it is here; else it is asked for."""
        number, place = divmod(row, PAGE)
        page = self._pages.get(number)
        if page is None or number in self._stale:
            self._want(number)
        if page is None or place >= len(page):
            return None
        self._pages.move_to_end(number)
        return page[place]

    def row_of(self, item_id: str) -> int | None:
        """Where an item stands, among the pages at hand."""
        for number, page in self._pages.items():
            for place, item in enumerate(page):
                if self._identify(item) == item_id:
                    return number * PAGE + place
        return None

    def replace(self, item: T) -> None:
        """Show the new state of one item at once, before any refresh."""
        again, self._asked = self._asked, set()
        self._turn += 1  # a reply under way may still have the old state
        for number in again:
            self._ask(number)
        row = self.row_of(self._identify(item))
        if row is not None:
            number, place = divmod(row, PAGE)
            self._pages[number][place] = item
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    # -- what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == ITEM_ROLE:
            return self.item(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            item = self.item(index.row())
            return self._describe(item) if item is not None else "Loading"
        return None

    # -- pages

    def _want(self, number: int) -> None:
        if number in self._asked or not self._known:
            return
        if number in self._wanted:
            self._wanted.remove(number)
        self._wanted.append(number)
        self._ask_next()

    def _ask_next(self) -> None:
        # a fast scroll passes many pages; only where it comes to rest matters
        del self._wanted[:-_ASKED_AT_ONCE]
        while self._wanted and len(self._asked) < _ASKED_AT_ONCE:
            self._ask(self._wanted.pop())

    def _ask(self, number: int) -> None:
        turn = self._turn
        self._asked.add(number)
        assert self._load is not None
        self._load(
            number * PAGE,
            lambda rows, total: self._on_page(turn, number, rows, total),
            lambda problem: self._on_failed(turn, number, problem),
        )

    def _on_page(self, turn: int, number: int, rows: list[T], total: int) -> None:
        if turn != self._turn:
            return
        self._asked.discard(number)
        if not self._known:
            self._start_anew(rows, total)
            return
        self._pages[number] = list(rows)
        self._pages.move_to_end(number)
        self._stale.discard(number)
        while len(self._pages) > _PAGES_KEPT:
            dropped, _ = self._pages.popitem(last=False)
            self._stale.discard(dropped)
        self._set_total(total)
        first = number * PAGE
        last = min(first + PAGE, self._total) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))
        self._ask_next()

    def _start_anew(self, rows: list[T], total: int) -> None:
        self.beginResetModel()
        self._known = True
        self._pages.clear()
        self._stale.clear()
        self._pages[0] = list(rows)
        self._total = total
        self.endResetModel()
        self.counted.emit(total)

    def _set_total(self, total: int) -> None:
        if total == self._total:
            return
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        else:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            for number in [n for n in self._pages if n * PAGE >= total]:
                del self._pages[number]
                self._stale.discard(number)
            self.endRemoveRows()
        self.counted.emit(total)

    def _on_failed(self, turn: int, number: int, problem: Problem | BaseException) -> None:
        if turn == self._turn:
            self._asked.discard(number)
            self.failed.emit(problem)
