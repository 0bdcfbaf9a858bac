"""Export and import of 100,000 memories: time each way, and every row compared afterwards."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from memory.archive import layout
from memory.archive.layout import Part
from memory.client import Client
from memory.clock import SystemClock
from memory.paths import data_paths
from memory.protocol import SettingsEdit
from memory.store.archive_rows import Selection
from memory.store.db import Connection, Database
from tests.bench import furnished
from tests.bench.forget import SIZE, _settled
from tests.daemon_fixture import running_daemon

_JSON = {"problem", "ignore", "pages", "provenance", "citations", "scopes"}
_STILL_S = 900.0


def run() -> None:
    """Out of one memory, into an empty one, twice; then both are compared part by part."""
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        here, there = Path(folder) / "here", Path(folder) / "there"
        file, small = Path(folder) / "all.zip", Path(folder) / "texts.zip"
        furnished.memory(SIZE, here)
        with running_daemon(here) as daemon:
            _settled(daemon.client)
            _rests(daemon.client)
            for target, vectors in ((file, True), (small, False)):
                written = daemon.client.export(str(target), vectors=vectors)
                print(
                    f"export {'with' if vectors else 'without'} vectors: {written.memories:,}"
                    f" memories, {written.bytes / 1e6:.0f} MB, {written.took_ms / 1000:.1f} s"
                )
        with running_daemon(there) as daemon:
            _settled(daemon.client)
            _rests(daemon.client)
            _take_in(daemon.client, file, "import")
            began = time.monotonic()
            _indexed(daemon.client)
            print(f"all in the index of meaning {time.monotonic() - began:.1f} s later")
            _take_in(daemon.client, file, "the same again")
        compare(here, there)


def _rests(client: Client) -> None:
    """Nothing is learnt meanwhile: both sides are to be of one moment."""
    client.learn_facts()
    client.edit_settings(SettingsEdit(values={"learn_facts": False}))
    _indexed(client)


def _take_in(client: Client, file: Path, what: str) -> None:
    done = client.take_in(str(file))
    print(
        f"{what}: {done.memories_new:,} new memories, {done.memories_known:,} known,"
        f" {done.took_ms / 1000:.1f} s"
    )


def _indexed(client: Client) -> None:
    until = time.monotonic() + _STILL_S
    while client.status().waiting_for_meaning and time.monotonic() < until:
        time.sleep(0.5)


def compare(here: Path, there: Path) -> bool:
    """Print, part by part, how many rows are the same on both sides; whether all are."""
    ours, theirs = (Database(data_paths(one), SystemClock()) for one in (here, there))
    same = True
    with ours.read() as a, theirs.read() as b:
        for part in layout.PARTS:
            left, right = _rows(a, part), _rows(b, part)
            differ = len(left ^ right)
            same = same and not differ
            print(f"  {part.name:10} {len(left):9,} rows, {differ:,} differ")
    ours.close()
    theirs.close()
    print("every row came through" if same else "NOT the same")
    return same


def _rows(c: Connection, part: Part) -> set[tuple[Any, ...]]:
    return {
        tuple(_plain(field.column, value) for field, value in zip(part.fields, row, strict=True))
        for row in Selection(c, None).rows(part)
    }


def _plain(column: str, value: Any) -> Any:
    """Spaces in JSON are no difference; blobs by their hash, so that they fit into memory."""
    if column in _JSON and value is not None:
        return json.dumps(json.loads(value), sort_keys=True)
    return hash(value) if isinstance(value, bytes) else value
