"""Candidates for tests of the ranking: cards and neighbours without a database."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.protocol import MemoryKind, MemoryState
from memory.recall.around import WIDE, Around, around, asks
from memory.recall.terms import Term, Terms
from memory.store.rows import Strength
from memory.store.words import Card

NOW = 1_772_366_400_000  # 2026-03-01 12:00 UTC


def card(row: int, text: str = "", **more: object) -> Card:
    """A turn said just now."""
    known: dict[str, object] = {
        "rowid": row, "source_id": "s", "position": row, "kind": MemoryKind.TURN,
        "state": MemoryState.ACTIVE, "length": len(text), "beginning": text[:400],
        "ending": text[-8:], "heading": None, "ref": None, "speaker": None, "when_ms": NOW,
        "strength": Strength(100.0, 5.0, NOW), "importance": 0.5, "pinned": False,
        "marked_wrong": False,
    }  # fmt: skip
    return Card(**(known | more))  # type: ignore[arg-type]


def talk(
    texts: Sequence[str], candidates: Sequence[int], **more: object
) -> tuple[Around, list[Card]]:
    """Turns 1, 2, ... of one conversation, some of which are candidates."""
    cards = {row: card(row, texts[row - 1], **more) for row in candidates}
    beside = [
        (row, other, other - row, len(texts[other - 1]))
        for row in candidates
        for other in range(max(1, row - WIDE), min(len(texts), row + WIDE) + 1)
        if other != row
    ]
    asking = [row for row, text in enumerate(texts, 1) if asks(text)]
    laid = around(np.array(candidates), cards, np.array(beside, np.int64).reshape(-1, 4), asking)
    return laid, [cards[row] for row in candidates]


def terms(texts: Sequence[str], *words: str) -> Terms:
    """Posting lists of these words over the texts."""
    found = []
    for word in words:
        counts = [(row, text.lower().split().count(word)) for row, text in enumerate(texts, 1)]
        rows = [row for row, count in counts if count]
        held = np.array([count for _row, count in counts if count], np.float32)
        found.append(Term(word, np.array(rows, np.int64), held, 2.0))
    return Terms(tuple(found), ideal=2.0 * len(words))
