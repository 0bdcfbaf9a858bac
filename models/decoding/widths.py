"""How many tokens a pass may hold without changing a bit of what comes out. Pure.

llama.cpp multiplies a matrix with one vector by other routines than with several, and with
few by others than with many. They differ in the order of their sums, so the last bits of the
logits differ, and where two words are all but equally likely, so does the word. Checking
guesses must not change the answer: so it stays among numbers of tokens that give the same
bits, which a short comparison at the first loading finds out (``models.worker.width_check``).
A single token is taken to be a case of its own, even where it seems to agree: short texts
agree by chance.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# Compared, and so the most tokens of a pass.
TRIED = (2, 3, 5, 7, 12, 16)
# A prompt of fewer rows in one pass could fall to other routines than the rest of it.
LEAST_PROMPT_ROWS = 8
# Guessing must bring this much at nine right ones in ten, or it is left alone.
WORTH = 1.15


@dataclass(frozen=True)
class Widths:
    """What was found for one model, one library and one set of parameters.

    Attributes:
        most: tokens of a pass that still agrees with a pass over two; 1 where none does.
        alone_s, row_s: seconds of a pass over one token, and of each further one.
    """

    most: int
    alone_s: float
    row_s: float

    @property
    def useful(self) -> bool:
        """Guessing can make answers faster here."""
        return self.most > 1 and self.gain() >= WORTH

    def gain(self, chance: float = 0.9) -> float:
        """Tokens a second with guesses of which this share is right, against one at a time."""
        best, tokens, product = 1.0, 1.0, 1.0
        for guesses in range(1, self.most):
            product *= chance
            tokens += product
            best = max(best, tokens * self.alone_s / (self.alone_s + guesses * self.row_s))
        return best

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Any) -> Widths | None:
        """What was written down, or None if it makes no sense."""
        try:
            made = cls(
                int(found["most"]),
                float(found["alone_s"]),
                float(found["row_s"]),
            )
        except (KeyError, TypeError, ValueError):
            return None
        return made if 1 <= made.most <= 64 and made.alone_s > 0 and made.row_s >= 0 else None


NO_GUESSES = Widths(most=1, alone_s=1.0, row_s=1.0)


def most_alike(alike: dict[int, bool]) -> int:
    """The largest number below which all compared ones agree; 1 if not even three do with two."""
    most = 1
    for tried in sorted(alike):
        if not alike[tried]:
            break
        most = tried
    return most


def prompt_passes(start: int, end: int, size: int) -> list[tuple[int, int]]:
    """Cuts the rows ``start`` to ``end`` of a prompt into passes of at most ``size`` rows.

    No pass is shorter than ``LEAST_PROMPT_ROWS`` unless the whole is.
    """
    passes: list[tuple[int, int]] = []
    at = start
    while at < end:
        stop = min(at + size, end)
        if 0 < end - stop < LEAST_PROMPT_ROWS:
            stop = end - LEAST_PROMPT_ROWS
        passes.append((at, stop))
        at = stop
    return passes
