"""SQL of the portrait: what the person made of its lines, and which answers it stood before.

Lines made from facts are not stored, they are made anew whenever they are shown. A row is kept
only where the person wrote, changed or hid one. It names its fact by id, and by topic and value,
so that it finds the fact again which comes of reading a source anew.

With forgetting goes what the person wrote over any fact of a topic that something forgotten
spoke of, even if the fact itself is told elsewhere too: nobody can say whose words they repeat.
That a line is hidden is kept as long as its fact is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memory.facts.fold import State
from memory.facts.values import key_of
from memory.scripts import fold, is_grouped
from memory.store import facts
from memory.store.db import Connection
from memory.store.facts import Stored, Topic
from memory.understand import content_words

_ALL = "SELECT * FROM portrait_lines ORDER BY at_ms, id"
_MOST = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """What the person made of a line; ``fact_id`` is None for one of their own."""

    id: str
    fact_id: str | None
    topic: Topic
    value_key: str
    text: str
    hidden: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Told:
    """A line that stood in a prompt: its fact, its words, and the value they are about."""

    fact_id: str | None
    memory_id: str | None
    text: str
    value: str


def marks(c: Connection) -> list[Mark]:
    """In the order they were made."""
    return [_mark(row) for row in c.execute(_ALL)]


def holding(c: Connection, subject_key: str) -> list[Stored]:
    """Facts about somebody that hold now."""
    return facts.listing(c, states=[State.CURRENT], subject=subject_key, limit=_MOST)[0]


def resolve(marks: Iterable[Mark], known: Sequence[Stored]) -> dict[str, Mark]:
    """Marks by the id of the fact each belongs to; pure."""
    by_id = {fact.id: fact for fact in known}
    by_value = {(fact.topic, key_of(fact.value)): fact for fact in known}
    found: dict[str, Mark] = {}
    for mark in marks:
        if mark.fact_id is None:
            continue
        if mark.fact_id in by_id:
            found[mark.fact_id] = mark
        elif (fact := by_value.get((mark.topic, mark.value_key))) is not None:
            found.setdefault(fact.id, mark)
    return found


def put_own(c: Connection, line_id: str, text: str, now_ms: int) -> None:
    c.execute(
        "INSERT INTO portrait_lines (id, text, at_ms) VALUES (?, ?, ?)", (line_id, text, now_ms)
    )


def put(
    c: Connection, fact: Stored, mark: Mark | None, text: str, hidden: bool, now_ms: int, id_: str
) -> None:
    """What the person made of a fact's line; nothing is kept where that is nothing.

    Args:
        mark: what they made of it before.
        id_: for a new row.
    """
    if mark is not None:
        remove(c, mark.id)
    if not text and not hidden:
        return
    c.execute(
        "INSERT OR REPLACE INTO portrait_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (id_, fact.id, *fact.topic, key_of(fact.value), text, int(hidden), now_ms),
    )


def change_own(c: Connection, line_id: str, text: str, hidden: bool) -> None:
    c.execute(
        "UPDATE portrait_lines SET text = ?, hidden = ? WHERE id = ?", (text, int(hidden), line_id)
    )


def remove(c: Connection, line_id: str) -> None:
    c.execute("DELETE FROM portrait_lines WHERE id = ?", (line_id,))


def take_in(c: Connection, lines: Sequence[Mapping[str, Any]]) -> int:
    """Rows of an archive: what is not here yet, and of facts that are here. Returns how many."""
    every = marks(c)
    ids, own = {mark.id for mark in every}, {mark.text for mark in every if not mark.fact_id}
    done = 0
    for line in lines:
        topic = (line["subject_key"], line["relation"], line["slot_key"])
        made = Mark(line["id"], line["fact"], topic, line["value_key"], line["text"],
                    bool(line["hidden"]), line["at"])  # fmt: skip
        if made.id in ids or (made.fact_id is None and made.text in own):
            continue
        known = facts.of_topic(c, topic)
        there = resolve([made], known)
        if made.fact_id is not None and (not there or there.keys() & resolve(every, known).keys()):
            continue
        fact_id = next(iter(there), None)
        c.execute(
            "INSERT INTO portrait_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (made.id, fact_id, *topic, made.value_key, made.text, int(made.hidden), made.at_ms),
        )
        done += 1
    return done


# -- answers it stood before


def keep_told(c: Connection, message_id: str, told: Sequence[Told]) -> None:
    """Note which facts the prompt of an answer held."""
    ids = [one.fact_id for one in told if one.fact_id]
    if ids:
        c.execute(
            "INSERT OR REPLACE INTO portrait_told VALUES (?, ?)", (message_id, json.dumps(ids))
        )


def told_to(c: Connection, message_ids: Sequence[str]) -> dict[str, set[str]]:
    """Memories of the facts that the prompts of these answers held, by message."""
    rows = c.execute(
        "SELECT t.message_id, f.memory_id FROM portrait_told t, json_each(t.facts) one"
        " JOIN facts f ON f.id = one.value WHERE f.memory_id IS NOT NULL"
        " AND t.message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(message_ids)),),
    )
    found: dict[str, set[str]] = {}
    for message_id, memory_id in rows:
        found.setdefault(message_id, set()).add(memory_id)
    return found


def retelling(c: Connection, inside: Collection[str]) -> set[str]:
    """Answers that repeat a line whose fact has no memory among these."""
    rows = c.execute(
        "SELECT m.id, m.text, f.memory_id, f.value FROM portrait_told t, json_each(t.facts) one"
        " JOIN messages m ON m.id = t.message_id JOIN facts f ON f.id = one.value"
    )
    return {row[0] for row in rows if row[2] not in inside and repeats(row[1], [row[3]])}


def repeats(answer: str, words: Iterable[str]) -> bool:
    """Whether an answer says one of these words again."""
    said = fold(answer)
    for word in {fold(word.strip()) for word in words}:
        if is_grouped(word) and word in said:
            return True
        if word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said):
            return True
    return False


def tells_of_gone(c: Connection, answer: str, told: Sequence[Told]) -> bool:
    """Whether an answer repeats a line whose fact is not there any more, nor another one that
    says the same."""
    there = "SELECT 1 FROM facts WHERE id = ? OR value = ? LIMIT 1"
    return any(
        repeats(answer, [one.value])
        for one in told
        if one.fact_id and c.execute(there, (one.fact_id, one.value)).fetchone() is None
    )


def answers_with(c: Connection, memory_ids: Sequence[str], named: Sequence[str]) -> list[str]:
    """Answers that repeat a line of the portrait which rests on what goes."""
    going = _facts_of(c, memory_ids) | set(named)
    if not going:
        return []
    changed = resolve(marks(c), [fact for id_ in going if (fact := facts.get(c, id_)) is not None])
    found = []
    for row in c.execute(
        "SELECT m.id, m.text, t.facts FROM portrait_told t JOIN messages m ON m.id = t.message_id"
    ):
        for fact_id in going.intersection(json.loads(row["facts"])):
            if repeats(row["text"], _words(c, fact_id, changed.get(fact_id))):
                found.append(row["id"])
                break
    return found


def _facts_of(c: Connection, memory_ids: Sequence[str]) -> set[str]:
    return {
        row[0]
        for id_ in memory_ids
        for row in c.execute(
            "SELECT fact_id FROM fact_statements WHERE memory_id = ? AND fact_id IS NOT NULL",
            (id_,),
        )
    }


def _words(c: Connection, fact_id: str, mark: Mark | None) -> list[str]:
    """What an answer would repeat of a fact: its value, or words the person wrote for it."""
    fact = facts.get(c, fact_id)
    said = [statement.value for _id, statement in facts.statements_of(c, fact_id)]
    return [
        *said,
        *([fact.value] if fact else []),
        *(content_words(mark.text) if mark and mark.text else []),
    ]


# -- forgetting


def topics_of(c: Connection, memory_ids: Sequence[str], named: Sequence[str]) -> set[Topic]:
    """Topics that something forgotten spoke of; ``named`` are facts."""
    queries = (
        ("SELECT subject_key, relation, slot_key FROM fact_statements WHERE memory_id = ?",
         memory_ids),
        ("SELECT subject_key, relation, slot_key FROM facts WHERE id = ?", named),
    )  # fmt: skip
    return {
        (row[0], row[1], row[2])
        for sql, ids in queries
        for id_ in ids
        for row in c.execute(sql, (id_,))
    }


def touched(c: Connection, topics: set[Topic]) -> list[str]:
    """Rows whose words go: those of these topics, and those whose fact is gone already."""
    there = _there(c)
    return [
        mark.id
        for mark in marks(c)
        if mark.fact_id is not None and (mark.topic in topics or mark.id not in there)
    ]


def written(c: Connection, since_ms: int | None, until_ms: int | None) -> list[str]:
    """Rows from a span of time; None leaves that end open."""
    return [
        mark.id
        for mark in marks(c)
        if (since_ms is None or mark.at_ms >= since_ms)
        and (until_ms is None or mark.at_ms < until_ms)
    ]


def with_words(c: Connection, holds: Callable[[str], bool]) -> list[str]:
    """Rows whose words hold something."""
    return [mark.id for mark in marks(c) if holds(mark.text) or holds(mark.value_key)]


def settle(c: Connection, line_ids: Sequence[str]) -> None:
    """After the facts were folded anew: of these rows only that a line is hidden stays, where
    its fact does."""
    there = _there(c)
    going = set(line_ids)
    for mark in marks(c):
        if mark.id not in going:
            continue
        fact = there.get(mark.id)
        if fact is None or not mark.hidden:
            remove(c, mark.id)
        else:
            put(c, fact, mark, "", True, mark.at_ms, mark.id)


def _there(c: Connection) -> dict[str, Stored]:
    """The facts of rows, by row."""
    every = marks(c)
    known = [fact for topic in {one.topic for one in every} for fact in facts.of_topic(c, topic)]
    by_id = {fact.id: fact for fact in known}
    return {mark.id: by_id[fact_id] for fact_id, mark in resolve(every, known).items()}


def _mark(row: Any) -> Mark:
    return Mark(
        id=row["id"],
        fact_id=row["fact_id"],
        topic=(row["subject_key"], row["relation"], row["slot_key"]),
        value_key=row["value_key"],
        text=row["text"],
        hidden=bool(row["hidden"]),
        at_ms=row["at_ms"],
    )
