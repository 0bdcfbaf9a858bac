"""Lines of numbers that belong to rows of the database, each read once. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.recall.terms import Floats
from memory.store.words import Rowids


class Lines:
    """One line of ``width`` numbers for each row that has one.

    A row that was added without a line is known to have none, and is not asked for again.
    """

    def __init__(self, width: int) -> None:
        self._asked = np.zeros(0, dtype=np.int64)
        self._rows = np.zeros(0, dtype=np.int64)
        self._lines = np.zeros((0, width), dtype=np.float32)

    def unknown(self, rows: Rowids) -> Rowids:
        """Those of the rows that were never asked for, ascending."""
        return np.setdiff1d(rows, self._asked)

    def add(self, asked: Rowids, rows: Sequence[int], lines: Floats) -> None:
        """What was found for the rows asked for: a line for each of ``rows``."""
        self._asked = np.union1d(self._asked, asked)
        if len(rows):
            together = np.concatenate([self._rows, np.array(rows, dtype=np.int64)])
            order = np.argsort(together)
            self._rows = together[order]
            self._lines = np.concatenate([self._lines, lines])[order]

    def of(self, rows: Rowids, none: float) -> Floats:
        """A line for each of these ascending rows; ``none`` everywhere in it where there is none.

        Returns: (n, width) float32.
        """
        table = np.full((len(rows), self._lines.shape[1]), none, dtype=np.float32)
        if len(self._rows) and len(rows):
            at = np.minimum(np.searchsorted(rows, self._rows), len(rows) - 1)
            held = rows[at] == self._rows
            table[at[held]] = self._lines[held]
        return table
