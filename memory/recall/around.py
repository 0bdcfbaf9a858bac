"""Candidates laid out with what stands beside them, for array work. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from memory.protocol import MemoryKind
from memory.recall.terms import Floats
from memory.store.words import Card, Rowids

# Turns before and after a turn that tell what it is about.
WIDE = 4
# Characters of a memory and its two neighbours at which it leans on them half as much.
LEAN_LENGTH = 1000.0
# Beyond this it does not lean at all, and its neighbours need not be read.
LEAN_MOST = 2000.0


@dataclass(frozen=True, slots=True)
class Around:
    """Candidates (n, ascending rows) and those beside them.

    Attributes:
        rows: candidates and everyone beside, ascending.
        at: place of each candidate in ``rows``.
        beside: (2 * WIDE, n) places of those 4, 3, 2, 1 before and 1, 2, 3, 4 after; -1 is none.
        lengths: of every row, characters.
        together: characters of each candidate with the two next to it.
        turns: 1 where a candidate is a turn of a chat.
        asked_before: 1 where the memory just before a candidate asks something.
    """

    rows: Rowids
    at: Rowids
    beside: Rowids
    lengths: Floats
    together: Floats
    turns: Floats
    asked_before: Floats

    @property
    def close(self) -> Rowids:
        """Rows of the candidates and of the two next to each."""
        places = np.concatenate([self.at, *self.beside[WIDE - 1 : WIDE + 1]])
        return np.unique(self.rows[places[places >= 0]])

    @property
    def leaning(self) -> Rowids:
        """The same of those candidates only that lean on others."""
        leans = self.lean > 0
        places = np.concatenate(
            [self.at[leans], *(line[leans] for line in self.beside[WIDE - 1 : WIDE + 1])]
        )
        return np.unique(self.rows[places[places >= 0]])

    @property
    def lean(self) -> Floats:
        """How much each candidate leans on the others, 0 to 1: short turns of a chat do; long
        ones, passages and notes stand for themselves."""
        lean = self.turns / (1 + (self.together / LEAN_LENGTH) ** 2)
        alone = (self.beside[WIDE - 1 : WIDE + 1] < 0).all(axis=0)
        lean[(self.together > LEAN_MOST) | alone] = 0.0
        return np.asarray(lean, dtype=np.float32)


def around(
    candidates: Rowids, cards: Mapping[int, Card], beside: Rowids, asking: Collection[int]
) -> Around:
    """Lay out candidates and neighbours.

    ``beside`` has a line for each two that stand beside each other, as ``memory.store.words``
    tells them; ``asking`` are rows that ask something.
    """
    known = [cards[row] for row in candidates.tolist()]
    own = np.array([card.length for card in known], dtype=np.float32)
    owner = np.searchsorted(candidates, beside[:, 0])
    together = own.copy()
    next_to = np.abs(beside[:, 2]) == 1
    np.add.at(together, owner[next_to], beside[next_to, 3])
    kept = together[owner] <= LEAN_MOST
    beside, owner = beside[kept], owner[kept]
    rows, first = np.unique(np.concatenate([candidates, beside[:, 1]]), return_index=True)
    places = np.full((2 * WIDE, len(candidates)), -1, dtype=np.int64)
    distance = beside[:, 2]
    line = np.where(distance < 0, distance + WIDE, distance + WIDE - 1)
    places[line, owner] = np.searchsorted(rows, beside[:, 1])
    before = distance == -1
    asked_before = np.zeros(len(candidates), dtype=np.float32)
    asked_before[owner[before]] = [row in asking for row in beside[before, 1].tolist()]
    return Around(
        rows=rows,
        at=np.searchsorted(rows, candidates),
        beside=places,
        lengths=np.concatenate([own, beside[:, 3].astype(np.float32)])[first],
        together=together,
        turns=np.array([card.kind is MemoryKind.TURN for card in known], dtype=np.float32),
        asked_before=asked_before,
    )


def asks(ending: str) -> bool:
    """Whether a text that ends so ends with a question."""
    return ending.rstrip(" \n\"'”’)").endswith(("?", "？"))
