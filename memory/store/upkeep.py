"""SQL of the nightly upkeep: memories that crossed the line between awake and dormant.

Strength is a function of stability and elapsed time, so nothing is stored as it fades; only
the crossing is. The line is given in stabilities elapsed, so the database can compare.
"""

from __future__ import annotations

from memory.clock import DAY_MS
from memory.store.db import Connection

_ELAPSED = "(? - reviewed_ms) / (stability_days * ?)"


def put_to_sleep(c: Connection, now_ms: int, stabilities: float) -> int:
    """Make dormant what was last used more than so many stabilities ago; returns how many.
    Topics, which say again what turns say, stay with those."""
    return c.execute(
        "UPDATE memories SET state = 'dormant'"
        " WHERE state = 'active' AND pinned = 0 AND kind <> 'topic'"
        f" AND {_ELAPSED} > ?",
        (now_ms, float(DAY_MS), stabilities),
    ).rowcount


def wake(c: Connection, now_ms: int, stabilities: float | None) -> int:
    """Make active again what is dormant on the near side of the line (after the line was
    moved); None means that there is no line. Returns how many."""
    if stabilities is None:
        return c.execute("UPDATE memories SET state = 'active' WHERE state = 'dormant'").rowcount
    return c.execute(
        "UPDATE memories SET state = 'active' WHERE state = 'dormant'"
        f" AND (pinned = 1 OR {_ELAPSED} <= ?)",
        (now_ms, float(DAY_MS), stabilities),
    ).rowcount


def made_ms(c: Connection) -> int:
    """When this database was made."""
    row = c.execute("SELECT min(at_ms) FROM migrations").fetchone()
    return int(row[0] or 0)
