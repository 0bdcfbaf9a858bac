"""The chat: question, streamed answer with its sources, stop; several chats, private ones too.

Every open chat keeps its own view, so that an answer goes on streaming while the person looks
at another chat. Owned by the GUI thread; all work goes through ``Context.ops``.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QStackedWidget, QWidget

from app import icons, parts
from app.chat_view import ChatView
from app.composer import Composer
from app.context import Context
from app.first_run import EmptyChat
from app.fresh import Fresh
from app.link import LinkState
from app.scope_chooser import ScopeChooser
from memory.protocol import Change, Changed, ChatDetail, ChatInfo, ErrorCode, Problem, Status

_VIEWS_KEPT = 6
_STATUS_MS = 400


class ChatPage(QWidget):
    """Signals:
    chat_shown: id of the chat in front, empty for a new one.
    """

    chat_shown = Signal(str)

    def __init__(self, context: Context):
        super().__init__()
        self.context = context
        self.setProperty("role", "page")
        self._views: dict[str, ChatView] = {}
        self._infos: dict[str, ChatInfo] = {}
        self._fresh = Fresh(self)
        self._chat_id = ""
        self._turned = 0  # how often another chat came to the front
        self._private = False
        self._memories = -1
        self._samples = context.state.flag("samples")
        theme = context.theme
        self.header = _Header(context)
        self.header.scopes.chosen.connect(self._limit)
        self._scopes: list[str] = []
        self.empty = EmptyChat(theme)
        self.empty.files_wanted.connect(context.requests.files_wanted)
        self.empty.folder_wanted.connect(context.requests.folder_wanted)
        self.empty.samples_wanted.connect(self._add_samples)
        self.empty.question_wanted.connect(self.ask)
        self.stack = QStackedWidget()
        self.stack.addWidget(parts.Column(theme, self.empty))
        self.composer = Composer(theme)
        self.composer.asked.connect(self.ask)
        self.composer.stop_wanted.connect(self.stop)
        below = QWidget()
        below.setLayout(parts.column(self.composer, margins=(0, 0, 0, theme.px(16))))
        layout = parts.column(parts.Column(theme, self.header), space=0)
        layout.addWidget(self.stack, 1)
        layout.addWidget(parts.Column(theme, below))
        self.setLayout(layout)
        self._status_timer = QTimer(self, singleShot=True, interval=_STATUS_MS)
        self._status_timer.timeout.connect(self._load_status)
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self._load_status())
        if context.link.state is LinkState.READY:
            self._load_status()
        self.new_chat(private=False)

    # -- what the window asks for

    def shown(self) -> None:
        self.composer.focus()

    def new_chat(self, *, private: bool) -> None:
        """An empty chat; it exists for the daemon from its first question on."""
        self._keep_draft()
        self._turned += 1
        self._chat_id, self._private = "", private
        self.header.scopes.show_scopes(self._scopes, None)
        self.stack.setCurrentIndex(0)
        self.composer.field.clear()
        self._refresh()
        self.chat_shown.emit("")
        self.composer.focus()

    def open_chat(self, info: ChatInfo) -> None:
        self._infos[info.id] = info
        if info.id == self._chat_id:
            self.composer.focus()
            return
        self._keep_draft()
        known = info.id in self._views
        view = self._view_of(info)
        self._bring(info.id)
        if not known:
            view.wait_for_load()
            self.context.ops.chat(info.id).then(
                lambda detail: self._on_chat(view, detail)
            ).otherwise(lambda problem: self._on_chat_failed(info.id, problem)).start(view)

    def forget_chat(self, chat_id: str) -> None:
        """The chat was deleted."""
        view = self._views.pop(chat_id, None)
        self._infos.pop(chat_id, None)
        if chat_id == self._chat_id:
            self._chat_id = ""
            self.new_chat(private=False)
        if view is not None:
            view.stop()
            self.stack.removeWidget(view)
            view.deleteLater()

    def ask(self, question: str) -> None:
        """Ask in the chat in front, which is created first if it is new."""
        view = self.current_view()
        if view is not None:
            if not view.answering:
                view.ask(question, self._chat_id)
            return
        private = self._private
        self.composer.set_answering(True)
        turned = self._turned
        create = self.context.ops.create_chat(
            title=None, private=private, scopes=self.header.scopes.scopes
        )
        create.then(lambda info: self._on_created(info, question, turned))
        create.otherwise(lambda problem: self._on_not_created(question, problem)).start(self)

    def ask_anew(self, question: str) -> None:
        """Ask in the chat in front, whatever was answered before."""
        view = self.current_view()
        if view is not None and not view.answering:
            view.ask(question, self._chat_id, anew=True)

    def write(self, question: str) -> None:
        """Put a question into the field without asking it."""
        self.composer.field.setPlainText(question)
        self.composer.focus()

    def stop(self) -> bool:
        """Stop the answer in front; False when there is none."""
        view = self.current_view()
        if view is None or not view.answering:
            return False
        view.stop()
        return True

    def mark_open(self, memory_id: str | None) -> None:
        """Mark the chips of the source that is open beside the chat."""
        for view in self._views.values():
            view.mark_open(memory_id)

    def current_view(self) -> ChatView | None:
        return self._views.get(self._chat_id)

    # -- chats come and go

    def _on_created(self, info: ChatInfo, question: str, turned: int) -> None:
        self._infos[info.id] = info
        view = self._view_of(info)
        if turned == self._turned:  # else the person looks at another chat by now
            self._bring(info.id)
        view.ask(question, info.id)

    def _on_not_created(self, question: str, problem: object) -> None:
        self.composer.set_answering(False)
        self.write(question)
        if isinstance(problem, Problem):
            self.context.messages.problem(problem)
        elif isinstance(problem, BaseException):
            self.context.messages.failure(problem)

    def _on_chat(self, view: ChatView, detail: ChatDetail) -> None:
        view.load(detail.messages)
        self._refresh()

    def _on_chat_failed(self, chat_id: str, problem: object) -> None:
        view = self._views.get(chat_id)
        unasked = view.run.request.question if view is not None and view.run is not None else ""
        self.forget_chat(chat_id)
        if unasked:
            self.write(unasked)
        if isinstance(problem, Problem) and problem.code is ErrorCode.NOT_FOUND:
            return  # a private chat ends with the daemon that held it
        if isinstance(problem, Problem):
            self.context.messages.problem(problem)

    def _view_of(self, info: ChatInfo) -> ChatView:
        if info.id not in self._views:
            view = ChatView(self.context, private=info.private)
            view.searched = max(0, self._memories)
            view.answering_changed.connect(lambda _on: self._refresh())
            view.again_wanted.connect(self.ask)
            view.anew_wanted.connect(self.ask_anew)
            self._views[info.id] = view
            self.stack.addWidget(view)
            self._drop_old_views()
        return self._views[info.id]

    def _drop_old_views(self) -> None:
        idle = [i for i, v in self._views.items() if not v.answering and i != self._chat_id]
        for chat_id in idle[: max(0, len(self._views) - _VIEWS_KEPT)]:
            view = self._views.pop(chat_id)
            self.stack.removeWidget(view)
            view.deleteLater()

    def _bring(self, chat_id: str) -> None:
        self._turned += 1
        self._chat_id = chat_id
        self._private = self._infos[chat_id].private
        view = self._views[chat_id]
        self._views[chat_id] = self._views.pop(chat_id)  # newest last
        self.stack.setCurrentWidget(view)
        self.composer.field.setPlainText(view.draft)
        self._refresh()
        self.chat_shown.emit(chat_id)
        self.composer.focus()

    def _keep_draft(self) -> None:
        view = self.current_view()
        if view is not None:
            view.draft = self.composer.field.toPlainText()

    def _refresh(self) -> None:
        view = self.current_view()
        info = self._infos.get(self._chat_id)
        self.composer.set_answering(view is not None and view.answering)
        self.composer.set_private(self._private)
        self.header.show_chat(info.title if info else "", private=self._private)
        chosen = info.scopes if info else self.header.scopes.scopes
        self.header.scopes.show_scopes(self._scopes, chosen)
        self.empty.show_state(max(0, self._memories), private=self._private, samples=self._samples)

    # -- what the chat may use

    def _limit(self, scopes: list[str] | None) -> None:
        """A new chat keeps the choice until its first question."""
        if self._chat_id:
            limit = self.context.ops.limit_chat(self._chat_id, scopes)
            limit.then(self._on_info).always(self._refresh).start(self)

    # -- how many memories there are

    def _on_changed(self, event: Changed) -> None:
        flags = set(event.flags)
        fresh = flags & {Change.STATUS, Change.MEMORIES, Change.SOURCES}
        if fresh and not self._status_timer.isActive():  # while files are read, they never pause
            self._status_timer.start()
        if Change.CHATS in flags and self._chat_id:
            chat_id = self._chat_id
            found = self.context.ops.call("chat title", lambda c: c.chat(chat_id).chat)
            self._fresh.ask(found.then(self._on_info).otherwise(lambda _problem: None))

    def _on_info(self, info: ChatInfo) -> None:
        self._infos[info.id] = info
        self._refresh()

    def _load_status(self) -> None:
        self._fresh.ask(self.context.ops.status().then(self._on_status))

    def _on_status(self, status: Status) -> None:
        if status.scopes != self._scopes:
            self._scopes = status.scopes
            self._refresh()
        if status.memories != self._memories:
            self._memories = status.memories
            for view in self._views.values():
                view.searched = status.memories
            self._refresh()

    def _add_samples(self) -> None:
        self.empty.samples.setEnabled(False)
        add = self.context.ops.add_samples()
        add.then(lambda _reply: self._on_samples())
        add.always(lambda: self.empty.samples.setEnabled(True)).start(self)

    def _on_samples(self) -> None:
        self._samples = True
        self.context.state.put("samples", True)
        self._refresh()


class _Header(QFrame):
    """Title of the chat, and what it may use; a private one says so all the time."""

    def __init__(self, context: Context):
        super().__init__()
        theme = context.theme
        self.title = parts.Elided("", "heading")
        mark = QLabel()
        icons.bind(theme, mark, "private", "private", size=icons.SMALL)
        self.badge = QFrame()
        self.badge.setProperty("role", "private")
        line = parts.row(mark, parts.label("Private, not remembered", "private", wrap=False))
        line.setContentsMargins(theme.px(8), theme.px(3), theme.px(8), theme.px(3))
        self.badge.setLayout(line)
        layout = parts.row(space=theme.px(8))
        self.scopes = ScopeChooser()
        layout.addWidget(self.title, 1)
        layout.addWidget(self.scopes)
        layout.addWidget(self.badge)
        layout.setContentsMargins(0, theme.px(10), 0, theme.px(6))
        self.setLayout(layout)

    def show_chat(self, title: str, *, private: bool) -> None:
        self.title.setText(title)
        self.badge.setVisible(private)
