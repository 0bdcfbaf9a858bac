"""The global shortcut for quick recall: picks the way this desktop allows and says how it went.

Wayland: the desktop's portal. X11: a grab of the keys. macOS and Windows: pynput. Where none
can be had, ``state.words`` says so and offers ``recollect quick``. The object lives on the
main thread; the ways work in threads of their own and reach it by queued signals.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from app.shortcut_keys import DEFAULT_KEYS, Keys

COMMAND = "recollect quick"


@dataclass(frozen=True)
class ShortcutState:
    """How it stands: ``words`` is for the person, ``keys`` what really opens quick recall."""

    active: bool
    keys: str
    words: str


class _Way(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class GlobalShortcut(QObject):
    """Signals:
    pressed: the keys went down anywhere on the desktop.
    state_changed: a new ``ShortcutState``.
    """

    pressed = Signal()
    state_changed = Signal(object)
    _ready = Signal(object, str)
    _failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._way: _Way | None = None
        self._turn: object = None  # which start an answer belongs to
        self._keys = Keys.parse(DEFAULT_KEYS)
        self.state = ShortcutState(False, "", "No global shortcut is set.")
        queued = Qt.ConnectionType.QueuedConnection
        self._ready.connect(self._on_ready, queued)
        self._failed.connect(self._on_failed, queued)

    def start(self, text: str = DEFAULT_KEYS) -> None:
        """Ask for these keys; an empty text switches the shortcut off."""
        self.stop()
        if not text:
            self._say(False, "", f"The global shortcut is off. '{COMMAND}' opens quick recall.")
            return
        try:
            self._keys = Keys.parse(text)
        except ValueError:
            self._refused(f"{text} cannot be a global shortcut; use Ctrl, Alt or Meta with a key")
            return
        turn = self._turn = object()
        try:
            self._way = _way(
                self._keys,
                self.pressed.emit,
                lambda words: self._ready.emit(turn, words),
                lambda reason: self._failed.emit(turn, reason),
            )
            self._way.start()
        except Exception as error:  # libraries of four systems; each means "not here"
            self._way = None
            self._refused(_reason(error, self._keys))

    def stop(self) -> None:
        self._turn = None
        way, self._way = self._way, None
        if way is not None:
            way.stop()

    def _on_ready(self, turn: object, granted: str) -> None:
        if turn is self._turn:
            keys = granted or self._keys.text()
            self._say(True, keys, f"{keys} opens quick recall from anywhere.")

    def _on_failed(self, turn: object, reason: str) -> None:
        if turn is self._turn:
            self.stop()
            self._refused(reason)

    def _refused(self, reason: str) -> None:
        self._say(
            False,
            "",
            f"No global shortcut: {reason}. "
            f"You can bind '{COMMAND}' to a key in the settings of your desktop.",
        )

    def _say(self, active: bool, keys: str, words: str) -> None:
        self.state = ShortcutState(active, keys, words)
        self.state_changed.emit(self.state)


class _Immediate:
    """A way whose ``start`` returns only once it works, made to report like the portal."""

    def __init__(self, way: _Way, ready: Callable[[str], None]):
        self._inner = way
        self._ready = ready

    def start(self) -> None:
        self._inner.start()
        self._ready("")

    def stop(self) -> None:
        self._inner.stop()


class _PynputWay:
    """macOS and Windows. pynput is imported late: it opens the display when imported."""

    def __init__(self, keys: Keys, pressed: Callable[[], None]):
        self._keys = keys
        self._pressed = pressed
        self._listener: Any = None

    def start(self) -> None:
        from pynput import keyboard

        self._listener = keyboard.GlobalHotKeys({self._keys.pynput(): self._pressed})
        self._listener.daemon = True
        self._listener.start()

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()


def _way(
    keys: Keys,
    pressed: Callable[[], None],
    ready: Callable[[str], None],
    failed: Callable[[str], None],
) -> _Way:
    if not sys.platform.startswith("linux"):
        return _Immediate(_PynputWay(keys, pressed), ready)
    if _on_wayland():
        from app.shortcut_portal import PortalShortcut

        return PortalShortcut(keys, pressed, ready, failed)
    if not os.environ.get("DISPLAY"):
        raise RuntimeError("there is no display to listen on")
    from app.shortcut_x11 import X11Grab

    return _Immediate(X11Grab(keys, pressed), ready)


def _on_wayland() -> bool:
    """XWayland hears only its own windows, so the session decides, not Qt's platform alone."""
    return (
        os.environ.get("XDG_SESSION_TYPE") == "wayland"
        or bool(os.environ.get("WAYLAND_DISPLAY"))
        or QGuiApplication.platformName().startswith("wayland")
    )


def _reason(error: Exception, keys: Keys) -> str:
    if type(error).__name__ == "KeysTaken":
        return f"another program already uses {keys.text()}"
    if isinstance(error, RuntimeError | ValueError):
        return str(error)
    return f"the system did not allow it ({type(error).__name__})"
