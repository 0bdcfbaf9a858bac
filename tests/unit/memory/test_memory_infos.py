"""One memory as the channel shows it."""

from __future__ import annotations

from dataclasses import replace

from memory.api.memory_infos import memory_detail
from memory.protocol import MemoryKind, MemoryState, SourceKind
from memory.store.rows import Memory, MemoryWithSource, Strength

NOW = 1_772_366_400_000
FOUND = MemoryWithSource(
    Memory(
        1, "m", MemoryKind.NOTE, "The boiler code is 4711.", "s", 0, 0, 24, None, None, None, None,
        None, None, NOW, Strength(8.0, 5.0, NOW), 0.5, False, False, MemoryState.ACTIVE, 1, {},
    ),
    SourceKind.NOTE, "note", None,
)  # fmt: skip


def test_the_mark_of_dormancy_is_told_but_for_what_never_sleeps() -> None:
    assert memory_detail(FOUND, ([], []), [], NOW, 0.6).dormant_below == 0.6
    assert memory_detail(FOUND, ([], []), [], NOW).dormant_below == 0.0
    pinned = replace(FOUND, memory=replace(FOUND.memory, pinned=True))
    assert memory_detail(pinned, ([], []), [], NOW, 0.6).dormant_below == 0.0
