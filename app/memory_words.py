"""What is said of one memory: its strength, its place, what stands around it, its history. Pure."""

from __future__ import annotations

import html

from app import tokens, words
from app.one_line import plain
from memory.protocol import MemoryDetail, MemoryInfo, SourceKind

_HISTORY_SHOWN = 30
_AROUND_CHARS = 220


def strength_words(memory: MemoryInfo) -> str:
    """``Strong, 82 %. It stays fresh for about 12 days after each use.``"""
    said = f"{words.strength(memory.strength).capitalize()}, {words.percent(memory.strength)}."
    span = words.days(memory.stability_days)
    return f"{said} After a use it stays fresh for about {span}."


def place_words(memory: MemoryInfo) -> str:
    """Where in its source it stands; where the title already says that, what the source is."""
    place = words.place(memory)
    if place and place != memory.source_title:
        return place
    if memory.source_kind is SourceKind.FILE and memory.location:
        return words.path(memory.location)
    return words.SOURCE_KIND_NAMES[memory.source_kind].capitalize()


def around_words(before: list[MemoryInfo], after: list[MemoryInfo]) -> tuple[str, str]:
    """The end of what stands before a memory, and the beginning of what follows."""
    said_before = " ".join(_plain(m) for m in before)
    said_after = " ".join(_plain(m) for m in after)
    if len(said_before) > _AROUND_CHARS:
        said_before = "… " + said_before[-_AROUND_CHARS:].partition(" ")[2]
    if len(said_after) > _AROUND_CHARS:
        said_after = said_after[:_AROUND_CHARS].rpartition(" ")[0] + "\u00a0…"
    return said_before, said_after


def _plain(memory: MemoryInfo) -> str:
    """The text as one line, without the signs of Markdown."""
    return " ".join(plain(memory.text, memory.source_kind, memory.location).split())


def history(detail: MemoryDetail) -> list[tuple[str, str]]:
    """Newest first; its beginning last."""
    lines = [(words.moment(r.at), words.REVIEW_NAMES[r.reason]) for r in detail.reviews]
    lines.reverse()
    lines = lines[:_HISTORY_SHOWN]
    memory = detail.memory
    if memory.version > 1:
        lines.append(("", f"Reworded {words.count(memory.version - 1, 'time')}"))
    lines.append((words.moment(memory.learnt_at), "Learnt"))
    return lines


def reading(text: str) -> str:
    """Plain text with the line height of reading; nothing in it is markup.

    Lines that are indented one below the other are code, and look like it.
    """
    code = sum(line.startswith(("  ", "\t")) for line in text.split("\n")) > 1
    height = 125 if code else round(tokens.LINE_HEIGHT * 100)
    family = "font-family:monospace; " if code else ""
    safe = html.escape(text)
    return f'<p style="{family}line-height:{height}%; margin:0; white-space:pre-wrap">{safe}</p>'


def also_words(others: list[MemoryInfo]) -> str:
    """Where else the same was said: ``Also said in 3 others: lease.pdf, Moving``."""
    titles = list(dict.fromkeys(one.source_title for one in others))
    named = ", ".join(titles[:3]) + (" …" if len(titles) > 3 else "")
    return f"Also said in {words.count(len(others), 'other')}: {named}" if others else ""
