"""How many guesses to check in one pass: what they cost against what they bring. Pure.

A pass over n tokens takes about a + b n: the weights are read once whatever n is, the
arithmetic grows with it. Where reading dominates, long guesses pay; where arithmetic does,
short ones or none. Both numbers are measured as the answer goes on, and so is the share of
guesses that turn out right. The choice changes how fast an answer comes, never its words.
"""

from __future__ import annotations

# What earlier measurements still count when a new one comes in.
FADE = 0.9
# Before anything is known: eight of ten guesses are right.
RIGHT, TRIED = 8.0, 10.0
# A pass with guesses must promise to be at least this much better than one without.
WORTH = 1.05


class Pace:
    """Chooses the number of guesses for the next pass."""

    def __init__(self, most: int, alone_s: float | None = None, row_s: float | None = None) -> None:
        """``most`` guesses at once; the two times are known from before, if at all.

        Args:
            alone_s: seconds of a pass over one token.
            row_s: what each further token adds.
        """
        self._most = most
        self._count = self._rows = self._time = self._squares = self._products = 0.0
        self._right, self._tried = RIGHT, TRIED
        if alone_s is not None and row_s is not None:
            for rows in (1, max(2, most)):
                self.passed(rows, alone_s + (rows - 1) * row_s)

    def passed(self, rows: int, seconds: float) -> None:
        """A pass over ``rows`` tokens took so long."""
        self._count = self._count * FADE + 1
        self._rows = self._rows * FADE + rows
        self._time = self._time * FADE + seconds
        self._squares = self._squares * FADE + rows * rows
        self._products = self._products * FADE + rows * seconds

    def checked(self, guessed: int, right: int) -> None:
        """Of ``guessed`` tokens the first ``right`` were right."""
        tried = right + (1 if right < guessed else 0)
        self._right = self._right * FADE**tried + right
        self._tried = self._tried * FADE**tried + tried

    @property
    def chance(self) -> float:
        """That the next guess is right."""
        return min(0.99, (self._right + 0.2) / (self._tried + 0.4))

    def costs(self) -> tuple[float, float]:
        """Seconds of a pass over one token, and of each further one (least squares)."""
        if self._count == 0:
            return 1.0, 0.0
        spread = self._count * self._squares - self._rows * self._rows
        mean_rows, mean_time = self._rows / self._count, self._time / self._count
        if spread <= 1e-9 * self._squares * self._count:
            return mean_time / max(mean_rows, 1.0), mean_time / max(mean_rows, 1.0) / 8
        row_s = (self._count * self._products - self._rows * self._time) / spread
        row_s = min(max(row_s, 0.0), mean_time / max(mean_rows, 1.0))
        return mean_time - (mean_rows - 1) * row_s, row_s

    def best(self) -> int:
        """Guesses that promise most tokens a second; 0 if none promise more than none."""
        alone_s, row_s = self.costs()
        best, rate = 0, WORTH / max(alone_s, 1e-9)
        chance, tokens, product = self.chance, 1.0, 1.0
        for guesses in range(1, self._most + 1):
            product *= chance
            tokens += product
            here = tokens / max(alone_s + guesses * row_s, 1e-9)
            if here > rate:
                best, rate = guesses, here
        return best
