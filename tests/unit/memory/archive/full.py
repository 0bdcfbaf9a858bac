"""A small memory with something in every table an archive holds, and ways to look at it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from memory.archive import layout
from memory.archive.layout import Part
from memory.clock import DAY_MS
from memory.facts.fold import State
from memory.facts.statements import Mode, Moment, Statement, Verdict
from memory.protocol import MemoryKind, ReviewReason, SourceKind, SourceState
from memory.store import chats, documents, facts, folders, memories, portrait, reviews, sources
from memory.store.archive_rows import Selection
from memory.store.db import Connection, Database
from memory.store.embeddings import pack
from memory.store.ids import new_id
from memory.store.rows import DocumentText, NewMemory, PageSpan, Review, Strength
from tests.unit.memory.standin import NOW, first

MODEL = "words-1"
WORDS = [
    "a lease with a “deposit”",
    "Straße nach Zürich",
    "昨日、東京で",
    "\u2028 lines \U0001f6b2",
]


def fill(database: Database, name: str = "lease") -> list[str]:
    """Returns the ids of the passages."""
    return database.write(lambda c: _fill(c, name))


def _fill(c: Connection, name: str) -> list[str]:
    folder = folders.add(c, f"/papers/{name}", ["*.tmp"], NOW)
    file = sources.insert(
        c, kind=SourceKind.FILE, title=f"{name}.pdf", location=f"/papers/{name}/{name}.pdf",
        format="pdf", state=SourceState.READY, content_hash="ab" * 32, modified_ms=NOW - 5,
        folder_id=folder, now_ms=NOW,
    )  # fmt: skip
    text = "\n".join(f"{name} {words}" for words in WORDS)
    documents.put(c, file, DocumentText(text, (PageSpan(1, 0, 9),), "markdown"))
    new, at = [], 0
    for position, words in enumerate(f"{name} {words}" for words in WORDS):
        new.append(NewMemory(MemoryKind.PASSAGE, words, position, at, at + len(words), page=1,
                             heading="One › Two", happened_ms=-5_000_000_123))  # fmt: skip
        at += len(words) + 1
    ids = memories.append(c, file, new, NOW, first)
    memories.edit(c, ids[0], text="edited by hand", pinned=True, importance=0.75, now_ms=NOW + 1)
    memories.set_marked_wrong(c, ids[1], True)
    after = Strength(12.000000000000123, 4.25, NOW + 7)
    before = memories.get(c, ids[2]).strength
    reviews.add(c, Review(ids[2], ReviewReason.CITED, NOW + 7, before, after))
    memories.set_strength(c, ids[2], after)
    c.execute("INSERT INTO forgotten VALUES (?, ?)", (file, b"0123456789abcdef"))
    talk = sources.insert(
        c, kind=SourceKind.CONVERSATION, title="a talk", location=f"talk of {name}",
        state=SourceState.READY, parent_id=file, now_ms=NOW,
    )  # fmt: skip
    turns = [NewMemory(MemoryKind.TURN, f"{name} turn {n}", n, n, n + 1, ref=f"t{n}",
                       speaker="Ann", role="other") for n in range(3)]  # fmt: skip
    documents.put(c, talk, DocumentText("the talk"))
    told = memories.append(c, talk, turns, NOW, first)
    _facts(c, f"Ann of {name}", told)
    summary = sources.insert(
        c, kind=SourceKind.NOTE, title=f"summary of {name}", state=SourceState.READY, now_ms=NOW,
        scope="work",
    )  # fmt: skip
    made = NewMemory(MemoryKind.SUMMARY, f"{name} costs", 0, 0, 5, provenance={"from": ids[:2]})
    memories.append(c, summary, [made], NOW, first)
    chat = chats.create(c, f"about {name}", NOW, "work", ["home", "work"])
    chats.ensure_source(c, chat, NOW)
    asked = chats.add_message(c, chat.id, "person", "what does it cost?", NOW)
    said = NewMemory(MemoryKind.TURN, "what does it cost?", 0, 0, 18, ref=asked, speaker="You",
                     provenance={"chat": chat.id})  # fmt: skip
    documents.put(c, chat.id, DocumentText("what does it cost?"))
    memories.append(c, chat.id, [said], NOW, first)
    answer = chats.add_message(c, chat.id, "assistant", "", NOW + 1, "streaming")
    chats.finish_message(
        c, answer, text="That much [1].", state="complete",
        citations_json=json.dumps([citation(ids[0], file)]), model="Tiny", problem_json=None,
    )  # fmt: skip
    _vectors(c)
    return ids


def _facts(c: Connection, who: str, turns: list[str]) -> None:
    """One that ended with the next one, and one the person has had their word on."""
    moved = Moment(NOW - 10 * DAY_MS, 1)
    said = [
        (turns[0], Statement(who, "lives_in", "Berlin", Mode.IS, NOW - 20 * DAY_MS, 0.9, end=4)),
        (turns[1], Statement(who, "lives_in", "Lyon", Mode.IS, NOW, 0.9, begins=moved, end=4)),
        (turns[1], Statement(who, "birthday", "3 May", Mode.IS, NOW, 0.4, end=4)),
    ]  # fmt: skip
    facts.refold(c, facts.add_statements(c, said, NOW))
    (doubtful,) = facts.listing(c, states=[State.DOUBTFUL], subject=who)[0]
    facts.decide(c, doubtful.id, Verdict.REJECTED)
    facts.refold(c, [doubtful.topic])
    (lyon,) = facts.listing(c, states=[State.CURRENT], subject=who)[0]
    portrait.put(c, lyon, None, f"Lyon, says {who}", True, NOW, new_id(NOW))
    portrait.put_own(c, new_id(NOW), f"call me a friend of {who}", NOW)


def citation(memory: str, source: str) -> dict[str, Any]:
    return {
        "n": 1, "memory": memory, "source": "s", "source_id": source, "source_title": "s",
        "source_kind": "file", "ref": None, "page": 1, "start": 0, "end": 5, "quote": "as is",
        "quote_start": 0, "quote_end": 5, "happened_at": None, "strength": 0.5,
    }  # fmt: skip


def _vectors(c: Connection) -> None:
    rng = np.random.default_rng(5)
    for (rowid,) in c.execute("SELECT rowid FROM memories").fetchall():
        vector = rng.normal(size=64).astype(np.float32)
        c.execute(
            "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?, ?)",
            (rowid, MODEL, pack(vector / np.linalg.norm(vector)), bytes(96) if rowid % 2 else None),
        )
    c.execute("DELETE FROM outbox")


def rows(database: Database, part: Part) -> list[tuple[Any, ...]]:
    """What stands in the table of a part, JSON by its meaning, in an order of its own."""
    with database.read() as c:
        found = [_plain(part, row) for row in Selection(c, None).rows(part)]
    return sorted(found, key=repr)


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All parts but the folders, which are information only."""
    return {part.name: rows(database, part) for part in layout.PARTS if part is not layout.FOLDERS}


def _plain(part: Part, row: tuple[Any, ...]) -> tuple[Any, ...]:
    json_columns = {"problem", "pages", "provenance", "citations", "scopes", "ignore"}
    return tuple(
        json.dumps(json.loads(value), sort_keys=True)
        if field.column in json_columns and value is not None
        else None
        if field.column == "folder_id"  # nothing is followed on the other side
        else value
        for field, value in zip(part.fields, row, strict=True)
    )
