"""Where the weights of the loaded model are, for the rest of the worker.

Without a plan that is llama.cpp's own mapping of the file, which the system pages as it sees
fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.meter import Meter

PLAIN_REASON = "The model is mapped as a whole; the system keeps in memory what it can."


@dataclass
class Residence:
    """Plain mapping; ``set_budget`` from any thread, the rest on the main thread.

    Attributes:
        streams: passes wait for weights from flash.
    """

    weights_bytes: int
    streams: bool = False

    def between_passes(self) -> None:
        """Carries out what must not happen within a pass."""

    def set_budget(self, budget_bytes: int) -> None:
        """From now on the worker may take so much."""

    def meter(self, tokens: int, seconds: float) -> Meter:
        """What happened until now.

        Args:
            tokens, seconds: of the answer under way, or of the last one.
        """
        return Meter(
            mode="mmap",
            pinned_bytes=0,
            cached_bytes=self.weights_bytes,
            streamed_bytes=0,
            bytes_per_token=None,
            hit_rate=None,
            tokens_per_s=tokens / seconds if tokens and seconds > 0 else None,
            budget_bytes=None,
            reason=PLAIN_REASON,
        )
