"""The portrait: who the person is, in sections of plain lines; one switch turns it off.

GUI thread only.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app import fact_ops, parts, words
from app.bits import CentredColumn, EmptyPlace, clear
from app.context import Context
from app.fresh import Fresh
from app.portrait_row import PortraitRow
from app.switch import Switch
from memory.protocol import PortraitEdit, PortraitLine, PortraitPage

_ABOUT = (
    "Made of what you told in chats and notes. A model that answers you reads it first; nothing"
    " of it leaves this computer."
)
_AT_ONCE = 15
"""Lines of a section before the person asks for more: each is a handful of widgets."""
_EXAMPLE = "Tell in a chat: “My name is Robin. I live in Leeds and I am allergic to peanuts.”"


class PortraitView(QWidget):
    """``refresh`` asks anew; an open field is not taken away from under the person."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._page: PortraitPage | None = None
        self._hidden_shown = False
        self._whole: set[str] = set()
        self.rows: list[PortraitRow] = []
        theme, px = context.theme, context.theme.px
        self.switch = Switch(theme)
        self.switch.setAccessibleName("Portrait")
        self.switch.setToolTip("Off: neither shown nor used")
        self.switch.clicked.connect(self._switch)
        self.own = QLineEdit()
        self.own.setMaxLength(400)
        self.own.setPlaceholderText("Add a line in your own words")
        self.own.setAccessibleName("Add a line in your own words")
        self.own.returnPressed.connect(self._add)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(2))
        self.fold = parts.button("", self._fold, kind="quiet")
        self.fold.hide()
        self.empty = EmptyPlace(
            theme,
            "you",
            "Nothing is known about you yet.",
            _EXAMPLE,
            parts.button(
                "Tell it in a chat",
                lambda: context.requests.page_wanted.emit("chat"),
                kind="primary",
            ),
        )
        self.off = EmptyPlace(
            theme,
            "you",
            "The portrait is off.",
            "It is neither shown nor used; your words in it are kept.",
            parts.button("Switch it on", lambda: self._set(True), kind="primary"),
        )
        page = CentredColumn(theme, theme.column_width())
        page.content.setContentsMargins(px(24), px(8), px(24), px(24))
        head = parts.row(space=px(12))
        head.addWidget(parts.label(_ABOUT, "small"), 1)
        head.addWidget(self.switch)
        page.content.addLayout(head)
        page.content.addLayout(self._lines)
        page.content.addWidget(self.own)
        page.content.addWidget(self.fold)
        page.content.addStretch(1)
        self._stack = QStackedWidget()
        for view in (page, self.empty, self.off):
            self._stack.addWidget(view)
        layout = parts.column(self._stack, space=0)
        self.setLayout(layout)

    # -- what is shown

    def refresh(self) -> None:
        asked = fact_ops.portrait(self._context.ops).then(self._show)
        self._fresh.ask(asked.otherwise(lambda _p: None))

    def _show(self, page: PortraitPage) -> None:
        if page == self._page or any(row.editing for row in self.rows):
            return
        self._page = page
        self._fill(page)

    def _fill(self, page: PortraitPage) -> None:
        self.switch.setChecked(page.on)
        clear(self._lines)
        self.rows = []
        for section in page.sections:
            shown = [one for one in section.lines if self._hidden_shown or not one.hidden]
            if shown:
                self._section(section.name, section.title, shown)
        self.fold.setVisible(page.hidden > 0)
        hidden = words.count(page.hidden, "hidden line")
        self.fold.setText(f"{'Fold away' if self._hidden_shown else 'Show'} {hidden}")
        lines = sum(len(section.lines) for section in page.sections)
        self._stack.setCurrentIndex(2 if not page.on else 0 if lines else 1)

    def _section(self, name: str, title: str, lines: list[PortraitLine]) -> None:
        self._lines.addSpacing(self._context.theme.px(10))
        self._lines.addWidget(parts.label(title, "section"))
        most = len(lines) if name in self._whole else _AT_ONCE
        for line in lines[:most]:
            row = PortraitRow(self._context.theme, line)
            row.changed.connect(self._change)
            row.removed.connect(self._remove)
            row.opened.connect(lambda one: fact_ops.open_said(self._context, self._fresh, one))
            self.rows.append(row)
            self._lines.addWidget(row)
        if len(lines) > most:
            more = parts.button(
                f"Show {len(lines) - most:,} more", lambda: self._show_whole(name), kind="quiet"
            )
            self._lines.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_whole(self, name: str) -> None:
        self._whole.add(name)
        if self._page is not None:
            self._fill(self._page)

    def _fold(self) -> None:
        self._hidden_shown = not self._hidden_shown
        if self._page is not None:
            self._fill(self._page)

    # -- what can be done

    def _add(self) -> None:
        text = self.own.text().strip()
        if text:
            self.own.clear()
            self._do(fact_ops.add_line(self._context.ops, text))

    def _change(self, line_id: str, edit: PortraitEdit) -> None:
        self._do(fact_ops.edit_line(self._context.ops, line_id, edit))

    def _remove(self, line_id: str) -> None:
        self._do(fact_ops.remove_line(self._context.ops, line_id))

    def _do(self, deed: Any) -> None:
        self._fresh.do(deed.then(self._show))
        self.refresh()  # after the deed, also where it failed

    def _switch(self) -> None:
        self._set(self.switch.isChecked())

    def _set(self, on: bool) -> None:
        self._fresh.do(self._context.ops.edit_settings({"portrait": on}))
        self.refresh()
