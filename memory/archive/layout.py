"""What stands in an archive: its parts, the fields of a line, and how each is written. Pure.

``assets/docs/archive-format.md`` tells the same to people; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.facts.fold import State
from memory.facts.statements import Mode, Verdict
from memory.protocol import MemoryKind, MemoryState, ReviewReason, SourceKind, SourceState

FORMAT = "recollect-archive"
VERSION = 1
MANIFEST = "manifest.json"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MOST_INT = 2**53
_ID_CHARS = 200
_HASH_BYTES = 64

Row = tuple[Any, ...]


class WrongLine(ValueError):
    """A line does not say what its part should; the message names the field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a line. ``write`` makes JSON of a column, ``read`` the reverse, checking."""

    name: str
    column: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    may_miss: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One file of JSON Lines: a line for each row of ``table``."""

    name: str
    table: str
    fields: tuple[Field, ...]
    most_line: int = 16 << 20

    @property
    def file(self) -> str:
        return f"{self.name}.jsonl"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.column for field in self.fields)

    def place(self, name: str) -> int:
        """Where a field stands in a row."""
        return next(at for at, field in enumerate(self.fields) if field.name == name)


def line(part: Part, row: Sequence[Any]) -> str:
    """A row as a line, its line break included."""
    said = {
        field.name: None if value is None else field.write(value)
        for field, value in zip(part.fields, row, strict=True)
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def row(part: Part, said: object) -> Row:
    """The reverse.

    Raises:
        WrongLine: a field is missing, of the wrong kind, or nobody knows it.
    """
    if not isinstance(said, dict):
        raise WrongLine("is no JSON object")
    unknown = said.keys() - {field.name for field in part.fields}
    if unknown:
        raise WrongLine(f"has a field nobody knows, {min(map(str, unknown))[:40]!r}")
    return tuple(_read(field, said) for field in part.fields)


def named(part: Part, row: Sequence[Any]) -> dict[str, Any]:
    """A row by the names of its fields."""
    return {one.name: value for one, value in zip(part.fields, row, strict=True)}


def row_of(part: Part, said: Mapping[str, Any]) -> Row:
    """The reverse."""
    return tuple(said[one.name] for one in part.fields)


def _read(field: Field, said: Mapping[str, Any]) -> Any:
    value = said.get(field.name)
    if value is None:
        if field.may_miss:
            return None
        raise WrongLine(f"has no {field.name}")
    try:
        return field.read(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise WrongLine(f"has a wrong {field.name}") from None


# -- kinds of fields


def _same(value: Any) -> Any:
    return value


def _as_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode("utf-8")  # half a surrogate pair is no text, and SQLite would not take it
    return value


def _as_id(value: object) -> str:
    text = _as_text(value)
    if not 0 < len(text) <= _ID_CHARS or not text.isprintable():
        raise ValueError
    return text


def _as_int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_INT:
        raise TypeError
    return value


def _as_real(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    found = float(value)
    if not math.isfinite(found):
        raise ValueError
    return found


def _as_flag(value: object) -> int:
    if not isinstance(value, bool):
        raise TypeError
    return int(value)


def _time(ms: int) -> str:
    return (_EPOCH + ms * _MS).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_time(value: object) -> int:
    when = datetime.fromisoformat(_as_text(value))
    if when.tzinfo is None:
        raise ValueError
    return (when - _EPOCH) // _MS


def _json_of(kind: type) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, kind):
            raise TypeError
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
        return text

    return read


def _as_hash(value: object) -> bytes:
    found = bytes.fromhex(_as_text(value))
    if not 0 < len(found) <= _HASH_BYTES:
        raise ValueError
    return found


def _as_blob(value: object) -> bytes:
    try:
        return base64.b64decode(_as_text(value), validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _one_of(values: Iterable[str]) -> Callable[[object], str]:
    known = frozenset(str(value) for value in values)

    def read(value: object) -> str:
        if value not in known:
            raise ValueError
        return str(value)

    return read


def _field(read: Callable[[Any], Any], write: Callable[[Any], Any] = _same) -> Callable[..., Field]:
    def made(name: str, column: str | None = None, *, may_miss: bool = False) -> Field:
        return Field(name, column or name, write, read, may_miss)

    return made


_text, _id, _int, _real = _field(_as_text), _field(_as_id), _field(_as_int), _field(_as_real)
_flag, _when = _field(_as_flag, bool), _field(_as_time, _time)
_object, _list = _field(_json_of(dict), json.loads), _field(_json_of(list), json.loads)
_hash = _field(_as_hash, bytes.hex)
_blob = _field(_as_blob, lambda value: base64.b64encode(value).decode("ascii"))


def _choice(name: str, values: Iterable[str]) -> Field:
    return _field(_one_of(values))(name)


FOLDERS = Part("folders", "folders", (
    _id("id"), _text("path"), _list("ignore"), _text("state"), _when("added_at", "added_ms"),
    _when("scanned_at", "scanned_ms", may_miss=True), _text("scope"),
))  # fmt: skip
SOURCES = Part("sources", "sources", (
    _id("id"), _choice("kind", SourceKind), _text("title"), _text("location", may_miss=True),
    _text("format", may_miss=True), _choice("state", SourceState),
    _object("problem", may_miss=True), _text("content_hash", may_miss=True),
    _int("size_bytes", may_miss=True), _when("modified_at", "modified_ms", may_miss=True),
    _id("parent", "parent_id", may_miss=True), _id("folder", "folder_id", may_miss=True),
    _when("added_at", "added_ms"), _when("updated_at", "updated_ms"), _text("scope"),
))  # fmt: skip
DOCUMENTS = Part("documents", "documents", (
    _id("source", "source_id"), _text("text"), _list("pages"), _text("markup", may_miss=True),
), most_line=1 << 30)  # fmt: skip
MEMORIES = Part("memories", "memories", (
    _id("id"), _choice("kind", MemoryKind), _text("text"), _hash("text_hash"),
    _id("source", "source_id"), _int("position"), _int("start"), _int("end"),
    _int("page", may_miss=True), _text("ref", may_miss=True), _text("speaker", may_miss=True),
    _text("role", may_miss=True), _text("heading", may_miss=True),
    _when("happened_at", "happened_ms", may_miss=True), _when("learnt_at", "learnt_ms"),
    _real("stability_days"), _real("difficulty"), _when("reviewed_at", "reviewed_ms"),
    _real("importance"), _flag("pinned"), _flag("marked_wrong"),
    _choice("state", MemoryState), _int("version"), _object("provenance"),
))  # fmt: skip
VERSIONS = Part("versions", "memory_versions", (
    _id("memory", "memory_id"), _int("version"), _text("text"), _text("cause"),
    _when("at", "at_ms"),
))  # fmt: skip
REVIEWS = Part("reviews", "reviews", (
    _id("memory", "memory_id"), _choice("reason", ReviewReason), _when("at", "at_ms"),
    _real("before_stability"), _real("before_difficulty"),
    _when("before_reviewed_at", "before_reviewed_ms"), _real("after_stability"),
    _real("after_difficulty"),
))  # fmt: skip
FORGOTTEN = Part("forgotten", "forgotten", (_id("source", "source_id"), _hash("text_hash")))
CHATS = Part("chats", "chats", (
    _id("id"), _text("title"), _when("created_at", "created_ms"),
    _when("updated_at", "updated_ms"), _text("scope"), _list("scopes", may_miss=True),
))  # fmt: skip
MESSAGES = Part("messages", "messages", (
    _id("id"), _id("chat", "chat_id"), _choice("role", ("person", "assistant")), _text("text"),
    _when("at", "at_ms"), _choice("state", ("complete", "streaming", "stopped", "failed")),
    _list("citations"), _text("model", may_miss=True), _object("problem", may_miss=True),
))  # fmt: skip
FACTS = Part("facts", "facts", (
    _id("id"), _id("memory", "memory_id", may_miss=True), _text("subject"),
    _text("subject_key"), _text("relation"), _text("slot"), _text("slot_key"), _text("value"),
    _text("detail"), _text("text"), _choice("state", State),
    _when("from", "from_ms", may_miss=True), _int("from_days", may_miss=True),
    _when("to", "to_ms", may_miss=True), _int("to_days", may_miss=True), _text("ended_by"),
    _text("doubt"), _when("said_at", "said_ms"), _when("learnt_at", "learnt_ms"),
    _real("confidence"),
))  # fmt: skip
STATEMENTS = Part("statements", "fact_statements", (
    _id("memory", "memory_id"), _id("fact", "fact_id", may_miss=True), _text("subject"),
    _text("subject_key"), _text("relation"), _text("slot"), _text("slot_key"), _text("value"),
    _text("detail"), _choice("mode", Mode), _when("from", "from_ms", may_miss=True),
    _int("from_days", may_miss=True), _when("to", "to_ms", may_miss=True),
    _int("to_days", may_miss=True), _when("said_at", "said_ms"),
    _when("learnt_at", "learnt_ms"), _real("confidence"), _int("corrects"), _int("start"),
    _int("end"), _choice("verdict", Verdict),
))  # fmt: skip
PORTRAIT = Part("portrait", "portrait_lines", (
    _id("id"), _id("fact", "fact_id", may_miss=True), _text("subject_key"), _text("relation"),
    _text("slot_key"), _text("value_key"), _text("text"), _flag("hidden"), _when("at", "at_ms"),
))  # fmt: skip
VECTORS = Part("vectors", "embeddings", (
    _id("memory"), _text("model"), _blob("vector"), _blob("tokens", may_miss=True),
))  # fmt: skip

PARTS: tuple[Part, ...] = (
    FOLDERS, SOURCES, DOCUMENTS, MEMORIES, VERSIONS, REVIEWS, FORGOTTEN, CHATS, MESSAGES, FACTS,
    STATEMENTS, PORTRAIT, VECTORS,
)  # fmt: skip
"""In the order in which lines refer to earlier ones."""
MAY_MISS = frozenset((PORTRAIT.file, VECTORS.file))
