"""SQL of small facts about the store itself: its id, what must be finished after a crash."""

from __future__ import annotations

from memory.store.db import Connection


def get(c: Connection, name: str) -> str | None:
    row = c.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def put(c: Connection, name: str, value: str) -> None:
    c.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def delete(c: Connection, name: str) -> None:
    c.execute("DELETE FROM meta WHERE name = ?", (name,))
