"""Writing an archive: one zip file, appearing under its name only when it is complete."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.archive import layout
from memory.archive.layout import Part, Row
from memory.clock import to_datetime
from memory.errors import Cancelled
from memory.store.archive_rows import Selection
from memory.store.blanks import blanked
from memory.store.db import Database

_PIECE = 1 << 20
# Texts shrink to a third in a second; the strongest level takes ten times as long for a tenth.
_LEVEL = 1

REMOVED = "This answer was left out, because it used memories of another scope."

Progress = Callable[[str, int, int], None]
"""What is being done, how many lines are done, how many there are in all."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write where. ``scope``: None is everything; ``vectors``: so that taking it in
    needs no embedding."""

    target: Path
    scope: str | None = None
    vectors: bool = True
    program: str = ""


@dataclass
class Written:
    counts: dict[str, int] = field(default_factory=dict)
    size_bytes: int = 0


def write(
    database: Database,
    order: Order,
    now_ms: int,
    progress: Progress = lambda _what, _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Write everything, or one scope, as it is at this moment; readable by this person only.

    Raises:
        OSError: it cannot be written there.
        Cancelled: nothing stays of it.
    """
    part_file = order.target.with_name(order.target.name + ".part")
    try:
        descriptor = os.open(part_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                counts = _fill(archive, database, order, now_ms, progress, cancelled)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part_file, order.target)
    except BaseException:
        part_file.unlink(missing_ok=True)
        raise
    return Written(counts, order.target.stat().st_size)


def _fill(
    archive: zipfile.ZipFile,
    database: Database,
    order: Order,
    now_ms: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> dict[str, int]:
    parts = [part for part in layout.PARTS if order.vectors or part is not layout.VECTORS]
    told: dict[str, dict[str, Any]] = {}
    models: set[str] = set()
    with database.read() as c:  # one snapshot: all parts are of the same moment
        selection = Selection(c, order.scope)
        total = sum(selection.count(part) for part in parts)
        done = 0
        for part in parts:
            rows = _counted(_rows(selection, part), part, done, total, progress, cancelled)
            if part is layout.VECTORS:
                rows = _noting(rows, part.place("model"), models)
            told[part.file] = _write_part(archive, part, rows)
            done += told[part.file]["lines"]
    manifest = {
        "format": layout.FORMAT,
        "version": layout.VERSION,
        "made_at": to_datetime(now_ms).isoformat().replace("+00:00", "Z"),
        "made_by": order.program,
        "scope": order.scope,
        "vectors": sorted(models),
        "parts": told,
    }
    archive.writestr(layout.MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2))
    return {part.name: told[part.file]["lines"] for part in parts}


def _write_part(archive: zipfile.ZipFile, part: Part, rows: Iterator[Row]) -> dict[str, Any]:
    """The lines of a part, and what the manifest says of them."""
    digest, size, lines = hashlib.sha256(), 0, 0
    with archive.open(part.file, "w", force_zip64=True) as file:
        waiting: list[bytes] = []
        waiting_bytes = 0

        def flush() -> None:
            nonlocal waiting_bytes, size
            piece = b"".join(waiting)
            digest.update(piece)
            file.write(piece)
            size += len(piece)
            waiting.clear()
            waiting_bytes = 0

        for row in rows:
            data = layout.line(part, row).encode("utf-8")
            waiting.append(data)
            waiting_bytes += len(data)
            lines += 1
            if waiting_bytes > _PIECE:
                flush()
        flush()
    return {"lines": lines, "bytes": size, "sha256": digest.hexdigest()}


def _rows(selection: Selection, part: Part) -> Iterator[Row]:
    """Rows of a part; of a scope, without what is made from other scopes."""
    rows = selection.rows(part)
    if selection.scope is None:
        return rows
    if part is layout.DOCUMENTS:
        spans = selection.withheld_spans()
        return (
            (row[0], blanked(row[1], spans[row[0]]), *row[2:]) if row[0] in spans else row
            for row in rows
        )
    if part is layout.MESSAGES:
        withheld = selection.withheld_messages()
        text, cited = part.place("text"), part.place("citations")
        return (
            _replaced(row, {text: REMOVED, cited: "[]"}) if row[0] in withheld else row
            for row in rows
        )
    return rows


def _replaced(row: Row, values: dict[int, Any]) -> Row:
    return tuple(values.get(at, value) for at, value in enumerate(row))


def _noting(rows: Iterator[Row], place: int, seen: set[str]) -> Iterator[Row]:
    for row in rows:
        seen.add(row[place])
        yield row


def _counted(
    rows: Iterator[Row],
    part: Part,
    before: int,
    total: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % 256 == 0:
            if cancelled():
                raise Cancelled("The export was stopped", "Nothing was written.", "Start it again.")
            progress(f"Writing {part.name}", before + number, total)
        yield row
