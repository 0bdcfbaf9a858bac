"""A passage as one line of a list: without the signs of Markdown, headings told from what
follows them, the words untouched. Pure.
"""

from __future__ import annotations

import re

from memory.protocol import SourceKind

_HEADING = re.compile(r"#{1,6}\s+(.+?)[\s#]*\Z")
_ITEM = re.compile(r"^[-*+]\s+")
_QUOTE = re.compile(r"^(?:>\s?)+")
_RULE = re.compile(r"[|:\s-]*-[|:\s-]*\Z")
_GAP = re.compile(r"\n\s*\n")
_LAID_OUT = (".pdf", ".docx", ".html", ".htm", ".xhtml")
_HEADING_CHARS = 70
_PAIRED = re.compile(r"(\*\*|`)(?=\S)(.+?)(?<=\S)\1")


def is_marked_up(source_kind: SourceKind, location: str | None) -> bool:
    """Whether a source's text is Markdown: chats and notes are, and files that say so."""
    if source_kind is not SourceKind.FILE:
        return True
    return bool(location) and str(location).lower().endswith((".md", ".markdown"))


def one_line(text: str) -> str:
    """Dots for the marks of lists and tables, a colon after a heading that text follows."""
    shown = [_shown(line.strip()) for line in text.split("\n")]
    line = " ".join(part for part in shown if part).replace(": · ", ": ")
    if text.lstrip().startswith("#") and text.strip().count("\n") == 0:
        line = line.removesuffix(":")  # a heading alone
    return _PAIRED.sub(r"\2", line)


def plain(text: str, source_kind: SourceKind, location: str | None) -> str:
    """What a list shows of a memory's text."""
    if is_marked_up(source_kind, location):
        return one_line(text)
    return told_apart(text) if str(location).lower().endswith(_LAID_OUT) else text


def told_apart(text: str) -> str:
    """A colon after the headings of a text whose layout is gone: short paragraphs that end
    like no sentence, at most two in a row, with a whole one below.
    """
    paragraphs = [" ".join(p.split()) for p in _GAP.split(text.strip())]
    headings = 0  # right below the paragraph looked at
    for at in range(len(paragraphs) - 2, -1, -1):
        short = len(paragraphs[at]) <= _HEADING_CHARS and paragraphs[at][-1:].isalnum()
        whole_below = len(paragraphs[at + 1]) > _HEADING_CHARS
        if short and (whole_below or headings == 1):
            headings = 1 if whole_below else 2
            paragraphs[at] += ":"
        else:
            headings = 0
    return " ".join(paragraphs)


def _shown(line: str) -> str:
    if heading := _HEADING.match(line):
        name = heading[1]
        return name if name[-1] in ".:?!…" else f"{name}:"
    if _RULE.match(line):
        return ""
    if len(line) > 2 and line[0] == line[-1] == "|":
        return "· " + ", ".join(cell.strip() for cell in line[1:-1].split("|"))
    return _ITEM.sub("· ", _QUOTE.sub("", line))
