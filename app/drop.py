"""What a drop or a paste holds, and what will become of it. Reads no file's content.

``look_at`` sorts links into files, folders and what cannot be read; text becomes a note.
``DropTarget`` is the whole window: it shows the overlay and hands over what was dropped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QObject, QPropertyAnimation, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QLabel, QVBoxLayout, QWidget

from app import icons, parts, words
from app.theme import Theme

_LOOKED_AT = 1000
"""So many links are looked at on the disk; what lies beyond is judged by its name."""

_UNREADABLE = {
    suffix: kind
    for kind, suffixes in {
        "video": "mp4 mkv mov avi webm m4v wmv mpg mpeg",
        "sound": "mp3 wav flac ogg m4a aac wma opus",
        "picture": "jpg jpeg png gif webp heic tif tiff bmp svg ico raw psd",
        "program": "exe dll so dylib msi dmg app deb rpm apk iso img bin",
        "archive": "rar 7z tar gz bz2 xz tgz zst",
        "document": "doc xls xlsx ppt pptx odt ods odp pages numbers key epub mobi",
        "model": "gguf onnx safetensors",
    }.items()
    for suffix in suffixes.split()
}


@dataclass(frozen=True)
class Dropped:
    """``paths`` will be read (``files`` and ``folders`` count them); ``refused`` are names that
    cannot be read yet; ``text`` becomes a note; ``model`` is a language model's file."""

    paths: tuple[str, ...] = ()
    files: int = 0
    folders: int = 0
    refused: tuple[str, ...] = ()
    text: str = ""
    model: str = ""

    @property
    def usable(self) -> bool:
        return bool(self.paths or self.text or self.model)

    def promise(self) -> str:
        """What will happen, for the overlay."""
        if self.model and not self.paths:
            return f"Use {os.path.basename(self.model)} to word the answers"
        if self.paths:
            counts = []
            if self.files:
                counts.append(words.count(self.files, "file"))
            if self.folders:
                counts.append(words.count(self.folders, "folder"))
            it = "it" if self.files + self.folders == 1 else "them"
            return f"{' and '.join(counts)}: remember {it}"
        if self.text:
            return "Text: remember it as a note"
        return "Nothing here can be read yet"

    def refusal(self) -> str:
        """What won't happen; empty when everything will."""
        if not self.refused:
            return ""
        if len(self.refused) == 1:
            return f"{self.refused[0]} can’t be read yet"
        shown = ", ".join(self.refused[:3])
        rest = len(self.refused) - 3
        return f"{shown}{f' and {rest} more' if rest > 0 else ''} can’t be read yet"


def look_at(data: QMimeData) -> Dropped:
    """What is being dragged, or lies on the clipboard."""
    links = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if links:
        return sort_paths(links)
    text = data.text().strip() if data.hasText() else ""
    return Dropped(text=text)


def sort_paths(paths: Sequence[str]) -> Dropped:
    """Files, folders and what cannot be read."""
    wanted: list[str] = []
    refused: list[str] = []
    model = ""
    folders = 0
    for number, path in enumerate(dict.fromkeys(paths)):
        suffix = os.path.splitext(path)[1].lower().lstrip(".")
        if number < _LOOKED_AT and os.path.isdir(path):
            folders += 1
            wanted.append(path)
        elif suffix == "gguf":
            model = path
        elif suffix in _UNREADABLE:
            refused.append(os.path.basename(path))
        else:
            wanted.append(path)
    return Dropped(
        paths=tuple(wanted),
        files=len(wanted) - folders,
        folders=folders,
        refused=tuple(refused),
        model=model,
    )


class DropOverlay(QWidget):
    """Dims the window and names what will happen; takes the drop itself.

    Signals:
    dropped: ``Dropped``.
    """

    dropped = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget):
        super().__init__(parent)
        self._theme = theme
        self.found = Dropped()
        self.setAcceptDrops(True)
        self.setAccessibleName("Drop here to remember")
        self.mark = QLabel()
        self.promise = parts.label("", "title")
        self.refusal = parts.label("", "warn")
        self.keep = parts.label("The files stay where they are; nothing leaves this computer.")
        self.keep.setProperty("role", "muted")
        for widget in (self.mark, self.promise, self.refusal, self.keep):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        card = QFrame()
        card.setProperty("role", "card")
        card.setMinimumWidth(theme.px(480))
        card.setMaximumWidth(theme.px(560))
        inside = parts.column(
            self.mark, self.promise, self.refusal, self.keep, margins=(theme.px(28),) * 4
        )
        card.setLayout(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(theme.px(36),) * 4)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self._effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(self._effect)
        self._fade = QPropertyAnimation(self._effect, b"opacity", self)
        self.hide()

    def show_for(self, found: Dropped) -> None:
        self.found = found
        name, token = ("drop", "accent") if found.usable else ("warning", "warn")
        icons.bind(self._theme, self.mark, name, token, size=48)
        self.promise.setText(found.promise())
        self.refusal.setText(found.refusal())
        self.refusal.setVisible(bool(found.refused))
        self.keep.setVisible(bool(found.paths))
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
        if self.isHidden():
            self._fade.stop()
            self._fade.setDuration(self._theme.motion_ms(120))
            self._fade.setStartValue(0.0)
            self._fade.setEndValue(1.0)
            self._effect.setOpacity(0.0)
            self.show()
            self._fade.start()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        theme = self._theme
        with QPainter(self) as painter:  # ends even if something below raises
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = theme.colour("surface")
            ground.setAlphaF(0.92)
            painter.fillRect(self.rect(), ground)
            inset = theme.px(20)
            token = "accent" if self.found.usable else "warn"
            painter.setPen(QPen(theme.colour(token), 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(inset, inset, -inset, -inset),
                theme.px(16),
                theme.px(16),
            )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        _answer(event, self.found.usable)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        _answer(event, self.found.usable)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self.take(event)

    def take(self, event: QDropEvent) -> None:
        found = look_at(event.mimeData())
        self.hide()
        _answer(event, found.usable)
        if found.usable or found.refused:
            self.dropped.emit(found)


class DropTarget(QObject):
    """Makes a window take drops: watches its drag events and shows the overlay."""

    def __init__(self, window: QWidget, overlay: DropOverlay):
        super().__init__(window)
        self._window = window
        self._overlay = overlay
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        kind = event.type()
        if kind is QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            found = look_at(event.mimeData())
            if found.usable or found.refused:
                self._overlay.show_for(found)
                # taken even when refused: only then does the drag leave, and the overlay go
                _answer(event, True)
                return True
        elif kind is QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._overlay.take(event)
            return True
        elif kind is QEvent.Type.Resize and self._overlay.isVisible():
            self._overlay.setGeometry(self._window.rect())
        return False


def _answer(event: QDropEvent, usable: bool) -> None:
    if usable:
        # a copy, whatever the other program proposes: a move would delete the original
        copies = event.possibleActions() & Qt.DropAction.CopyAction
        event.setDropAction(Qt.DropAction.CopyAction if copies else Qt.DropAction.IgnoreAction)
        event.accept()
    else:
        event.ignore()
