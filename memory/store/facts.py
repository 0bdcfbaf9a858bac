"""SQL of facts and of the statements they are folded from.

Statements are the ground: each hangs on the memory it was said in and goes with it. Facts, and the
memories of kind ``fact`` that recall finds, are folded from them anew whenever a statement of
their topic comes or goes (``memory.facts.fold``), in the same transaction. A fact keeps its id, and
its memory its strength, as long as a statement of it is left.

The memory of a fact stands in the source it was last told in, beside its turns: ``position`` is
below all of theirs. Doubtful and rejected facts have none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from memory import decay
from memory.clock import DAY_MS
from memory.facts.fold import Folded, State, fold
from memory.facts.statements import Mode, Moment, Statement, Verdict
from memory.facts.values import key_of
from memory.facts.wording import sentence
from memory.protocol import MemoryKind
from memory.store import memories
from memory.store.db import Connection
from memory.store.ids import new_id
from memory.store.memory_rows import ORDERS
from memory.store.rows import NewMemory, Strength

Topic = tuple[str, str, str]

BESIDE = -1_000
"""Position of the memories of facts: out of reach of the neighbours of any turn."""
_TOLD = (State.CURRENT, State.PAST)
_IMPORTANCE = {State.CURRENT: 0.7, State.PAST: 0.3}

_STATEMENT = (
    "SELECT id, memory_id, fact_id, subject, relation, slot, value, detail, mode, from_ms,"
    ' from_days, to_ms, to_days, said_ms, learnt_ms, confidence, corrects, start, "end", verdict,'
    " (SELECT m.kind || '|' || ifnull(m.role, '') || '|' || m.source_id || '|'"
    " || ifnull(m.speaker, '') FROM memories m WHERE m.id = memory_id) AS said_by"
    " FROM fact_statements"
)
_OF_TOPIC = "subject_key = ? AND relation = ? AND slot_key = ?"


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact as it is kept; times in UTC milliseconds."""

    id: str
    memory_id: str | None
    subject: str
    relation: str
    slot: str
    value: str
    detail: str
    text: str
    state: State
    begins: Moment | None
    ends: Moment | None
    ended_by: str
    doubt: str
    superseded_by: str | None
    contradicts: str | None
    said_ms: int
    learnt_ms: int
    confidence: float
    topic: Topic


# -- statements


def add_statements(c: Connection, said: Iterable[tuple[str, Statement]], now_ms: int) -> set[Topic]:
    """Keep statements, each with the id of the memory it was said in; returns their topics,
    which are to be folded."""
    topics: set[Topic] = set()
    for memory_id, one in said:
        key, relation, slot_key = one.topic
        c.execute(
            "INSERT INTO fact_statements (memory_id, subject, subject_key, relation, slot,"
            " slot_key,"
            " value, detail, mode, from_ms, from_days, to_ms, to_days, said_ms, learnt_ms,"
            ' confidence, corrects, start, "end")'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (memory_id, one.subject, key, relation, one.slot, slot_key, one.value, one.detail,
             one.mode.value, *_pair(one.begins), *_pair(one.ends), one.said_ms, now_ms,
             one.confidence, 2 * one.corrects + one.changes, one.start, one.end),
        )  # fmt: skip
        topics.add(one.topic)
    return topics


def statements_of(c: Connection, fact_id: str) -> list[tuple[str, Statement]]:
    """The statements of a fact with the ids of their memories, in the order they were said."""
    rows = c.execute(f"{_STATEMENT} WHERE fact_id = ? ORDER BY said_ms, id", (fact_id,))
    return [(row["memory_id"], _statement(row)) for row in rows]


def decide(c: Connection, fact_id: str, verdict: Verdict) -> None:
    """The person's word on everything a fact rests on."""
    c.execute("UPDATE fact_statements SET verdict = ? WHERE fact_id = ?", (verdict, fact_id))


def correct(
    c: Connection, fact_id: str, value: str | None, begins: Moment | None, ends: Moment | None
) -> None:
    """Put the person's own words in the place of what was read; None leaves what was there."""
    if value is not None:
        c.execute("UPDATE fact_statements SET value = ? WHERE fact_id = ?", (value, fact_id))
    for name, moment in (("from", begins), ("to", ends)):
        if moment is not None:
            c.execute(
                f"UPDATE fact_statements SET {name}_ms = ?, {name}_days = ? WHERE fact_id = ?",
                (moment.ms, moment.days, fact_id),
            )
    decide(c, fact_id, Verdict.ACCEPTED)


def drop_statements(c: Connection, fact_ids: Sequence[str]) -> None:
    """What facts rest on, but not the turns it was said in."""
    c.executemany("DELETE FROM fact_statements WHERE fact_id = ?", [(id_,) for id_ in fact_ids])


def drop_said_in(c: Connection, memory_ids: Sequence[str]) -> None:
    c.executemany("DELETE FROM fact_statements WHERE memory_id = ?", [(id_,) for id_ in memory_ids])


# -- facts


def get(c: Connection, fact_id: str) -> Stored | None:
    row = c.execute("SELECT * FROM facts WHERE id = ?", (fact_id,)).fetchone()
    return None if row is None else _stored(row)


def of_topic(c: Connection, topic: Topic) -> list[Stored]:
    """Facts of one topic in the order they came to hold."""
    rows = c.execute(
        f"SELECT * FROM facts WHERE {_OF_TOPIC} ORDER BY ifnull(from_ms, learnt_ms), id", topic
    )
    return [_stored(row) for row in rows]


def listing(
    c: Connection,
    *,
    states: Sequence[State] = (),
    subject: str = "",
    relation: str = "",
    text: str = "",
    limit: int = 200,
    offset: int = 0,
) -> tuple[list[Stored], int]:
    """Facts that fit, those of the person first, then by name and relation, newest first; and
    how many fit in all."""
    where, values = ["1"], list[Any]()
    if states:
        where.append(f"state IN ({','.join('?' * len(states))})")
        values += [state.value for state in states]
    for column, wanted in (("subject_key", subject.casefold()), ("relation", relation)):
        if wanted:
            where.append(f"{column} = ?")
            values.append(wanted)
    if text.strip():
        where.append("instr(lower(text), lower(?)) > 0")
        values.append(text.strip())
    condition = " AND ".join(where)
    total = c.execute(f"SELECT count(*) FROM facts WHERE {condition}", values).fetchone()[0]
    rows = c.execute(
        f"SELECT * FROM facts WHERE {condition} ORDER BY subject_key <> 'you', subject_key,"
        f" relation,"
        " slot_key, state, said_ms DESC, id LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_stored(row) for row in rows], int(total)


def counts(c: Connection) -> dict[State, int]:
    found = dict.fromkeys(State, 0)
    for row in c.execute("SELECT state, count(*) FROM facts GROUP BY state"):
        found[State(row[0])] = row[1]
    return found


def known_names(c: Connection, subject_key: str) -> dict[str, str]:
    """Folded names of relatives, friends and pets of somebody, and of everybody facts are about,
    with the role where it was told."""
    found = {row[0]: "" for row in c.execute("SELECT DISTINCT subject_key FROM fact_statements")}
    rows = c.execute(
        "SELECT DISTINCT value, detail FROM fact_statements WHERE subject_key = ?"
        " AND relation IN ('partner', 'child', 'parent', 'sibling', 'relative', 'friend', 'pet')",
        (subject_key,),
    )
    return found | {key_of(row[0]): row[1] for row in rows if row[0]}


def standing(c: Connection, rowids: Sequence[int]) -> dict[int, tuple[Topic, State]]:
    """What recall must know of the facts among these rows of ``memories``."""
    rows = c.execute(
        "SELECT m.rowid, f.subject_key, f.relation, f.slot_key, f.state FROM memories m"
        " JOIN facts f ON f.memory_id = m.id WHERE m.rowid IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rowids)),),
    )
    return {row[0]: ((row[1], row[2], row[3]), State(row[4])) for row in rows}


# -- folding


def changed_topics(c: Connection) -> set[Topic]:
    """Topics of which a statement has gone since they were folded."""
    return {
        (row[0], row[1], row[2])
        for row in c.execute("SELECT subject_key, relation, slot_key FROM fact_changes")
    }


def refold(c: Connection, topics: Iterable[Topic], zone: tzinfo | None = None) -> int:
    """Fold these topics anew; returns how many facts came, went or read otherwise."""
    changed = 0
    for topic in sorted(topics):
        changed += _refold(c, topic, zone)
        c.execute(f"DELETE FROM fact_changes WHERE {_OF_TOPIC}", topic)
    return changed


def _refold(c: Connection, topic: Topic, zone: tzinfo | None) -> int:
    rows = c.execute(f"{_STATEMENT} WHERE {_OF_TOPIC}", topic).fetchall()
    said = {row["id"]: row for row in rows}
    folded = fold(_statement(row) for row in rows)
    old = {fact.id: fact for fact in of_topic(c, topic)}
    ids = _ids(folded, said, old)
    gone = [fact for fact in old.values() if fact.id not in ids.values()]
    memories.remove(c, [fact.memory_id for fact in gone if fact.memory_id])
    c.execute(f"UPDATE fact_statements SET fact_id = NULL WHERE {_OF_TOPIC}", topic)
    c.executemany("DELETE FROM facts WHERE id = ?", [(fact.id,) for fact in gone])
    before = {
        id(one.next): one for one in folded if one.next is not None and one.state is State.PAST
    }
    changed = len(gone)
    for one in folded:
        text = sentence(one, before.get(id(one)), zone)
        changed += _put(c, topic, ids[id(one)], one, text, old, said)
    for one in folded:
        c.execute(
            "UPDATE facts SET superseded_by = ?, contradicts = ? WHERE id = ?",
            (ids.get(id(one.next)), ids.get(id(one.against)), ids[id(one)]),
        )
    return changed


def _ids(folded: Sequence[Folded], said: dict[int, Any], old: dict[str, Stored]) -> dict[int, str]:
    """The id of each folded fact: that of the old one most of its statements belonged to."""
    taken: set[str] = set()
    ids: dict[int, str] = {}
    for one in folded:
        votes: defaultdict[str, int] = defaultdict(int)
        for statement in one.sources:
            was = said[statement.id]["fact_id"]
            if was in old and was not in taken:
                votes[was] += 1 + (old[was].value == one.value)
        chosen = max(votes, key=lambda id_: (votes[id_], id_)) if votes else new_id(one.learnt_ms)
        taken.add(chosen)
        ids[id(one)] = chosen
    return ids


def _put(
    c: Connection,
    topic: Topic,
    fact_id: str,
    one: Folded,
    text: str,
    old: dict[str, Stored],
    said: dict[int, Any],
) -> int:
    """One fact with its memory; returns 1 where it is new or reads otherwise."""
    was = old.get(fact_id)
    values = (
        one.subject, topic[0], one.relation, one.slot, topic[2], one.value, one.detail, text,
        one.state.value, *_pair(one.begins), *_pair(one.ends), one.ended_by, one.doubt,
        one.last_said_ms, one.learnt_ms, round(one.confidence, 3),
    )  # fmt: skip
    c.execute(
        "INSERT INTO facts (id, subject, subject_key, relation, slot, slot_key, value, detail,"
        " text,"
        " state, from_ms, from_days, to_ms, to_days, ended_by, doubt, said_ms, learnt_ms,"
        " confidence)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, value = excluded.value,"
        " detail = excluded.detail, text = excluded.text, state = excluded.state,"
        " from_ms = excluded.from_ms, from_days = excluded.from_days, to_ms = excluded.to_ms,"
        " to_days = excluded.to_days, ended_by = excluded.ended_by, doubt = excluded.doubt,"
        " said_ms = excluded.said_ms, learnt_ms = excluded.learnt_ms,"
        " confidence = excluded.confidence",
        (fact_id, *values),
    )
    c.executemany(
        "UPDATE fact_statements SET fact_id = ? WHERE id = ?",
        [(fact_id, statement.id) for statement in one.sources],
    )
    memory_id = was.memory_id if was else None
    if one.state in _TOLD:
        _put_memory(c, fact_id, memory_id, one, text, said)
    elif memory_id:
        memories.remove(c, [memory_id])
    same = was is not None and was.text == text and was.state is one.state
    return 0 if same else 1


def _put_memory(
    c: Connection,
    fact_id: str,
    memory_id: str | None,
    one: Folded,
    text: str,
    said: dict[int, Any],
) -> None:
    """The memory recall finds, in the place where the fact was last told."""
    last = one.sources[-1]
    place = c.execute(
        'SELECT source_id, start, "end", ref, speaker, page FROM memories WHERE id = ?',
        (said[last.id]["memory_id"],),
    ).fetchone()
    start = min(place["start"] + last.start, place["end"])
    end = min(place["start"] + last.end, place["end"])
    importance = _IMPORTANCE[one.state]
    if memory_id is None:
        new = NewMemory(
            MemoryKind.FACT, text, BESIDE, start, end, page=place["page"], ref=place["ref"],
            speaker=place["speaker"], happened_ms=last.said_ms, importance=importance,
            provenance={"fact": fact_id},
        )  # fmt: skip
        learnt_ms = one.learnt_ms

        def first(memory: NewMemory) -> Strength:
            return decay.initial(memory.kind, memory.importance, memory.role, learnt_ms)

        made = memories.append(c, place["source_id"], [new], learnt_ms, first)
        c.execute("UPDATE facts SET memory_id = ? WHERE id = ?", (made[0], fact_id))
        return
    c.execute(
        'UPDATE memories SET source_id = ?, start = ?, "end" = ?, page = ?, ref = ?, speaker = ?,'
        " happened_ms = ?, importance = ? WHERE id = ?",
        (place["source_id"], start, end, place["page"], place["ref"], place["speaker"],
         last.said_ms, importance, memory_id),
    )  # fmt: skip
    if c.execute("SELECT text FROM memories WHERE id = ?", (memory_id,)).fetchone()[0] != text:
        memories.reword(c, memory_id, text)


# -- what is to be read


def waiting(
    c: Connection, floor: int, rested_before_ms: int, kinds: Sequence[str], limit: int = 20
) -> list[str]:
    """Sources with memories past ``floor`` that have not been read for statements; a chat counts
    once nothing was said in it since ``rested_before_ms``."""
    rows = c.execute(
        "SELECT m.source_id FROM memories m LEFT JOIN fact_marks k ON k.source_id = m.source_id"
        " LEFT JOIN chats h ON h.id = m.source_id"
        f" WHERE m.rowid > ? AND m.kind IN ({','.join('?' * len(kinds))})"
        " AND m.rowid > ifnull(k.learnt_rowid, 0) AND ifnull(h.updated_ms, 0) <= ?"
        " GROUP BY m.source_id ORDER BY min(m.rowid) LIMIT ?",
        (floor, *kinds, rested_before_ms, limit),
    )
    return [row[0] for row in rows]


def newest_row(c: Connection) -> int:
    return int(c.execute("SELECT ifnull(max(rowid), 0) FROM memories").fetchone()[0])


def mark_of(c: Connection, source_id: str) -> int:
    row = c.execute(
        "SELECT learnt_rowid FROM fact_marks WHERE source_id = ?", (source_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def set_mark(c: Connection, source_id: str, rowid: int) -> None:
    c.execute(
        "INSERT INTO fact_marks SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM sources WHERE id = ?1)"
        " ON CONFLICT (source_id) DO UPDATE SET learnt_rowid = excluded.learnt_rowid",
        (source_id, rowid),
    )


def unread(
    c: Connection, source_id: str, after: int, kinds: Sequence[str], limit: int
) -> list[Any]:
    """The next memories of a source to be read, in the order they came."""
    return c.execute(
        f"SELECT m.rowid, id, text, speaker, role, kind, ref, {ORDERS} AS orders,"
        " ifnull(happened_ms, learnt_ms) AS said_ms"
        f" FROM memories m WHERE source_id = ? AND m.rowid > ? AND kind IN"
        f" ({','.join('?' * len(kinds))})"
        " ORDER BY m.rowid LIMIT ?",
        (source_id, after, *kinds, limit),
    ).fetchall()


def read_elsewhere(c: Connection, memory_ids: Iterable[str]) -> set[str]:
    """Those of which there are statements."""
    rows = c.execute(
        "SELECT DISTINCT memory_id FROM fact_statements"
        " WHERE memory_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(memory_ids)),),
    )
    return {row[0] for row in rows}


def one_to_read(c: Connection, memory_id: str, kinds: Sequence[str]) -> Any | None:
    """One memory as ``unread`` gives it, with its source; None where it is of another kind."""
    return c.execute(
        f"SELECT m.rowid, id, source_id, text, speaker, role, kind, ref, {ORDERS} AS orders,"
        " ifnull(happened_ms, learnt_ms) AS said_ms"
        f" FROM memories m WHERE id = ? AND kind IN ({','.join('?' * len(kinds))})",
        (memory_id, *kinds),
    ).fetchone()


def read_before(c: Connection, source_id: str, rowid: int, limit: int) -> list[Any]:
    """The last memories before a row of a source, in order: who was spoken of."""
    rows = c.execute(
        f"SELECT m.rowid, id, text, speaker, role, kind, ref, {ORDERS} AS orders,"
        " ifnull(happened_ms, learnt_ms) AS said_ms"
        " FROM memories m WHERE source_id = ? AND m.rowid < ? AND kind IN ('turn', 'note')"
        " ORDER BY m.rowid DESC LIMIT ?",
        (source_id, rowid, limit),
    ).fetchall()
    return list(reversed(rows))


# -- rows as values


def _pair(moment: Moment | None) -> tuple[int | None, int | None]:
    return (None, None) if moment is None else (moment.ms, moment.days)


def _moment(ms: int | None, days: int | None) -> Moment | None:
    return None if ms is None else Moment(ms, days or 1)


def _statement(row: Any) -> Statement:
    own, origin = _said_by(row)
    return Statement(
        subject=row["subject"],
        relation=row["relation"],
        value=row["value"],
        mode=Mode(row["mode"]),
        said_ms=row["said_ms"],
        confidence=row["confidence"],
        slot=row["slot"],
        detail=row["detail"],
        begins=_moment(row["from_ms"], row["from_days"]),
        ends=_moment(row["to_ms"], row["to_days"]),
        corrects=row["corrects"] >= 2,
        changes=row["corrects"] % 2 == 1,
        start=row["start"],
        end=row["end"],
        id=row["id"],
        learnt_ms=row["learnt_ms"],
        verdict=Verdict(row["verdict"]),
        own=own,
        origin=origin,
    )


def _said_by(row: Any) -> tuple[bool, str]:
    """Whether who said it must know, and the source and day it was said on."""
    kind, role, source, speaker = (row["said_by"] or "|||").split("|", 3)
    told = role not in ("", "person") or bool(speaker)
    about = key_of(speaker) == key_of(row["subject"])
    own = kind != MemoryKind.PASSAGE and (role == "person" or not told or about)
    return own, f"{source} {row['said_ms'] // DAY_MS}"


def _stored(row: Any) -> Stored:
    return Stored(
        id=row["id"],
        memory_id=row["memory_id"],
        subject=row["subject"],
        relation=row["relation"],
        slot=row["slot"],
        value=row["value"],
        detail=row["detail"],
        text=row["text"],
        state=State(row["state"]),
        begins=_moment(row["from_ms"], row["from_days"]),
        ends=_moment(row["to_ms"], row["to_days"]),
        ended_by=row["ended_by"],
        doubt=row["doubt"],
        superseded_by=row["superseded_by"],
        contradicts=row["contradicts"],
        said_ms=row["said_ms"],
        learnt_ms=row["learnt_ms"],
        confidence=row["confidence"],
        topic=(row["subject_key"], row["relation"], row["slot_key"]),
    )
