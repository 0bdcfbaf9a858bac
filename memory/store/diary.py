"""SQL of the diary: days that wait, entries as places in memories, and what a model told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.diary.choosing import Line
from memory.diary.days import QUARTER_MS
from memory.store.db import Connection

_KINDS = ("turn", "note", "passage")
_STATES = ("active", "dormant")
_MOST_ROWS = 20_000
# Two queries that the filter's index answers alone.
_DATED = (
    "FROM memories INDEXED BY memories_filter WHERE kind = ? AND state = ? AND happened_ms >= ?"
    " AND happened_ms < ?",
    "FROM memories INDEXED BY memories_filter WHERE kind = ? AND state = ? AND happened_ms IS NULL"
    " AND learnt_ms >= ? AND learnt_ms < ?",
)


@dataclass(frozen=True, slots=True)
class Dirty:
    """A quarter of an hour whose memories changed; ``mark`` grows with every change."""

    quarter: int
    mark: int

    @property
    def start_ms(self) -> int:
        return self.quarter * QUARTER_MS


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line with the ids and words of what it quotes; ``row`` is of the source."""

    id: int
    day: str
    score: float
    memories: int
    source: Any
    quotes: tuple[Any, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredDay:
    day: str
    start_ms: int
    end_ms: int
    memories: int
    lines: tuple[StoredLine, ...]
    told: tuple[dict[str, Any], ...]
    model: str | None


# -- what waits


def dirty(c: Connection, start_ms: int | None = None, end_ms: int | None = None) -> list[Dirty]:
    """Quarters that changed since their day was written, in order."""
    first = -(1 << 62) if start_ms is None else start_ms // QUARTER_MS
    last = 1 << 62 if end_ms is None else end_ms // QUARTER_MS
    rows = c.execute(
        "SELECT quarter, mark FROM diary_dirty WHERE quarter >= ? AND quarter < ? ORDER BY quarter",
        (first, last),
    )
    return [Dirty(row[0], row[1]) for row in rows]


def rewrite_all(c: Connection) -> None:
    """Every day is to be written anew: the person's clock shows another zone."""
    c.execute("DELETE FROM diary_days")
    c.execute(
        "INSERT INTO diary_dirty (quarter)"
        f" SELECT DISTINCT ifnull(happened_ms, learnt_ms) / {QUARTER_MS}"
        " FROM memories INDEXED BY memories_filter WHERE kind IN ('turn', 'note', 'passage')"
        " ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1"
    )


# -- what a day holds


def count(c: Connection, start_ms: int, end_ms: int) -> int:
    """How many memories are of that time."""
    return sum(
        int(c.execute(f"SELECT count(*) {sql}", (kind, state, start_ms, end_ms)).fetchone()[0])
        for sql in _DATED
        for kind in _KINDS
        for state in _STATES
    )


def sample(c: Connection, start_ms: int, end_ms: int, most: int) -> list[int]:
    """Rows of that time; where a kind has more than ``most``, some from all over it."""
    found: list[int] = []
    for kind in _KINDS:
        rows = [
            row[0]
            for sql in _DATED
            for state in _STATES
            for row in c.execute(
                f"SELECT rowid {sql} LIMIT {_MOST_ROWS}", (kind, state, start_ms, end_ms)
            )
        ]
        step = max(1, -(-len(rows) // most))
        found += sorted(rows)[::step]
    return found


def entries(c: Connection, rows: Sequence[int]) -> list[Any]:
    """What is read of these rows, in order of time; nothing marked wrong, or as giving orders."""
    return c.execute(
        "SELECT m.rowid, m.id, m.source_id, m.text, m.kind, m.role, m.speaker, m.heading,"
        " ifnull(m.happened_ms, m.learnt_ms) AS when_ms"
        " FROM json_each(?) j CROSS JOIN memories m ON m.rowid = j.value"
        " WHERE m.marked_wrong = 0 AND NOT EXISTS (SELECT 1 FROM suspicions s"
        " WHERE s.memory_id = m.id AND s.cleared_ms IS NULL)"
        " ORDER BY when_ms, m.source_id, m.position, m.rowid",
        (json.dumps(list(rows)),),
    ).fetchall()


def quoted_between(c: Connection, first: str, last: str) -> list[str]:
    """The words that entries from one day to before another quote."""
    rows = c.execute(
        'SELECT substr(m.text, q.start + 1, q."end" - q.start) FROM diary_lines l'
        " CROSS JOIN diary_quotes q ON q.line = l.id JOIN memories m ON m.rowid = q.memory"
        " WHERE l.day >= ? AND l.day < ? AND q.role = 'quote'",
        (first, last),
    )
    return [row[0] for row in rows]


def quoted_rows(c: Connection, start_ms: int, end_ms: int) -> frozenset[int]:
    """Rows that entries of days within this time quote."""
    rows = c.execute(
        "SELECT q.memory FROM diary_days d CROSS JOIN diary_lines l ON l.day = d.day"
        " CROSS JOIN diary_quotes q ON q.line = l.id"
        " WHERE d.start_ms < ? AND d.end_ms > ? AND q.role = 'quote'",
        (end_ms, start_ms),
    )
    return frozenset(row[0] for row in rows)


def files_added(c: Connection, start_ms: int, end_ms: int) -> int:
    row = c.execute(
        "SELECT count(*) FROM sources WHERE kind = 'file' AND added_ms >= ? AND added_ms < ?"
        " AND state IN ('ready', 'indexing', 'missing')",
        (start_ms, end_ms),
    ).fetchone()
    return int(row[0])


# -- writing


def put_day(
    c: Connection,
    day: str,
    bounds: tuple[int, int],
    memories: int,
    lines: Iterable[tuple[Line, dict[int, str]]],
    seen: Sequence[Dirty],
    now_ms: int,
) -> None:
    """An entry in the place of the day's old one. ``lines`` come with the texts they were chosen
    from, by row: a place in a memory that changed meanwhile is left out. What was ``seen`` to
    wait waits no longer, if nothing came since."""
    c.execute("DELETE FROM diary_days WHERE day = ?", (day,))
    if memories:
        c.execute(
            "INSERT INTO diary_days (day, start_ms, end_ms, memories, made_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            (day, *bounds, memories, now_ms),
        )
        for place, (line, texts) in enumerate(lines):
            _put_line(c, day, place, line, texts)
    c.executemany(
        "DELETE FROM diary_dirty WHERE quarter = ? AND mark = ?",
        [(one.quarter, one.mark) for one in seen],
    )


def _put_line(c: Connection, day: str, place: int, line: Line, texts: dict[int, str]) -> None:
    made = c.execute(
        "INSERT INTO diary_lines (day, place, source_id, memories, score)"
        " SELECT ?, ?, id, ?, ? FROM sources WHERE id = ?",
        (day, place, line.memories, line.score, line.source),
    )
    if not made.rowcount:
        return
    number, line_id = 0, made.lastrowid
    for role, places in (("quote", line.quotes), ("topic", line.topics)):
        for one in places:
            c.execute(
                'INSERT INTO diary_quotes (line, place, role, memory, start, "end")'
                " SELECT ?, ?, ?, rowid, ?, ? FROM memories WHERE rowid = ? AND text = ?",
                (line_id, number, role, one.start, one.end, one.rowid, texts[one.rowid]),
            )
            number += 1


def put_told(
    c: Connection,
    day: str,
    made_ms: int,
    sentences: Sequence[dict[str, Any]],
    model: str,
    from_rows: Iterable[tuple[int, str]],
    now_ms: int,
) -> bool:
    """What a model told of a day; False where the entry or one of the memories it was shown,
    given with their texts, is no longer what it was."""
    row = c.execute("SELECT made_ms FROM diary_days WHERE day = ?", (day,)).fetchone()
    rows = list(from_rows)
    if row is None or row[0] != made_ms:
        return False
    same = "SELECT 1 FROM memories WHERE rowid = ? AND text = ?"
    if any(c.execute(same, one).fetchone() is None for one in rows):
        return False
    c.execute("DELETE FROM diary_told WHERE day = ?", (day,))
    c.execute(
        "INSERT INTO diary_told (day, sentences, model, at_ms) VALUES (?, ?, ?, ?)",
        (day, json.dumps(sentences, ensure_ascii=False), model, now_ms),
    )
    c.executemany(
        "INSERT OR IGNORE INTO diary_told_from (day, memory) VALUES (?, ?)",
        [(day, rowid) for rowid, _text in rows],
    )
    return True


# -- reading


def written(c: Connection, last: str) -> list[str]:
    """Days that have an entry, up to one, newest first."""
    rows = c.execute("SELECT day FROM diary_days WHERE day <= ? ORDER BY day DESC", (last,))
    return [row[0] for row in rows]


def days(c: Connection, first: str, last: str) -> list[StoredDay]:
    """Entries from one day to another, both included, in order."""
    found = c.execute(
        "SELECT d.*, t.sentences, t.model FROM diary_days d"
        " LEFT JOIN diary_told t ON t.day = d.day WHERE d.day >= ? AND d.day <= ? ORDER BY d.day",
        (first, last),
    ).fetchall()
    lines: dict[str, list[StoredLine]] = {}
    for line in _lines(c, first, last):
        lines.setdefault(line.day, []).append(line)
    return [
        StoredDay(
            row["day"], row["start_ms"], row["end_ms"], row["memories"],
            tuple(lines.get(row["day"], ())),
            tuple(json.loads(row["sentences"])) if row["sentences"] else (),
            row["model"],
        )
        for row in found
    ]  # fmt: skip


def _lines(c: Connection, first: str, last: str) -> list[StoredLine]:
    quotes: dict[int, list[Any]] = {}
    for row in c.execute(
        'SELECT q.line, q.role, q.start AS cut, q."end" - q.start AS length, m.rowid, m.id,'
        ' substr(m.text, q.start + 1, q."end" - q.start) AS words, m.start, m.page, m.ref,'
        " m.speaker, m.role AS said_as, m.happened_ms FROM diary_lines l"
        " CROSS JOIN diary_quotes q ON q.line = l.id JOIN memories m ON m.rowid = q.memory"
        " WHERE l.day >= ? AND l.day <= ? ORDER BY q.line, q.place",
        (first, last),
    ):
        quotes.setdefault(row["line"], []).append(row)
    found = c.execute(
        "SELECT l.id AS line_id, l.day, l.score, l.memories, s.id, s.kind, s.title, s.location,"
        " s.added_ms FROM diary_lines l JOIN sources s ON s.id = l.source_id"
        " WHERE l.day >= ? AND l.day <= ? ORDER BY l.day, l.place",
        (first, last),
    )
    return [
        StoredLine(
            row["line_id"], row["day"], row["score"], row["memories"], row,
            tuple(one for one in quotes.get(row["line_id"], ()) if one["role"] == "quote"),
            tuple(one["words"] for one in quotes.get(row["line_id"], ()) if one["role"] == "topic"),
        )
        for row in found
    ]  # fmt: skip


def untold(c: Connection, last: str, limit: int) -> list[tuple[str, int]]:
    """Days that no model told yet and that have enough to tell, newest first, and when their
    entries were made."""
    rows = c.execute(
        "SELECT d.day, d.made_ms FROM diary_days d WHERE d.day <= ? AND d.memories > 1"
        " AND NOT EXISTS (SELECT 1 FROM diary_told t WHERE t.day = d.day)"
        " AND EXISTS (SELECT 1 FROM diary_lines l WHERE l.day = d.day)"
        " ORDER BY d.day DESC LIMIT ?",
        (last, limit),
    )
    return [(row[0], row[1]) for row in rows]
