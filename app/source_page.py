"""Source column, PDF: one page as a picture with the passage marked, and the pages around it.

The picture is made in the daemon's reader child and decoded on the request thread.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app import parts
from app.context import Context
from app.fresh import Fresh
from app.places import Place
from app.tokens import LIGHT
from memory.protocol import PagePicture, Problem

_WIDTH = 1100  # pixels asked for: sharp in a column 550 wide at 200 %


@dataclass(frozen=True)
class Picture:
    """A decoded page; marks are fractions of its width and height."""

    page: int
    image: QImage
    marks: list[QRectF]


def decode(found: PagePicture) -> Picture:
    """From the reply to something to paint; runs on a request thread."""
    image = QImage.fromData(base64.b64decode(found.png_base64), "PNG")  # type: ignore[call-overload]
    wide, high = max(1, found.width), max(1, found.height)
    marks = [QRectF(x / wide, y / high, w / wide, h / high) for x, y, w, h in found.marks]
    return Picture(found.page, image, marks)


class PdfView(QWidget):
    """Signals:
    failed: ``Problem`` of a page that cannot be shown.
    """

    failed = Signal(object)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._place: Place | None = None
        self._pages = 0
        self._page = 1
        self._fresh = Fresh(self)
        theme = context.theme
        self.sheet = _Sheet()
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setWidget(self.sheet)
        self.scroll.setAccessibleName("Page of the source")
        self.up = parts.icon_button(theme, "up", "Page before", lambda: self._turn(-1))
        self.down = parts.icon_button(theme, "down", "Next page", lambda: self._turn(1))
        self.words = parts.label("", "small", wrap=False)
        bar = parts.row(self.up, self.words, self.down, 1, space=theme.px(4))
        bar.setContentsMargins(theme.px(8), theme.px(4), theme.px(8), theme.px(4))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.scroll, 1)
        layout.addLayout(bar)

    def show_place(self, place: Place, pages: int) -> None:
        self._place, self._pages = place, pages
        self._go(place.page or 1)

    def clear(self) -> None:
        """Another source is shown: a page still on its way is not wanted."""
        self._place = None
        self._fresh.drop()
        self.sheet.clear()

    @property
    def page(self) -> int:
        return self._page

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_PageUp:
            self._turn(-1)
        elif event.key() == Qt.Key.Key_PageDown:
            self._turn(1)
        else:
            super().keyPressEvent(event)

    def _turn(self, by: int) -> None:
        if self._place is not None and 1 <= self._page + by <= max(1, self._pages):
            self._go(self._page + by)

    def _go(self, page: int) -> None:
        place = self._place
        if place is None:
            return
        self._page = page
        self._show_words()
        asked = self._context.ops.call(
            "page picture",
            lambda c: decode(
                c.page_picture(
                    place.source_id, page, start=place.start, end=place.end, width=_WIDTH
                )
            ),
        )
        self._fresh.ask(asked.then(self._on_picture).otherwise(self._on_failed))

    def _on_picture(self, picture: Picture) -> None:
        self.sheet.show_picture(picture)
        QTimer.singleShot(0, self, self._scroll_to_mark)

    def _on_failed(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self.failed.emit(problem)
        elif isinstance(problem, BaseException):
            self._context.messages.failure(problem)

    def _scroll_to_mark(self) -> None:
        top = self.sheet.mark_top()
        self.scroll.verticalScrollBar().setValue(
            max(0, round(top - self.scroll.viewport().height() / 3)) if top is not None else 0
        )

    def _show_words(self) -> None:
        of = f" of {self._pages}" if self._pages else ""
        self.words.setText(f"Page {self._page}{of}")
        self.up.setEnabled(self._page > 1)
        self.down.setEnabled(self._page < self._pages)


class _Sheet(QWidget):
    """Paints the page as wide as the column, and the marks over it like a text marker."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None

    def show_picture(self, picture: Picture) -> None:
        self._picture = picture
        self.setAccessibleName(f"Page {picture.page}")
        self._fit()
        self.update()

    def clear(self) -> None:
        self._picture = None
        self.update()

    def mark_top(self) -> float | None:
        if self._picture is None or not self._picture.marks:
            return None
        return min(mark.top() for mark in self._picture.marks) * self.height()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self.minimumHeight())

    def _fit(self) -> None:
        if self._picture is not None and self._picture.image.width() > 0:
            image = self._picture.image
            self.setFixedHeight(max(1, round(self.width() * image.height() / image.width())))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._picture is None:
            return
        with QPainter(self) as painter:  # ends even if something below raises
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._picture.image)
            # paper is white in both palettes, so the marker is the light one, and multiplies
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            marker = QColor(LIGHT.mark)
            for mark in self._picture.marks:
                area = QRectF(
                    mark.left() * self.width(),
                    mark.top() * self.height(),
                    mark.width() * self.width(),
                    mark.height() * self.height(),
                )
                painter.fillRect(area.adjusted(-2, -1, 2, 1), marker)
