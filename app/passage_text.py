"""Cutting the part of a long text that is shown, and counting as Qt counts. Pure; no Qt.

The daemon counts Unicode code points, Qt counts UTF-16 units; a text with emoji shows why both
matter.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 24_000
"""Characters shown around a passage; laying out more would hold the window."""


@dataclass(frozen=True)
class Part:
    """``text`` is ``whole[start:end]``; ``mark`` are positions within it, in UTF-16 units."""

    text: str
    start: int
    end: int
    mark: tuple[int, int]
    more_before: bool
    more_after: bool


def part_around(whole: str, start: int, end: int, size: int = WINDOW) -> Part:
    """The part of ``whole`` around ``start`` to ``end``, cut at lines where it can be."""
    start = max(0, min(start, len(whole)))
    end = max(start, min(end, len(whole)))
    spare = max(0, size - (end - start)) // 2
    low, high = max(0, start - spare), min(len(whole), end + spare)
    if low > 0:
        line = whole.find("\n", low, start)
        low = line + 1 if line >= 0 else low
    if high < len(whole):
        line = whole.rfind("\n", end, high)
        high = line if line > end else high
    text = whole[low:high]
    before = units(whole[low:start])
    return Part(
        text=text,
        start=low,
        end=high,
        mark=(before, before + units(whole[start:end])),
        more_before=low > 0,
        more_after=high < len(whole),
    )


def units(text: str) -> int:
    """Length in UTF-16 code units, as Qt counts."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)
