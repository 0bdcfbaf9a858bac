"""Which format a file has, by its name and its first bytes.

``format_of_name`` costs nothing and serves folder scans. ``detect`` opens the file and runs
in the reader child: a name lies easily, content less so.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from enum import StrEnum
from pathlib import Path

from memory.errors import Unreadable

HEAD_BYTES = 16_384


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    CODE = "code"
    CSV = "csv"
    TRANSCRIPT = "transcript"
    CHAT_EXPORT = "chat_export"


_CODE_SUFFIXES = (
    ".py .pyi .js .mjs .cjs .ts .tsx .jsx .java .kt .kts .scala .go .rs .c .h .cc .cpp .cxx .hpp"
    " .hh .cs .swift .m .mm .rb .php .pl .pm .lua .r .jl .hs .ml .ex .exs .erl .clj .dart .zig"
    " .nim .sh .bash .zsh .fish .ps1 .bat .sql .css .scss .less .vue .svelte .json .yaml .yml"
    " .toml .ini .cfg .conf .xml .tf .gradle .cmake .make .mk .proto .graphql .tex .bib"
).split()
_BY_SUFFIX: dict[str, Format] = {
    **{s: Format.CODE for s in _CODE_SUFFIXES},
    **{s: Format.TEXT for s in ".txt .text .log .rst .org .adoc .asc .me .srt .vtt".split()},
    **{s: Format.MARKDOWN for s in (".md", ".markdown", ".mdown", ".mkd", ".mdx")},
    **{s: Format.HTML for s in (".html", ".htm", ".xhtml")},
    **{s: Format.CSV for s in (".csv", ".tsv", ".tab")},
    **{s: Format.TRANSCRIPT for s in (".jsonl", ".ndjson")},
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".docm": Format.DOCX,
    ".zip": Format.CHAT_EXPORT,
}
_BY_NAME: dict[str, Format] = {
    **{n: Format.TEXT for n in "readme license licence copying authors changelog notes".split()},
    **{n: Format.CODE for n in "makefile dockerfile justfile rakefile gemfile procfile".split()},
    "conversations.json": Format.CHAT_EXPORT,
}
SUPPORTED: frozenset[str] = frozenset(_BY_SUFFIX)
"""Suffixes, lower case with dot, that a folder scan picks up."""

CONVERSATIONS = re.compile(r"conversations(?:-\d+)?\.json")
"""Name inside an export; large ones come in numbered parts."""

_HTML_HEAD = re.compile(
    rb"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE,
         codecs.BOM_UTF16_BE)  # fmt: skip
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1b\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def format_of_name(path: Path) -> Format | None:
    """The format the name promises, or None for a name that promises nothing we read."""
    return _BY_NAME.get(path.name.lower()) or _BY_SUFFIX.get(path.suffix.lower())


def detect(path: Path) -> Format:
    """The format of the file, by content where the content can tell.

    Raises:
        Unreadable: binary, an archive without conversations, a format we do not read.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    named = format_of_name(path)
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _detect_zip(path)
    if head.startswith(_OLE):
        raise _ole_problem(path)
    if is_binary(head):
        raise _binary_problem(path, named)
    if named in (Format.PDF, Format.DOCX) or (named is Format.CHAT_EXPORT and _is_zip_name(path)):
        raise damaged(path, f"Its name ends in {path.suffix}, its content is something else.")
    if path.suffix.lower() == ".json":
        return Format.CHAT_EXPORT if _is_chat_export(path) else Format.CODE
    if named is Format.TRANSCRIPT:
        return Format.TRANSCRIPT if _is_transcript(head) else Format.CODE
    if named in (None, Format.TEXT) and _HTML_HEAD.match(head):
        return Format.HTML
    return named or Format.TEXT


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are no text in any usual encoding."""
    if head.startswith(_BOMS):
        return False
    if b"\x00" in head:
        return utf16_without_bom(head) is None
    control = len(head) - len(head.translate(None, _CONTROL))
    return control > len(head) * 0.02


def utf16_without_bom(head: bytes) -> str | None:
    """The codec, if every second byte of nearly all characters is zero, as in Western UTF-16."""
    pairs = len(head) // 2
    if pairs < 4:
        return None
    low, high = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if high > pairs * 0.7 and low == 0:
        return "utf-16-le"
    if low > pairs * 0.7 and high == 0:
        return "utf-16-be"
    return None


def damaged(path: Path, message: str) -> Unreadable:
    return Unreadable(
        "The file is damaged",
        message,
        "Open it in its own program; if that works, save it again and retry.",
        item=str(path),
    )


def _detect_zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path, "The archive is cut off or its table of contents is broken.") from error
    if "word/document.xml" in names:
        return Format.DOCX
    if any(CONVERSATIONS.fullmatch(n.rsplit("/", 1)[-1]) for n in names):
        return Format.CHAT_EXPORT
    if path.suffix.lower() == ".docx":
        raise damaged(path, "It is an archive, but there is no Word document in it.")
    raise Unreadable(
        "Nothing to remember in this archive",
        "Archives are read only when they are an export of ChatGPT or Claude "
        "(with conversations.json in it).",
        "Unpack it and add the files or the folder.",
        item=str(path),
        skipped=True,
    )


def _ole_problem(path: Path) -> Unreadable:
    with path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(4_000_000)
    if encrypted:
        return encrypted_file(path)
    return Unreadable(
        "An old Office format",
        "It was written by Word, Excel or PowerPoint before 2007.",
        "Open it and save it as DOCX or PDF, then add that.",
        item=str(path),
        skipped=True,
    )


def encrypted_file(path: Path) -> Unreadable:
    return Unreadable(
        "The file is locked with a password",
        "Its text cannot be read without the password.",
        "Save a copy without password and add that.",
        item=str(path),
    )


def _binary_problem(path: Path, named: Format | None) -> Unreadable:
    if named in (Format.PDF, Format.DOCX, Format.CHAT_EXPORT):
        return damaged(path, f"Its name ends in {path.suffix}, its content is something else.")
    return Unreadable(
        "Not a text",
        "It holds binary data: a picture, sound, program or a format that is not read yet.",
        "Nothing to do. If there is text in it, save it as PDF, DOCX or plain text and add that.",
        item=str(path),
        skipped=True,
    )


def _is_zip_name(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def _is_chat_export(path: Path) -> bool:
    """ChatGPT has ``mapping``, Claude ``chat_messages``, near the start of the first item."""
    with path.open("rb") as file:
        start = file.read(1_000_000)
    opens = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
    return opens and (b'"chat_messages"' in start or b'"mapping"' in start)


def _is_transcript(head: bytes) -> bool:
    first = next((line for line in head.splitlines() if line.strip()), b"")
    return b'"text"' in head and first.lstrip(b"\xef\xbb\xbf").startswith(b"{")
