"""The text of an answer: plain while it streams, formatted at the end; as tall as its text.

Never loads a picture or follows a link by itself; a click on a number asks for that source.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QTextBrowser, QToolTip, QWidget

from app import markdown, tokens
from app.citation_chip import quote_tip
from app.theme import Theme
from memory.protocol import Citation


class AnswerView(QTextBrowser):
    """Signals:
    cited: number of a source that was clicked.
    """

    cited = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._formatted = False
        self._citations: dict[int, Citation] = {}
        self.setOpenLinks(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName("Answer")
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().setDefaultFont(theme.font(1.04))
        self.document().setIndentWidth(theme.px(22))
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._on_anchor)
        self.highlighted.connect(self._on_hover)
        theme.changed.connect(self._repaint_text)

    @property
    def text(self) -> str:
        """The Markdown as it came."""
        return self._text

    def append_text(self, text: str) -> None:
        """Add what has just been said, unformatted."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text:
            cursor.setBlockFormat(_line_height())
        cursor.insertText(text)
        self._text += text

    def show_markdown(self, text: str, citations: list[Citation]) -> None:
        """The whole answer, formatted, its numbers leading to ``citations``."""
        self._text = text
        self._formatted = True
        self._citations = {c.n: c for c in citations}
        palette = self._theme.palette
        document = self.document()
        document.setDefaultFont(self._theme.font(1.04))
        document.setDefaultStyleSheet(markdown.style(palette, self._theme.text_px(1.04)))
        document.setHtml(markdown.to_html(text, self._citations, palette))
        document.setDocumentMargin(0)
        self._trim_last_margin()

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        """Nothing from anywhere: an answer may quote a hostile page."""
        return None

    # -- size and wheel belong to the page around it

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Escape):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = max(1, math.ceil(self.document().size().height()) + 2)
        if height != self.height():
            self.setFixedHeight(height)

    def _trim_last_margin(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        form = cursor.blockFormat()
        form.setBottomMargin(0)
        cursor.setBlockFormat(form)

    def _repaint_text(self) -> None:
        if self._formatted:
            self.show_markdown(self._text, list(self._citations.values()))

    # -- links

    def _on_anchor(self, url: QUrl) -> None:
        if url.scheme() == "cite":
            self.cited.emit(int(url.path()))
        elif url.scheme() in ("http", "https", "mailto"):
            QDesktopServices.openUrl(url)

    def _on_hover(self, url: QUrl) -> None:
        if url.isEmpty():
            QToolTip.hideText()
            return
        found = self._citations.get(int(url.path())) if url.scheme() == "cite" else None
        where = self.cursor().pos() + QPoint(0, 16)
        QToolTip.showText(where, quote_tip(found) if found else url.toDisplayString(), self)


def _line_height() -> QTextBlockFormat:
    form = QTextBlockFormat()
    form.setLineHeight(
        tokens.LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
    )
    return form
