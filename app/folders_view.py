"""Folders that are followed: add one, leave out parts of it, stop following. GUI thread only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app import icons, parts, words
from app.bits import CentredColumn, EmptyPlace, clear, later
from app.context import Context
from app.fresh import Fresh
from app.messages import Question
from app.theme import set_role
from memory.protocol import Change, Changed, FolderInfo

_REFRESH_MS = 1000
_ALWAYS_LEFT_OUT = "Hidden files, .git, node_modules and files over the size limit are left out."


class FoldersView(QWidget):
    """``shown`` is called when its tab comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._shown: list[FolderInfo] | None = None
        self._refreshing = later(self, _REFRESH_MS, self.refresh)
        px = context.theme.px
        self.add_button = parts.button("Follow a folder", self.choose)
        note = parts.label(
            "New and changed files in these folders are read by themselves. " + _ALWAYS_LEFT_OUT,
            "muted",
        )
        self._cards = QVBoxLayout()
        self._cards.setSpacing(px(8))
        self._page = CentredColumn(context.theme, px(1100))
        content = self._page.content
        content.setContentsMargins(px(24), px(10), px(24), px(24))
        head = parts.row(space=px(16))
        head.addWidget(note, 1)
        head.addWidget(self.add_button)
        content.addLayout(head)
        content.addSpacing(px(4))
        content.addLayout(self._cards)
        content.addStretch(1)
        self.empty = EmptyPlace(
            context.theme,
            "watch",
            "No folder is followed.",
            "Follow your papers, and whatever you put there can be recalled a moment later. "
            + _ALWAYS_LEFT_OUT,
            parts.button("Follow a folder", self.choose, kind="primary"),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._page)
        layout.addWidget(self.empty)
        self._page.hide()
        context.link.changed.connect(self._on_changed)

    def shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        self._fresh.ask(self._context.ops.folders().then(self._show))

    def choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Follow a folder", str(Path.home()))
        if chosen:
            self.follow(chosen)

    def follow(self, path: str) -> None:
        def added(_folder: FolderInfo) -> None:
            self._context.messages.info("This folder is followed from now on", words.path(path))
            self.refresh()

        self._fresh.do(self._context.ops.watch(path).then(added))

    def edit(self, folder: FolderInfo) -> None:
        """Choose what it leaves out; the dialog outlives the card, which a refresh replaces."""
        dialog = IgnoreDialog(self._context, folder, self._fresh, self)
        dialog.accepted.connect(self.refresh)
        dialog.open()

    def _ask_to_stop(self, folder: FolderInfo) -> None:
        self._context.messages.ask(
            Question(
                "Stop following this folder?",
                "What was read so far stays remembered. New and changed files are no longer "
                "noticed.",
                "Stop following",
                lambda: self._stop(folder),
                details=(folder.path,),
            )
        )

    def _stop(self, folder: FolderInfo) -> None:
        self._fresh.do(self._context.ops.unwatch(folder.id).then(lambda _r: self.refresh()))

    def _on_changed(self, event: Changed) -> None:
        wanted = {Change.FOLDERS, Change.SOURCES} & set(event.flags)
        if wanted and self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    def _show(self, folders: list[FolderInfo]) -> None:
        self._page.setVisible(bool(folders))
        self.empty.setVisible(not folders)
        if folders == self._shown:
            return
        self._shown = folders
        clear(self._cards)
        for folder in folders:
            card = FolderCard(self._context, folder)
            card.edit_asked.connect(partial(self.edit, folder))
            card.stop_asked.connect(partial(self._ask_to_stop, folder))
            self._cards.addWidget(card)


class FolderCard(QFrame):
    """One folder with what was found in it and what is left out. Signals:
    edit_asked, stop_asked: a button was pressed.
    """

    edit_asked = Signal()
    stop_asked = Signal()

    def __init__(self, context: Context, folder: FolderInfo):
        super().__init__()
        set_role(self, "card")
        px = context.theme.px
        picture = parts.label("")
        icons.bind(context.theme, picture, "folder", "muted")
        self._title = parts.Elided(words.path(folder.path), "heading", middle=True)
        self._words = parts.label(folder_words(folder), "small")
        self._ignored = parts.label(_ignored(folder), "small")
        self._edit = parts.button("Leave out …", self.edit_asked.emit)
        self._stop = parts.button("Stop following", self.stop_asked.emit)
        text = parts.column(self._title, self._words, self._ignored, space=px(2))
        line = parts.row(picture, space=px(12))
        line.addLayout(text, 1)
        line.addWidget(self._edit)
        line.addWidget(self._stop)
        line.setContentsMargins(px(14), px(10), px(10), px(10))
        self.setLayout(line)


class IgnoreDialog(QDialog):
    """Patterns a folder leaves out, one a line; saved before it closes."""

    def __init__(self, context: Context, folder: FolderInfo, fresh: Fresh, parent: QWidget):
        super().__init__(parent)
        self._context = context
        self._folder = folder
        self._fresh = fresh
        self.setWindowTitle("Leave out")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = context.theme.px
        self.field = QPlainTextEdit("\n".join(folder.ignore))
        self.field.setAccessibleName("Patterns to leave out, one a line")
        self.field.setPlaceholderText("drafts/\n*.log\nscan-?.pdf")
        self.field.setTabChangesFocus(True)
        self._save = parts.button("Save", self._go, kind="primary")
        layout = parts.column(
            parts.label("What to leave out", "title"),
            parts.label(
                "One pattern a line: a name, a folder with a slash at its end, * for anything. "
                + _ALWAYS_LEFT_OUT,
                "muted",
            ),
            self.field,
            space=px(12),
            margins=(px(24),) * 4,
        )
        layout.addLayout(parts.row(1, parts.button("Cancel", self.reject), self._save))
        self.setLayout(layout)
        self.setMinimumWidth(px(420))

    def patterns(self) -> list[str]:
        lines = (line.strip() for line in self.field.toPlainText().splitlines())
        return [line for line in lines if line]

    def _go(self) -> None:
        self._save.setEnabled(False)
        save = self._context.ops.watch(self._folder.path, self.patterns())
        save.then(lambda _folder: self.accept()).always(lambda: self._save.setEnabled(True))
        self._fresh.do(save, owner=self)


def folder_words(folder: FolderInfo) -> str:
    said = [words.count(folder.sources, "file")]
    if folder.missing:
        said.append(f"{folder.missing:,} gone")
    if folder.state == "unavailable":
        said.append("not reachable now; it is followed again when it comes back")
    elif folder.state == "paused":
        said.append("paused")
    elif folder.scanned_at is not None:
        said.append(f"looked through {words.moment(folder.scanned_at)}")
    return ", ".join(said)


def _ignored(folder: FolderInfo) -> str:
    return "Leaves out " + ", ".join(folder.ignore) if folder.ignore else "Leaves out nothing more"
