"""The icon in the desktop's tray: what the memory does, and a menu to reach it.

GUI thread. It shows what it is told (``show_state``) and tells what was chosen by signals; it
asks nobody. Where the desktop has no tray, ``Tray.available()`` is False and none is made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app import icons, words
from app.theme import Theme
from memory.protocol import BatchInfo, Problem, Status

_LIGHT_INK, _DARK_INK = "#f4f0e8", "#3a362f"
_SIZES = (16, 20, 22, 24, 32, 44, 48, 64)

NO_TRAY_TEXT = (
    "Recollect works the same; closing the window ends it, and 'recollect quick' opens quick "
    "recall."
)
NO_TRAY = f"This desktop shows no tray icons. {NO_TRAY_TEXT}"


class TrayState(StrEnum):
    IDLE = "idle"
    BUSY = "busy"
    PAUSED = "paused"
    PROBLEM = "problem"


_DRAWINGS = {
    TrayState.IDLE: "tray",
    TrayState.BUSY: "tray-busy",
    TrayState.PAUSED: "tray-paused",
    TrayState.PROBLEM: "tray-problem",
}


class Tray(QObject):
    """Signals, each one entry of the menu; ``opened`` also follows a click on the icon."""

    opened = Signal()
    quick_recall_asked = Signal()
    add_files_asked = Signal()
    pause_asked = Signal(bool)  # True: pause reading, False: go on
    settings_asked = Signal()
    quit_asked = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None):
        super().__init__(parent)
        self._theme = theme
        self.state = TrayState.IDLE
        self.words = "Recollect"
        self._icon = QSystemTrayIcon(self)
        self._menu = QMenu()
        self._status = self._entry("Recollect", None)
        self._status.setEnabled(False)
        self._menu.addSeparator()
        self._open = self._entry("Open Recollect", self.opened.emit)
        self._quick = self._entry("Quick recall", self.quick_recall_asked.emit)
        self._entry("Add files …", self.add_files_asked.emit)
        self._menu.addSeparator()
        self._pause = self._entry("Pause reading", self._on_pause)
        self._entry("Settings", self.settings_asked.emit)
        self._menu.addSeparator()
        self._entry("Quit", self.quit_asked.emit)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        theme.changed.connect(self._paint)
        self._paint()

    @staticmethod
    def available() -> bool:
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def menu(self) -> QMenu:
        return self._menu

    def show(self) -> None:
        self._icon.show()

    def hide(self) -> None:
        self._icon.hide()

    def show_state(self, state: TrayState, text: str) -> None:
        """``text`` is one short line: the tooltip and the head of the menu."""
        new = state is not self.state
        self.state, self.words = state, text
        self._status.setText(text)
        self._icon.setToolTip(f"Recollect: {text}")
        paused = state is TrayState.PAUSED
        self._pause.setText("Resume reading" if paused else "Pause reading")
        if new:
            self._paint()

    def show_shortcut(self, keys: str) -> None:
        """Name the keys that open quick recall beside its entry; empty where there are none."""
        self._quick.setText(f"Quick recall\t{keys}" if keys else "Quick recall")

    def notify(self, title: str, text: str) -> None:
        """A notice of the desktop, for what happens while the window is hidden."""
        if self._icon.supportsMessages():
            self._icon.showMessage(title, text, self._icon.icon())

    def _entry(self, text: str, call: Callable[[], None] | None) -> QAction:
        action = self._menu.addAction(text)
        if call is not None:
            action.triggered.connect(lambda _checked=False: call())
        return action

    def _on_pause(self) -> None:
        self.pause_asked.emit(self.state is not TrayState.PAUSED)

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # on macOS a click opens the menu, and opening the window too would be in its way
        if reason == QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.opened.emit()
        elif reason == QSystemTrayIcon.ActivationReason.MiddleClick:
            self.quick_recall_asked.emit()

    def _paint(self) -> None:
        self._icon.setIcon(tray_icon(self.state, self._ink()))

    def _ink(self) -> str:
        """Panels of GNOME are dark in both looks; others follow the desktop's."""
        desktop = os.environ.get("XDG_CURRENT_DESKTOP", "").lower()
        dark_panel = "gnome" in desktop or "unity" in desktop
        return _LIGHT_INK if dark_panel or self._theme.dark else _DARK_INK


def tray_icon(state: TrayState, ink: str) -> QIcon:
    """One colour; the system tints it where it wants to (``setIsMask``)."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(icons.pixmap(_DRAWINGS[state], ink, size))
    made.setIsMask(True)
    return made


def tray_words(
    status: Status | None, batch: BatchInfo | None, problem: Problem | None
) -> tuple[TrayState, str]:
    """What the tray says, from what is known."""
    if problem is not None:
        return TrayState.PROBLEM, problem.title
    if status is None:
        return TrayState.BUSY, "starting"
    if status.index_problem is not None:
        return TrayState.PROBLEM, status.index_problem.title
    if status.paused:
        waiting = status.jobs_waiting + status.jobs_paused
        left = f", {words.count(waiting, 'file')} waiting" if waiting else ""
        return TrayState.PAUSED, f"reading is paused{left}"
    if status.jobs_running or status.jobs_waiting:
        return TrayState.BUSY, _busy_words(status, batch)
    if status.index == "rebuilding":
        return TrayState.BUSY, "putting its index in order"
    return TrayState.IDLE, words.memories(status.memories)


def _busy_words(status: Status, batch: BatchInfo | None) -> str:
    if batch is not None and batch.finished_at is None and batch.total:
        read = batch.done + batch.skipped + batch.failed + batch.cancelled
        left = batch.seconds_left
        time = f", {words.duration(left)} left" if left else ""
        return f"reading {read:,} of {words.count(batch.total, 'file')}{time}"
    waiting = status.jobs_waiting + status.jobs_running
    return f"reading {words.count(waiting, 'file')}"
