"""SQL of the stored settings: only values that differ from their default, as JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from memory.errors import BadRequest
from memory.settings import Settings
from memory.store.db import Connection


def load(c: Connection) -> Settings:
    """The settings in force; unknown names and values out of their limits are left out."""
    settings = Settings()
    known = {option.name for option in fields(Settings)}
    for row in c.execute("SELECT name, value FROM settings"):
        if row["name"] not in known:
            continue
        try:
            settings = settings.changed({row["name"]: json.loads(row["value"])})
        except (BadRequest, ValueError):
            continue  # an older or newer version meant something else by it
    return settings


def save(c: Connection, values: dict[str, Any]) -> Settings:
    """Check and keep new values; returns the settings now in force.

    Raises:
        BadRequest: an unknown name or a value that does not fit; nothing is kept.
    """
    settings = load(c).changed(values)
    defaults = Settings()
    for name in values:
        value = getattr(settings, name)
        if value == getattr(defaults, name):
            c.execute("DELETE FROM settings WHERE name = ?", (name,))
        else:
            c.execute(
                "INSERT INTO settings (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )
    return settings
