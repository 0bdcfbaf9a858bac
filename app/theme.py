"""The look at work: picks the palette, builds the style sheet, follows the system at once.

Owned by the window's GUI thread. Widgets say what they are by two dynamic properties, and the
style sheet does the rest:

``role`` of labels and frames: title, heading, muted, small, bad, warn, good, card, side, bar,
private. ``kind`` of buttons: primary, plain (default), quiet, faint, danger, place, chip, icon.
Whoever paints for itself reads ``theme.colour(name)`` and repaints on ``theme.changed``.
"""

from __future__ import annotations

import os
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app import tokens
from app.style_sheet import style_sheet
from app.tokens import DARK, LIGHT, Palette


class Mode(StrEnum):
    """What the person chose; ``SYSTEM`` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Signals:
    changed: palette, font or mode are new; icons and painted widgets refresh.
    """

    changed = Signal()

    def __init__(self, application: QApplication, mode: Mode = Mode.SYSTEM):
        super().__init__(application)
        self._application = application
        self._mode = mode
        self._base_font = application.font()
        self._base_px = QFontInfo(self._base_font).pixelSize()
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    # -- what is in force

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def dark(self) -> bool:
        if self._mode is not Mode.SYSTEM:
            return self._mode is Mode.DARK
        return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark

    @property
    def palette(self) -> Palette:
        return DARK if self.dark else LIGHT

    def colour(self, name: str) -> QColor:
        """The colour behind a token name (see ``tokens.Palette``)."""
        return QColor(getattr(self.palette, name))

    # -- sizes, all relative to the system's font

    def font(self, size: float = tokens.BODY, *, bold: bool = False) -> QFont:
        """The system font at ``size`` times its own size."""
        made = QFont(self._base_font)
        made.setPixelSize(self.text_px(size))
        if bold:
            made.setWeight(QFont.Weight.DemiBold)
        return made

    def text_px(self, size: float = tokens.BODY) -> int:
        return max(8, round(self._base_px * size))

    def px(self, length: float) -> int:
        """A length of the 8-pixel grid, grown with a system font larger than usual."""
        return round(length * max(1.0, self._base_px / 15))

    def column_width(self) -> int:
        """Widest column of body text: about 75 characters."""
        from PySide6.QtGui import QFontMetricsF

        return round(QFontMetricsF(self.font()).averageCharWidth() * tokens.COLUMN_CHARS * 1.06)

    def motion_ms(self, length_ms: int = tokens.MOTION_MS) -> int:
        """Length of a movement; 0 when the system asks for less motion."""
        if os.environ.get("RECOLLECT_NO_MOTION"):
            return 0
        hints = QGuiApplication.styleHints()
        reduced = getattr(getattr(hints, "accessibility", lambda: None)(), "motionPreference", None)
        if reduced is not None and "Reduced" in str(reduced()):
            return 0
        return length_ms

    # -- changing it

    def set_mode(self, mode: Mode) -> None:
        if mode is not self._mode:
            self._mode = mode
            self._follow()

    def _follow(self) -> None:
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        self._application.setPalette(_qt_palette(self.palette))
        sheet = style_sheet(self.palette, body_px=self.text_px(), px=self.px)
        self._application.setStyleSheet(sheet)


def set_role(widget: QWidget, role: str) -> None:
    """Change the ``role`` of a widget that may already be on the screen."""
    _set_property(widget, "role", role)


def set_kind(widget: QWidget, kind: str) -> None:
    """Change the ``kind`` of a button that may already be on the screen."""
    _set_property(widget, "kind", kind)


def _set_property(widget: QWidget, name: str, value: str) -> None:
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _qt_palette(colours: Palette) -> QPalette:
    """For everything the style sheet does not name: dialogs, item views, selections."""
    role = QPalette.ColorRole
    pairs = {
        role.Window: colours.surface,
        role.WindowText: colours.text,
        role.Base: colours.raised,
        role.AlternateBase: colours.side,
        role.Text: colours.text,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.BrightText: colours.bad,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.raised,
        role.Midlight: colours.hover,
        role.Mid: colours.line,
        role.Dark: colours.edge,
        role.Shadow: colours.edge,
    }
    made = QPalette()
    for which, colour in pairs.items():
        made.setColor(which, QColor(colour))
    dimmed = QColor(tokens.mixed(colours.muted, colours.surface, 0.35))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, dimmed)
    return made
