"""What every page is given: the parts of the window, and its own small stored state.

No page looks anything up in a global; ``application`` builds one ``Context`` and hands it on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QSettings, Signal

from app.link import Link
from app.messages import Messages
from app.ops import Ops
from app.theme import Theme

if TYPE_CHECKING:
    from memory.client import DataPaths

T = TypeVar("T")


class Requests(QObject):
    """What one part of the window may ask of another without knowing it.

    Signals:
    page_wanted: name of a page. place_wanted: ``Place`` to show in the source column.
    original_wanted: ``Place`` to open in its own program.
    question_wanted: text to ask in a new chat (True: at once).
    search_wanted: text for the Memories page.
    files_wanted: choose files to add. folder_wanted: choose a folder to add.
    memory_wanted: id of a memory to show on the Memories page.
    window_wanted: show the window and give it the focus.
    tray_wanted: closing the window leaves the program in the tray (True) or ends it.
    source_memories_wanted: id and title of a source whose memories to list there.
    """

    page_wanted = Signal(str)
    place_wanted = Signal(object)
    original_wanted = Signal(object)
    question_wanted = Signal(str, bool)
    search_wanted = Signal(str)
    files_wanted = Signal()
    folder_wanted = Signal()
    memory_wanted = Signal(str)
    source_memories_wanted = Signal(str, str)
    tray_wanted = Signal(bool)
    window_wanted = Signal()


class WindowState:
    """Sizes and choices of the window; kept in the data folder, like everything else."""

    def __init__(self, paths: DataPaths):
        self._store = QSettings(str(paths.root / "window.ini"), QSettings.Format.IniFormat)

    def get(self, name: str, default: T, read: Callable[[str], T]) -> T:
        """A stored value, or ``default`` where there is none or it makes no sense."""
        found = self._store.value(name)
        if found is None:
            return default
        try:
            return read(str(found))
        except (ValueError, KeyError):
            return default

    def text(self, name: str, default: str = "") -> str:
        return self.get(name, default, str)

    def number(self, name: str, default: int = 0) -> int:
        return self.get(name, default, int)

    def flag(self, name: str, default: bool = False) -> bool:
        return self.get(name, default, lambda found: found == "1")

    def put(self, name: str, value: str | int | bool) -> None:
        stored = ("1" if value else "0") if isinstance(value, bool) else str(value)
        self._store.setValue(name, stored)

    def save(self) -> None:
        self._store.sync()


@dataclass(frozen=True)
class Context:
    """The parts of the window."""

    paths: DataPaths
    theme: Theme
    link: Link
    messages: Messages
    ops: Ops
    state: WindowState
    requests: Requests = field(default_factory=Requests)
