"""SQL of folding: marks of memories, and who stands behind whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.errors import NotFound
from memory.store.db import Connection

_WHEN = "ifnull(m.happened_ms, m.learnt_ms)"
_COLUMNS = (
    f"m.rowid, m.kind, m.text, m.role, m.speaker, m.heading, {_WHEN} AS when_ms, m.pinned,"
    " EXISTS (SELECT 1 FROM folds f WHERE f.shown = m.rowid) AS shows"
)
_MAY = (
    "m.state IN ('active', 'dormant') AND m.marked_wrong = 0 AND NOT EXISTS (SELECT 1"
    " FROM suspicions s WHERE s.memory_id = m.id AND s.cleared_ms IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Fold:
    """One memory behind another, both by row, with the marks they were compared by."""

    member: int
    shown: int
    member_marks: bytes
    shown_marks: bytes


@dataclass(frozen=True, slots=True)
class Group:
    """A memory shown and those behind it, by id, latest first."""

    shown: str
    night: str
    at_ms: int
    others: tuple[str, ...]


# -- marks


def unmarked(c: Connection, after: int, limit: int) -> list[Any]:
    """The next rows without marks, in order."""
    return c.execute(
        f"SELECT {_COLUMNS} FROM fold_marks k CROSS JOIN memories m ON m.rowid = k.memory"
        " WHERE k.stage = 0 AND k.memory > ? ORDER BY k.memory LIMIT ?",
        (after, limit),
    ).fetchall()


def mark(c: Connection, made: Iterable[tuple[int, str, bytes | None]]) -> None:
    """Keep the marks of rows whose text is still this one; None: nothing is to be compared."""
    c.executemany(
        "UPDATE fold_marks SET marks = ?3, stage = CASE WHEN ?3 IS NULL THEN 2 ELSE 1 END"
        " WHERE memory = ?1 AND stage = 0"
        " AND (SELECT text FROM memories WHERE rowid = ?1) = ?2",
        list(made),
    )


def waiting(c: Connection) -> bool:
    """Whether any memory is to be compared."""
    return c.execute("SELECT 1 FROM fold_marks WHERE stage = 1 LIMIT 1").fetchone() is not None


def page_of_marks(c: Connection, after: int, limit: int) -> list[tuple[int, bytes, bool]]:
    """The next rows that can be folded, with their marks and whether they wait. Those behind
    another one are left out: that one stands for them; so are those kept apart."""
    rows = c.execute(
        "SELECT k.memory, k.marks, k.stage = 1 FROM fold_marks k WHERE k.memory > ?"
        " AND k.marks IS NOT NULL AND k.apart = 0"
        " AND NOT EXISTS (SELECT 1 FROM folds f WHERE f.member = k.memory)"
        " ORDER BY k.memory LIMIT ?",
        (after, limit),
    )
    return [(row[0], row[1], bool(row[2])) for row in rows]


def comparable(c: Connection, rows: Sequence[int]) -> list[Any]:
    """What is compared of these rows; those that may not be folded are left out."""
    return c.execute(
        f"SELECT {_COLUMNS}, k.marks FROM json_each(?) j CROSS JOIN memories m ON m.rowid = j.value"
        f" JOIN fold_marks k ON k.memory = m.rowid WHERE {_MAY}"
        " AND k.apart = 0 AND k.marks IS NOT NULL",
        (json.dumps(list(rows)),),
    ).fetchall()


def done(c: Connection, rows: Iterable[int]) -> None:
    """These rows were compared."""
    c.executemany(
        "UPDATE fold_marks SET stage = 2 WHERE memory = ? AND stage = 1", [(row,) for row in rows]
    )


def done_up_to(c: Connection, last: int, limit: int) -> int:
    """The same for the next rows up to ``last`` that wait; returns how many there were."""
    return c.execute(
        "UPDATE fold_marks SET stage = 2 WHERE memory IN (SELECT memory FROM fold_marks"
        " WHERE stage = 1 AND memory <= ? ORDER BY memory LIMIT ?)",
        (last, limit),
    ).rowcount


# -- folding


def put(c: Connection, folds: Iterable[Fold], night: str, at_ms: int) -> int:
    """Put members behind what shows for them, where neither changed meanwhile; returns how many.

    Where one that stood for others goes behind, those go with it.
    """
    folded = 0
    unchanged = "(SELECT marks FROM fold_marks WHERE memory = ? AND apart = 0) = ?"
    for one in folds:
        told = c.execute(
            "INSERT OR IGNORE INTO folds (member, shown, night, at_ms) SELECT ?, ?, ?, ?"
            f" WHERE {unchanged} AND {unchanged}"
            " AND NOT EXISTS (SELECT 1 FROM folds WHERE member = ?)",
            (one.member, one.shown, night, at_ms, one.member, one.member_marks, one.shown,
             one.shown_marks, one.shown),
        ).rowcount  # fmt: skip
        if told:
            folded += 1
            c.execute("UPDATE folds SET shown = ? WHERE shown = ?", (one.shown, one.member))
    return folded


def undo(c: Connection, memory_id: str) -> int:
    """Take the group of a memory apart, shown or behind; its members are not folded again.

    Raises:
        NotFound: it stands in no group.
    """
    row = c.execute(
        "SELECT f.shown FROM memories m JOIN folds f ON m.rowid IN (f.member, f.shown)"
        " WHERE m.id = ? LIMIT 1",
        (memory_id,),
    ).fetchone()
    if row is None:
        raise NotFound(
            "Nothing is folded here",
            "This memory stands for itself.",
            "Refresh the list.",
            item=memory_id,
        )
    return _undo(c, "shown = ?", row[0])


def undo_night(c: Connection, night: str) -> int:
    """The same for all that one night folded; returns how many memories stand alone again.

    Raises:
        NotFound: that night folded nothing, or it was undone before.
    """
    undone = _undo(c, "night = ?", night)
    if not undone:
        raise NotFound(
            "Nothing was folded that night", "Or it was undone before.", "Refresh.", item=night
        )
    return undone


def _undo(c: Connection, which: str, value: int | str) -> int:
    c.execute(
        "UPDATE fold_marks SET apart = 1, stage = 2"
        f" WHERE memory IN (SELECT member FROM folds WHERE {which})",
        (value,),
    )
    return c.execute(f"DELETE FROM folds WHERE {which}", (value,)).rowcount


# -- reading


def shown_for(c: Connection, rows: Sequence[int]) -> dict[int, int]:
    """For each of these rows that stands in a group, the one shown, which may be itself."""
    found = c.execute(
        "SELECT j.value, f.shown FROM json_each(?1) j CROSS JOIN folds f ON f.member = j.value"
        " UNION SELECT j.value, j.value FROM json_each(?1) j CROSS JOIN folds f"
        " ON f.shown = j.value",
        (json.dumps(list(rows)),),
    )
    return {row[0]: row[1] for row in found}


def behind(c: Connection, shown: Iterable[int], limit: int) -> dict[int, list[str]]:
    """Ids of a group by the row shown, that one included, ``limit`` at most of each."""
    return {
        row: [
            one[0]
            for one in c.execute(
                "SELECT id FROM memories WHERE rowid = ?1 UNION ALL"
                " SELECT m.id FROM folds f JOIN memories m ON m.rowid = f.member"
                " WHERE f.shown = ?1 LIMIT ?2",
                (row, limit),
            )
        ]
        for row in dict.fromkeys(shown)
    }


def others(c: Connection, memory_id: str, limit: int) -> list[str]:
    """Ids of what stands in one group with this memory, the one shown first."""
    rows = c.execute(
        "WITH own AS (SELECT m.rowid AS row, ifnull((SELECT f.shown FROM folds f"
        "   WHERE f.member = m.rowid), m.rowid) AS shown FROM memories m WHERE m.id = ?1)"
        " SELECT m.id FROM own JOIN memories m ON m.rowid = own.shown"
        " WHERE own.shown <> own.row"
        " UNION ALL SELECT m.id FROM own JOIN folds f ON f.shown = own.shown"
        " JOIN memories m ON m.rowid = f.member WHERE f.member <> own.row LIMIT ?2",
        (memory_id, limit),
    )
    return [row[0] for row in rows]


def groups(c: Connection, night: str | None, limit: int, offset: int) -> tuple[list[Group], int]:
    """Groups, of one night or of all, newest first, and how many there are."""
    where, values = (" WHERE f.night = ?", [night]) if night else ("", [])
    total = c.execute(f"SELECT count(DISTINCT f.shown) FROM folds f{where}", values).fetchone()[0]
    rows = c.execute(
        "SELECT f.shown, m.id, max(f.night), max(f.at_ms) FROM folds f"
        f" JOIN memories m ON m.rowid = f.shown{where}"
        " GROUP BY f.shown ORDER BY max(f.at_ms) DESC, f.shown DESC LIMIT ? OFFSET ?",
        (*values, limit, offset),
    ).fetchall()
    return [
        Group(row[1], row[2], row[3], tuple(behind(c, [row[0]], 100)[row[0]][1:])) for row in rows
    ], int(total)


def nights(c: Connection, limit: int) -> list[tuple[str, int]]:
    """Nights that folded something that is still folded, newest first, and how much."""
    rows = c.execute(
        "SELECT night, count(*) FROM folds GROUP BY night ORDER BY night DESC LIMIT ?", (limit,)
    )
    return [(row[0], row[1]) for row in rows]
