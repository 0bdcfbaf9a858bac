"""A night over a large memory: folding and the diary, and questions asked in the middle of it.

``RECOLLECT_BENCH_CONSOLIDATE_SIZE`` names another number of memories than 100,000;
``RECOLLECT_BENCH_CONSOLIDATE_DIR`` a folder in which the built memory stays and is used again.
Copies, near copies and traps (another number, name or negation) are planted, so that what is
folded can be counted. No language model takes part.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from memory.activity import Activity
from memory.backups import Backups
from memory.clock import SystemClock
from memory.diary.diary import Diary
from memory.events import Events
from memory.index import Index
from memory.ingest import storing
from memory.nightly import Nightly
from memory.paths import DataPaths, data_paths
from memory.protocol import DiaryZoom, MemoryKind, RecallRequest, SourceKind, SourceState
from memory.recall.duplicates import LEAST_WORDS
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from memory.understand import words_of
from models.embedder import load_embedder
from tests.bench import large_memory

SIZE = 100_000
_PLANTED_SHARE = 0.02
_LONG = 24  # words from which one more is a near copy, with room for chance
_PAUSE_S = (0.3, 1.2)
_QUIET = 40
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")


@dataclass
class _Planted:
    """Ids of what was planted, with the id of what it was made from."""

    copies: dict[str, str] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)
    traps: dict[str, str] = field(default_factory=dict)


@dataclass
class _Asked:
    """Times in ms: of the answer, and until the night stepped aside or the answer was there."""

    answers: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)


def run() -> None:
    """Build, plant, ask while all is quiet, then run the night and ask in the middle of it."""
    size = int(os.environ.get("RECOLLECT_BENCH_CONSOLIDATE_SIZE", SIZE))
    with _folder(size) as folder:
        built = folder / "built"
        if not (folder / "done").exists():
            kept = folder.parent / "material.npz" if _kept() else None
            large_memory.build(
                data_paths(built), lambda: large_memory.gather(kept), size, varied=True
            )
            (folder / "done").touch()
        with tempfile.TemporaryDirectory(prefix="recollect-bench-", dir=folder) as copy:
            shutil.copytree(built, Path(copy) / "data")
            _night(data_paths(Path(copy) / "data"), size)


def _kept() -> str:
    return os.environ.get("RECOLLECT_BENCH_CONSOLIDATE_DIR", "")


@contextlib.contextmanager
def _folder(size: int) -> Iterator[Path]:
    if _kept():
        folder = Path(_kept()) / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as made:
        yield Path(made)


def _night(paths: DataPaths, size: int) -> None:
    clock = SystemClock()
    database = Database(paths, clock)
    planted, questions = database.write(lambda c: _plant(c, random.Random(size), clock.now_ms()))
    embedder = load_embedder(threads=1)
    index = Index(database, paths, clock, lambda: embedder)
    index.start()
    index.settled(3600)
    recall = Recall(database, index, clock, Settings)
    activity = Activity()
    asking = _Asking(recall, activity, questions)
    quiet = [asking.ask() for _ in range(_QUIET)][_QUIET // 2 :]
    nightly = Nightly(
        database, index, Backups(database, paths, clock), clock, Settings, Events(), UTC,
        busy=asking.looked,
    )  # fmt: skip
    asking.start()
    began = time.perf_counter()
    counts = nightly.run().counts
    took_s = time.perf_counter() - began
    asked = asking.stop()
    print(f"\n{size:,} memories and {len(planted.copies) * 3:,} planted: a night in {took_s:.1f} s")
    print(f"  counts: {counts}")
    _tell("questions before", quiet)
    _tell("questions meanwhile", asked.answers)
    _tell("until one got its turn", asked.turns)
    _tell_folds(database, planted)
    _tell_again(nightly, database, clock)
    recall.close()
    index.stop()
    database.close()


# -- what is planted


def _plant(c: Connection, dice: random.Random, now_ms: int) -> tuple[_Planted, list[str]]:
    """Copies, near copies and traps of memories that are long enough."""
    rows = c.execute("SELECT id, kind, text, speaker, happened_ms FROM memories").fetchall()
    long = [row for row in rows if len(words_of(row["text"])) >= _LONG]
    count = max(1, int(_PLANTED_SHARE * len(rows)))
    picked = dice.sample(long, min(3 * count, len(long) - len(long) % 3))
    count = len(picked) // 3
    planted = _Planted()
    source = sources.insert(
        c, kind=SourceKind.NOTE, title="planted", state=SourceState.READY, now_ms=now_ms
    )
    for place, (kept, change) in enumerate(
        ((planted.copies, str), (planted.near, _nearly), (planted.traps, _other))
    ):
        part = picked[place * count : (place + 1) * count]
        new = [
            NewMemory(
                MemoryKind(row["kind"]), change(row["text"]), number, 0, len(row["text"]),
                speaker=row["speaker"], happened_ms=row["happened_ms"],
            )
            for number, row in enumerate(part, place * count)
        ]  # fmt: skip
        ids = memories.append(c, source, new, now_ms, storing.first_strength(now_ms))
        kept |= {id_: row["id"] for id_, row in zip(ids, part, strict=True)}
    c.execute("DELETE FROM outbox")
    asked = [" ".join(row["text"].split()[:LEAST_WORDS]) for row in dice.sample(rows, 400)]
    return planted, asked


def _nearly(text: str) -> str:
    """The same with a small word more."""
    words = text.split(" ")
    words.insert(len(words) // 2, "really")
    return " ".join(words)


def _other(text: str) -> str:
    """Another thing in nearly the same words."""
    if match := re.search(r"\d+", text):
        return text[: match.start()] + str(int(match.group()) + 1) + text[match.end() :]
    if (match := _CAPITAL.search(text, 1)) is not None:
        return text[: match.start()] + "Xaver" + text[match.end() :]
    words = text.split(" ")
    words.insert(len(words) // 2, "not")
    return " ".join(words)


# -- asking meanwhile


class _Asking:
    """Asks from a thread of its own; the night's looks at it tell when it stepped aside."""

    def __init__(self, recall: Recall, activity: Activity, questions: list[str]) -> None:
        self._recall = recall
        self._activity = activity
        self._questions = iter(questions * 50)
        self._stopping = threading.Event()
        self._asked_at = 0.0
        self._seen_at = 0.0
        self._looking = False
        self._found = _Asked()
        self._thread = threading.Thread(target=self._run, name="asking")

    def looked(self) -> bool:
        """Whether somebody is served; called by the night between two pieces of work."""
        self._looking = True
        asking = self._activity.asking()
        if asking and not self._seen_at:
            self._seen_at = time.perf_counter()
        return asking

    def ask(self) -> float:
        """Milliseconds of one question."""
        self._seen_at = 0.0
        self._asked_at = time.perf_counter()
        with self._activity.question():
            self._recall.recall(RecallRequest(question=next(self._questions), limit=10))
        return (time.perf_counter() - self._asked_at) * 1000

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> _Asked:
        self._stopping.set()
        self._thread.join()
        return self._found

    def _run(self) -> None:
        dice = random.Random(7)
        while not self._stopping.wait(dice.uniform(*_PAUSE_S)):
            self._looking = False
            time.sleep(0.02)
            if not self._looking:
                continue  # a step that is one call of SQLite's: not what is measured here
            took_ms = self.ask()
            seen_ms = (self._seen_at - self._asked_at) * 1000 if self._seen_at else took_ms
            self._found.answers.append(took_ms)
            self._found.turns.append(min(seen_ms, took_ms))


# -- telling


def _tell(name: str, times: list[float]) -> None:
    if not times:
        print(f"  {name:24} none")
        return
    ordered = sorted(times)
    print(
        f"  {name:24} {len(times):4}  median {statistics.median(times):6.1f}"
        f"  95 % {ordered[int(0.95 * (len(times) - 1))]:6.1f}  slowest {ordered[-1]:6.1f} ms"
    )


def _tell_folds(database: Database, planted: _Planted) -> None:
    with database.read() as c:
        rows = c.execute(
            "SELECT m.id, s.id FROM folds f JOIN memories m ON m.rowid = f.member"
            " JOIN memories s ON s.rowid = f.shown"
        )
        root = {row[0]: row[1] for row in rows}
    for name, pairs in (("copies", planted.copies), ("near copies", planted.near),
                        ("traps", planted.traps)):  # fmt: skip
        folded = sum(root.get(a, a) == root.get(b, b) for a, b in pairs.items())
        print(f"  {name:12} folded {folded:,} of {len(pairs):,}")


def _tell_again(nightly: Nightly, database: Database, clock: SystemClock) -> None:
    began = time.perf_counter()
    counts = nightly.run().counts
    print(f"  the next night, nothing new: {time.perf_counter() - began:.1f} s; {counts}")
    diary = Diary(database, clock, zone=UTC)
    for zoom in DiaryZoom:
        began = time.perf_counter()
        found = diary.page(zoom, None, 30)
        took_ms = (time.perf_counter() - began) * 1000
        print(f"  a page of {zoom.value}s: {len(found.entries)} in {took_ms:.0f} ms")
