"""What all readers share: limits, decoding of bytes, and putting a text together.

Runs in the reader child only.
"""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.errors import Unreadable
from memory.ingest.detect import HEAD_BYTES, is_binary, utf16_without_bom
from memory.ingest.extracted import Block, Extracted, clean
from memory.ingest.structure import with_headings

GUESS_BYTES = 200_000  # charset detection looks at this much


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may cost. The process limits are set from the same values."""

    file_bytes: int = 200 << 20
    text_chars: int = 50 << 20
    seconds: int = 120
    memory_bytes: int = 2048 << 20


def too_much_text(path: Path, limits: Limits) -> Unreadable:
    return Unreadable(
        "Too much text in one file",
        f"It unpacks to more than {limits.text_chars >> 20} MB of text.",
        "Split it, or raise the longest text of a file in the settings, then retry.",
        item=str(path),
    )


def no_words(path: Path) -> Unreadable:
    return Unreadable(
        "Nothing to remember",
        "There is no text in this file.",
        "Nothing to do.",
        item=str(path),
        skipped=True,
    )


def require_words(path: Path, text: str) -> str:
    if not text.strip():
        raise no_words(path)
    return text


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The whole file, or Unreadable when it grew beyond the limit meanwhile."""
    with path.open("rb") as file:
        data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise too_large(path, limits.file_bytes)
    return data


def too_large(path: Path, limit: int) -> Unreadable:
    return Unreadable(
        "The file is too large",
        f"Files above {limit >> 20} MB are left out.",
        "Split it, or raise the largest file in the settings, then retry.",
        item=str(path),
        skipped=True,
    )


def read_text(path: Path, limits: Limits) -> str:
    """Text of a file in whatever encoding, cleaned.

    Raises:
        Unreadable: binary after the first bytes, or more text than allowed.
    """
    return decoded(path, read_bytes(path, limits), limits)


def decoded(path: Path, data: bytes, limits: Limits) -> str:
    text = decode(data)
    if len(text) > limits.text_chars:
        raise too_much_text(path, limits)
    if is_binary(data[:HEAD_BYTES]) or text.count("\x00") > len(text) * 0.01:
        raise Unreadable(
            "Not a text",
            "It begins like a text, but most of it is binary data.",
            "Nothing to do.",
            item=str(path),
            skipped=True,
        )
    return clean(text)


def decode(data: bytes) -> str:
    """BOM first, then UTF-8, then UTF-16 by its zeros, then charset-normalizer's guess."""
    for bom, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(bom):
            cut = len(bom) if codec == "utf-8" else 0
            return data[cut:].decode(codec, "replace")
    wide = utf16_without_bom(data[:HEAD_BYTES])
    if wide:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut or a single stray byte in a long UTF-8 file is damage, not another encoding.
        bad = data.decode("utf-8", "replace")
        if error.start >= len(data) - 3 or _mostly_utf8(data, bad):
            return bad
    return data.decode(_guessed(data), "replace")


def _mostly_utf8(data: bytes, replaced: str) -> bool:
    beyond_ascii = sum(byte > 127 for byte in data[:GUESS_BYTES])
    return replaced[:GUESS_BYTES].count("\ufffd") * 20 < beyond_ascii


def _guessed(data: bytes) -> str:
    """The codec for bytes that are not UTF-8. Western files are by far the commonest."""
    from charset_normalizer import from_bytes  # late: 20 ms, and few files need it

    sample = data[:GUESS_BYTES]
    for codec in ("cp932", "euc_jp"):  # taken for Korean otherwise
        kana = sum("\u3041" <= c <= "\u3096" for c in sample.decode(codec, "ignore"))
        if kana * 2 > len(sample) * 0.2:
            return codec
    matches = from_bytes(sample, preemptive_behaviour=True)
    best = matches.best()
    names = [m.encoding for m in matches]
    western = {"cp1252", "latin_1", "iso8859_15", "cp1250", "cp858", "cp850", "mac_roman"}
    if best is None or (best.encoding in western and _is_cp1252(sample)):
        return "cp1252"
    if "cp1252" in names and best.encoding.startswith(("cp125", "iso8859", "cp85", "cp43")):
        found = next(m for m in matches if m.encoding == "cp1252")
        if found.chaos <= best.chaos and found.coherence >= best.coherence:
            return "cp1252"
    return best.encoding


def _is_cp1252(sample: bytes) -> bool:
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def parse_json(path: Path, data: bytes) -> Any:
    """JSON or Unreadable; deep nesting is damage, not a crash."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            "The file is damaged",
            "It is not complete JSON.",
            "Download the export again, then retry.",
            item=str(path),
        ) from error


@dataclass
class Builder:
    """Puts a document together block by block, a blank line between two blocks."""

    path: Path
    limits: Limits
    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _length: int = 0

    def add(
        self,
        kind: str,
        text: str,
        *,
        level: int | None = None,
        lead: str = "",
        gap: str = "\n\n",
    ) -> None:
        """Append a block; ``lead`` (a bullet) stands before it, outside of its span."""
        body = clean(text).strip()
        if not body:
            return
        before = (gap if self._parts else "") + lead
        start = self._length + len(before)
        self._length = start + len(body)
        if self._length > self.limits.text_chars:
            raise too_much_text(self.path, self.limits)
        self._parts += (before, body)
        self._blocks.append(Block(start, self._length, kind, level=level))

    @property
    def length(self) -> int:
        return self._length

    @property
    def last_kind(self) -> str | None:
        return self._blocks[-1].kind if self._blocks else None

    def done(self, form: str, title: str, happened_ms: int | None = None) -> Extracted:
        """The document. Raises Unreadable (skipped) when there are no words in it."""
        text = "".join(self._parts)
        if not self._blocks:
            raise no_words(self.path)
        return Extracted(
            format=form,
            title=title or self.path.name,
            text=text,
            blocks=with_headings(text, self._blocks),
            happened_ms=happened_ms,
        )
