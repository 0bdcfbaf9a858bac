"""A deterministic stand-in for the embedder, and a small store, for tests of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from memory import decay
from memory.protocol import MemoryKind
from memory.store import memories
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory, Strength

NOW = 1_772_366_400_000  # 2026-03-01 12:00 UTC


class WordEmbedder:
    """Sums one fixed random direction per word: shared words make texts alike."""

    model_id = "words-1"
    dimension = 64

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.closed = False

    def embed(
        self, texts: Sequence[str], between: Callable[[], bool] | None = None
    ) -> NDArray[np.float32]:
        for start in range(0, len(texts), 8):
            if between is not None:
                between()
            self.texts += texts[start : start + 8]
        rows = [sum((_direction(w) for w in t.lower().split()), np.zeros(64)) for t in texts]
        matrix = np.array(rows, np.float32) + 1e-6
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

    def close(self) -> None:
        self.closed = True


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=64)


def first(memory: NewMemory) -> Strength:
    return decay.initial(memory.kind, memory.importance, memory.role, NOW)


def passages(*texts: str, heading: str | None = None) -> list[NewMemory]:
    made, at = [], 0
    for position, text in enumerate(texts):
        made.append(
            NewMemory(MemoryKind.PASSAGE, text, position, at, at + len(text), heading=heading)
        )
        at += len(text) + 1
    return made


def add_source(
    c: Connection,
    source_id: str,
    *,
    kind: str = "file",
    state: str = "indexing",
    location: str | None = None,
    parent: str | None = None,
    folder: str | None = None,
) -> None:
    c.execute(
        "INSERT INTO sources (id, kind, title, location, state, parent_id, folder_id, added_ms,"
        " updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (source_id, kind, source_id, location or f"/{source_id}", state, parent, folder, NOW, NOW),
    )


def remember(database: Database, source_id: str, *texts: str) -> list[str]:
    """A source with these passages, its document text included; returns the memory ids."""

    def work(c: Connection) -> list[str]:
        add_source(c, source_id)
        c.execute(
            "INSERT INTO documents (source_id, text) VALUES (?, ?)", (source_id, "\n".join(texts))
        )
        return memories.replace_source(c, source_id, passages(*texts), NOW, first).added

    return database.write(work)
