"""Speed of recall and of forgetting: 10,000 and 100,000 memories, every question new."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from memory.client import Client
from memory.paths import data_paths
from memory.protocol import ForgetRequest, RecallRequest
from tests.bench import large_memory

SIZES = (10_000, 100_000)
QUESTIONS = 400
WARM_UP = 20
FORGOTTEN = 3


def run() -> None:
    """Build each memory once in a temporary folder, start the daemon on it, ask, forget."""
    questions = large_memory.questions(QUESTIONS + WARM_UP)
    material = large_memory.gather()
    print(
        f"{'memories':>9} {'median ms':>10} {'95 % ms':>8} {'slowest':>8} {'daemon MB':>10}"
        "   forgetting one, s"
    )
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
            inside = Path(folder) / "data"  # the daemon's stderr goes beside it
            large_memory.build(data_paths(inside), lambda: material, size)
            times, megabytes, forgotten = _through_the_daemon(inside, questions)
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
