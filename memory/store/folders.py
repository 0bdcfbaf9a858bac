"""SQL of the watched folders, and of the paths in them the person had forgotten."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence

from memory.store.db import Connection
from memory.store.ids import new_id
from memory.store.rows import Folder

_SELECT = (
    "SELECT id, path, ignore, state, added_ms, scanned_ms, scope,"
    " (SELECT count(*) FROM sources s WHERE s.folder_id = f.id) AS sources,"
    " (SELECT count(*) FROM sources s WHERE s.folder_id = f.id AND s.state = 'missing') AS missing"
    " FROM folders f"
)


def add(c: Connection, path: str, ignore: Sequence[str] | None, now_ms: int) -> str:
    """Follow a folder; one already followed gets the new patterns (None leaves them)."""
    found = c.execute("SELECT id FROM folders WHERE path = ?", (path,)).fetchone()
    if found is None:
        folder_id = new_id(now_ms)
        c.execute(
            "INSERT INTO folders (id, path, ignore, added_ms) VALUES (?, ?, ?, ?)",
            (folder_id, path, json.dumps(list(ignore or ())), now_ms),
        )
        return folder_id
    if ignore is not None:
        c.execute(
            "UPDATE folders SET ignore = ? WHERE id = ?", (json.dumps(list(ignore)), found["id"])
        )
    return str(found["id"])


def get(c: Connection, folder_id: str) -> Folder | None:
    row = c.execute(f"{_SELECT} WHERE id = ?", (folder_id,)).fetchone()
    return None if row is None else _folder(row)


def by_path(c: Connection, path: str) -> Folder | None:
    row = c.execute(f"{_SELECT} WHERE path = ?", (path,)).fetchone()
    return None if row is None else _folder(row)


def everything(c: Connection) -> list[Folder]:
    return [_folder(row) for row in c.execute(f"{_SELECT} ORDER BY path")]


def containing(c: Connection, path: str) -> Folder | None:
    """The innermost watched folder this path lies in."""
    rows = c.execute("SELECT id, path FROM folders").fetchall()
    above = [r for r in rows if path.startswith(r["path"].rstrip(os.sep) + os.sep)]
    if not above:
        return None
    return get(c, max(above, key=lambda r: len(r["path"]))["id"])


def set_state(c: Connection, folder_id: str, state: str) -> None:
    c.execute("UPDATE folders SET state = ? WHERE id = ?", (state, folder_id))


def set_scanned(c: Connection, folder_id: str, now_ms: int) -> None:
    c.execute(
        "UPDATE folders SET scanned_ms = ?, state = 'watching' WHERE id = ?", (now_ms, folder_id)
    )


def remove(c: Connection, folder_id: str) -> None:
    """Stop following; its sources and memories stay."""
    c.execute("DELETE FROM folders WHERE id = ?", (folder_id,))


def keep_away(c: Connection, folder_id: str, path: str) -> None:
    """The person had this file forgotten: scans must not learn it again by themselves."""
    c.execute("INSERT OR IGNORE INTO folder_forgotten VALUES (?, ?)", (folder_id, _path_hash(path)))


def welcome(c: Connection, path: str) -> None:
    """The person added this file by hand: it may be followed again."""
    c.execute("DELETE FROM folder_forgotten WHERE path_hash = ?", (_path_hash(path),))


def kept_away(c: Connection, folder_id: str) -> KeptAway:
    rows = c.execute("SELECT path_hash FROM folder_forgotten WHERE folder_id = ?", (folder_id,))
    return KeptAway(frozenset(row[0] for row in rows))


class KeptAway:
    """Answers ``path in kept_away`` from hashes."""

    def __init__(self, hashes: frozenset[bytes]):
        self._hashes = hashes

    def __contains__(self, path: str) -> bool:
        return bool(self._hashes) and _path_hash(path) in self._hashes


def _path_hash(path: str) -> bytes:
    return hashlib.sha256(os.fsencode(path)).digest()


def _folder(row: object) -> Folder:
    r = dict(row)  # type: ignore[call-overload]
    return Folder(
        r["id"],
        r["path"],
        tuple(json.loads(r["ignore"])),
        r["state"],
        r["added_ms"],
        r["scanned_ms"],
        r["sources"],
        r["missing"],
        r["scope"],
    )
