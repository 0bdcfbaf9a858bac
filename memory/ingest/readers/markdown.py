"""Markdown: the text stays as written (the window renders it), markdown-it finds the blocks.

Front matter gives title and date and is left out of the blocks, not out of the text.
"""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memory.ingest.dates import to_ms_or_none
from memory.ingest.extracted import Block, Extracted, one_line
from memory.ingest.readers.common import Limits, read_text, require_words
from memory.ingest.structure import lines_of, trimmed, with_headings

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FIELD = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.+?)[ \t]*$", re.M)
_LEAVES = {"paragraph_open": "paragraph", "fence": "code", "code_block": "code",
           "html_block": "paragraph", "tr_open": "row"}  # fmt: skip


def read(path: Path, limits: Limits) -> Extracted:
    text = require_words(path, read_text(path, limits))
    front = _FRONT.match(text)
    fields = dict(_FIELD.findall(front.group(1))) if front else {}
    fields = {name.lower(): value.strip("\"'") for name, value in fields.items()}
    blocks = markdown_blocks(text, front.end() if front else 0)
    if not blocks:  # only front matter, or something the parser takes for no block at all
        start, end = trimmed(text, 0, len(text))
        blocks = (Block(start, end, "paragraph"),)
    first = next((b for b in blocks if b.kind == "heading"), None)
    title = fields.get("title") or (text[first.start : first.end].strip("# \n=-") if first else "")
    return Extracted(
        format="markdown",
        title=one_line(title) or path.name,
        text=text,
        markup="markdown",
        blocks=blocks,
        happened_ms=to_ms_or_none(fields.get("date", "")),
    )


def markdown_blocks(text: str, start: int = 0) -> tuple[Block, ...]:
    """Blocks of ``text[start:]`` with places in ``text``.

    markdown-it gives line numbers of leaves; what it does not name (link definitions) is
    added as paragraphs, so that no words are lost.
    """
    body = text[start:]
    lines = [(s + start, e + start) for s, e in lines_of(body)]
    tokens = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(body)
    blocks: list[Block] = []
    covered = 0
    for block_lines, kind, level in _leaves(tokens):
        first, last = max(block_lines[0], covered), min(block_lines[1], len(lines))
        blocks += _between(text, lines, covered, first)
        blocks += _block(text, lines, first, last, kind, level)
        covered = max(covered, last)
    blocks += _between(text, lines, covered, len(lines))
    return with_headings(text, blocks)


def _leaves(tokens: list[Token]) -> list[tuple[list[int], str, int | None]]:
    """Line range, kind and level of every block without blocks in it."""
    found: list[tuple[list[int], str, int | None]] = []
    items = quotes = 0
    for token in tokens:
        if token.type == "list_item_open":
            items += 1
        elif token.type == "list_item_close":
            items -= 1
        elif token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        if token.map is None:
            continue
        if token.type == "heading_open":
            found.append((token.map, "heading", int(token.tag[1])))
        elif token.type in _LEAVES:
            kind = _LEAVES[token.type]
            if kind == "paragraph" and (items or quotes):
                kind = "item" if items else "quote"
            found.append((token.map, kind, min(items, 6) or None))
    return found


def _block(
    text: str, lines: list[tuple[int, int]], first: int, last: int, kind: str, level: int | None
) -> list[Block]:
    if first >= last:
        return []
    start, end = trimmed(text, lines[first][0], lines[last - 1][1])
    return [Block(start, end, kind, level=level)] if start < end else []


def _between(text: str, lines: list[tuple[int, int]], first: int, last: int) -> list[Block]:
    """What lies between two blocks, if it has words: link definitions, the like."""
    found = _block(text, lines, first, last, "paragraph", None)
    return [b for b in found if any(c.isalnum() for c in text[b.start : b.end])]
