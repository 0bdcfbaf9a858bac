"""Topics and links in a large memory: what one chat and one note cost, at growing sizes."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from memory.clock import SystemClock
from memory.index import Index
from memory.note_linking import NoteLinking
from memory.paths import data_paths
from memory.settings import Settings
from memory.store.db import Connection, Database
from memory.topic_making import TopicMaking
from models.embedder import load_embedder
from tests.bench import large_memory

SIZES = tuple(
    int(size) for size in os.environ.get("RECOLLECT_BENCH_SIZE", "10000,100000").split(",")
)
NOTED = 400
"""Turns, spread over the whole memory, that are told to have facts; all of the rest have none."""
WINDOWS = 60


def run() -> None:
    """Real texts and vectors, a real index; the work of the thread ``notes`` on this one."""
    kept = os.environ.get("RECOLLECT_BENCH_KEPT")
    material = large_memory.gather(Path(kept) / "material.npz" if kept else None)
    print(f"{'memories':>9}  {'a window of 80 turns':>21}  {'topics':>7}  {'a note':>8}"
          f"  {'95 %':>8}  {'links':>6}")  # fmt: skip
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
            _measure(Path(folder) / "data", material, size)


def _measure(folder: Path, material: large_memory.Material, size: int) -> None:
    paths = data_paths(folder)
    large_memory.build(paths, lambda: material, size)
    clock = SystemClock()
    database = Database(paths, clock)
    index = Index(database, paths, clock, lambda: load_embedder(threads=1))
    index.start()
    if not index.settled(900):
        raise RuntimeError("the index did not settle")
    making = TopicMaking(database, clock, Settings, lambda: index.model)
    windows, topics = _windows(making)
    linking = NoteLinking(database, clock, index)
    database.write(_queue)
    notes = _notes(linking)
    with database.read() as c:
        links = c.execute("SELECT count(*) FROM memory_links").fetchone()[0]
    worst = sorted(notes)[int(0.95 * len(notes))]
    print(
        f"{size:>9,}  {statistics.median(windows):>18.1f} ms  {topics:>7,}"
        f"  {statistics.median(notes):>5.1f} ms  {worst:>5.1f} ms  {links:>6,}"
    )
    linking.close()
    index.stop()
    database.close()


def _windows(making: TopicMaking) -> tuple[list[float], int]:
    times, made = [], 0
    while len(times) < WINDOWS:
        began = time.perf_counter()
        step = making.step(True)
        if step is None:
            break
        times.append((time.perf_counter() - began) * 1000)
        made += step
    return times, made


def _notes(linking: NoteLinking) -> list[float]:
    """Milliseconds a memory."""
    times = []
    while True:
        began = time.perf_counter()
        done = linking.step(False)
        if done is None:
            return times
        times += [(time.perf_counter() - began) * 1000 / done] * done


def _queue(c: Connection) -> None:
    """Some turns are to be looked at, as those are that a fact rests on, and the topics made."""
    rows = c.execute("SELECT id FROM memories WHERE kind = 'turn' AND length(text) > 60")
    chosen = random.Random(7).sample([row[0] for row in rows], NOTED)
    c.executemany("INSERT OR IGNORE INTO note_queue VALUES (?, 'new')", [(id_,) for id_ in chosen])
