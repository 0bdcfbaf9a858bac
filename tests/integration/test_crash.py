"""Kill -9 while files are being read: nothing acknowledged is lost, nothing is stored twice,
SQLite is sound, and the meaning index agrees with it after the restart."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.client import Client, DaemonError
from memory.paths import DataPaths
from memory.protocol import JobAction, JobState, RecallRequest, SourceKind, SourceState
from memory.store import functions
from memory.vectors import Vectors, current_folder
from tests.daemon_fixture import RunningDaemon
from tests.patience import LONG_S

STUCK_S = LONG_S


def _paper(path: Path, number: int, paragraphs: int) -> Path:
    """A text of its own words; every paragraph is unlike every other."""
    rng = random.Random(number)
    lines = [
        f"Paper {number} part {part}: "
        + " ".join(f"{rng.choice(_WORDS)}{rng.randint(1, 999)}" for _ in range(60))
        + "."
        for part in range(paragraphs)
    ]
    path.write_text("\n\n".join(lines), "utf-8")
    return path


_WORDS = ("lamp", "river", "stone", "letter", "garden", "winter", "bread", "window", "train")


def _talk(path: Path, number: int, turns: int) -> Path:
    lines = [
        {
            "conversation": f"talk {number}",
            "id": f"{number}-{turn}",
            "time": f"2025-01-01T10:{turn % 60:02}:00Z",
            "speaker": "Ann" if turn % 2 else "Ben",
            "text": f"In talk {number} this is turn {turn} about the {_WORDS[turn % 9]}.",
        }
        for turn in range(turns)
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return path


class Crashes:
    """Adds, kills, starts again; remembers what was acknowledged."""

    def __init__(self, daemon: RunningDaemon, folder: Path, seed: int):
        self.daemon = daemon
        self.folder = folder
        self.random = random.Random(seed)
        self.acknowledged: dict[str, int] = {}  # path -> least number of memories
        self.made = 0

    def round(self) -> None:
        """Start, add while it reads what is left of before, die at a random moment."""
        client = self.daemon.start()
        adding = threading.Thread(target=self._add_until_dead, args=(client,))
        adding.start()
        time.sleep(self.random.uniform(0.0, 1.2))
        self.daemon.process.kill()
        adding.join(LONG_S)
        assert not adding.is_alive()
        self.daemon.kill()

    def _add_until_dead(self, client: Client) -> None:
        try:
            for _ in range(3):
                made = self._make()
                if self.random.random() < 0.3:
                    folder = self.folder / f"folder-{self.made}"
                    folder.mkdir()
                    for path in list(made):
                        made[str(Path(path).rename(folder / Path(path).name))] = made.pop(path)
                    reply = client.add([str(folder)])
                else:
                    reply = client.add(list(made))
                assert reply.refused == []
                self.acknowledged.update(made)
                time.sleep(self.random.uniform(0, 0.2))
        except DaemonError:
            return  # died under way: that add was not acknowledged

    def _make(self) -> dict[str, int]:
        made: dict[str, int] = {}
        for _ in range(self.random.randint(1, 6)):
            self.made += 1
            if self.random.random() < 0.2:
                made[str(_talk(self.folder / f"{self.made}.jsonl", self.made, 30))] = 30
            else:
                size = self.random.choice((1, 3, 10, 60))
                made[str(_paper(self.folder / f"{self.made}.txt", self.made, size))] = size
        return made

    def finish(self) -> Client:
        """A last start, in peace, until everything is ready."""
        client = self.daemon.start()
        before: tuple[int, ...] = ()
        end = 0.0
        while True:
            for job in client.jobs(state=JobState.FAILED).jobs:
                client.job_action(job.id, JobAction.RETRY)  # as the person would
            status = client.status()
            left = (status.jobs_waiting, status.jobs_running, status.waiting_for_meaning)
            if not any(left) and status.index == "ready":
                return client
            if left != before:  # it gets on, however slow the machine
                before, end = left, time.monotonic() + STUCK_S
            assert time.monotonic() < end, f"stuck at {status}:\n{self.daemon.log()[-2000:]}"
            time.sleep(0.1)


def _check(crashes: Crashes, client: Client, paths: DataPaths) -> None:
    found = client.sources(kind=SourceKind.FILE, limit=1000).sources
    by_path = {source.location: source for source in found}
    for path, least in crashes.acknowledged.items():
        assert path in by_path, f"{path} is lost"
        source = by_path[path]
        assert source.state is SourceState.READY, source
        assert source.memories >= max(1, least // 3), source
    some = crashes.random.choice([p for p in crashes.acknowledged if p.endswith(".txt")])
    number = Path(some).stem
    reply = client.recall(RecallRequest(question=f'"Paper {number} part 0"', limit=5))
    assert any(hit.source == some for hit in reply.hits)
    assert crashes.daemon.stop() == 0
    ids = _check_database(paths)
    _check_index(paths, ids)


def _check_database(paths: DataPaths) -> set[str]:
    """Sound, every text once and in its place; returns the ids of all memories."""
    connection = sqlite3.connect(paths.database)
    connection.row_factory = sqlite3.Row
    try:
        assert [r[0] for r in connection.execute("PRAGMA integrity_check")] == ["ok"]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute(
            'SELECT m.id, m.text, m.source_id, m.position, m.start, m."end", d.text AS document'
            " FROM memories m JOIN documents d ON d.source_id = m.source_id"
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM memories").fetchone()[0] == len(rows)
        texts = Counter(row["text"] for row in rows)
        assert [text for text, count in texts.items() if count > 1] == []
        places: dict[str, list[int]] = {}
        for row in rows:
            assert row["document"][row["start"] : row["end"]] == row["text"]
            places.setdefault(row["source_id"], []).append(row["position"])
        for positions in places.values():
            assert sorted(positions) == list(range(len(positions)))
        assert connection.execute("SELECT count(*) FROM outbox").fetchone()[0] == 0
        functions.register(connection)
        connection.execute(
            "INSERT INTO memories_fts(memories_fts, rank) VALUES ('integrity-check', 1)"
        )
        return {row["id"] for row in rows}
    finally:
        connection.close()


def _check_index(paths: DataPaths, ids: set[str]) -> None:
    folder = current_folder(paths)
    assert folder is not None
    with contextlib.closing(sqlite3.connect(folder / "chroma.sqlite3")) as chroma:
        ((name,),) = chroma.execute("SELECT name FROM collections").fetchall()
    vectors = Vectors.open(paths, 384, name=name)
    try:
        assert set(vectors.all_ids()) == ids
    finally:
        vectors.close()


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[RunningDaemon]:
    daemon = RunningDaemon(tmp_path / "data")
    yield daemon
    process = getattr(daemon, "process", None)
    if process is not None and process.poll() is None:
        daemon.kill()


def _crash(daemon: RunningDaemon, tmp_path: Path, times: int, seed: int) -> None:
    print(f"seed {seed}")  # shown with a failure, to run the same again
    folder = tmp_path / "papers"
    folder.mkdir()
    crashes = Crashes(daemon, folder, seed)
    for _ in range(times):
        crashes.round()
    _check(crashes, crashes.finish(), daemon.paths)
    # Being killed is no reason to write the index anew, unless it hit the moment of opening
    # twice in a row: that cannot be told from an index that ends whoever opens it, and is rare.
    rebuilt = [line for line in daemon.log().splitlines() if "rebuilding" in line]
    assert len(rebuilt) <= times // 10, rebuilt
    assert all("ended the daemon twice" in line for line in rebuilt)


def test_a_few_kills_lose_nothing(crashing: RunningDaemon, tmp_path: Path) -> None:
    _crash(crashing, tmp_path, 4, seed=20261)


@pytest.mark.stress
@pytest.mark.timeout(1800)
def test_fifty_kills_lose_nothing(crashing: RunningDaemon, tmp_path: Path) -> None:
    _crash(crashing, tmp_path, 50, seed=int(time.time()))
