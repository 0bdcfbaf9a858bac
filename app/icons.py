"""Icons from one family of drawings, tinted by token; found beside the source and installed.

The drawings are our own, 20 by 20 units with a stroke of 1.5 (``assets/icons``). GUI thread
only. ``bind`` keeps the icon of a button or label in step with the palette.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.theme import Theme

SMALL = 16
USUAL = 20
_SCALES = (1.0, 2.0)


@cache
def drawing(name: str) -> bytes:
    """The SVG of an icon.

    Raises:
        KeyError: there is none of this name.
    """
    try:
        return (resources.files("assets") / "icons" / f"{name}.svg").read_bytes()
    except FileNotFoundError as error:
        raise KeyError(f"no icon named {name}") from error


def names() -> list[str]:
    """Every icon there is."""
    folder = resources.files("assets") / "icons"
    return sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".svg"))


@lru_cache(maxsize=2000)
def pixmap(name: str, colour: str, size: float = USUAL, scale: float = 1.0) -> QPixmap:
    """One drawing in one colour (``#rrggbb``), ``size`` in logical pixels, as sharp as
    ``scale`` device pixels a logical one."""
    device = max(1, round(size * scale))
    made = QPixmap(device, device)
    made.fill(Qt.GlobalColor.transparent)
    source = drawing(name).replace(b"currentColor", colour.encode())
    with QPainter(made) as painter:  # ends even if something below raises
        QSvgRenderer(QByteArray(source)).render(painter, QRectF(0, 0, device, device))
    made.setDevicePixelRatio(scale)
    return made


def icon(theme: Theme, name: str, token: str = "text", *, on: str | None = None) -> QIcon:
    """An icon in the colours of now; ``on`` is the token while a button is checked."""
    made = QIcon()
    modes = (
        (QIcon.Mode.Normal, QIcon.State.Off, token),
        (QIcon.Mode.Normal, QIcon.State.On, on or token),
        (QIcon.Mode.Disabled, QIcon.State.Off, "edge"),
    )
    for mode, state, which in modes:
        for size in (theme.px(SMALL), theme.px(USUAL)):
            for scale in _SCALES:
                colour = theme.colour(which).name()
                made.addPixmap(pixmap(name, colour, size, scale), mode, state)
    return made


def bind(
    theme: Theme,
    target: QAbstractButton | QLabel,
    name: str,
    token: str = "text",
    *,
    on: str | None = None,
    size: int = USUAL,
) -> None:
    """Give ``target`` an icon that follows the palette; call again to change it."""
    side = theme.px(size)

    def paint() -> None:
        if isinstance(target, QLabel):
            colour = theme.colour(token).name()
            target.setPixmap(pixmap(name, colour, side, target.devicePixelRatioF()))
        else:
            target.setIconSize(QSize(side, side))
            target.setIcon(icon(theme, name, token, on=on))

    paint()
    _follow(theme, target, paint)


class _Follower(QObject):
    """Child of its target, so that the connection ends with the widget."""

    def __init__(self, theme: Theme, target: QObject):
        super().__init__(target)
        self.setObjectName("icon-follower")
        self.paint: Callable[[], None] = lambda: None
        theme.changed.connect(self.run)

    def run(self) -> None:
        if shiboken6.isValid(self):
            self.paint()


def _follow(theme: Theme, target: QObject, paint: Callable[[], None]) -> None:
    found = target.findChild(_Follower, "icon-follower", Qt.FindChildOption.FindDirectChildrenOnly)
    follower = found if isinstance(found, _Follower) else _Follower(theme, target)
    follower.paint = paint


def application_icon() -> QIcon:
    """The program's own icon, for windows and lists of programs."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("recollect", "#000000", size))
    return made
