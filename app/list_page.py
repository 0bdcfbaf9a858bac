"""What the pages with a long list have in common: when they ask anew, and the way by keys.

GUI thread only. A change in the memory makes a page ask anew at most once in ``refresh_ms``, so
that adding a thousand files does not keep it busy; a page behind others waits until it is shown.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.bits import SearchField, later, on_keys
from app.context import Context
from app.paged_model import PagedModel
from app.rows_view import RowsView
from memory.protocol import Change, Changed, Problem

_TYPING_MS = 150


class ListPage(QWidget):
    """A page sets ``search``, ``list`` and ``model``, then calls ``listen``."""

    search: SearchField
    list: RowsView
    model: PagedModel  # type: ignore[type-arg]  # of anything

    def __init__(self, context: Context, *, shows: set[Change], refresh_ms: int):
        super().__init__()
        self._context = context
        self._shows = shows
        self._stale = True
        self._typing = later(self, _TYPING_MS, self.search_now)
        self._refreshing = later(self, refresh_ms, self._refresh)
        self.setProperty("role", "page")

    def listen(self) -> None:
        """From now on the list follows what is typed and what changes."""
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.search.down_pressed.connect(self.list.take_focus)
        self._context.link.changed.connect(self._on_changed)
        self._context.link.connected.connect(lambda _health: self._on_connected())
        on_keys(self, "Ctrl+F", self._focus_search)

    def search_now(self) -> None:
        """Ask for what the field and the filters say."""
        raise NotImplementedError

    # -- keeping it true

    def _on_connected(self) -> None:
        self._stale = True
        if self.isVisible():
            self._refresh()

    def _on_changed(self, event: Changed) -> None:
        if not self._shows & set(event.flags):
            return
        self._stale = True
        if self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    def _refresh(self) -> None:
        self._stale = False
        if self.model.known:
            self.model.refresh()
        else:
            self.search_now()

    def _failed(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._context.messages.problem(problem)
        elif isinstance(problem, BaseException):
            self._context.messages.failure(problem)

    # -- keys

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
