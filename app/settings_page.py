"""The Settings page: the window's own choices, and the memory's options as it declares them.

GUI thread only. A field is made from each ``SettingInfo``; a change is sent at once and the
daemon's reply is what the field shows then, so nothing here can differ from what is in force.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import parts
from app.bits import CentredColumn, clear
from app.context import Context
from app.fresh import Fresh
from app.learning_line import LearningLine
from app.option_fields import OptionRow
from app.shortcut import GlobalShortcut
from app.upkeep import Upkeep
from app.window_options import WindowOptions
from memory.protocol import Change, Changed, Problem, SettingInfo, SettingsReply

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Chats", ("remember_chats", "answers_kept", "hard_looks", "hard_seconds")),
    ("Recall", ("learn_from_use",)),
    ("Facts", ("portrait", "learn_facts", "facts_rest_minutes", "facts_from_files")),
    (
        "Reading files",
        ("max_file_mb", "max_text_mb", "read_seconds", "read_memory_mb", "hidden_files"),
    ),
    ("Strength", ("dormant_below", "strength_weight")),
    ("Upkeep", ("night_hour", "backups_kept")),
    ("Search by meaning", ("embedder_path", "chroma_url")),
    ("Model", ("model_idle_minutes", "model_context", "model_threads")),
)
_ELSEWHERE = {"model_path"}  # the Model page


class SettingsPage(QWidget):
    """``shortcut`` is the global one of this window, where there is one to change."""

    def __init__(self, context: Context, shortcut: GlobalShortcut | None = None):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._rows: dict[str, OptionRow] = {}
        self.setProperty("role", "page")
        px = context.theme.px
        page = CentredColumn(context.theme, context.theme.column_width() + px(60))
        content = page.content
        content.addWidget(parts.label("Settings", "title"))
        self.window_options = WindowOptions(context)
        if shortcut is not None:
            self.window_options.shortcut_wanted.connect(shortcut.start)
            shortcut.state_changed.connect(self.window_options.show_shortcut)
            self.window_options.show_shortcut(shortcut.state)
        content.addWidget(self.window_options)
        self._options = QVBoxLayout()
        self._options.setSpacing(px(4))
        content.addLayout(self._options)
        self._waiting = parts.label("The memory is starting; its settings follow.", "muted")
        content.addWidget(self._waiting)
        self.learning = LearningLine(context)
        self.upkeep = Upkeep(context)
        content.addWidget(self.upkeep)
        content.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        context.link.changed.connect(self._on_changed)
        context.link.connected.connect(lambda _health: self.refresh())

    def shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        settings = self._context.ops.settings().then(self._show)
        self._fresh.ask(settings.otherwise(lambda _p: None))
        self.upkeep.refresh()
        self.learning.refresh()

    def row(self, name: str) -> OptionRow:
        return self._rows[name]

    def _on_changed(self, event: Changed) -> None:
        if Change.SETTINGS in event.flags:
            self.refresh()
        elif Change.STATUS in event.flags and self.isVisible():
            self.upkeep.refresh()  # how far memories are embedded anew

    # -- showing

    def _show(self, reply: SettingsReply) -> None:
        self._waiting.hide()
        known = {s.name: s for s in reply.settings if s.name not in _ELSEWHERE}
        if set(known) == set(self._rows):
            for name, setting in known.items():
                self._rows[name].show_setting(setting)
            return
        self._options.removeWidget(self.learning)  # it is put back below
        clear(self._options)
        self._rows = {}
        left = dict(known)
        for title, names in _GROUPS:
            self._group(title, [left.pop(name) for name in names if name in left])
        self._group("More", list(left.values()))

    def _group(self, title: str, settings: list[SettingInfo]) -> None:
        if not settings:
            return
        self._options.addSpacing(self._context.theme.px(16))
        self._options.addWidget(parts.label(title, "section"))
        for setting in settings:
            row = OptionRow(self._context.theme, setting)
            row.changed.connect(self._save)
            self._rows[setting.name] = row
            self._options.addWidget(row)
            if setting.name == "learn_from_use":
                self._options.addWidget(self.learning)

    # -- changing

    def _save(self, name: str, value: Any) -> None:
        row = self._rows[name]

        def refused(problem: object) -> None:
            if isinstance(problem, Problem):
                row.show_problem(f"{problem.message} {problem.next_step}")
            elif isinstance(problem, BaseException):
                self._context.messages.failure(problem)

        def taken(reply: SettingsReply) -> None:
            if not self._fresh.more_to_do:  # else the fields are ahead of this reply
                self._show(reply)

        self._fresh.do(
            self._context.ops.edit_settings({name: value}).then(taken).otherwise(refused)
        )
