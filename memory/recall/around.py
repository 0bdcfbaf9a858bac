"""Candidates laid out with what stands beside them, for array work. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memory.protocol import MemoryKind
from memory.recall.terms import Floats
from memory.store.words import Beside, Card, Rowids

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


def around(candidates: Rowids, cards: dict[int, Card], beside: Sequence[Beside]) -> Around:
    """Lay out candidates and neighbours."""
    together = {row: card.length for row, card in cards.items()}
    for one in beside:
        if abs(one.distance) == 1:
            together[one.row] += one.length
    length = {row: card.length for row, card in cards.items()}
    near = [one for one in beside if together[one.row] <= LEAN_MOST]
    length.update((one.neighbour, one.length) for one in near)
    rows = np.array(sorted(length), dtype=np.int64)
    places = np.full((2 * WIDE, len(candidates)), -1, dtype=np.int64)
    if near:
        found = np.array([one[:3] for one in near], dtype=np.int64)
        distance = found[:, 2]
        line = np.where(distance < 0, distance + WIDE, distance + WIDE - 1)
        places[line, np.searchsorted(candidates, found[:, 0])] = np.searchsorted(rows, found[:, 1])
    asking = {one.row for one in near if one.distance == -1 and asks(one.ending or "")}
    return Around(
        rows=rows,
        at=np.searchsorted(rows, candidates),
        beside=places,
        lengths=np.array([length[row] for row in rows.tolist()], dtype=np.float32),
        together=np.array([together[row] for row in candidates.tolist()], dtype=np.float32),
        turns=np.array(
            [cards[row].kind is MemoryKind.TURN for row in candidates.tolist()], dtype=np.float32
        ),
        asked_before=np.array([row in asking for row in candidates.tolist()], dtype=np.float32),
    )


def asks(ending: str) -> bool:
    """Whether a text that ends so ends with a question."""
    return ending.rstrip(" \n\"'”’)").endswith(("?", "？"))
