"""SQL of topics: what is to be cut, and the memories of kind ``topic`` that come of it.

A topic stands beside its source as facts do: its heading is the title, its text the summary, its
``provenance`` names the turns it was made from (``from``), and who worded it (``by``: "model", or
nothing where the words are taken from the turns). With the first of its turns that goes it goes
too, and is made anew of those that stay, in the same transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory import decay
from memory.notes.naming import named
from memory.protocol import MemoryKind
from memory.scripts import fold
from memory.store import embeddings, memories, outbox
from memory.store.db import Connection
from memory.store.facts import BESIDE
from memory.store.rows import NewMemory, Strength
from memory.topics.cut import SHORTEST, Said
from memory.topics.summary import gist

IMPORTANCE = 0.5
BY, MODEL, TRIED = "by", "model", "tried"
ASSISTANT = "assistant"

_TURN = (
    'SELECT rowid, id, text, role, speaker, start, "end", ifnull(happened_ms, learnt_ms) AS'
    " said_ms, learnt_ms, EXISTS (SELECT 1 FROM suspicions s WHERE s.memory_id = memories.id"
    " AND s.cleared_ms IS NULL) AS gives_orders FROM memories"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is kept; times in UTC milliseconds, ``turns`` ids in order."""

    id: str
    title: str
    summary: str
    source_id: str
    turns: tuple[str, ...]
    began_ms: int | None
    learnt_ms: int
    worded_by: str


# -- what is to be cut


def waiting(c: Connection, floor: int, rested_before_ms: int, limit: int = 20) -> list[str]:
    """Talks with turns past ``floor`` that were not read; a chat counts once nothing was said in
    it since ``rested_before_ms``."""
    rows = c.execute(
        "SELECT m.source_id FROM memories m LEFT JOIN topic_marks k ON k.source_id = m.source_id"
        " LEFT JOIN chats h ON h.id = m.source_id"
        " WHERE m.rowid > ? AND m.kind = 'turn' AND m.rowid > ifnull(k.read_rowid, 0)"
        " AND ifnull(h.updated_ms, 0) <= ? GROUP BY m.source_id ORDER BY min(m.rowid) LIMIT ?",
        (floor, rested_before_ms, limit),
    )
    return [row[0] for row in rows]


def marks_of(c: Connection, source_id: str) -> tuple[int, int]:
    """Up to which rows a talk is cut for good, and was read."""
    row = c.execute(
        "SELECT closed_rowid, read_rowid FROM topic_marks WHERE source_id = ?", (source_id,)
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def set_marks(c: Connection, source_id: str, closed: int, read: int) -> None:
    c.execute(
        "INSERT INTO topic_marks SELECT ?1, ?2, ?3 WHERE EXISTS"
        " (SELECT 1 FROM sources WHERE id = ?1) ON CONFLICT (source_id) DO UPDATE SET"
        " closed_rowid = excluded.closed_rowid, read_rowid = excluded.read_rowid",
        (source_id, closed, read),
    )


def turns_after(c: Connection, source_id: str, rowid: int, limit: int) -> list[Any]:
    """The next turns of a talk, in the order they came."""
    return c.execute(
        f"{_TURN} WHERE source_id = ? AND rowid > ? AND kind = 'turn' ORDER BY rowid LIMIT ?",
        (source_id, rowid, limit),
    ).fetchall()


def without_vector(c: Connection, rows: Sequence[Any]) -> set[str]:
    """Ids of those whose vector is still to come."""
    return outbox.with_upsert(c, [row["id"] for row in rows])


def said(c: Connection, rows: Sequence[Any], model: str) -> list[Said]:
    """Turns as they are cut. An assistant's, and one that gives orders to a model, are nobody's
    own: they tell no topic."""
    vectors = embeddings.get_many(c, [row["id"] for row in rows], model) if model else {}
    return [
        Said(
            row["id"],
            row["text"],
            row["said_ms"],
            vectors.get(row["id"]),
            frozenset(fold(name) for name in named(row["text"])),
            row["role"] != ASSISTANT and not row["gives_orders"],
        )
        for row in rows
    ]


# -- topics


def put(c: Connection, source_id: str, turns: Sequence[Said], now_ms: int) -> str | None:
    """Make a topic of these turns of a source; returns its id. None where they say too little,
    or the person has forgotten this very topic."""
    own = [turn for turn in turns if turn.own]
    found = gist(own) if len(own) >= SHORTEST else None
    if found is None:
        return None
    digest = memories.text_hash(found.summary)
    if digest in memories.forgotten_hashes(c, source_id):
        return None
    first, last = _place(c, own[0].id), _place(c, own[-1].id)
    new = NewMemory(
        MemoryKind.TOPIC, found.summary, BESIDE, min(first[0], last[0]), max(first[1], last[1]),
        heading=found.title, happened_ms=own[0].when_ms, importance=IMPORTANCE,
        provenance={"from": [turn.id for turn in own]},
    )  # fmt: skip

    def strength(memory: NewMemory) -> Strength:
        return decay.initial(memory.kind, memory.importance, memory.role, now_ms)

    return memories.append(c, source_id, [new], now_ms, strength)[0]


def _place(c: Connection, memory_id: str) -> tuple[int, int]:
    row = c.execute('SELECT start, "end" FROM memories WHERE id = ?', (memory_id,)).fetchone()
    return int(row[0]), int(row[1])


def get(c: Connection, topic_id: str) -> Topic | None:
    row = c.execute(
        "SELECT * FROM memories WHERE id = ? AND kind = 'topic'", (topic_id,)
    ).fetchone()
    return None if row is None else _topic(row)


def of_source(c: Connection, source_id: str) -> list[Topic]:
    """Topics of a talk in order of their time."""
    rows = c.execute(
        "SELECT * FROM memories WHERE source_id = ? AND position = ? AND kind = 'topic'"
        " ORDER BY happened_ms, rowid",
        (source_id, BESIDE),
    )
    return [_topic(row) for row in rows]


def listing(c: Connection, *, source: str = "", text: str = "") -> list[Topic]:
    """Topics that fit, newest first."""
    where, values = ["kind = 'topic'"], list[Any]()
    if source:
        where.append("source_id IN (SELECT id FROM sources WHERE ? IN (id, location, title))")
        values.append(source)
    for word in text.split():
        where.append("(instr(lower(text), lower(?)) OR instr(lower(heading), lower(?)))")
        values += [word, word]
    rows = c.execute(
        f"SELECT * FROM memories WHERE {' AND '.join(where)}"
        " ORDER BY ifnull(happened_ms, learnt_ms) DESC, rowid DESC",
        values,
    )
    return [_topic(row) for row in rows]


def topic_with(c: Connection, source_id: str, memory_id: str) -> str | None:
    """The topic a turn belongs to."""
    row = c.execute(
        "SELECT id FROM memories WHERE source_id = ? AND position = ? AND kind = 'topic'"
        " AND instr(provenance, ?) LIMIT 1",
        (source_id, BESIDE, f'"{memory_id}"'),
    ).fetchone()
    return None if row is None else str(row[0])


def reword(c: Connection, topic: Topic, title: str, summary: str) -> None:
    """A model's words in the place of those taken from the turns, which leave no trace."""
    c.execute("UPDATE memories SET heading = ? WHERE id = ?", (title, topic.id))
    memories.reword(c, topic.id, summary)
    _note_wording(c, topic.id, MODEL)


def keep_wording(c: Connection, topic: Topic) -> None:
    """A model's words were of no use: it is not asked again."""
    _note_wording(c, topic.id, TRIED)


def _note_wording(c: Connection, topic_id: str, by: str) -> None:
    c.execute(
        "UPDATE memories SET provenance = json_set(provenance, '$.by', ?) WHERE id = ?",
        (by, topic_id),
    )


def unworded(c: Connection, after: str) -> Topic | None:
    """The next topic past this id that no model was asked about."""
    row = c.execute(
        "SELECT * FROM memories WHERE kind = 'topic' AND id > ?"
        " AND json_extract(provenance, '$.by') IS NULL ORDER BY id LIMIT 1",
        (after,),
    ).fetchone()
    return None if row is None else _topic(row)


# -- what goes


def changed(c: Connection) -> bool:
    return c.execute("SELECT 1 FROM topic_changes LIMIT 1").fetchone() is not None


def mend(c: Connection) -> int:
    """Make topics anew that lost a turn or hold one that reads otherwise; returns how many."""
    gone: defaultdict[str, set[str]] = defaultdict(set)
    for row in c.execute("SELECT source_id, memory_id FROM topic_changes"):
        gone[row[0]].add(row[1])
    touched = [
        topic
        for source_id, ids in gone.items()
        for topic in of_source(c, source_id)
        if not ids.isdisjoint(topic.turns)
    ]
    memories.remove(c, [topic.id for topic in touched])
    for topic in touched:
        _make_again(c, topic)
    c.execute("DELETE FROM topic_changes")
    return len(touched)


def take_out(c: Connection, doomed: Sequence[str]) -> list[Topic]:
    """Remove the topics among the doomed before their turns go, and tell those to be made anew
    with ``make_again``. One that the person named itself does not come back."""
    gone = set(doomed)
    found = [topic for id_ in doomed if (topic := get(c, id_)) is not None]
    named_itself = [topic for topic in found if gone.isdisjoint(topic.turns)]
    c.executemany(
        "INSERT OR IGNORE INTO forgotten (source_id, text_hash)"
        " SELECT source_id, text_hash FROM memories WHERE id = ?",
        [(topic.id,) for topic in named_itself],
    )
    memories.remove(c, [topic.id for topic in found])
    return [topic for topic in found if topic not in named_itself]


def make_again(c: Connection, lost: Iterable[Topic]) -> None:
    """After the turns went: topics of those that stay."""
    for topic in lost:
        _make_again(c, topic)
    mend(c)


def _make_again(c: Connection, topic: Topic) -> None:
    put(c, topic.source_id, said(c, turns_of(c, topic), ""), topic.learnt_ms)


def turns_of(c: Connection, topic: Topic) -> list[Any]:
    """Those of its turns that are there, in order."""
    return c.execute(
        f"{_TURN} WHERE id IN (SELECT value FROM json_each(?)) AND source_id = ? ORDER BY rowid",
        (json.dumps(topic.turns), topic.source_id),
    ).fetchall()


def _topic(row: Any) -> Topic:
    provenance = json.loads(row["provenance"])
    return Topic(
        id=row["id"],
        title=row["heading"] or "",
        summary=row["text"],
        source_id=row["source_id"],
        turns=tuple(one for one in provenance.get("from", ()) if isinstance(one, str)),
        began_ms=row["happened_ms"],
        learnt_ms=row["learnt_ms"],
        worded_by=str(provenance.get(BY, "")),
    )
