"""The settings in force. Any thread asks ``current``; changes go through ``edit``.

Whoever must act on a change registers with ``on_change`` and gets the old and the new values,
on the thread of the request that made the change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from memory.events import Events
from memory.protocol import Change
from memory.settings import Settings
from memory.store import settings as stored
from memory.store.db import Database

_log = logging.getLogger(__name__)


class Options:
    def __init__(self, database: Database, events: Events):
        self._database = database
        self._events = events
        self._editing = threading.Lock()
        self._listeners: list[Callable[[Settings, Settings], None]] = []
        self._checks: list[Callable[[Settings, Settings], None]] = []
        with database.read() as c:
            self._settings = stored.load(c)

    def current(self) -> Settings:
        """The settings now; a value, so a caller works with one state of them."""
        return self._settings

    def on_change(self, listener: Callable[[Settings, Settings], None]) -> None:
        """Call ``listener(old, new)`` after every change that was stored."""
        self._listeners.append(listener)

    def check_with(self, check: Callable[[Settings, Settings], None]) -> None:
        """Call ``check(old, new)`` before a change is stored; what it raises refuses the change."""
        self._checks.append(check)

    def edit(self, values: dict[str, Any]) -> Settings:
        """Check, store and apply new values; all of them or none.

        Raises:
            BadRequest: an unknown name or a value that does not fit.
            Exception: whatever a check raised.
        """
        with self._editing:
            old = self._settings
            for check in self._checks:
                check(old, old.changed(values))
            new = self._database.write(lambda c: stored.save(c, values))
            self._settings = new
            if new != old:
                for listener in self._listeners:
                    listener(old, new)
        if new != old:
            _log.info("settings changed: %s", ", ".join(sorted(values)))
            self._events.changed(Change.SETTINGS)
        return new
