"""What a reader found in a file, and how it travels from the child process to the daemon.

The child is not trusted (it has handled an untrusted file), so values cross as JSON and are
checked on arrival: types, order and bounds of every span. Nothing is unpickled.
Pure; runs in the reader child (``to_json``) and on the ingest thread (``from_json``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memory.store.rows import PageSpan

BLOCK_KINDS = frozenset({"heading", "paragraph", "item", "code", "row", "quote"})
ROLES = frozenset({"person", "assistant", "other"})
HEADING_JOIN = " › "

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of structure: ``text[start:end]`` of the document, code points, end exclusive."""

    start: int
    end: int
    kind: str  # one of BLOCK_KINDS
    heading: str | None = None  # path of headings above it, HEADING_JOIN between
    page: int | None = None  # 1-based
    level: int | None = None  # of a heading, 1-6; of an item, its depth from 1


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; ``ref`` is its id in the file it came from."""

    ref: str
    speaker: str
    role: str  # person | assistant | other
    happened_ms: int | None  # UTC
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """``name`` is the stable identity within its file, ``title`` is for people."""

    name: str
    title: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file as text with its structure.

    ``happened_ms`` is a date the file states about itself (front matter, PDF or DOCX
    properties), else None. ``warnings`` are sentences for people about parts that could not
    be read (line numbers of a broken transcript); the rest was read.
    A file of conversations has an empty ``text``.
    """

    format: str
    title: str
    text: str = ""
    pages: tuple[PageSpan, ...] = ()
    markup: str | None = None  # 'markdown', 'code' or None
    blocks: tuple[Block, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    happened_ms: int | None = None
    warnings: tuple[str, ...] = ()


class BadAnswer(ValueError):
    """The child sent something that is not an ``Extracted``."""


def clean(text: str) -> str:
    r"""Line ends as ``\n``; characters that are no text (NUL, lone surrogates, BOM) removed."""
    return _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, limit: int = 200) -> str:
    """White space folded, for titles and headings."""
    folded = " ".join(text.split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def to_json(extracted: Extracted) -> bytes:
    value = {
        "format": extracted.format,
        "title": extracted.title,
        "text": extracted.text,
        "pages": [[p.number, p.start, p.end] for p in extracted.pages],
        "markup": extracted.markup,
        "blocks": [[b.start, b.end, b.kind, b.heading, b.page, b.level] for b in extracted.blocks],
        "conversations": [
            [c.name, c.title, [[t.ref, t.speaker, t.role, t.happened_ms, t.text] for t in c.turns]]
            for c in extracted.conversations
        ],
        "happened_ms": extracted.happened_ms,
        "warnings": list(extracted.warnings),
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def from_json(data: bytes) -> Extracted:
    """Decode and check.

    Raises:
        BadAnswer: not JSON, a wrong type, a span outside the text or out of order.
    """
    try:
        value = json.loads(data)
        text = _text(value["text"])
        return Extracted(
            format=_text(value["format"]),
            title=_text(value["title"]),
            text=text,
            pages=tuple(_pages(value["pages"], len(text))),
            markup=_text_or_none(value["markup"]),
            blocks=tuple(_blocks(value["blocks"], len(text))),
            conversations=tuple(_conversation(c) for c in value["conversations"]),
            happened_ms=_int_or_none(value["happened_ms"]),
            warnings=tuple(_text(w) for w in value["warnings"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadAnswer(type(error).__name__) from error


def _pages(rows: Iterable[Any], length: int) -> Iterable[PageSpan]:
    at = 0
    for number, start, end in rows:
        if not at <= _int(start) <= _int(end) <= length:
            raise BadAnswer("page outside the text")
        at = end
        yield PageSpan(_int(number), start, end)


def _blocks(rows: Iterable[Any], length: int) -> Iterable[Block]:
    at = 0
    for start, end, kind, heading, page, level in rows:
        if not at <= _int(start) < _int(end) <= length or kind not in BLOCK_KINDS:
            raise BadAnswer("block outside the text")
        at = end
        yield Block(
            start, end, kind, _text_or_none(heading), _int_or_none(page), _int_or_none(level)
        )


def _conversation(row: Any) -> Conversation:
    name, title, turns = row
    return Conversation(_text(name), _text(title), tuple(_turn(t) for t in turns))


def _turn(row: Any) -> Turn:
    ref, speaker, role, happened_ms, text = row
    if role not in ROLES:
        raise BadAnswer("unknown role")
    return Turn(_text(ref), _text(speaker), role, _int_or_none(happened_ms), _text(text))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadAnswer("text expected")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _int(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadAnswer("whole number expected")
    return value


def _int_or_none(value: Any) -> int | None:
    return None if value is None else _int(value)
