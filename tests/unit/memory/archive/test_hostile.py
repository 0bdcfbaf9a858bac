"""Archives that are damaged, or made to do harm: a clear word, and nothing is changed."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.archive import reading
from memory.archiving import Archiving
from memory.errors import DiskFull, RecollectError, Unreadable
from memory.paths import DataPaths, data_paths
from memory.protocol import ExportRequest, ImportRequest
from memory.store import archive_rows
from memory.store.db import Database
from tests.fakes import FakeClock
from tests.unit.memory.archive import full

Parts = dict[str, bytes]


@pytest.fixture
def good(tmp_path: Path, clock: FakeClock) -> Parts:
    """The files of a sound archive."""
    paths = data_paths(tmp_path / "good")
    paths.create()
    database = Database(paths, clock)
    full.fill(database)
    made = Archiving(database, paths, clock, "test", lambda: (full.MODEL, 64))
    made.export(ExportRequest(path=str(tmp_path / "good.zip")))
    database.close()
    with zipfile.ZipFile(tmp_path / "good.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    full.fill(opened, "boat")
    yield opened
    opened.close()


@pytest.fixture
def take_in(
    database: Database, paths: DataPaths, clock: FakeClock, tmp_path: Path
) -> Callable[[Path], RecollectError]:
    """Takes an archive in that must be refused: nothing may have changed, inside or beside."""
    archiving = Archiving(database, paths, clock, "test", lambda: (full.MODEL, 64))

    def take(path: Path) -> RecollectError:
        before, files = full.everything(database), _files(tmp_path)
        with pytest.raises(RecollectError) as told:
            archiving.take_in(ImportRequest(path=str(path)))
        assert full.everything(database) == before
        assert _files(tmp_path) == files
        assert told.value.title and told.value.next_step
        assert not archiving.progress().active
        return told.value

    return take


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix != ".db-shm"}


def _zip(path: Path, parts: Parts, *, sums: bool = True) -> Path:
    """An archive of these files; ``sums`` has the manifest fit them."""
    if sums and "manifest.json" in parts:
        manifest = json.loads(parts["manifest.json"])
        for name in manifest["parts"]:
            if name in parts:
                data = parts[name]
                manifest["parts"][name] = {
                    "lines": data.count(b"\n"),
                    "bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                }
        parts = {**parts, "manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def _changed(parts: Parts, name: str, line: int, **fields: Any) -> Parts:
    lines = parts[name].split(b"\n")
    said = json.loads(lines[line])
    for field, value in fields.items():
        if value is Ellipsis:
            del said[field]
        else:
            said[field] = value
    lines[line] = json.dumps(said).encode()
    return {**parts, name: b"\n".join(lines)}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("memories.jsonl", {"text": 5}),
        ("memories.jsonl", {"text": "\ud800"}),
        ("memories.jsonl", {"text": ""}),
        ("memories.jsonl", {"text": Ellipsis}),
        ("memories.jsonl", {"id": ["a"]}),
        ("memories.jsonl", {"id": "x" * 300}),
        ("memories.jsonl", {"id": "a\nb"}),
        ("memories.jsonl", {"start": -1}),
        ("memories.jsonl", {"start": 10, "end": 2}),
        ("memories.jsonl", {"start": 1e300}),
        ("memories.jsonl", {"position": 2**70}),
        ("memories.jsonl", {"version": True}),
        ("memories.jsonl", {"stability_days": "NaN"}),
        ("memories.jsonl", {"stability_days": 0}),
        ("memories.jsonl", {"difficulty": 11}),
        ("memories.jsonl", {"importance": 2}),
        ("memories.jsonl", {"pinned": 1}),
        ("memories.jsonl", {"state": "'; DROP TABLE memories"}),
        ("memories.jsonl", {"kind": ["fact"]}),
        ("memories.jsonl", {"learnt_at": "yesterday"}),
        ("memories.jsonl", {"learnt_at": "2026-03-01T12:00:00"}),
        ("memories.jsonl", {"text_hash": "ab"}),
        ("memories.jsonl", {"text_hash": "zz" * 16}),
        ("memories.jsonl", {"source": "nobody"}),
        ("memories.jsonl", {"provenance": []}),
        ("memories.jsonl", {"more": 1}),
        ("sources.jsonl", {"parent": "nobody"}),
        ("sources.jsonl", {"problem": {"title": "no problem"}}),
        ("sources.jsonl", {"scope": "Not So  Tidy"}),
        ("sources.jsonl", {"scope": "x" * 500}),
        ("documents.jsonl", {"pages": [[1, 2]]}),
        ("documents.jsonl", {"pages": "[]"}),
        ("documents.jsonl", {"source": "nobody"}),
        ("versions.jsonl", {"memory": "nobody"}),
        ("reviews.jsonl", {"reason": "because"}),
        ("reviews.jsonl", {"memory": "nobody"}),
        ("forgotten.jsonl", {"source": "nobody"}),
        ("chats.jsonl", {"scopes": ["ok", 5]}),
        ("messages.jsonl", {"chat": "nobody"}),
        ("messages.jsonl", {"role": "system"}),
        ("messages.jsonl", {"citations": [{"n": 1}]}),
        ("messages.jsonl", {"citations": ["a"]}),
        ("folders.jsonl", {"ignore": [1]}),
        ("vectors.jsonl", {"vector": "AAAA"}),
        ("vectors.jsonl", {"vector": "not base64!"}),
        ("vectors.jsonl", {"vector": "A" * 170 + "=="}),
        ("vectors.jsonl", {"memory": "nobody"}),
        ("vectors.jsonl", {"tokens": "AAAA"}),
    ],
)
def test_a_wrong_field(
    good: Parts,
    take_in: Callable[[Path], RecollectError],
    tmp_path: Path,
    name: str,
    fields: dict[str, Any],
) -> None:
    told = take_in(_zip(tmp_path / "bad.zip", _changed(good, name, 0, **fields)))
    assert isinstance(told, Unreadable)
    assert f"{name}, line 1" in told.message and "Nothing was changed" in told.message


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"id": NaN}', b"[" * 100_000,
        b'{"id": ' + b"9" * 5_000 + b"}", b"\x00",
    ],
)  # fmt: skip
def test_a_line_that_is_none(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path, line: bytes
) -> None:
    parts = {**good, "chats.jsonl": good["chats.jsonl"] + line + b"\n"}
    assert "chats.jsonl, line 2" in take_in(_zip(tmp_path / "bad.zip", parts)).message


def test_the_same_line_twice(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    for name in ("sources", "documents", "memories", "versions", "chats", "messages"):
        file = f"{name}.jsonl"
        first = good[file].split(b"\n")[0] + b"\n"
        told = take_in(_zip(tmp_path / "bad.zip", {**good, file: good[file] + first}))
        assert "twice" in told.message, name


def test_vectors_without_a_direction(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    import base64

    for value in (b"\x00\x00", b"\x00\x7e"):  # zero, and not a number
        said = base64.b64encode(value * 64).decode()
        told = take_in(_zip(tmp_path / "bad.zip", _changed(good, "vectors.jsonl", 0, vector=said)))
        assert "no direction" in told.message


@pytest.mark.parametrize(
    "name",
    ["../outside.txt", "/tmp/outside.txt", "..\\outside", "sub/memories.jsonl", "C:\\x", "x.exe"],
)
def test_names_that_lead_elsewhere(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path, name: str
) -> None:
    told = take_in(_zip(tmp_path / "bad.zip", {**good, name: b"boo"}))
    assert "belongs to no archive" in told.message
    assert not (tmp_path.parent / "outside.txt").exists()


def test_damage_anywhere_is_noticed(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    path = tmp_path / "bad.zip"
    whole = _zip(path, good).read_bytes()
    for keep in (0, 10, len(whole) // 3, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:keep])
        take_in(path)
    with zipfile.ZipFile(_zip(path, good)) as archive:
        places = [info.header_offset + 60 for info in archive.infolist()]
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        take_in(path)


def test_what_does_not_fit_its_manifest(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    path = tmp_path / "bad.zip"
    chats = good["chats.jsonl"]
    for data in (chats + chats, b"", chats[:-1], chats.replace(b"about", b"abOUT")):
        take_in(_zip(path, {**good, "chats.jsonl": data}, sums=False))
    missing = {name: data for name, data in good.items() if name != "reviews.jsonl"}
    assert "missing" in take_in(_zip(path, missing)).message
    take_in(_zip(path, {name: data for name, data in good.items() if name != "manifest.json"}))


@pytest.mark.parametrize(
    "manifest",
    [
        b"", b"{", b"[]", b"5", b"{}", b'{"format": "something else", "version": 1}',
        b'{"format": "recollect-archive", "version": "1", "parts": {}}',
        b'{"format": "recollect-archive", "version": true, "parts": {}}',
        b'{"format": "recollect-archive", "version": 1, "parts": []}',
        b'{"format": "recollect-archive", "version": 1, "parts": {"x": {}}}',
        b'{"format": "recollect-archive", "version": 1}', b"[" * 200_000, b" " * (2 << 20),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path, manifest: bytes
) -> None:
    told = take_in(_zip(tmp_path / "bad.zip", {**good, "manifest.json": manifest}, sums=False))
    assert isinstance(told, reading.BadArchive)


def test_a_newer_one_is_named_so(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    manifest = {**json.loads(good["manifest.json"]), "version": 2, "more": "of it"}
    parts = {**good, "manifest.json": json.dumps(manifest).encode()}
    assert "newer than this program" in take_in(_zip(tmp_path / "bad.zip", parts)).title


def test_a_zip_that_bursts(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    told = take_in(_zip(tmp_path / "bad.zip", {**good, "chats.jsonl": b"\n" * (64 << 20)}))
    assert "beyond measure" in told.message


def test_a_zip_that_lies_about_its_sizes(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    """The directory says a few bytes, the data unpack to many."""
    path = _zip(tmp_path / "bad.zip", {**good, "chats.jsonl": b"\n" * (32 << 20)})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"chats.jsonl") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, at + 24, 100)
    path.write_bytes(bytes(data))
    take_in(path)


def test_a_line_without_end(
    good: Parts,
    take_in: Callable[[Path], RecollectError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "_MOST_RATIO", 10_000)
    line = b'{"id": "' + b"x" * (24 << 20) + b'"}\n'
    told = take_in(_zip(tmp_path / "bad.zip", {**good, "chats.jsonl": line}))
    assert "too long" in told.message


def test_links_in_a_folder_are_not_followed(
    good: Parts, take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name, data in good.items():
        (folder / name).write_bytes(data)
    (folder / "chats.jsonl").unlink()
    (folder / "chats.jsonl").symlink_to("/etc/hostname")
    assert "no plain file" in take_in(folder).message


def test_what_is_no_archive_at_all(
    take_in: Callable[[Path], RecollectError], tmp_path: Path
) -> None:
    (tmp_path / "text.zip").write_text("hello")
    assert "no zip file" in take_in(tmp_path / "text.zip").message
    (tmp_path / "empty").mkdir()
    assert "manifest" in take_in(tmp_path / "empty").message


def test_a_fault_in_the_middle_rolls_all_of_it_back(
    good: Parts,
    database: Database,
    paths: DataPaths,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_rows, "insert_vectors", fails)
    before = full.everything(database)
    archiving = Archiving(database, paths, clock, "test", lambda: (full.MODEL, 64))
    with pytest.raises(OSError):
        archiving.take_in(ImportRequest(path=str(_zip(tmp_path / "all.zip", good))))
    assert full.everything(database) == before
    assert database.quick_check() == []


def test_no_room(
    good: Parts,
    take_in: Callable[[Path], RecollectError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from memory import archiving

    monkeypatch.setattr(archiving, "_ROOM", 10**12)
    assert isinstance(take_in(_zip(tmp_path / "all.zip", good)), DiskFull)
