"""Looks into a Chroma folder from a child process before the daemon opens it.

A damaged index can end the process that opens it with a segmentation fault (public reports:
chroma-core/chroma#2594, MemPalace/mempalace#1092). So the first to open a folder that was not
closed properly is a child that may die; the parent reads its verdict from a pipe.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

PROBE_SECONDS = 180.0
_LIKE = 0.999


@dataclass(frozen=True, slots=True)
class Sample:
    """A vector as SQLite knows it, to compare with what the index holds."""

    id: str
    vector: NDArray[np.float32]


def probe(
    folder: str,
    collection: str,
    samples: Sequence[Sample],
    timeout_s: float = PROBE_SECONDS,
    stopping: Callable[[], bool] = lambda: False,
) -> str | None:
    """Open, read and query the folder in a child; None if sound, else what is wrong with it.

    ``stopping`` ends the wait early, so that a look into a large index does not hold up the
    end of the daemon; the folder then counts as sound, and is looked at again next time.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(
        target=_look, args=(folder, collection, list(samples), theirs), name="chroma-probe"
    )
    child.start()
    theirs.close()
    try:
        until = time.monotonic() + timeout_s
        while not ours.poll(0.1):
            if stopping():
                return None
            if time.monotonic() > until:
                return "opening it took too long"
        verdict: str = ours.recv()
        return verdict or None
    except EOFError:
        child.join(10)
        return f"opening it ended the process (exit code {child.exitcode})"
    finally:
        ours.close()
        if not stopping():
            child.join(5)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _look(folder: str, collection: str, samples: list[Sample], answer: Connection) -> None:
    try:
        verdict = _verdict(folder, collection, samples)
    except BaseException as error:  # Chroma's native part panics with a BaseException
        verdict = f"{type(error).__name__}: {error}"[:500]
    answer.send(verdict)
    answer.close()


def _verdict(folder: str, collection: str, samples: list[Sample]) -> str:
    from memory.vectors import open_local

    client = open_local(folder)
    try:
        if not client.list_collections():
            return ""  # the first start was cut off before there was one
        found = client.get_collection(collection, embedding_function=None)
        count = found.count()
        if count == 0:
            return ""
        known = found.get(ids=[s.id for s in samples], include=["embeddings"])
        stored = dict(zip(known["ids"], np.asarray(known["embeddings"]), strict=True))
        for sample in samples:
            vector = stored.get(sample.id)
            if vector is not None and not _alike(vector, sample.vector):
                return "it holds other values than the database"
        some = [s for s in samples if s.id in stored][:16]
        for sample in some:
            hits = found.query(
                query_embeddings=[sample.vector], n_results=min(count, 50), include=["distances"]
            )
            if len(hits["ids"][0]) < min(count, 50):
                return "it lost entries"
            if hits["distances"][0][0] > 1 - _LIKE:
                return "it does not find what it holds"
        return ""
    finally:
        client.close()


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return norm > 0 and float(one @ other) / norm >= _LIKE
