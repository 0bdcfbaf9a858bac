"""One line of the portrait: its words, where they come from, and what can be done with it.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from app import fact_words, icons, parts, words
from app.bits import on_keys
from app.theme import Theme
from memory.protocol import FactSource, PortraitEdit, PortraitLine


class PortraitRow(QWidget):
    """Signals:
    changed: line id and a ``PortraitEdit``. removed: line id. opened: a ``FactSource``.
    """

    changed = Signal(str, object)
    removed = Signal(str)
    opened = Signal(object)

    def __init__(self, theme: Theme, line: PortraitLine):
        super().__init__()
        self._theme = theme
        self.line = line
        px = theme.px
        self.words = parts.label(line.text, "muted" if line.hidden else "", select=True)
        self.source = parts.button(_source_words(line), self._open, kind="faint")
        self.source.setAccessibleName(f"Where this was said: {line.text}")
        self.source.setToolTip("\n".join(f"“{one.text}”" for one in line.sources[:5]))
        self.source.setVisible(bool(line.sources))
        self.mark = parts.label("your words", "small", wrap=False)
        self.mark.setVisible(line.edited)
        self.more = parts.icon_button(
            theme, "more", f"Change this line: {line.text}", self._menu, size=icons.SMALL
        )
        self.more.setToolTip("Change, hide …")
        self.field = QLineEdit()
        self.field.setMaxLength(400)
        self.field.setAccessibleName("Your words")
        self.field.returnPressed.connect(self._save)
        self.field.hide()
        row = parts.row(space=px(8))
        row.addWidget(self.words, 1)
        row.addWidget(self.field, 1)
        row.addWidget(self.mark)
        row.addWidget(self.source)
        row.addWidget(self.more)
        row.setAlignment(self.more, Qt.AlignmentFlag.AlignTop)
        self.setLayout(row)
        on_keys(self, "Esc", self.stop_editing)

    def offers(self) -> list[tuple[str, object]]:
        """What the menu offers: words and what they do."""
        line = self.line
        found: list[tuple[str, object]] = []
        if line.hidden:
            return [("Put back", lambda: self._change(hidden=False))]
        found.append(("Change the words", self.edit))
        if line.edited:
            found.append((f"Put back: {line.made}", lambda: self._change(text="")))
        found.append(("Hide", lambda: self._change(hidden=True)))
        if line.fact is None:
            found.append(("Delete", lambda: self.removed.emit(line.id)))
        return found

    def edit(self) -> None:
        """Write over the line; Enter keeps it, Esc does not."""
        self.field.setText(self.line.text)
        self.words.hide()
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()

    def stop_editing(self) -> None:
        self.field.hide()
        self.words.show()

    @property
    def editing(self) -> bool:
        return not self.field.isHidden()

    def _save(self) -> None:
        text = " ".join(self.field.text().split())
        self.stop_editing()
        if text != self.line.text and (text or self.line.fact):
            self._change(text=text)

    def _change(self, text: str | None = None, hidden: bool | None = None) -> None:
        self.changed.emit(self.line.id, PortraitEdit(text=text, hidden=hidden))

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, call in self.offers():
            menu.addAction(text, call)  # type: ignore[call-overload]
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _open(self) -> None:
        sources = self.line.sources
        if len(sources) == 1:
            self.opened.emit(sources[0])
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for one in sources:
            menu.addAction(
                fact_words.cut(f"“{one.text}”", 60) + f"  {fact_words.source(one)}",
                self._opens(one),
            )
        menu.popup(self.source.mapToGlobal(QPoint(0, self.source.height())))

    def _opens(self, source: FactSource) -> object:
        return lambda: self.opened.emit(source)


def _source_words(line: PortraitLine) -> str:
    if len(line.sources) == 1:
        return words.date(line.sources[0].said_at)
    return words.count(len(line.sources), "source")
