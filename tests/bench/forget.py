"""Forgetting 1,000 of 100,000 memories: each part's time, and every byte searched afterwards."""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path

from memory.client import Client
from memory.clock import SystemClock
from memory.paths import DataPaths
from memory.protocol import ForgetReply, ForgetRequest
from memory.store.db import Database
from tests.bench import byte_search, furnished
from tests.daemon_fixture import running_daemon

SIZE = int(os.environ.get("RECOLLECT_BENCH_SIZE", "100000"))
SHARE = 100
_INDEX_PATIENCE_S = 900.0


def run() -> None:
    """Plant a word of its own in every memory that is to go; forget; look for all of them."""
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        inside = Path(folder) / "data"
        paths = furnished.memory(SIZE, inside)
        scattered, spoken, words = _plant(paths, SIZE // SHARE)
        before = byte_search.files_with(inside, words)
        print(f"{SIZE:,} memories; planted words stand in {', '.join(before)}")
        with running_daemon(inside) as daemon:
            _settled(daemon.client)
            daemon.client.backup()
            _forget(daemon.client, "scattered memories", ForgetRequest(memories=scattered))
            person = ForgetRequest(person=furnished.PERSON)
            _forget(daemon.client, f"what one person said ({spoken:,})", person)
            _told("byte search right after", byte_search.files_with(inside, words))
            began = time.monotonic()
            done = "written anew" if _purged(paths) else "still to be written anew"
            print(f"meaning index {done} {time.monotonic() - began:.0f} s later")
        _told("byte search after a stop", byte_search.files_with(inside, words))


def _plant(paths: DataPaths, count: int) -> tuple[list[str], int, list[str]]:
    """Ids to forget, how many more a person of their own said, and the words of all of them."""
    database = Database(paths, SystemClock())
    rng = random.Random(3)
    with database.read() as c:
        rows = c.execute(
            "SELECT id FROM memories WHERE kind IN ('turn', 'passage') AND length(text) > 40"
        ).fetchall()
        turns = c.execute(
            "SELECT id FROM memories WHERE kind = 'turn' AND length(text) > 40"
        ).fetchall()
    ids = rng.sample([row[0] for row in rows], count)
    spoken = [row[0] for row in rng.sample(turns, count) if row[0] not in set(ids)]
    words = database.write(lambda c: furnished.plant(c, ids + spoken, rng))
    database.write(
        lambda c: c.executemany(
            "UPDATE memories SET speaker = ? WHERE id = ?",
            [(furnished.PERSON, id_) for id_ in spoken],
        )
    )
    database.optimize()
    database.close()
    return ids, len(spoken), words


def _forget(client: Client, what: str, request: ForgetRequest) -> None:
    shown = client.forget(request.model_copy(update={"preview": True}))
    began = time.perf_counter()
    reply = client.forget(request)
    seconds = time.perf_counter() - began
    print(f"\n{what}: {_counts(reply)} in {seconds:.1f} s (preview {shown.took_ms:.0f} ms)")
    for part, ms in reply.parts_ms.items():
        print(f"  {part:10} {ms / 1000:6.2f} s")


def _counts(reply: ForgetReply) -> str:
    return (
        f"{reply.memories:,} memories ({reply.derived:,} made from others), "
        f"{reply.sources:,} sources, {reply.answers:,} answers emptied"
    )


def _told(what: str, found: dict[str, int]) -> None:
    print(f"{what}: " + (f"LEFT in {found}" if found else "not one byte left"))


def _settled(client: Client) -> None:
    until = time.monotonic() + _INDEX_PATIENCE_S
    while client.status().index != "ready" and time.monotonic() < until:
        time.sleep(0.2)


def _purged(paths: DataPaths) -> bool:
    """Wait until the index of meaning has been written anew: its folder has another name."""
    there = _folders(paths)
    until = time.monotonic() + _INDEX_PATIENCE_S
    while _folders(paths) & there and time.monotonic() < until:
        time.sleep(0.5)
    return not _folders(paths) & there


def _folders(paths: DataPaths) -> set[str]:
    return {path.name for path in paths.chroma.glob("index-*")}
