"""A global shortcut on X11 by grabbing one key combination.

A grab hears only its own keys, unlike a recorder of all typing, and tells when another
program already has them. Own thread ``shortcut-x11``; ``stop`` ends it.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import Any

from app.shortcut_keys import Keys

_REPEAT_MS = 5


class KeysTaken(Exception):
    """Another program has grabbed these keys."""


class X11Grab:
    """Calls ``pressed`` from its thread each time the keys go down."""

    def __init__(self, keys: Keys, pressed: Callable[[], None]):
        self._keys = keys
        self._pressed = pressed
        self._wake_read, self._wake_write = os.pipe()
        self._thread: threading.Thread | None = None
        self._display: Any = None
        self._released_ms = -(_REPEAT_MS + 1)  # time of the X server

    def start(self) -> None:
        """Grab, then listen.

        Raises:
            KeysTaken: another program has them.
            Exception: no X server, or the keyboard lacks this key.
        """
        from Xlib import display  # late: only where X11 runs

        self._display = display.Display()
        try:
            self._grab()
        except BaseException:
            self._display.close()
            self._close_pipe()
            raise
        self._thread = threading.Thread(target=self._listen, name="shortcut-x11", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is None:
            return
        os.write(self._wake_write, b"x")
        self._thread.join(timeout=5)
        self._thread = None
        self._close_pipe()

    def _close_pipe(self) -> None:
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _combination(self) -> tuple[int, int]:
        from Xlib import XK, X

        masks = {
            "Ctrl": X.ControlMask,
            "Alt": X.Mod1Mask,
            "Shift": X.ShiftMask,
            "Meta": X.Mod4Mask,
        }
        code = self._display.keysym_to_keycode(XK.string_to_keysym(self._keys.keysym()))
        if not code:
            raise ValueError(f"this keyboard has no {self._keys.key}")
        return code, sum(masks[m] for m in self._keys.modifiers)

    def _grab(self) -> None:
        from Xlib import X, error

        code, modifiers = self._combination()
        root = self._display.screen().root
        root.ungrab_key(X.AnyKey, X.AnyModifier)
        taken = error.CatchError(error.BadAccess)
        # the locks (Caps, Num, Scroll) are modifiers too: without these, Num Lock kills it
        for locks in _subsets(X.LockMask, X.Mod2Mask, X.Mod5Mask):
            root.grab_key(
                code, modifiers | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken
            )
        self._display.sync()
        if taken.get_error() is not None:
            raise KeysTaken(self._keys.text())

    def _listen(self) -> None:
        from Xlib import error

        try:
            while True:
                while self._display.pending_events():
                    self._handle(self._display.next_event())
                ready, _, _ = select.select([self._display.fileno(), self._wake_read], [], [])
                if self._wake_read in ready:
                    return
        except (error.ConnectionClosedError, KeysTaken, ValueError, OSError):
            return  # the X server went, or a new keyboard lacks the key
        finally:
            try:
                self._display.close()
            except (error.ConnectionClosedError, OSError):
                pass

    def _handle(self, event: Any) -> None:
        from Xlib import X

        if event.type == X.KeyRelease:
            self._released_ms = event.time
        elif event.type == X.KeyPress:
            # a held key repeats as release and press at the same moment
            if event.time - self._released_ms > _REPEAT_MS:
                self._pressed()
        elif event.type == X.MappingNotify:
            self._display.refresh_keyboard_mapping(event)
            self._grab()


def _subsets(*masks: int) -> list[int]:
    sums = [0]
    for mask in masks:
        sums += [mask | other for other in sums]
    return sums
