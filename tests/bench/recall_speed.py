"""Speed of recall and of forgetting: 10,000 and 100,000 memories, every question new."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.client import Client
from memory.clock import SystemClock
from memory.index import Index
from memory.ingest import storing
from memory.ingest.sentences import sentences
from memory.paths import DataPaths, data_paths
from memory.protocol import ForgetRequest, MemoryKind, RecallRequest, SourceKind, SourceState
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.embeddings import pack
from memory.store.rows import NewMemory
from models.embedder import load_embedder
from tests.bench import data

SIZES = (10_000, 100_000)
QUESTIONS = 400
WARM_UP = 20
FORGOTTEN = 3


@dataclass
class Material:
    """Sentences of real texts with their vectors, those of chats with their tokens' too, and
    real questions."""

    chat: list[str]
    prose: list[str]
    chat_vectors: NDArray[np.float32]
    chat_tokens: list[bytes]
    prose_vectors: NDArray[np.float32]
    questions: list[str]


def run() -> None:
    """Build each memory once in a temporary folder, start the daemon on it, ask, forget."""
    material = gather()
    print(
        f"{'memories':>9} {'median ms':>10} {'95 % ms':>8} {'slowest':>8} {'daemon MB':>10}"
        "   forgetting one, s"
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
            inside = Path(folder) / "data"  # the daemon's stderr goes beside it
            build(data_paths(inside), material, size)
            times, megabytes, forgotten = _through_the_daemon(inside, material.questions)
            p95 = times[int(0.95 * len(times))]
            print(
                f"{size:9} {statistics.median(times):10.1f} {p95:8.1f} {times[-1]:8.1f}"
                f" {megabytes:10.0f}   {', '.join(f'{seconds:.1f}' for seconds in forgotten)}"
            )


def _through_the_daemon(
    folder: Path, questions: list[str]
) -> tuple[list[float], float, list[float]]:
    """Milliseconds of each question as its asker feels them, sorted; resident megabytes after
    them; seconds until one memory was forgotten, each time it was tried."""
    import psutil

    from tests.daemon_fixture import running_daemon

    with running_daemon(folder) as daemon:
        client = daemon.client
        until = time.monotonic() + 600
        while client.status().index != "ready" and time.monotonic() < until:
            time.sleep(0.2)
        times = []
        for number, question in enumerate(questions):
            start = time.perf_counter()
            reply = client.recall(RecallRequest(question=question, limit=10))
            if number >= WARM_UP:
                times.append((time.perf_counter() - start) * 1000)
            if reply.problems:
                raise RuntimeError(reply.problems[0].message)
        used = psutil.Process(client.health().pid).memory_info().rss / 1e6
        forgotten = [_forget_one(client, question) for question in questions[:FORGOTTEN]]
    return sorted(times), used, forgotten


def _forget_one(client: Client, question: str) -> float:
    """Seconds until the best memory for a question is gone from every file (see
    ``memory.forgetting`` for the one exception, the numbers in a large index)."""
    best = client.recall(RecallRequest(question=question, limit=1)).hits[0].memory
    begun = time.perf_counter()
    reply = client.forget(ForgetRequest(memories=[best]))
    seconds = time.perf_counter() - begun
    if reply.memories != 1:
        raise RuntimeError(f"{reply.memories} memories were forgotten, not one")
    return seconds


# -- building a large memory in minutes


def gather() -> Material:
    """Read the public texts and embed their sentences with the real embedder."""
    chat: list[str] = []
    asked: list[str] = []
    for path in sorted(data.folder("locomo-dev").iterdir()):
        for turn in data.turns(path):
            chat += _sentences(turn["text"])
        asked += [one.question for one in data.questions(path)]
    prose: list[str] = []
    for name in ("multihop-dev/musique", "multihop-dev/hotpotqa", "xquad-en"):
        path = data.folder(name)
        for passage in data.passages(path):
            prose += _sentences(passage.text)
        asked += [one.question for one in data.questions(path)]
    embedder = load_embedder(threads=2)
    chat_vectors, told = embedder.embed_with_tokens(chat)
    tokens = [b"" if one is None else one.tobytes() for one in told]
    prose_vectors = embedder.embed(prose)
    embedder.close()
    rng = random.Random(1)
    rng.shuffle(asked)
    return Material(chat, prose, chat_vectors, tokens, prose_vectors, asked[: QUESTIONS + WARM_UP])


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def build(paths: DataPaths, material: Material, size: int) -> None:
    """A data folder with ``size`` memories: half chats, half files, sentences put together anew.

    A memory's vector is the mean of its sentences' own, and a turn has the tokens of all of
    them; that saves an hour of embedding and keeps the index as hard to search as a real one.
    """
    paths.create()
    clock = SystemClock()
    database = Database(paths, clock)
    rng = random.Random(size)
    made = 0
    while made < size:
        batch = list(_sources(material, rng, min(5_000, size - made)))
        made += database.write(lambda c, batch=batch: _store(c, batch, clock.now_ms()))  # type: ignore[misc]
    index = Index(database, paths, clock, lambda: load_embedder(threads=1))
    index.start()
    if not index.settled(900):
        raise RuntimeError("the index did not settle")
    index.rebuild()
    index.stop()
    database.optimize()
    database.close()


Made = tuple[str, NDArray[np.float32], bytes | None]


def _sources(
    material: Material, rng: random.Random, count: int
) -> Iterator[tuple[bool, list[Made]]]:
    while count > 0:
        is_chat = rng.random() < 0.5
        length = min(rng.randint(10, 60), count)
        yield is_chat, [_memory(material, rng, is_chat) for _ in range(length)]
        count -= length


def _memory(material: Material, rng: random.Random, is_chat: bool) -> Made:
    texts, vectors = (
        (material.chat, material.chat_vectors)
        if is_chat
        else (material.prose, material.prose_vectors)
    )
    picked = [
        rng.randrange(len(texts))
        for _ in range(rng.randint(1, 3) if is_chat else rng.randint(2, 6))
    ]
    vector = vectors[picked].mean(axis=0)
    tokens = b"".join(material.chat_tokens[at] for at in picked) if is_chat else b""
    return " ".join(texts[at] for at in picked), vector / np.linalg.norm(vector), tokens or None


def _store(c: Connection, batch: list[tuple[bool, list[Made]]], now_ms: int) -> int:
    stored = 0
    for number, (is_chat, made) in enumerate(batch):
        name = f"{now_ms}-{number}"
        source_id = sources.insert(
            c, kind=SourceKind.CONVERSATION if is_chat else SourceKind.FILE, title=name,
            location=f"/bench/{name}", state=SourceState.READY, now_ms=now_ms,
        )  # fmt: skip
        new = [_new(text, position, is_chat) for position, (text, *_) in enumerate(made)]
        ids = memories.append(c, source_id, new, now_ms, storing.first_strength(now_ms))
        c.executemany(
            "INSERT INTO embeddings (memory, model, vector, tokens)"
            " SELECT rowid, ?2, ?3, ?4 FROM memories WHERE id = ?1",
            [
                (id_, "all-MiniLM-L6-v2/int8-1", pack(vector), tokens)
                for id_, (_text, vector, tokens) in zip(ids, made, strict=True)
            ],
        )
        stored += len(ids)
    c.execute("DELETE FROM outbox")
    return stored


def _new(text: str, position: int, is_chat: bool) -> NewMemory:
    return NewMemory(
        MemoryKind.TURN if is_chat else MemoryKind.PASSAGE, text, position, 0, len(text),
        ref=str(position) if is_chat else None,
        speaker=("Ann", "Bob")[position % 2] if is_chat else None,
    )  # fmt: skip
