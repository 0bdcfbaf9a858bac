"""SQL of the nightly runs: one row per night, so that no night is done twice or half."""

from __future__ import annotations

import json
from typing import Any

from memory.store.db import Connection
from memory.store.rows import Run


def start(c: Connection, night: str, now_ms: int) -> bool:
    """Begin the run of a night (local date, YYYY-MM-DD), or go on with an unfinished one.

    False if that night is finished or running already.
    """
    run = get(c, night)
    if run is not None and run.state in ("finished", "running"):
        return False
    c.execute(
        "INSERT INTO runs (night, state, started_ms) VALUES (?, 'running', ?)"
        " ON CONFLICT (night) DO UPDATE SET state = 'running', started_ms = excluded.started_ms,"
        " finished_ms = NULL",
        (night, now_ms),
    )
    return True


def restart(c: Connection, night: str, now_ms: int) -> None:
    """Begin the run of a night again because a person asked for it now."""
    c.execute(
        "INSERT OR REPLACE INTO runs (night, state, started_ms) VALUES (?, 'running', ?)",
        (night, now_ms),
    )


def set_counts(c: Connection, night: str, counts: dict[str, int]) -> None:
    c.execute("UPDATE runs SET counts = ? WHERE night = ?", (json.dumps(counts), night))


def finish(
    c: Connection, night: str, now_ms: int, counts: dict[str, int], *, failed: bool = False
) -> None:
    c.execute(
        "UPDATE runs SET state = ?, finished_ms = ?, counts = ? WHERE night = ?",
        ("failed" if failed else "finished", now_ms, json.dumps(counts), night),
    )


def interrupt(c: Connection) -> int:
    """At start: whatever is still ``running`` was cut off; returns how many."""
    return c.execute("UPDATE runs SET state = 'interrupted' WHERE state = 'running'").rowcount


def get(c: Connection, night: str) -> Run | None:
    row = c.execute("SELECT * FROM runs WHERE night = ?", (night,)).fetchone()
    return None if row is None else _run(row)


def last(c: Connection) -> Run | None:
    """The latest night of all."""
    row = c.execute("SELECT * FROM runs ORDER BY night DESC LIMIT 1").fetchone()
    return None if row is None else _run(row)


def last_finished(c: Connection) -> Run | None:
    row = c.execute(
        "SELECT * FROM runs WHERE state = 'finished' ORDER BY night DESC LIMIT 1"
    ).fetchone()
    return None if row is None else _run(row)


def prune(c: Connection, keep: int) -> None:
    """Keep only the latest ``keep`` rows."""
    c.execute(
        "DELETE FROM runs WHERE night NOT IN (SELECT night FROM runs ORDER BY night DESC LIMIT ?)",
        (keep,),
    )


def _run(row: Any) -> Run:
    return Run(
        row["night"],
        row["state"],
        row["started_ms"],
        row["finished_ms"],
        json.loads(row["counts"]),
    )
