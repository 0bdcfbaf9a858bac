"""Structure of plain text and of code, found by lines: pure functions from text to blocks.

Used by the readers (child process) and by the chunker for notes and long chat turns (ingest
thread). Markdown files have their own reader; this one only needs to be right about what
people type: paragraphs, lists, quotes, fenced code, underlined or capital headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from memory.ingest.extracted import HEADING_JOIN, Block, one_line

_ITEM = re.compile(r"(\s*)(?:[-*+•◦▪‣–]|\(?\d{1,3}[.)]|[a-zA-Z][.)])\s+\S")
_UNDERLINE = re.compile(r"(=|-|~|#){3,}\s*\Z")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_CAPITALS = re.compile(r"[^a-zß-öø-ÿ]{4,60}\Z")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_DEFINITION = re.compile(
    r"(?:@\w|(?:export |default |public |private |protected |internal |static |final |abstract "
    r"|async |pub(?:\([a-z]+\))? |unsafe |extern |inline |virtual |override |const )*"
    r"(?:def|class|function|func|fn|fun|struct|enum|interface|trait|impl|module|namespace|type|"
    r"object|record|sub|proc|CREATE|create|macro_rules!)\b|[A-Za-z_][\w<>:*&\[\] ]*\([^;]*\)\s*\{)"
)

Line = tuple[int, int]
"""Start and end of a line without its line end."""


def lines_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """Spans of the lines of ``text[start:end]``, line ends left out."""
    stop = len(text) if end is None else end
    at = start
    while at < stop:
        newline = text.find("\n", at, stop)
        if newline < 0:
            yield at, stop
            return
        yield at, newline
        at = newline + 1


def trimmed(text: str, start: int, end: int) -> Line:
    """The span without white space at both ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def with_headings(text: str, blocks: list[Block]) -> tuple[Block, ...]:
    """Give every block the path of the headings above it."""
    path: list[tuple[int, str]] = []
    placed = []
    for block in blocks:
        if block.kind == "heading":
            level = block.level or 1
            path = [(lv, name) for lv, name in path if lv < level]
        above = HEADING_JOIN.join(name for _, name in path) or None
        placed.append(replace(block, heading=above))
        if block.kind == "heading":
            title = one_line(text[block.start : block.end].strip("#=-~ \n\t"), 120)
            path.append((block.level or 1, title.split("\n")[0]))
    return tuple(placed)


def plain_blocks(text: str, start: int = 0, end: int | None = None) -> tuple[Block, ...]:
    """Blocks of text that people wrote without markup."""
    blocks: list[Block] = []
    lines = list(lines_of(text, start, end))
    i = 0
    while i < len(lines):
        if not text[slice(*lines[i])].strip():
            i += 1
            continue
        kind, level, count = _block_at(text, lines, i)
        first, last = trimmed(text, lines[i][0], lines[i + count - 1][1])
        blocks.append(Block(first, last, kind, level=level))
        i += count
    return with_headings(text, blocks)


def _block_at(text: str, lines: list[Line], i: int) -> tuple[str, int | None, int]:
    """Kind, level and number of lines of the block that begins at line ``i``."""
    line = text[slice(*lines[i])]
    following = text[slice(*lines[i + 1])] if i + 1 < len(lines) else ""
    fence = _FENCE.match(line)
    if fence:
        return "code", None, _fenced(text, lines, i, fence.group(1))
    if len(line.strip()) <= 100 and _UNDERLINE.match(following) and _WORDS.search(line):
        return "heading", 1 if following.startswith("=") else 2, 2
    if _is_capitals(line) and not following.strip():
        return "heading", 2, 1
    item = _ITEM.match(line)
    if item:
        depth = 1 + len(item.group(1).expandtabs(4)) // 2
        return "item", min(depth, 6), _run(text, lines, i, in_item=True)
    if line.startswith(">"):
        return "quote", None, _run(text, lines, i, prefix=">")
    return "paragraph", None, _run(text, lines, i)


def _is_capitals(line: str) -> bool:
    stripped = line.strip()
    return bool(_CAPITALS.match(stripped) and _WORDS.search(stripped)) and stripped[-1] not in ".,;"


def _fenced(text: str, lines: list[Line], i: int, fence: str) -> int:
    for j in range(i + 1, len(lines)):
        stripped = text[slice(*lines[j])].strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return j - i + 1
    return len(lines) - i


def _run(text: str, lines: list[Line], i: int, prefix: str = "", in_item: bool = False) -> int:
    """Lines until a blank one, or until something else begins."""
    j = i + 1
    while j < len(lines):
        line = text[slice(*lines[j])]
        if not line.strip() or (prefix and not line.startswith(prefix)):
            break
        if _ITEM.match(line) and not _continues(text, lines, j):
            break
        if not in_item and not prefix and (line.startswith(">") or _FENCE.match(line)):
            break
        j += 1
    return j - i


def _continues(text: str, lines: list[Line], j: int) -> bool:
    """A dash that opens a line of running text ("... – and so on") is no list item."""
    before = text[slice(*lines[j - 1])].rstrip()
    return len(before) > 60 and before[-1:] not in ".:;!?" and not _ITEM.match(before)


def code_blocks(text: str) -> tuple[Block, ...]:
    """Functions, classes and runs of lines between blank lines.

    A block begins at a definition that is not indented deeper than the file's outermost
    definitions, or after a blank line where the indentation is back at the margin.
    """
    blocks: list[Block] = []
    begin: int | None = None
    last = 0
    blank = False
    name: str | None = None
    for start, end in lines_of(text):
        line = text[start:end]
        if not line.strip():
            blank = True
            continue
        margin = not line[0].isspace()
        fresh = margin and (blank or _DEFINITION.match(line)) and line[0] not in "})]"
        decorated = begin is not None and _is_prelude(text[begin:last])
        if begin is None or (fresh and not decorated):
            if begin is not None:
                blocks.append(_code(text, begin, last, name))
            begin, name = start, None
        if name is None and _DEFINITION.match(line):
            name = _definition_name(line)
        last, blank = end, False
    if begin is not None:
        blocks.append(_code(text, begin, last, name))
    return tuple(blocks)


def _is_prelude(so_far: str) -> bool:
    """Only decorators and comments so far: they belong to what follows."""
    lines = so_far.splitlines()
    return len(lines) <= 12 and all(
        line.lstrip()[:1] in ("@", "#", "/", "*", "[") or line.startswith("--") for line in lines
    )


def _definition_name(line: str) -> str | None:
    stripped = line.strip().rstrip("{:").strip()
    return None if stripped.startswith("@") else one_line(stripped, 80)


def _code(text: str, start: int, end: int, name: str | None) -> Block:
    return Block(*trimmed(text, start, end), "code", heading=name)
