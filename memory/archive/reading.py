"""Reading an archive that anybody may have made: nothing in it is believed, nothing unpacked.

A zip file or a folder of the same files. Names, sizes, sums and every field are looked at before
the memory is changed (``checking``); here are the limits that keep looking itself harmless.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

from memory.archive import layout
from memory.archive.layout import Part, Row, WrongLine
from memory.errors import Unreadable

MOST_BYTES = 256 << 30
_MOST_MANIFEST = 1 << 20
# Texts shrink to a third, columns of equal numbers to a hundredth; more is made to burst.
_MOST_RATIO = 300
_RATIO_FROM = 16 << 20
_PIECE = 1 << 20
_ENCRYPTED = 0x1
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FILES = {part.file: part for part in layout.PARTS}


class BadArchive(Unreadable):
    """Not an archive of this program, damaged, or made to do harm. Nothing was changed."""

    def __init__(self, what: str, item: str):
        super().__init__(
            "This archive cannot be taken in",
            f"{what} Nothing was changed.",
            "Export it again, or take another copy of it.",
            item=item,
        )


@dataclass(frozen=True, slots=True)
class PartFacts:
    lines: int
    bytes: int
    sha256: str


class Archive:
    """One open archive. ``facts`` are what its manifest says of each part it has.

    Raises (on construction):
        BadArchive: see the module.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path):
        self.path = path
        self._open = contextlib.ExitStack()
        try:
            self._files: _Files = (
                _Folder(path) if path.is_dir() else self._open.enter_context(_Zip(path))
            )
            self.manifest, self.facts = _manifest(self._files, str(path))
        except BaseException:
            self._open.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._open.close()

    @property
    def lines(self) -> int:
        """How many there are in all parts."""
        return sum(facts.lines for facts in self.facts.values())

    @property
    def size_bytes(self) -> int:
        """Of all parts, unpacked."""
        return sum(facts.bytes for facts in self.facts.values())

    def rows(self, part: Part) -> Iterator[Row]:
        """The rows of a part; none where the archive does not have it.

        Raises:
            BadArchive: a line is wrong, or the part is not what the manifest says; perhaps
                only after the last row.
        """
        facts = self.facts.get(part.file)
        if facts is None:
            return
        number = 0
        for number, data in enumerate(self._lines(part, facts), 1):
            try:
                yield layout.row(part, _DECODER.decode(data.decode("utf-8")))
            except WrongLine as error:
                self._refuse(f"{part.file}, line {number}: {error}.")
            except (ValueError, RecursionError):
                self._refuse(f"{part.file}, line {number}: is no JSON.")
        if number != facts.lines:
            self._refuse(f"{part.file} has {number} lines instead of {facts.lines}.")

    def _lines(self, part: Part, facts: PartFacts) -> Iterator[bytes]:
        digest, size, rest = hashlib.sha256(), 0, b""
        with self._files.open(part.file) as file:
            while piece := self._read(file, part.file):
                digest.update(piece)
                size += len(piece)
                if size > facts.bytes:
                    self._refuse(f"{part.file} is longer than it says.")
                *whole, rest = (rest + piece).split(b"\n")
                if len(rest) > part.most_line or any(len(one) > part.most_line for one in whole):
                    self._refuse(f"{part.file} has a line that is too long.")
                yield from whole
        if rest or size != facts.bytes or digest.hexdigest() != facts.sha256:
            self._refuse(f"{part.file} is damaged or cut off.")

    def _read(self, file: IO[bytes], name: str) -> bytes:
        try:
            return file.read(_PIECE)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            self._refuse(f"{name} is damaged or cut off.")

    def _refuse(self, what: str) -> NoReturn:
        raise BadArchive(what, str(self.path))


class _Files(Protocol):
    """The files of an archive by name."""

    def open(self, name: str) -> IO[bytes]: ...

    def names(self) -> list[str]: ...


class _Zip:
    def __init__(self, path: Path):
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise BadArchive("It is no zip file, or was cut off.", str(path)) from error
        try:
            _check_entries(self._zip.infolist(), str(path))
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> _Zip:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise BadArchive(f"{name} is damaged.", str(self._zip.filename)) from error

    def names(self) -> list[str]:
        return self._zip.namelist()


class _Folder:
    """The same files unpacked. Links are not followed, other files are none of ours."""

    def __init__(self, path: Path):
        self._path = path
        for name in self.names():
            if not stat.S_ISREG(os.lstat(path / name).st_mode):
                raise BadArchive(f"{name} is no plain file.", str(path))

    def open(self, name: str) -> IO[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self._path / name, flags), "rb")

    def names(self) -> list[str]:
        known = [layout.MANIFEST, *_FILES]
        return [name for name in known if os.path.lexists(self._path / name)]


def _check_entries(entries: list[zipfile.ZipInfo], item: str) -> None:
    names = [entry.filename for entry in entries]
    strange = [name for name in names if name != layout.MANIFEST and name not in _FILES]
    if strange:
        raise BadArchive(f"It holds a file that belongs to no archive, {strange[0][:80]!r}.", item)
    if len(set(names)) != len(names):
        raise BadArchive("It holds a file twice.", item)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _KINDS:
            raise BadArchive(f"{entry.filename} is packed in a way nobody asked for.", item)
        bursting = entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)
        if bursting and entry.file_size > _RATIO_FROM:
            raise BadArchive(f"{entry.filename} would grow beyond measure.", item)


def _manifest(files: _Files, item: str) -> tuple[dict[str, Any], dict[str, PartFacts]]:
    names = files.names()
    if layout.MANIFEST not in names:
        raise BadArchive(f"It has no {layout.MANIFEST}, so it is no archive of memories.", item)
    try:
        with files.open(layout.MANIFEST) as file:
            data = file.read(_MOST_MANIFEST + 1)
        if len(data) > _MOST_MANIFEST:
            raise ValueError
        manifest = _DECODER.decode(data.decode("utf-8"))
        if manifest["format"] != layout.FORMAT:
            raise ValueError
        version = manifest["version"]
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile, zlib.error):
        raise BadArchive("Its manifest cannot be read.", item) from None
    if version > layout.VERSION:
        raise Unreadable(
            "This archive is newer than this program",
            f"It is of version {version}, and this program knows {layout.VERSION}."
            " Nothing was changed.",
            "Install the newer Recollect, then take it in.",
            item=item,
        )
    try:
        facts = {name: _facts(told) for name, told in manifest["parts"].items()}
        _checked_text(manifest.get("scope"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadArchive("Its manifest cannot be read.", item) from None
    _check_parts(facts, names, item)
    return manifest, facts


def _check_parts(facts: dict[str, PartFacts], names: list[str], item: str) -> None:
    needed = set(_FILES) - layout.MAY_MISS
    missing = needed - facts.keys() | facts.keys() - set(names)
    if missing:
        raise BadArchive(f"{min(missing)[:80]} is missing.", item)
    if facts.keys() - set(_FILES) or set(names) - facts.keys() - {layout.MANIFEST}:
        raise BadArchive("It holds parts that belong to no archive.", item)
    if sum(one.bytes for one in facts.values()) > MOST_BYTES:
        raise BadArchive("It is larger than any memory.", item)


def _facts(told: Any) -> PartFacts:
    lines, size, digest = told["lines"], told["bytes"], told["sha256"]
    if type(lines) is not int or type(size) is not int or not isinstance(digest, str):
        raise TypeError
    if not 0 <= lines <= size + 1 or size < 0:
        raise ValueError
    return PartFacts(lines, size, digest)


def _checked_text(value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
