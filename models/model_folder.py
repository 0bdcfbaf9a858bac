"""The folder downloads go to: whole models, parts of models, and a record of each.

A record is a small JSON file beside the model, written at once whenever something about it
changes, so that a crash at any moment leaves a part that can be continued. No thread of its
own; whoever runs the downloads is the only writer.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from models.errors import ModelError
from models.hub import RemoteFile

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}")


@dataclass(frozen=True)
class Trouble:
    """Why a download ended early, in words for a person."""

    title: str
    message: str
    next_step: str

    @classmethod
    def of(cls, error: ModelError) -> Trouble:
        return cls(error.title, error.message, error.next_step)


@dataclass(frozen=True)
class Record:
    """One model of the catalogue that is here, or partly here, or failed to come.

    Attributes:
        id: of its catalogue entry.
        file: name of the model's file in the folder, once it is whole.
        revision, size_bytes, sha256: as the hub gave them; empty until it was asked.
        state: ``partial`` or ``ready``.
    """

    id: str
    repository: str
    file: str
    state: Literal["partial", "ready"] = "partial"
    revision: str = ""
    size_bytes: int | None = None
    sha256: str = ""
    trouble: Trouble | None = None

    def known(self) -> RemoteFile | None:
        """What the hub said when the part was begun."""
        if not self.sha256 or self.size_bytes is None:
            return None
        return RemoteFile(self.repository, self.file, self.revision, self.size_bytes, self.sha256)

    def found(self, remote: RemoteFile) -> Record:
        return replace(
            self,
            file=remote.file,
            revision=remote.revision,
            size_bytes=remote.size_bytes,
            sha256=remote.sha256,
            trouble=None,
        )


class ModelFolder:
    """The records and files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self) -> dict[str, Record]:
        """All records by id, without models whose file someone deleted. What a crash left
        between two steps is put right."""
        found = {}
        for path in sorted(self.folder.glob("*.json")):
            record = _read(path)
            if record is None or record.id != path.stem:
                continue
            record = self._put_right(record)
            if record.state == "partial" or self.path(record).exists():
                found[record.id] = record
        return found

    def path(self, record: Record) -> Path:
        """Of the whole model."""
        return self.folder / Path(record.file).name

    def part(self, model_id: str) -> Path:
        """Of what is there of a model that is on its way."""
        return self.folder / f"{model_id}.part"

    def part_bytes(self, model_id: str) -> int:
        try:
            return self.part(model_id).stat().st_size
        except OSError:
            return 0

    def save(self, record: Record) -> None:
        """Write the record, all of it or not at all.

        Raises:
            OSError: it cannot be written.
        """
        path = self._record(record.id)
        fresh = path.with_suffix(".json.new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(record), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def finish(self, record: Record) -> Record:
        """The part is whole and checked: give it its name. Returns the record then.

        Raises:
            OSError: it cannot be moved.
        """
        part = self.part(record.id)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(self.path(record))
        _sync_folder(self.folder)
        ready = replace(record, state="ready", trouble=None)
        self.save(ready)
        return ready

    def discard(self, model_id: str) -> None:
        """Delete the part and the record."""
        self.part(model_id).unlink(missing_ok=True)
        self._record(model_id).unlink(missing_ok=True)

    def remove(self, record: Record) -> int:
        """Delete a whole model; returns the bytes that are free again.

        Raises:
            OSError: it cannot be deleted.
        """
        path = self.path(record)
        size = path.stat().st_size if path.exists() else 0
        path.unlink(missing_ok=True)
        self.discard(record.id)
        return size

    def _record(self, model_id: str) -> Path:
        if not _NAME.fullmatch(model_id):
            raise ValueError(f"{model_id!r} is no id of a model")
        return self.folder / f"{model_id}.json"

    def _put_right(self, record: Record) -> Record:
        """A crash between the move of a checked file and its record: it is there."""
        moved = (
            record.state == "partial"
            and record.trouble is None
            and record.size_bytes is not None
            and not self.part(record.id).exists()
            and self.path(record).exists()
            and self.path(record).stat().st_size == record.size_bytes
        )
        if not moved:
            return record
        ready = replace(record, state="ready", trouble=None)
        with contextlib.suppress(OSError):
            self.save(ready)
        return ready


def _read(path: Path) -> Record | None:
    """A record, or None for a file that is none; it is left alone."""
    try:
        values = json.loads(path.read_bytes())
        trouble = values.pop("trouble", None)
        made = Record(**values, trouble=Trouble(**trouble) if trouble else None)
    except (OSError, ValueError, TypeError, AttributeError):
        _log.warning("%s is no record of a model", path.name)
        return None
    return made if _fits(made) else None


def _fits(record: Record) -> bool:
    texts = (record.id, record.repository, record.file, record.revision, record.sha256)
    return (
        all(isinstance(text, str) for text in texts)
        and record.state in ("partial", "ready")
        and (record.size_bytes is None or isinstance(record.size_bytes, int))
    )


def _sync_folder(folder: Path) -> None:
    """The move itself on disk, where a folder can be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
