"""Growth with size: disk, memory, start-up and recall with 10,000 to 1,000,000 memories.

``RECOLLECT_BENCH_SCALE_SIZES`` names other sizes ("10000,100000"); ``RECOLLECT_BENCH_SCALE_DIR``
a folder in which built memories stay and are used again, and in which a build that was cut off
goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from memory.client import Client
from memory.paths import DataPaths, data_paths
from memory.protocol import RecallReply, RecallRequest
from tests.bench import large_memory, scale_questions
from tests.bench.large_memory import Material
from tests.bench.scale_questions import Series

SIZES = (10_000, 100_000, 1_000_000)
WARM_UP = 20
_SAMPLES = 400
_FOLDER = "RECOLLECT_BENCH_SCALE_DIR"
_MOMENT_S = 0.05
_START_S = 1_800.0
_MB = 1e6


@dataclass(frozen=True)
class Built:
    """What building told: seconds of its parts, and texts like those in the memory."""

    rows_s: float
    index_s: float
    samples: list[str]


@dataclass(frozen=True)
class Started:
    """Seconds from the daemon's start until something was true; milliseconds of questions."""

    answers_s: float
    words_s: float
    meaning_s: float
    first_ms: float
    first_meaning_ms: float


def run() -> None:
    """Build each memory, start a daemon on it with nothing of it in the system's cache, ask."""
    wanted = os.environ.get("RECOLLECT_BENCH_SCALE_SIZES", "")
    sizes = [int(part) for part in wanted.split(",") if part.strip()] or list(SIZES)
    source = _MaterialOnce()
    for size in sizes:
        with _folder(size) as folder:
            paths = data_paths(folder / "data")
            built = _built(paths, folder / "built.json", source, size)
            print(f"\n{size:,} memories", flush=True)
            _tell_disk(paths, size, built)
            _through_the_daemon(paths, built, size)


@contextlib.contextmanager
def _folder(size: int) -> Iterator[Path]:
    kept = os.environ.get(_FOLDER)
    if kept:
        folder = Path(kept) / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as made:
        yield Path(made)


class _MaterialOnce:
    """Embedding the sentences takes minutes: once, and only if something is to be built."""

    @cached_property
    def material(self) -> Material:
        kept = os.environ.get(_FOLDER)
        return large_memory.gather(Path(kept) / "material.npz" if kept else None)


def _built(paths: DataPaths, note: Path, source: _MaterialOnce, size: int) -> Built:
    if note.exists():
        return Built(**json.loads(note.read_text("utf-8")))
    times = large_memory.build(paths, lambda: source.material, size, varied=True)
    built = Built(times.rows, times.index, large_memory.samples(source.material, size, _SAMPLES))
    note.write_text(json.dumps(asdict(built)), "utf-8")
    return built


# -- what it takes


def _tell_disk(paths: DataPaths, size: int, built: Built) -> None:
    sqlite = _bytes(paths.root.glob(paths.database.name + "*"))
    chroma = _bytes(paths.chroma.rglob("*"))
    print(
        f"  built: rows {built.rows_s:.0f} s, index {built.index_s:.0f} s"
        f" ({1000 * built.index_s / size:.2f} ms a vector)\n"
        f"  disk: SQLite {sqlite / _MB:.0f} MB, Chroma {chroma / _MB:.0f} MB,"
        f" {(sqlite + chroma) / size:.0f} bytes a memory"
    )


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _through_the_daemon(paths: DataPaths, built: Built, size: int) -> None:
    from tests.daemon_fixture import RunningDaemon

    _cool(paths.root)
    daemon = RunningDaemon(paths.root)
    begun = time.monotonic()
    daemon.start()
    try:
        started = _started(daemon.client, built.samples, begun)
        print(
            f"  start: answers after {started.answers_s:.1f} s, finds by words after"
            f" {started.words_s:.1f} s, by meaning after {started.meaning_s:.1f} s;"
            f" first question {started.first_ms:.0f} ms, first by meaning"
            f" {started.first_meaning_ms:.0f} ms"
        )
        _tell_process(daemon.process.pid, "when ready")
        for series in scale_questions.all_series(built.samples):
            _tell_series(series, _asked(daemon.client, series))
        _tell_process(daemon.process.pid, "after all")
        begun = time.monotonic()
        status = daemon.client.status()
        print(f"  status: {1000 * (time.monotonic() - begun):.0f} ms, {status.memories:,} memories")
        if not size <= status.memories <= size + size // 100:  # facts are learnt meanwhile
            raise RuntimeError(f"it holds {status.memories} memories")
        begun = time.monotonic()
        daemon.client.stop()
        daemon.process.wait(_START_S)
        print(f"  stop: {time.monotonic() - begun:.1f} s")
    finally:
        if daemon.process.poll() is None:
            daemon.kill()


def _started(client: Client, samples: list[str], begun: float) -> Started:
    """Ask until both ways of searching answer, a new question every time."""
    answers_s = time.monotonic() - begun
    first_ms = words_s = 0.0
    for sample in scale_questions.openings(samples):
        asked = time.monotonic()
        reply = client.recall(RecallRequest(question=sample, limit=10))
        now = time.monotonic()
        took_ms = (now - asked) * 1000
        first_ms = first_ms or took_ms
        if reply.hits and not words_s:
            words_s = now - begun
        if not reply.problems:
            return Started(answers_s, words_s, now - begun, first_ms, took_ms)
        if now - begun > _START_S:
            break
        time.sleep(_MOMENT_S)
    raise RuntimeError("the search by meaning did not become ready")


def _asked(client: Client, series: Series) -> list[tuple[float, RecallReply]]:
    """Milliseconds of each question as its asker feels them, with the reply."""
    found = []
    for number, request in enumerate(series.requests):
        start = time.perf_counter()
        reply = client.recall(request)
        took_ms = (time.perf_counter() - start) * 1000
        if reply.problems:
            raise RuntimeError(reply.problems[0].message)
        if number >= WARM_UP:
            found.append((took_ms, reply))
    return found


def _tell_series(series: Series, found: list[tuple[float, RecallReply]]) -> None:
    times = sorted(took_ms for took_ms, _reply in found)
    searched = statistics.median(reply.searched for _took_ms, reply in found)
    print(
        f"  {series.name:34} {len(times):4} questions  median {statistics.median(times):6.1f}"
        f"  95 % {times[int(0.95 * len(times))]:6.1f}  slowest {times[-1]:6.1f} ms"
        f"  in reach {searched:9,.0f}",
        flush=True,
    )


def _tell_process(pid: int, when: str) -> None:
    import psutil

    used = psutil.Process(pid).memory_info().rss / _MB
    print(f"  daemon {when}: {used:.0f} MB resident, at most {_most_mb(pid)} MB")


def _most_mb(pid: int) -> str:
    """The most a process ever had resident, as Linux tells it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return "?"
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM")]
    return f"{int(lines[0][1]) * 1024 / _MB:.0f}" if lines else "?"


def _cool(root: Path) -> None:
    """Drop the files from the system's cache, where the system lets us: a start after a night."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in root.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
