"""Which experts are in memory, and which make room for others. Pure bookkeeping, one thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.flash.expert_pages import Expert


class ExpertCache:
    """Experts held under a limit of bytes.

    Attributes:
        sizes: bytes of each expert, shape (layers, experts).
        held: which are in memory or on their way, shape (layers, experts).
        held_bytes: of all of them.
        limit_bytes: may be set at any time; ``room_for`` then keeps to it.
    """

    def __init__(self, sizes: NDArray[np.int64], limit_bytes: int) -> None:
        self.sizes = sizes
        self.limit_bytes = limit_bytes
        self.held: NDArray[np.bool_] = np.zeros(sizes.shape, np.bool_)
        self.held_bytes = 0

    def add(self, expert: Expert) -> None:
        if not self.held[expert]:
            self.held[expert] = True
            self.held_bytes += int(self.sizes[expert])

    def drop(self, expert: Expert) -> None:
        if self.held[expert]:
            self.held[expert] = False
            self.held_bytes -= int(self.sizes[expert])

    def excess(self, more_bytes: int = 0) -> int:
        """By how much the limit would be exceeded with ``more_bytes``; at least 0."""
        return max(0, self.held_bytes + more_bytes - self.limit_bytes)

    def victims(
        self, count_bytes: int, waits: NDArray[np.float64], kept: NDArray[np.bool_]
    ) -> list[Expert]:
        """Experts to drop for ``count_bytes``, those needed last first.

        Args:
            waits: until each is needed, in any unit, shape (layers, experts).
            kept: must stay, shape (layers, experts).

        Returns:
            As few as will do; all that may go where even they are not enough.
        """
        if count_bytes <= 0:
            return []
        free: NDArray[np.int64] = np.flatnonzero(self.held & ~kept & (self.sizes > 0))
        if not len(free):
            return []
        flat_waits, flat_sizes = waits.ravel()[free], self.sizes.ravel()[free]
        # So many of the smallest would do; the order of the others does not matter.
        most = min(len(free), -(-count_bytes // int(flat_sizes.min())))
        if most < len(free):
            last = np.argpartition(-flat_waits, most - 1)[:most]
            free, flat_waits, flat_sizes = free[last], flat_waits[last], flat_sizes[last]
        order = np.argsort(-flat_waits, kind="stable")
        enough = int(np.searchsorted(np.cumsum(flat_sizes[order]), count_bytes)) + 1
        experts = self.sizes.shape[1]
        return [divmod(int(one), experts) for one in free[order[:enough]]]
