"""SQL of the word search and of what ranking needs to know of its candidates. Read only.

FTS5's own ``ORDER BY rank`` looks up the length of every row that matches: 10 ms for a word in
4,000 of 100,000 rows, 90 ms for one in 60,000. Reading a whole posting list from the vocabulary
table in one aggregated value costs 0.13 µs an entry instead, and the counts in it are exact; the
ranking itself is then a few operations on arrays (``memory/recall``).
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memory.clock import to_ms
from memory.protocol import MemoryKind, MemoryState, RecallFilter
from memory.scripts import laid_out
from memory.store.db import Connection
from memory.store.functions import TOKENIZE
from memory.store.rows import Strength

Rowids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Tokens = NDArray[np.int8]

TOKEN_WIDTH = 96

_REACH_UNINDEXED = "+m.state IN ('active', 'dormant')"  # by the filter's own index instead
_KINDS = {kind.value: kind for kind in MemoryKind}
_STATES = {state.value: state for state in MemoryState}
_MOST_STEMS = 20_000
_BEGINNING = 400  # characters that tell what kind of text it is
_ENDING = 8  # characters that tell whether it asks
_HAPPENED = "ifnull(m.happened_ms, m.learnt_ms)"


class Stemmer:
    """Turns words into the terms of the keyword index, with the index's own tokenizer.

    Owns a small database in memory, and remembers single words; any thread may call, one at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.execute(
            f'CREATE VIRTUAL TABLE asked USING fts5 (word, tokenize="{TOKENIZE}")'
        )
        self._connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab('asked', 'instance')")
        self._known: dict[str, tuple[str, ...]] = {}

    def stems(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Terms of each word, in order; a word like "e-mail" has two, an emoji none, and a run of
        characters without spaces one for each group (``memory.scripts``)."""
        with self._lock:
            found = {word: stems for word in words if (stems := self._known.get(word))}
            new = [word for word in dict.fromkeys(words) if word not in found]
            if new:
                told = dict(zip(new, self._told(new), strict=True))
                found |= told
                if len(self._known) > _MOST_STEMS:
                    self._known.clear()
                # Whole sentences come once, and are nobody's to keep.
                self._known |= {word: stems for word, stems in told.items() if word.isalnum()}
            return [found[word] for word in words]

    def _told(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """What the tokenizer says of each word."""
        found: list[list[str]] = [[] for _word in words]
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO asked (rowid, word) VALUES (?, ?)",
            enumerate(map(laid_out, words), start=1),
        )
        rows = self._connection.execute("SELECT doc, term FROM terms ORDER BY doc, offset")
        for row in rows:
            found[row[0] - 1].append(row[1])
        self._connection.execute("ROLLBACK")
        return [tuple(terms) for terms in found]

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Card(NamedTuple):
    """What ranking knows of a memory, its text left out."""

    rowid: int
    source_id: str
    position: int
    kind: MemoryKind
    state: MemoryState
    length: int  # code points
    beginning: str  # of the text
    ending: str  # last characters of it
    heading: str | None
    ref: str | None
    speaker: str | None
    when_ms: int
    strength: Strength
    importance: float
    pinned: bool
    marked_wrong: bool


# -- posting lists


def postings(c: Connection, term: str, limit: int) -> Rowids:
    """Rows a term stands in, once for each time it stands there, ascending; ``limit`` at most."""
    return _column(
        c.execute(
            "SELECT group_concat(doc) FROM (SELECT doc FROM memories_words WHERE term = ? LIMIT ?)",
            (term, limit),
        )
    )


def vocabulary(c: Connection, start: str, shortest: int, longest: int) -> dict[str, int]:
    """Terms that begin so, of a length between these, and in how many memories each stands."""
    rows = c.execute(
        "SELECT term, doc FROM memories_vocabulary WHERE term >= ? AND term < ?"
        " AND length(term) BETWEEN ? AND ?",
        (start, start + "\U0010ffff", shortest, longest),
    )
    return {row[0]: row[1] for row in rows}


def trigram_postings(c: Connection, gram: str, limit: int) -> Rowids:
    """The same for three characters in a row, anywhere in a text."""
    return _column(
        c.execute(
            "SELECT group_concat(doc) FROM"
            " (SELECT doc FROM memories_trigrams WHERE term = ? LIMIT ?)",
            (gram, limit),
        )
    )


def with_phrase(c: Connection, phrase: str, limit: int) -> Rowids:
    """Rows that hold these words in this order."""
    quoted = '"' + laid_out(phrase).replace('"', '""') + '"'
    return _column(
        c.execute(
            "SELECT group_concat(rowid) FROM (SELECT rowid FROM memories_fts"
            " WHERE memories_fts MATCH ? LIMIT ?)",
            (quoted, limit),
        )
    )


def with_trigrams(c: Connection, grams: Sequence[str], limit: int) -> Rowids:
    """Rows whose text holds all of these groups of three letters, newest first."""
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams)
    return _column(
        c.execute(
            "SELECT group_concat(rowid) FROM (SELECT rowid FROM memories_trigram"
            " WHERE memories_trigram MATCH ? ORDER BY rowid DESC LIMIT ?)",
            (" AND ".join(quoted), limit),
        )
    )


def frequency(c: Connection, term: str, most: int) -> int:
    """How often a term stands in the memories, ``most`` at most."""
    row = c.execute(
        "SELECT count(*) FROM (SELECT 1 FROM memories_words WHERE term = ? LIMIT ?)", (term, most)
    ).fetchone()
    return int(row[0])


def _column(cursor: sqlite3.Cursor) -> Rowids:
    joined = cursor.fetchone()[0]
    if not joined:
        return np.zeros(0, dtype=np.int64)
    # Text mode of fromstring: one call for the whole list, no Python object for an entry.
    return np.fromstring(str(joined), dtype=np.int64, sep=",")


# -- who is in reach


def in_reach(c: Connection) -> int:
    """How many memories can be found at all; topics only say again what turns say."""
    # All but the few others: without a condition SQLite counts whole pages of the index,
    # 3 ms in a million rows instead of 40.
    row = c.execute(
        "SELECT (SELECT count(*) FROM memories) - (SELECT count(*) FROM memories"
        " WHERE state IN ('superseded', 'forgotten') AND kind <> 'topic')"
        " - (SELECT count(*) FROM memories INDEXED BY memories_filter WHERE kind = 'topic')"
    ).fetchone()
    return int(row[0])


def data_version(c: Connection) -> int:
    """A number that changes, for this connection, with every commit of another one."""
    return int(c.execute("PRAGMA data_version").fetchone()[0])


def filtered(c: Connection, chosen: RecallFilter) -> Rowids | None:
    """Rows the person's filter leaves, ascending; None when it filters nothing."""
    where, values = [_REACH_UNINDEXED], list[Any]()
    if chosen.kinds:
        where.append(f"m.kind IN ({','.join('?' * len(chosen.kinds))})")
        values += [kind.value for kind in chosen.kinds]
    elif chosen.model_dump(exclude_defaults=True):
        where.append("m.kind <> 'topic'")
    if chosen.source is not None:
        where.append(
            "m.source_id IN (SELECT id FROM sources"
            " WHERE ? IN (id, location, parent_id) OR (kind = 'conversation' AND title = ?)"
            " OR parent_id IN (SELECT id FROM sources WHERE location = ?))"
        )
        values += [chosen.source] * 3
    if chosen.since is not None:
        where.append(f"{_HAPPENED} >= ?")
        values.append(to_ms(chosen.since))
    if chosen.until is not None:
        where.append(f"{_HAPPENED} <= ?")
        values.append(to_ms(chosen.until))
    if chosen.speaker is not None:
        where.append("m.speaker = ? COLLATE NOCASE")
        values.append(chosen.speaker)
    if len(where) == 1:
        return None
    # Of one source there are few, and its own index has them; else an index tells all of it,
    # and the planner, which does not know the sizes, would now and then read the texts.
    index = "" if chosen.source is not None else " INDEXED BY memories_filter"
    rows = c.execute(
        "SELECT group_concat(rowid) FROM (SELECT m.rowid AS rowid"
        f" FROM memories m{index} WHERE {' AND '.join(where)})",
        values,
    )
    return np.sort(_column(rows))


def rowids_of(c: Connection, ids: Sequence[str], *, topics: bool = True) -> dict[str, int]:
    """Row of each id that still exists; without ``topics`` none of those."""
    only = "" if topics else " AND kind <> 'topic'"
    rows = c.execute(
        f"SELECT id, rowid FROM memories WHERE id IN (SELECT value FROM json_each(?)){only}",
        (json.dumps(list(ids)),),
    )
    return {row[0]: row[1] for row in rows}


def ids_of(c: Connection, rowids: Sequence[int]) -> list[str]:
    """Ids of these rows."""
    rows = c.execute(
        "SELECT id FROM memories WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rowids)),),
    )
    return [row[0] for row in rows]


# -- what ranking needs


def cards(c: Connection, rowids: Sequence[int]) -> dict[int, Card]:
    """Cards of these rows, whatever their state."""
    rows = c.execute(
        "SELECT m.rowid, m.source_id, m.position, m.kind, m.state, length(m.text),"
        f" substr(m.text, 1, {_BEGINNING}), substr(m.text, -{_ENDING}), m.heading, m.ref,"
        f" m.speaker, {_HAPPENED}, m.stability_days, m.difficulty, m.reviewed_ms, m.importance,"
        " m.pinned, m.marked_wrong"
        " FROM memories m WHERE m.rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rowids)),),
    )
    return {
        r[0]: Card(
            r[0], r[1], r[2], _KINDS[r[3]], _STATES[r[4]], r[5], r[6], r[7], r[8], r[9], r[10],
            r[11], Strength(r[12], r[13], r[14]), r[15], bool(r[16]), bool(r[17]),
        )
        for r in rows
    }  # fmt: skip


def endings(c: Connection, rowids: Sequence[int]) -> dict[int, str]:
    """Last characters of these rows' texts."""
    rows = c.execute(
        f"SELECT rowid, substr(text, -{_ENDING}) FROM memories"
        " WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rowids)),),
    )
    return dict(row[:2] for row in rows)


def beside(c: Connection, rowids: Sequence[int], reach: int) -> Rowids:
    """Neighbours in the same source up to ``reach`` places away, a line each: the row, its
    neighbour, how far after it that stands (negative: before it), the neighbour's length.
    """
    found = c.execute(
        # All of it stands in the index on sources; one value instead of eight rows a memory.
        "SELECT group_concat(a.rowid || ',' || b.rowid || ',' || (b.position - a.position)"
        " || ',' || (b.\"end\" - b.start))"
        # CROSS JOIN and the plus sign keep the planner from going by state: every row, 400 ms.
        " FROM memories a CROSS JOIN memories b INDEXED BY memories_source"
        " ON b.source_id = a.source_id"
        " AND b.position BETWEEN a.position - ?2 AND a.position + ?2"
        " WHERE a.rowid IN (SELECT value FROM json_each(?1))"
        " AND +b.state IN ('active', 'dormant') AND b.position <> a.position",
        (json.dumps(list(rowids)), reach),
    )
    return _column(found).reshape(-1, 4)


def vectors(c: Connection, rowids: Sequence[int], model: str) -> tuple[list[int], Vectors]:
    """Rows that have a vector of this model, and those vectors, one a line."""
    rows = c.execute(
        "SELECT e.memory, e.vector FROM json_each(?2) CROSS JOIN embeddings e"
        " ON e.memory = value AND e.model = ?1",
        (model, json.dumps(list(rowids))),
    ).fetchall()
    return [row[0] for row in rows], _matrix([row[1] for row in rows])


def vectors_and_tokens(
    c: Connection, rowids: Sequence[int], model: str
) -> tuple[list[int], Vectors, list[Tokens | None]]:
    """The same with the vectors of their single tokens, (n, TOKEN_WIDTH), where there are any."""
    rows = c.execute(
        "SELECT e.memory, e.vector, e.tokens FROM json_each(?2) CROSS JOIN embeddings e"
        " ON e.memory = value AND e.model = ?1",
        (model, json.dumps(list(rowids))),
    ).fetchall()
    tokens = [
        np.frombuffer(row[2], np.int8).reshape(-1, TOKEN_WIDTH) if row[2] else None for row in rows
    ]
    return [row[0] for row in rows], _matrix([row[1] for row in rows]), tokens


def _matrix(packed: Sequence[bytes]) -> Vectors:
    if not packed:
        return np.zeros((0, 0), dtype=np.float32)
    flat = np.frombuffer(b"".join(packed), dtype="<f2")
    return flat.reshape(len(packed), -1).astype(np.float32)


def texts(c: Connection, rowids: Sequence[int]) -> dict[int, str]:
    """Texts of these rows."""
    rows = c.execute(
        "SELECT rowid, text FROM memories WHERE rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rowids)),),
    )
    return {row[0]: row[1] for row in rows}
