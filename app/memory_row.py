"""What a list shows of a memory."""

from __future__ import annotations

from app import flag_words, words
from app.one_line import plain
from app.passage_row import Row
from memory.protocol import MemoryInfo, MemoryKind, MemoryState, SourceKind


def memory_row(memory: MemoryInfo) -> Row:
    text = plain(memory.text, memory.source_kind, memory.location)
    if memory.speaker and memory.kind is not MemoryKind.FACT:  # a fact is in our words
        text = f"{memory.speaker}: {text}"
    # A note is named after its first words.
    below = ["Note" if memory.source_kind is SourceKind.NOTE else memory.source_title]
    if memory.page is not None:
        below.append(f"page {memory.page}")
    below.append(words.memory_when(memory))
    if memory.state is not MemoryState.ACTIVE:
        below.append(words.MEMORY_STATE_NAMES[memory.state].lower())
    below += flag_words.short(memory.flags)
    marks = []
    if memory.flags:
        marks.append("warning")
    if memory.marked_wrong:
        marks.append("wrong")
    if memory.pinned:
        marks.append("pinned")
    dimmed = memory.state is not MemoryState.ACTIVE
    return Row(text, " · ".join(below), memory.strength, tuple(marks), dimmed)
