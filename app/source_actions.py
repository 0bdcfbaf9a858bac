"""What can be done with one source: a strip under the list, in words. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QWidget

from app import icons, parts, words
from app.context import Context
from app.flow import FlowLayout
from app.forget_dialog import ask_to_forget
from app.places import Place
from app.scope_chooser import shown, source_menu
from app.theme import set_role
from memory.protocol import ForgetRequest, MissingChoice, SourceInfo, SourceKind, SourceState

_CAN_RETRY = (SourceState.FAILED, SourceState.SKIPPED, SourceState.MISSING)


class SourceActions(QFrame):
    """Signals:
    edited: the ``SourceInfo`` as it is now. changed: something was done; the list asks anew.
    """

    edited = Signal(object)
    changed = Signal()

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._source: SourceInfo | None = None
        self._scopes: list[str] = []
        set_role(self, "bar")
        px = context.theme.px
        self._title = parts.Elided("", "heading")
        self._state = parts.label("", "small", wrap=False)
        self._place = parts.Elided("", "small", middle=True)
        self._reason = parts.label("", select=True)
        box = QWidget()
        flow = FlowLayout(box, space=px(6))
        self._open = self._action("Open", "page", self.open)
        self._original = self._action("Original", "open", self._open_original)
        self._memories = self._action("Its memories", "memories", self._show_memories)
        self._scope = self._action("Home", "folder", self._choose_scope)
        self._retry = self._action("Try again", "retry", self.retry)
        self._keep = self._action("Keep its memories", "check", self.keep)
        self._forget = self._action("Forget …", "forget", self.forget)
        self._forget.setProperty("kind", "danger")
        for made in self.buttons():
            flow.addWidget(made)
        head = parts.row(space=px(12))
        head.addWidget(self._title, 1)
        head.addWidget(self._state)
        layout = parts.column(space=px(6), margins=(px(24), px(12), px(24), px(12)))
        layout.addLayout(head)
        layout.addWidget(self._place)
        layout.addWidget(self._reason)
        layout.addWidget(box)
        self.setLayout(layout)
        self.hide()

    def buttons(self) -> tuple[QPushButton, ...]:
        return (
            self._open,
            self._original,
            self._memories,
            self._scope,
            self._retry,
            self._keep,
            self._forget,
        )

    @property
    def source(self) -> SourceInfo | None:
        return self._source

    def show_source(self, source: SourceInfo | None) -> None:
        self._source = source
        self.setVisible(source is not None)
        if source is None:
            return
        self._title.setText(source.title)
        self._state.setText(words.SOURCE_STATE_NAMES[source.state])
        place = source_place(source)
        self._place.setText(place)
        self._place.setVisible(bool(place))
        self._reason.setText(reason(source))
        self._reason.setVisible(bool(self._reason.text()))
        readable = source.state in (SourceState.READY, SourceState.INDEXING, SourceState.MISSING)
        self._open.setVisible(readable)
        is_there = source.kind is SourceKind.FILE and source.state is not SourceState.MISSING
        self._original.setVisible(is_there)
        self._memories.setVisible(source.memories > 0)
        self._memories.setText(words.memories(source.memories))
        self._scope.setText(f"Belongs to {shown(source.scope)} ▾")
        parts.rename(self._scope, f"Belongs to {shown(source.scope)}; choose another")
        self._retry.setVisible(source.state in _CAN_RETRY)
        self._keep.setVisible(source.state is SourceState.MISSING)

    def show_scopes(self, names: list[str]) -> None:
        """All there are, to choose from."""
        self._scopes = names

    def menu(self, at: QPoint) -> None:
        """The same at the pointer."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for made in self.buttons():
            if not made.isHidden():
                menu.addAction(made.text()).triggered.connect(made.click)
        menu.popup(at)

    def _action(self, text: str, icon: str, clicked: object) -> QPushButton:
        made = parts.button(text, clicked)  # type: ignore[arg-type]
        token = "bad" if icon == "forget" else "muted"
        icons.bind(self._context.theme, made, icon, token, size=icons.SMALL)
        return made

    # -- doing it

    def open(self) -> None:
        if self._source is not None and not self._open.isHidden():
            self._context.requests.place_wanted.emit(Place.of_source(self._source))

    def _open_original(self) -> None:
        if self._source is not None:
            self._context.requests.original_wanted.emit(Place.of_source(self._source))

    def _show_memories(self) -> None:
        if self._source is not None:
            self._context.requests.page_wanted.emit("memories")
            self._context.requests.source_memories_wanted.emit(self._source.id, self._source.title)

    def scope_menu(self) -> QMenu | None:
        """Where the source can belong; None without one."""
        if self._source is None:
            return None
        return source_menu(self, self._scopes, self._source.scope, self._set_scope)

    def _choose_scope(self) -> None:
        menu = self.scope_menu()
        if menu is not None:
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self._scope.mapToGlobal(QPoint(0, self._scope.height() + 2)))

    def _set_scope(self, scope: str) -> None:
        if self._source is not None:
            source = self._source
            give = self._context.ops.set_scope(source.id, scope)
            give.then(
                lambda reply: self._took(source.model_copy(update={"scope": reply.scope}))
            ).start(self)

    def retry(self) -> None:
        if self._source is not None:
            self._retry.setEnabled(False)
            self._context.ops.retry_source(self._source.id).then(self._took).always(
                lambda: self._retry.setEnabled(True)
            ).start(self)

    def keep(self) -> None:
        if self._source is not None:
            choice = MissingChoice(choice="keep", sources=[self._source.id])
            self._context.ops.decide_missing(choice).then(lambda _r: self.changed.emit()).start(
                self
            )

    def forget(self) -> None:
        if self._source is not None:
            ask_to_forget(
                self._context,
                ForgetRequest(source=self._source.id),
                self,
                lambda _reply: self.changed.emit(),
            )

    def _took(self, source: SourceInfo) -> None:
        if self._source is not None and source.id == self._source.id:
            self.show_source(source)
        self.edited.emit(source)
        self.changed.emit()


def source_place(source: SourceInfo) -> str:
    """Where a file lies, or the file that a chat was imported from; empty for others."""
    if source.kind is SourceKind.FILE:
        return words.path(source.location or "")
    return f"Imported from {words.path(source.parent_location)}" if source.parent_location else ""


def reason(source: SourceInfo) -> str:
    """Why a source is not ready, and what to do about it; empty where nothing is amiss."""
    if source.problem is not None:
        found = source.problem
        return f"{found.title}. {found.message} {found.next_step}"
    return {
        SourceState.QUEUED: "Safe in the list; it is read when its turn comes.",
        SourceState.READING: "It is being read now.",
        SourceState.INDEXING: "Its words can be found already; its meaning follows shortly.",
        SourceState.MISSING: "The file is no longer where it was. Its memories are kept until "
        "you decide.",
    }.get(source.state, "")
