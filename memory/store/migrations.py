"""The schema, step by step. Each step commits together with the record that it ran; what each
adds stands in ``memory.store.schema``.

A step that has shipped is never changed: its checksum is kept beside its name and compared.
A database with steps this program does not know is refused, untouched.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memory.errors import StoreError
from memory.store import functions
from memory.store.schema import (
    diary,
    facts,
    feedback,
    filters,
    first,
    folds,
    notes,
    portrait,
    reservoir,
    review,
    rows,
    scopes,
    scripts,
    suspicion,
    tokens,
)


@dataclass(frozen=True)
class Step:
    """One migration; ``checksum`` is over the SQL text, so a changed old step is noticed."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]


STEPS: tuple[Step, ...] = (
    Step("0001-first", first.SQL),
    Step("0002-scripts", scripts.SQL),
    Step("0003-tokens", tokens.SQL),
    Step("0004-rows", rows.SQL),
    Step("0005-reservoir", reservoir.SQL),
    Step("0006-feedback", feedback.SQL),
    Step("0007-facts", facts.SQL),
    Step("0008-scopes", scopes.SQL),
    Step("0009-filter", filters.SQL),
    Step("0010-diary", diary.SQL),
    Step("0011-review", review.SQL),
    Step("0012-portrait", portrait.SQL),
    Step("0013-suspicion", suspicion.SQL),
    Step("0014-notes", notes.SQL),
    Step("0015-folds", folds.SQL),
)


def pending(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> list[Step]:
    """Steps that have not run yet, in order.

    Raises:
        StoreError: the database is newer than this program, or an old step was changed.
    """
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    done = (
        dict(connection.execute("SELECT name, checksum FROM migrations ORDER BY name"))
        if exists
        else {}
    )
    known = {step.name: step for step in steps}
    unknown = [name for name in done if name not in known]
    if unknown:
        raise StoreError(
            "This memory was written by a newer Recollect",
            f"Its database has the step {unknown[0]}, which this version does not know. "
            "Nothing was changed.",
            "Install the newer version, or choose another data folder.",
        )
    for name, checksum in done.items():
        if known[name].checksum != checksum:
            raise StoreError(
                "The database does not match this program",
                f"The step {name} was recorded with another content. Nothing was changed.",
                "Install the version that made this memory, or restore a backup.",
            )
    return [step for step in steps if step.name not in done]


def migrate(
    connection: sqlite3.Connection,
    now_ms: int,
    steps: Sequence[Step] = STEPS,
    before_first: Callable[[], None] = lambda: None,
) -> list[str]:
    """Run what is pending, each step in one transaction with its record.

    ``connection`` must be in autocommit mode. ``before_first`` is called once before the
    first step changes anything (the place for a backup). Returns the names of the steps run.

    Raises:
        StoreError: see ``pending``.
        sqlite3.Error: a step failed; it and its record are rolled back.
    """
    todo = pending(connection, steps)
    if not todo:
        return []
    before_first()
    functions.register(connection)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, at_ms INTEGER NOT NULL)"
    )
    for step in todo:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(step.sql):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO migrations VALUES (?, ?, ?)", (step.name, step.checksum, now_ms)
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return [step.name for step in todo]


def _statements(sql: str) -> list[str]:
    """Split a script at semicolons that end a complete statement (triggers stay whole)."""
    statements: list[str] = []
    current = ""
    for line in sql.splitlines(keepends=True):
        current += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(current):
            statements.append(current.strip())
            current = ""
    return statements
