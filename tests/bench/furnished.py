"""A large memory with everything that hangs on one: documents, chats with answers that cite,
versions, reviews, pins, summaries, facts; and words that stand nowhere else, to be looked for."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np

from memory.clock import DAY_MS, SystemClock
from memory.facts.statements import Mode, Statement
from memory.ingest import storing
from memory.paths import DataPaths, data_paths
from memory.protocol import MemoryKind, ReviewReason
from memory.store import chats, documents, facts, memories, reviews, sources
from memory.store.db import Connection, Database
from memory.store.rows import DocumentText, NewMemory, Review, SourceKind, SourceState, Strength
from tests.bench import large_memory

LETTERS = "bcdfghjklmnpqrtvwxz"  # no vowels: no word of any language, and no stem to cut off
PLANTED_CHATS = 200
PERSON = "Wzkrtq"


def memory(size: int, into: Path) -> DataPaths:
    """A furnished memory of ``size`` below ``into``.

    ``RECOLLECT_BENCH_HOMES`` names a folder where one that was made is kept for the next time.
    """
    kept = os.environ.get("RECOLLECT_BENCH_HOMES")
    paths = data_paths(into)
    store = Path(kept) / f"memory-{size}" if kept else None
    if store is not None and store.is_dir():
        shutil.copytree(store, into)
        return paths
    large_memory.build(paths, large_memory.gather, size)
    furnish(paths)
    if store is not None:
        shutil.copytree(into, store)
    return paths


def furnish(paths: DataPaths) -> None:
    clock = SystemClock()
    database = Database(paths, clock)
    rng = random.Random(7)
    now_ms = clock.now_ms()
    database.write(_documents)
    database.write(lambda c: _used(c, rng, now_ms))
    database.write(lambda c: _chats(c, rng, now_ms))
    database.optimize()
    database.close()


def plant(c: Connection, ids: list[str], rng: random.Random) -> list[str]:
    """A word of its own at the end of each of these memories, in its document too."""
    words = [f"Qzvx{''.join(rng.choices(LETTERS, k=12))}" for _ in ids]
    for id_, word in zip(ids, words, strict=True):
        c.execute(
            "UPDATE memories SET text = substr(text, 1, length(text) - 17) || ' ' || ?"
            " WHERE id = ?",
            (word, id_),
        )
        c.execute(
            "UPDATE documents SET text = substr(documents.text, 1, m.\"end\" - 17) || ' ' || ?1"
            ' || substr(documents.text, m."end" + 1) FROM memories m'
            " WHERE m.id = ?2 AND documents.source_id = m.source_id",
            (word, id_),
        )
    return words


def _documents(c: Connection) -> None:
    """The text of every source, as its memories one after the other, each a span of it."""
    for (source_id,) in c.execute("SELECT id FROM sources").fetchall():
        at, pieces = 0, []
        for row in c.execute(
            "SELECT rowid, text FROM memories WHERE source_id = ? ORDER BY position", (source_id,)
        ).fetchall():
            c.execute(
                'UPDATE memories SET start = ?, "end" = ? WHERE rowid = ?',
                (at, at + len(row["text"]), row["rowid"]),
            )
            pieces.append(row["text"])
            at += len(row["text"]) + 1
        documents.put(c, source_id, DocumentText("\n".join(pieces)))


def _used(c: Connection, rng: random.Random, now_ms: int) -> None:
    """Every tenth memory was reviewed, every hundredth edited, some pinned or marked, and of
    every fiftieth a fact was made."""
    rows = c.execute("SELECT id, text, stability_days, difficulty, reviewed_ms FROM memories")
    made, said = [], []
    for number, (id_, text, stability, difficulty, reviewed_ms) in enumerate(rows.fetchall()):
        if number % 10 == 0:
            before = Strength(stability, difficulty, reviewed_ms)
            after = Strength(stability * 2.1, difficulty * 0.9, now_ms - rng.randrange(DAY_MS))
            reviews.add(c, Review(id_, ReviewReason.CITED, after.reviewed_ms, before, after))
            memories.set_strength(c, id_, after)
        if number % 100 == 1:
            memories.edit(c, id_, pinned=True, importance=0.9, now_ms=now_ms)
            c.execute(
                "INSERT INTO memory_versions VALUES (?, 1, ?, 'edit', ?)", (id_, text, now_ms)
            )
            c.execute("UPDATE memories SET version = 2 WHERE id = ?", (id_,))
        if number % 500 == 2:
            memories.set_marked_wrong(c, id_, True)
        if number % 50 == 3:
            made.append((id_, text[:80]))
        if number % 100 == 3:
            who = f"Person {number}"
            said.append((id_, Statement(who, "likes", text[:40], Mode.IS, now_ms, 0.9, end=40)))
    source = sources.insert(
        c, kind=SourceKind.NOTE, title="summaries", state=SourceState.READY, now_ms=now_ms
    )
    new = [
        NewMemory(MemoryKind.SUMMARY, text, at, 0, len(text), provenance={"from": [id_]})
        for at, (id_, text) in enumerate(made)
    ]
    ids = memories.append(c, source, new, now_ms, storing.first_strength(now_ms))
    facts.refold(c, facts.add_statements(c, said, now_ms))
    ids += [row[0] for row in c.execute("SELECT memory_id FROM facts WHERE memory_id NOT NULL")]
    _with_vectors(c, ids)


def _chats(c: Connection, rng: random.Random, now_ms: int) -> None:
    ids = [row[0] for row in c.execute("SELECT id FROM memories ORDER BY random() LIMIT 4000")]
    for number in range(PLANTED_CHATS):
        chat = chats.create(c, f"chat {number}", now_ms)
        for turn in range(10):
            chats.add_message(c, chat.id, "person", f"question {turn} of {number}?", now_ms)
            answer = chats.add_message(c, chat.id, "assistant", "", now_ms, "streaming")
            cited = [_cited(n, id_) for n, id_ in enumerate(rng.sample(ids, 2), 1)]
            chats.finish_message(
                c, answer, text="It was so [1], and so [2].", state="complete",
                citations_json=json.dumps(cited), model=None, problem_json=None,
            )  # fmt: skip


def _cited(n: int, memory_id: str) -> dict[str, object]:
    return {
        "n": n, "memory": memory_id, "source": "s", "source_id": "s", "source_title": "s",
        "source_kind": "file", "start": 0, "end": 5, "quote": "as it stands", "quote_start": 0,
        "quote_end": 5,
    }  # fmt: skip


def _with_vectors(c: Connection, ids: list[str]) -> None:
    """Vectors of their own for memories made here, as the embedder would have stored them."""
    rng = np.random.default_rng(1)
    for id_ in ids:
        vector = rng.normal(size=384)
        c.execute(
            "INSERT INTO embeddings (memory, model, vector)"
            " SELECT rowid, 'all-MiniLM-L6-v2/int8-1', ? FROM memories WHERE id = ?",
            ((vector / np.linalg.norm(vector)).astype("<f2").tobytes(), id_),
        )
    c.execute("DELETE FROM outbox")
