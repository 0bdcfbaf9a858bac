"""Composition root of the window: builds the parts, hands them to each other, owns the end.

Order of the start: theme and window first, so that something is on the screen; then the link,
which starts the daemon; tray and global shortcut last. Order of the end: remember sizes, take
the shortcut and the tray away, cut the link (running answers are cancelled by that), let go of
the single-instance lock.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app import markdown
from app.chat_list import ChatListView
from app.chat_page import ChatPage
from app.context import Context, Requests, WindowState
from app.desk import Desk
from app.drop import DropOverlay, Dropped, DropTarget, look_at, sort_paths
from app.fresh import Fresh
from app.link import Link, LinkState, link_for
from app.main_window import MainWindow, PageEntry
from app.messages import Level, Messages
from app.ops import Ops
from app.places import Place
from app.progress_tray import ProgressTray
from app.shortcut import GlobalShortcut
from app.source_panel import SourcePanel, open_original
from app.theme import Mode, Theme
from memory.protocol import AddReply, Change, Changed, ChatInfo, Notice, Problem, Status

if TYPE_CHECKING:
    from memory.client import DataPaths

_STATUS_MS = 500
_WARM_UP_MS = 400  # after the start, when the first frame has been painted
_LATER = (
    "app.memory_page",
    "app.timeline_page",
    "app.sources_page",
    "app.settings_page",
    "app.model_page",
    "app.you_page",
    "app.quick_recall",
    "app.keyboard_help",
)
"""Pages that are loaded when the window stands, so that the first click on one is quick."""


class Application(QObject):
    """Everything of one window. ``start`` begins the work behind it; ``close`` ends it."""

    def __init__(
        self,
        paths: DataPaths,
        qt: QApplication,
        *,
        link: Link | None = None,
        theme: Theme | None = None,
    ):
        super().__init__()
        state = WindowState(paths)
        theme = theme or Theme(qt, state.get("theme", Mode.SYSTEM, Mode))
        messages = Messages(self)
        link = link or link_for(str(paths.root), self)
        self.context = Context(
            paths, theme, link, messages, Ops(link, messages), state, Requests(self)
        )
        self.window = MainWindow(self.context)
        self.source = SourcePanel(self.context)
        self.window.set_source_column(self.source)
        self.window.set_tray(ProgressTray(self.context))
        self.chats = ChatListView(self.context)
        self._add_pages()
        self.window.side_bar.set_below(self.chats)
        self.chat_page = self._page(ChatPage, "chat")
        self.overlay = DropOverlay(theme, self.window)
        self._drops = DropTarget(self.window, self.overlay)
        self._status_timer = QTimer(self, singleShot=True, interval=_STATUS_MS)
        self._fresh = Fresh(self)
        self._closed = False
        self.desk = Desk(self)
        self._connect_parts()
        self.window.show_page("chat")

    # -- pages

    def _add_pages(self) -> None:
        context = self.context
        for entry in (
            PageEntry("chat", "Chat", "chat", "Ctrl+1", lambda: ChatPage(context)),
            PageEntry("memories", "Memories", "memories", "Ctrl+2", lambda: _memories(context)),
            PageEntry("timeline", "Time", "timeline", "Ctrl+3", lambda: _timeline(context)),
            PageEntry("sources", "Files", "files", "Ctrl+4", lambda: _sources(context)),
            PageEntry("model", "Model", "model", "Ctrl+5", lambda: _model(context)),
            PageEntry("you", "You", "you", "Ctrl+6", lambda: _you(context)),
            PageEntry("fading", "About to fade", "fading", "Ctrl+7", lambda: _fading(context)),
            PageEntry(
                "settings",
                "Settings",
                "settings",
                "Ctrl+,",
                lambda: _settings(context, self.desk.shortcut),
                bottom=True,
            ),
        ):
            self.window.add_page(entry)

    def _page(self, kind: type[Any], name: str) -> Any:
        page = self.window.page(name)
        assert isinstance(page, kind)
        return page

    # -- who hears whom

    def _connect_parts(self) -> None:
        context, window = self.context, self.window
        requests, link = context.requests, context.link
        self.chats.chosen.connect(self._open_chat)
        self.chats.new_wanted.connect(lambda private: self._new_chat(private=private))
        self.chats.deleted.connect(self.chat_page.forget_chat)
        self.chat_page.chat_shown.connect(self.chats.set_current)
        self.chat_page.composer.files_pasted.connect(lambda data: self.add(look_at(data)))
        self.source.closed.connect(window.close_source_column)
        self.source.opened.connect(self.chat_page.mark_open)
        self.overlay.dropped.connect(self.add)
        requests.place_wanted.connect(self.open_place)
        requests.original_wanted.connect(lambda place: open_original(context, place))
        requests.question_wanted.connect(self.ask)
        requests.search_wanted.connect(lambda text: self._show_memories("search_for", text))
        requests.window_wanted.connect(self.bring_up)
        requests.memory_wanted.connect(lambda found: self._show_memories("show_memory", found))
        requests.files_wanted.connect(self.choose_files)
        requests.folder_wanted.connect(self.choose_folder)
        window.action_wanted.connect(self._on_action)
        window.side_bar.retry_wanted.connect(link.retry)
        link.state_changed.connect(window.side_bar.state.show_state)
        link.state_changed.connect(self._on_link_state)
        link.notice.connect(self._on_notice)
        link.connected.connect(lambda _health: self._status_timer.start(0))
        link.changed.connect(self._on_changed)
        self._status_timer.timeout.connect(self._load_status)

    def _on_action(self, action: str) -> None:
        actions: dict[str, Callable[[], object]] = {
            "search": lambda: self.context.requests.search_wanted.emit(""),
            "new_chat": lambda: self._new_chat(private=False),
            "new_private_chat": lambda: self._new_chat(private=True),
            "add_files": self.choose_files,
            "add_folder": self.choose_folder,
            "paste": self.paste,
            "toggle_places": self.window.toggle_places,
            "escape": self._escape,
            "help": self.show_help,
            "quit": self.quit,
        }
        if action.startswith("page:"):
            self.window.show_page(action.removeprefix("page:"))
        elif action in actions:
            actions[action]()

    # -- chats and sources

    def _new_chat(self, *, private: bool) -> None:
        self.window.show_page("chat")
        self.chat_page.new_chat(private=private)

    def _open_chat(self, chat: ChatInfo) -> None:
        self.window.show_page("chat")
        self.chat_page.open_chat(chat)

    def ask(self, question: str, at_once: bool = True) -> None:
        """A question from elsewhere (quick recall, a memory): in a chat of its own."""
        self.bring_up()
        self._new_chat(private=False)
        if at_once:
            self.chat_page.ask(question)
        else:
            self.chat_page.write(question)

    def open_place(self, place: Place) -> None:
        self.window.open_source_column()
        self.source.open_place(place)

    def _show_memories(self, deed: str, what: str) -> None:
        """Bring the page up; one made only now has not heard what was asked of it."""
        new = not self.window.is_made("memories")
        page = self.window.show_page("memories")
        if new:
            getattr(page, deed)(what)

    def _escape(self) -> None:
        """Stop the answer; where there is none, close what is open."""
        front = self.window.current_page() == "chat"
        if front and self.chat_page.stop():
            return
        if not self.source.isHidden():
            self.source.close_source()

    # -- adding

    def add(self, found: Dropped) -> None:
        """Remember what was dropped, pasted or chosen."""
        ops = self.context.ops
        if found.refused:
            self.context.messages.info("Not everything can be read", found.refusal() + ".")
        if found.model:
            ops.use_model(found.model).then(
                lambda _reply: self.context.messages.info("Model in use", found.promise() + ".")
            ).start(self)
        if found.paths:
            ops.add_paths(found.paths).then(self._on_added).start(self)
        elif found.text:
            ops.add_note(found.text).then(
                lambda _source: self.context.messages.info("Remembered as a note")
            ).start(self)

    def _on_added(self, reply: AddReply) -> None:
        for problem in reply.refused[:3]:
            self.context.messages.problem(problem, Level.WARNING)

    def paste(self) -> None:
        """Ctrl+V where no field has the focus: files are added, text becomes a note."""
        found = look_at(QGuiApplication.clipboard().mimeData())
        if found.usable or found.refused:
            self.add(found)

    def choose_files(self) -> None:
        self._choose(QFileDialog.FileMode.ExistingFiles, "Files to remember")

    def choose_folder(self) -> None:
        self._choose(QFileDialog.FileMode.Directory, "Folder to remember")

    def _choose(self, mode: QFileDialog.FileMode, title: str) -> None:
        dialog = QFileDialog(self.window, title)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda paths: self.add(sort_paths(paths)))
        dialog.open()

    # -- how things stand

    def _on_link_state(self, state: LinkState, problem: Problem | None) -> None:
        if state is LinkState.FAILED and problem is not None:
            self.context.messages.error(
                problem.title,
                problem.message,
                problem.next_step,
                action_text="Start it again",
                action=self.context.link.retry,
            )

    def _on_notice(self, notice: Notice) -> None:
        self.context.messages.problem(notice.problem, Level(notice.level))

    def _on_changed(self, event: Changed) -> None:
        if set(event.flags) & {Change.STATUS, Change.MEMORIES, Change.JOBS, Change.SOURCES}:
            if not self._status_timer.isActive():
                self._status_timer.start(_STATUS_MS)

    def _load_status(self) -> None:
        status = self.context.ops.status().then(self._on_status)
        self._fresh.ask(status.otherwise(lambda _p: None))

    def _on_status(self, status: Status) -> None:
        from app import words

        said = words.memories(status.memories)
        if status.paused:
            said += " · paused"
        elif status.jobs_running or status.jobs_waiting:
            said += " · reading"
        self.window.side_bar.state.show_words(said)

    # -- start and end

    def start(self) -> None:
        self.context.link.start()
        QTimer.singleShot(_WARM_UP_MS, self, self._warm_up)

    def _warm_up(self) -> None:
        threading.Thread(target=_load_ahead, name="warm-up", daemon=True).start()

    def bring_up(self) -> None:
        """Show the window and give it the focus."""
        window = self.window
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()

    def show_help(self) -> None:
        from app.keyboard_help import KeyboardHelp

        KeyboardHelp(self.context.theme, self.window, self.desk.shortcut.state.keys).open()

    def quit(self) -> None:
        self.close()
        QApplication.quit()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self.window.keep_open = False
        self.window.remember()
        self.desk.stop()
        self.context.link.close()
        self.window.close()

    def open_paths(self, paths: Sequence[str]) -> None:
        """Files given by a later start of the program."""
        self.bring_up()
        if paths:
            self.add(sort_paths(paths))


def _load_ahead() -> None:
    """Load ahead what the first answer and the first look at a page would wait for."""
    markdown.warm_up()
    for name in _LATER:
        importlib.import_module(name)


def _memories(context: Context) -> QWidget:
    from app.memory_page import MemoryPage

    return MemoryPage(context)


def _timeline(context: Context) -> QWidget:
    from app.timeline_page import TimelinePage

    return TimelinePage(context)


def _sources(context: Context) -> QWidget:
    from app.sources_page import SourcesPage

    return SourcesPage(context)


def _model(context: Context) -> QWidget:
    from app.model_page import ModelPage

    return ModelPage(context)


def _fading(context: Context) -> QWidget:
    from app.fading_page import FadingPage

    return FadingPage(context)


def _you(context: Context) -> QWidget:
    from app.you_page import YouPage

    return YouPage(context)


def _settings(context: Context, shortcut: GlobalShortcut) -> QWidget:
    from app.settings_page import SettingsPage

    return SettingsPage(context, shortcut)
