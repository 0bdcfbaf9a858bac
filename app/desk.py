"""What of the program lives on the desktop, outside its window: tray, quick recall, global keys.

Made after the window has been painted. Where the desktop has no tray the window stays the
program: closing it ends it, and it says so once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.fresh import Fresh
from app.link import LinkState
from app.shortcut import GlobalShortcut
from app.tray import NO_TRAY_TEXT, Tray, tray_words
from memory.protocol import BatchInfo, Change, Changed, Problem, Progress, Status

if TYPE_CHECKING:
    from app.application import Application
    from app.quick_recall import QuickRecall


_STATUS_MS = 700


class Desk(QObject):
    """``start`` once; ``stop`` before the link is cut."""

    def __init__(self, application: Application):
        super().__init__(application)
        self._application = application
        self.context = application.context
        self.tray: Tray | None = None
        self._fresh = Fresh(self)
        self.shortcut = GlobalShortcut(self)
        self._quick: QuickRecall | None = None
        self._batch: BatchInfo | None = None
        self._loading = QTimer(self, singleShot=True, interval=_STATUS_MS)
        self._loading.timeout.connect(self._load)

    def start(self) -> None:
        self._start_tray()
        self.shortcut.state_changed.connect(self._on_shortcut)
        self.shortcut.start(self.context.state.text("shortcut", _default_keys()))
        self.shortcut.pressed.connect(self.quick_recall)

    def stop(self) -> None:
        self.shortcut.stop()
        if self.tray is not None:
            self.tray.hide()
        if self._quick is not None:
            self._quick.close()

    def quick_recall(self) -> None:
        """Open the small field; it is made when first wanted."""
        if self._quick is None:
            from app.quick_recall import QuickRecall

            self._quick = QuickRecall(self.context)
            self._quick.closed.connect(self._after_quick)
        self._quick.open_panel()

    def _after_quick(self) -> None:
        """`recollect quick` without a window: where no tray holds the program, it ends."""
        if self.tray is None and not self._application.window.isVisible():
            QTimer.singleShot(0, self._application, self._application.quit)

    # -- the tray

    def _start_tray(self) -> None:
        application = self._application
        if not Tray.available():
            self._say_no_tray()
            return
        tray = Tray(self.context.theme, self)
        tray.opened.connect(application.bring_up)
        tray.quick_recall_asked.connect(self.quick_recall)
        tray.add_files_asked.connect(self._add_files)
        tray.pause_asked.connect(self._pause)
        tray.settings_asked.connect(self._settings)
        tray.quit_asked.connect(application.quit)
        tray.show()
        self.tray = tray
        self.context.requests.tray_wanted.connect(self._keep_in_tray)
        self._keep_in_tray(self.context.state.flag("keep_in_tray", True))
        self.context.link.changed.connect(self._on_changed)
        self.context.link.progress.connect(self._on_progress)
        self.context.link.state_changed.connect(self._on_link)
        self._on_link(self.context.link.state, self.context.link.problem)

    def _keep_in_tray(self, stay: bool) -> None:
        """Whether closing the window leaves the program in the tray."""
        self._application.window.keep_open = stay
        QApplication.setQuitOnLastWindowClosed(not stay)

    def _say_no_tray(self) -> None:
        """Once, and then only among the settings."""
        state = self.context.state
        if not state.flag("said_no_tray"):
            state.put("said_no_tray", True)
            self.context.messages.info("This desktop shows no tray icons", NO_TRAY_TEXT)

    def _add_files(self) -> None:
        self._application.bring_up()
        self._application.choose_files()

    def _pause(self, paused: bool) -> None:
        pause = self.context.ops.pause(paused)
        self._fresh.do(pause.then(lambda status: self._show(status, None)))

    def _settings(self) -> None:
        self._application.bring_up()
        self._application.window.show_page("settings")

    def _on_changed(self, event: Changed) -> None:
        if set(event.flags) & {Change.STATUS, Change.JOBS, Change.MEMORIES}:
            self._loading.start()

    def _on_link(self, state: LinkState, problem: Problem | None) -> None:
        if state is LinkState.READY:
            self._load()
        else:
            self._fresh.drop()
            self._show(None, problem)

    def _on_progress(self, event: Progress) -> None:
        self._batch = event.batch
        self._loading.start()

    def _load(self) -> None:
        ask = self.context.ops.status().otherwise(lambda _p: None)
        self._fresh.ask(ask.then(lambda status: self._show(status, None)))

    def _show(self, status: Status | None, problem: Problem | None) -> None:
        if self.tray is not None:
            self.tray.show_state(*tray_words(status, self._batch, problem))

    def _on_shortcut(self, state: object) -> None:
        if self.tray is not None:
            self.tray.show_shortcut(getattr(state, "keys", ""))


def _default_keys() -> str:
    from app.shortcut_keys import DEFAULT_KEYS

    return DEFAULT_KEYS
