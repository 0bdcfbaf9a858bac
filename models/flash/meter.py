"""What a way of keeping weights tells about itself, and what it must be able to do. Light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from models.flash.plan import Mode


@dataclass(frozen=True)
class Meter:
    """One reading; counts run from the start of the mode.

    Attributes:
        mode: what really runs, after a fall-back.
        pinned_bytes: weights that stay in memory.
        cached_bytes: weights in memory that may make room for others: slots, experts.
        streamed_bytes: read from flash for passes.
        passes: runs over all layers; each takes one token or several.
        hit_rate: share of the weights a pass needed that were in memory when it began to need
            them, by bytes, 0 to 1; for experts by experts called.
        wait_s: how long computing waited for reads.
    """

    mode: Mode
    pinned_bytes: int
    cached_bytes: int
    streamed_bytes: int
    passes: int
    hit_rate: float
    wait_s: float

    @property
    def bytes_per_pass(self) -> float:
        return self.streamed_bytes / self.passes if self.passes else 0.0


class WeightKeeper(Protocol):
    """A mode at work on one loaded model. Made and closed by the thread that computes."""

    def set_budget(self, weights_bytes: int) -> None:
        """Memory it may take for weights from now on; any thread, takes hold at a safe moment."""

    def settle(self) -> None:
        """Nothing computes now: what was put off for a safe moment is done. Computing thread."""

    def meter(self) -> Meter:
        """A reading; any thread."""

    def close(self) -> None:
        """Ends its threads and leaves the model as plain mapping. Computing thread."""
