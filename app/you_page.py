"""The place "You": the portrait, the facts it is made of, and what waits for the person's word.

GUI thread only. A page behind others asks nothing; it asks anew when it is shown.
"""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app import parts
from app.bits import later
from app.context import Context
from app.doubts_view import DoubtsView
from app.facts_view import FactsView
from app.portrait_view import PortraitView
from memory.protocol import Change, Changed

_REFRESH_MS = 800
TABS = ("Portrait", "Facts", "To decide")
_SHOWS = {Change.FACTS, Change.MEMORIES, Change.SETTINGS}


class YouPage(QWidget):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._refreshing = later(self, _REFRESH_MS, self._refresh)
        self.setProperty("role", "page")
        px = context.theme.px
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("What to show")
        for name in TABS:
            self.tabs.addTab(name)
        self.portrait = PortraitView(context)
        self.facts = FactsView(context)
        self.doubts = DoubtsView(context)
        self.doubts.counted.connect(self._count)
        self.stack = QStackedWidget()
        for view in (self.portrait, self.facts, self.doubts):
            self.stack.addWidget(view)
        self.tabs.currentChanged.connect(self._show_tab)
        top = parts.column(space=px(8), margins=(px(24), px(20), px(24), px(4)))
        top.addWidget(parts.label("You", "title", wrap=False))
        top.addWidget(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.stack, 1)
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self._on_connected())

    def shown(self) -> None:
        self._refresh()

    def show_tab(self, name: str) -> None:
        """``Portrait``, ``Facts`` or ``To decide``."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def _show_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self._refresh()
        if self.stack.currentWidget() is self.doubts:
            self.doubts.take_focus()

    def _refresh(self) -> None:
        self.doubts.refresh()  # always: its tab says how many wait
        view = self.stack.currentWidget()
        if isinstance(view, PortraitView | FactsView):
            view.refresh()

    def _on_changed(self, event: Changed) -> None:
        if _SHOWS & set(event.flags) and self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    def _on_connected(self) -> None:
        if self.isVisible():
            self._refresh()

    def _count(self, waiting: int) -> None:
        self.tabs.setTabText(2, f"{TABS[2]} ({waiting:,})" if waiting else TABS[2])
