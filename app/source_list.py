"""The list of sources: one row each with its state, where it lies, and why it was not read.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import icons, tokens, words
from app.paged_model import ITEM_ROLE, PagedModel
from app.rows_view import RowsView
from app.theme import Theme
from memory.protocol import SourceInfo, SourceKind, SourceState

_STATE_TOKENS = {
    SourceState.READY: "muted",
    SourceState.FAILED: "bad",
    SourceState.SKIPPED: "warn",
    SourceState.MISSING: "warn",
}


def source_label(source: SourceInfo) -> str:
    """What a screen reader says of a source."""
    said = [source.title, words.SOURCE_STATE_NAMES[source.state]]
    if source.problem is not None:
        said += [source.problem.title, source.problem.next_step]
    else:
        said.append(words.memories(source.memories))
    return ", ".join(said)


def source_below(source: SourceInfo) -> str:
    """The second line of a row: the reason where there is one, else the facts."""
    if source.problem is not None:
        return f"{source.problem.title}. {source.problem.next_step}"
    facts = []
    if source.state in (SourceState.READY, SourceState.INDEXING, SourceState.MISSING):
        facts.append(words.memories(source.memories))
    if source.size_bytes is not None:
        facts.append(words.size(source.size_bytes))
    facts.append(f"added {words.date(source.added_at)}")
    if source.kind is SourceKind.FILE and source.location:
        facts.append(words.path(source.location))
    elif source.parent_location:
        facts.append(f"from {words.path(source.parent_location)}")
    return " · ".join(facts)


class SourceDelegate(QStyledItemDelegate):
    """Icon, title and state on the first line, the reason or the facts below."""

    def __init__(self, theme: Theme, parent: QObject | None = None):
        super().__init__(parent)
        self._theme = theme

    def height(self) -> int:
        px = self._theme.px
        body = QFontMetricsF(self._theme.font()).height()
        small = QFontMetricsF(self._theme.font(tokens.SMALL)).height()
        return round(body + small + px(3) + 2 * px(9))

    def sizeHint(  # noqa: N802
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(self._theme.px(200), self.height())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        px = self._theme.px
        state = option.state  # type: ignore[attr-defined]
        view = option.widget  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(option.rect).adjusted(px(2), px(1), -px(2), -px(1))  # type: ignore[attr-defined]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            ring = selected and view is not None and view.hasFocus()
            colour = self._theme.colour("accent_soft" if selected else "hover")
            painter.setBrush(colour)
            painter.setPen(QPen(self._theme.colour("accent"), 2) if ring else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6)
        source = index.data(ITEM_ROLE)
        inner = card.adjusted(px(12), px(8), -px(12), -px(8))
        if source is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("line"))
            painter.drawRoundedRect(inner.adjusted(px(28), px(4), -px(200), -px(20)), 4, 4)
        else:
            self._paint_source(painter, inner, source)
        painter.restore()

    def _paint_source(self, painter: QPainter, inner: QRectF, source: SourceInfo) -> None:
        theme, px = self._theme, self._theme.px
        scale = painter.device().devicePixelRatioF()
        side = px(icons.USUAL)
        drawing = {SourceKind.FILE: "file", SourceKind.NOTE: "note"}.get(
            source.kind, "conversation"
        )
        picture = icons.pixmap(drawing, theme.colour("muted").name(), side, scale)
        painter.drawPixmap(
            round(inner.left()), round(inner.top() + (inner.height() - side) / 2), picture
        )
        text = inner.adjusted(side + px(12), 0, 0, 0)
        state = words.SOURCE_STATE_NAMES[source.state]
        small = theme.font(tokens.SMALL)
        state_width = QFontMetricsF(small).horizontalAdvance(state) + px(12)
        body = theme.font()
        metrics = QFontMetricsF(body)
        first = QRectF(text.left(), text.top(), text.width() - state_width, metrics.height())
        painter.setFont(body)
        painter.setPen(theme.colour("text"))
        title = metrics.elidedText(source.title, Qt.TextElideMode.ElideRight, first.width())
        painter.drawText(first, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(small)
        painter.setPen(theme.colour(_STATE_TOKENS.get(source.state, "accent")))
        right = QRectF(first.right(), text.top(), state_width, metrics.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(right, align, state)
        below = QRectF(
            text.left(),
            first.bottom() + px(3),
            text.width(),
            QFontMetricsF(small).height(),
        )
        painter.setPen(theme.colour("muted"))
        said = QFontMetricsF(small).elidedText(
            source_below(source), Qt.TextElideMode.ElideRight, below.width()
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, said)


class SourceList(RowsView):
    """Signals:
    forget_asked, open_asked: by key, for the row it stands on.
    """

    forget_asked = Signal()
    open_asked = Signal()

    def __init__(self, theme: Theme, model: PagedModel[SourceInfo]):
        delegate = SourceDelegate(theme)
        super().__init__(theme, model, delegate, delegate.height)
        delegate.setParent(self)
        self.setAccessibleName("Files, chats and notes")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.doubleClicked.connect(lambda _index: self.open_asked.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() == Qt.Key.Key_Delete:
            self.forget_asked.emit()
        elif plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_asked.emit()
        else:
            super().keyPressEvent(event)
