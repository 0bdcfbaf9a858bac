"""What kind of desktop this is, where Qt does not tell."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication


def composited() -> bool:
    """True where a window may be see-through at its edges.

    A bare X11 window manager has no compositor; there the edges would be black.
    """
    if QGuiApplication.platformName() != "xcb":
        return True
    try:
        from Xlib import display

        screen = display.Display()
        try:
            atom = screen.intern_atom(f"_NET_WM_CM_S{screen.get_default_screen()}")
            return bool(screen.get_selection_owner(atom))
        finally:
            screen.close()
    except Exception:  # no library or no server to ask: take the safe look
        return False
