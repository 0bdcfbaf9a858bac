"""The chats under the places: pick, search, rename, delete; a private one wears its mark."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QMenu, QWidget

from app import icons, parts, words
from app.context import Context
from app.fresh import Fresh
from app.messages import Question
from memory.protocol import Change, Changed, ChatInfo, ChatList

_SEARCH_MS = 120
Index = QModelIndex | QPersistentModelIndex


class ChatListModel(QAbstractListModel):
    """Signals:
    renamed: id of a chat and its new title, as typed.
    """

    renamed = Signal(str, str)

    def __init__(self, context: Context):
        super().__init__()
        self._theme = context.theme
        self._chats: list[ChatInfo] = []
        self._private_icon = QIcon()
        self._refresh_icon()
        context.theme.changed.connect(self._refresh_icon)

    def _refresh_icon(self) -> None:
        self._private_icon = icons.icon(self._theme, "private", "private")

    def show(self, chats: list[ChatInfo]) -> None:
        """Replace the list; nothing moves where nothing changed."""
        if chats != self._chats:
            self.beginResetModel()
            self._chats = list(chats)
            self.endResetModel()

    def chat(self, row: int) -> ChatInfo | None:
        return self._chats[row] if 0 <= row < len(self._chats) else None

    def row_of(self, chat_id: str) -> int:
        return next((row for row, chat in enumerate(self._chats) if chat.id == chat_id), -1)

    # Qt's names

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._chats)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        chat = self.chat(index.row())
        if chat is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return chat.title
            case Qt.ItemDataRole.ToolTipRole:
                private = "Private: never stored, never remembered" if chat.private else ""
                when = f"{words.moment(chat.updated_at)}"
                return "\n".join(w for w in (chat.title, when, private) if w)
            case Qt.ItemDataRole.DecorationRole:
                return self._private_icon if chat.private else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{chat.title}, private" if chat.private else chat.title
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        chat = self.chat(index.row())
        title = " ".join(str(value).split())[:200]
        if chat is None or role != Qt.ItemDataRole.EditRole or not title or title == chat.title:
            return False
        self.renamed.emit(chat.id, title)
        return True


class ChatListView(QWidget):
    """Signals:
    chosen: ``ChatInfo``. new_wanted: True for a private chat. deleted: id of a chat.
    """

    chosen = Signal(object)
    new_wanted = Signal(bool)
    deleted = Signal(str)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._current = ""
        theme = context.theme
        self.model = ChatListModel(context)
        self.model.renamed.connect(self._rename)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search chats")
        self.search.setAccessibleName("Search chats")
        self.search.setClearButtonEnabled(True)
        self._typing = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.view = _List(self)
        self.view.setModel(self.model)
        self.view.clicked.connect(lambda index: self._choose(index.row()))
        self.view.activated.connect(lambda index: self._choose(index.row()))
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.rename_wanted.connect(self._edit)
        self.view.delete_wanted.connect(self._confirm_delete)
        new = parts.icon_button(
            theme, "add", "New chat", lambda: self.new_wanted.emit(False), keys="Ctrl+N", size=16
        )
        private = parts.icon_button(
            theme,
            "private",
            "New private chat, never remembered",
            lambda: self.new_wanted.emit(True),
            keys="Ctrl+Shift+N",
            size=16,
        )
        heading = parts.row(parts.label("Chats", "section"), 1, private, new, space=0)
        heading.setContentsMargins(theme.px(10), 0, 0, 0)
        layout = parts.column(space=theme.px(4), margins=(0, theme.px(8), 0, 0))
        layout.addLayout(heading)
        layout.addWidget(self.search)
        layout.addWidget(self.view, 1)
        self.setLayout(layout)
        self.search.hide()
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self.refresh())

    def refresh(self) -> None:
        text = self.search.text().strip()
        self._fresh.ask(self._context.ops.chats(text).then(lambda found: self._show(found, text)))

    def set_current(self, chat_id: str) -> None:
        self._current = chat_id
        self._mark()

    def _show(self, found: ChatList, text: str) -> None:
        if text != self.search.text().strip():
            return  # an older question
        self.model.show(found.chats)
        self.search.setVisible(bool(text) or len(found.chats) > 5)
        self._mark()

    def _mark(self) -> None:
        row = self.model.row_of(self._current)
        index = self.model.index(row) if row >= 0 else QModelIndex()
        self.view.setCurrentIndex(index)
        if row < 0:
            self.view.clearSelection()

    def _choose(self, row: int) -> None:
        chat = self.model.chat(row)
        if chat is not None:
            self._current = chat.id
            self.chosen.emit(chat)

    def _on_changed(self, event: Changed) -> None:
        if Change.CHATS in event.flags:
            self._typing.start()

    # -- what can be done with one

    def _menu(self, where: Any) -> None:
        index = self.view.indexAt(where)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.addAction("Open", lambda: self._choose(index.row()))
        menu.addAction("Rename\tF2", lambda: self._edit(index.row()))
        menu.addAction("Delete\tDel", lambda: self._confirm_delete(index.row()))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.view.viewport().mapToGlobal(where))

    def _edit(self, row: int) -> None:
        self.view.edit(self.model.index(row))

    def _rename(self, chat_id: str, title: str) -> None:
        rename = self._context.ops.rename_chat(chat_id, title)
        self._fresh.do(rename.then(lambda _chat: self.refresh()))

    def _confirm_delete(self, row: int) -> None:
        chat = self.model.chat(row)
        if chat is None:
            return
        kept = "It was never stored." if chat.private else "What it taught is forgotten with it."
        self._context.messages.ask(
            Question(
                title="Delete this chat?",
                text=f"“{chat.title}” goes for good. {kept}",
                yes="Delete",
                on_yes=lambda: self._delete(chat.id),
                danger=True,
            )
        )

    def _delete(self, chat_id: str) -> None:
        def gone(_reply: object) -> None:
            self.deleted.emit(chat_id)
            self.refresh()

        self._fresh.do(self._context.ops.delete_chat(chat_id).then(gone))


class _List(QListView):
    rename_wanted = Signal(int)
    delete_wanted = Signal(int)

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setAccessibleName("Chats")
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFrameShape(QListView.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        row = self.currentIndex().row()
        if row >= 0 and event.key() == Qt.Key.Key_F2:
            self.rename_wanted.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
