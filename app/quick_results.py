"""The results of quick recall: a short list whose first row is already chosen. GUI thread."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app import flag_words, words
from app.one_line import plain
from app.passage_row import Row
from app.row_delegate import RowDelegate
from app.theme import Theme
from memory.protocol import Hit

_MOST_ROWS = 6


class QuickResults(QListWidget):
    """Signals:
    chosen: a ``Hit``, by mouse.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme):
        super().__init__()
        self._theme = theme
        self._low = False
        self._delegate = RowDelegate(
            theme, Qt.ItemDataRole.UserRole, self.row_of, shows_focus=False, parent=self
        )
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Results")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        # the delegate paints the chosen row; the style sheet's own items would pad it
        self.setStyleSheet(
            "QListView { background: transparent; border: none; "
            f"padding: 0 {theme.px(8)}px; selection-background-color: transparent; }}"
            "QListView::item, QListView::item:selected, QListView::item:hover "
            "{ background: transparent; border: none; padding: 0; }"
        )
        self.itemClicked.connect(self._on_clicked)
        self.hide()

    def show_hits(self, hits: list[Hit], text: str) -> None:
        self._delegate.painter.set_words([w for w in text.split() if len(w) > 2])
        self.clear()
        for hit in hits:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, hit)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, hit_label(hit))
            self.addItem(item)
        if hits:
            self.setCurrentRow(0)

    def fit(self, room: int) -> None:
        """Take the height of the rows there are, within ``room`` pixels."""
        rows = min(self.count(), _MOST_ROWS)
        height = min(rows * self._delegate.painter.height() + self._theme.px(2), max(0, room))
        self.setFixedHeight(height if rows else 0)
        self.setVisible(rows > 0)

    def current(self) -> Hit | None:
        item = self.currentItem()
        found = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        return found if isinstance(found, Hit) else None

    def speak_low(self, low: bool) -> None:
        """Paint the rows in a lower voice: none of them seems to be the answer."""
        self._low = low
        self.viewport().update()

    def row_of(self, hit: Hit) -> Row:
        """What is painted of a hit."""
        return replace(hit_row(hit), dimmed=self._low)

    def step(self, steps: int) -> None:
        """Choose another row; from the last the first follows."""
        if self.count():
            self.setCurrentRow((self.currentRow() + steps) % self.count())

    def _on_clicked(self, item: QListWidgetItem) -> None:
        hit = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(hit, Hit):
            self.chosen.emit(hit)


def hit_row(hit: Hit) -> Row:
    below = [hit.source_title]
    if hit.page is not None:
        below.append(f"page {hit.page}")
    if hit.happened_at is not None:
        below.append(words.date(hit.happened_at))
    text = plain(hit.text, hit.source_kind, hit.source)
    if hit.speaker:
        text = f"{hit.speaker}: {text}"
    below += flag_words.short(hit.flags)
    marks = ("warning",) if hit.flags else ()
    return Row(text, " · ".join(below), hit.strength, marks)


def hit_label(hit: Hit) -> str:
    """What a screen reader says of a result."""
    when = f", {words.date(hit.happened_at)}" if hit.happened_at else ""
    marks = "".join(f", {said}" for said in flag_words.short(hit.flags))
    return f"{hit.text}, from {hit.source_title}{when}{marks}"
