"""Writes answers: token after token, several in one pass where guesses are right.

Main thread of the worker. A pass holds the last token and, when a passage is being followed,
guesses for the next ones; the logits of every row then say which of them the model would have
written itself. Passes hold only as many tokens as give the same bits as one by one, so that
guessing never changes a word (``models.decoding.widths``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from models.decoding.lookup import Lookup
from models.decoding.pace import Pace
from models.decoding.widths import Widths
from models.worker.engine import Engine
from models.worker.sampling import Sampler


@dataclass
class Counts:
    """How the passes of an answer went.

    Attributes:
        passes: over the weights, for the answer alone.
        guessed, right: tokens checked, and how many of them were right.
    """

    passes: int = 0
    guessed: int = 0
    right: int = 0


class Writing:
    """One answer after a prompt that was just read."""

    def __init__(
        self,
        engine: Engine,
        sampler: Sampler,
        widths: Widths,
        pace: Pace,
        *,
        several: bool,
        always_wide: bool = False,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            several: check guesses together. Without it the same tokens come one by one, out of
                passes with the same bits.
            always_wide: never a pass over one token only; for weights that are read from flash,
                where a second token costs next to nothing.
            between: called before every pass.
        """
        self.counts = Counts()
        self._engine = engine
        self._sampler = sampler
        self._widths = widths
        self._pace = pace
        self._several = several
        self._always_wide = always_wide
        self._between = between

    def tokens(self, prompt: Sequence[int]) -> Iterator[int]:
        """Tokens of the answer, without end.

        Raises:
            Aborted, PassFailed: see ``Engine.run``.
        """
        if self._widths.most < 2:
            yield from self._one_by_one()
            return
        lookup = Lookup(prompt)
        token = self._sampler.pick(-1)
        while True:
            yield token
            lookup.push(token)
            guesses = self._guesses(lookup)
            rows = self._rows(token, guesses, lookup)
            self._pass(rows)
            # Of the rows, only the first and the guesses count; the rest fills up.
            token = self._sampler.pick(0)
            right = 0
            while right < len(guesses) and token == guesses[right]:
                right += 1
                yield token
                lookup.push(token)
                token = self._sampler.pick(right)
            self._engine.keep(self._engine.held - len(rows) + 1 + right)
            self._learn(len(rows), len(guesses), right)

    def _one_by_one(self) -> Iterator[int]:
        while True:
            token = self._sampler.pick(-1)
            yield token
            self._pass([token])

    def _guesses(self, lookup: Lookup) -> list[int]:
        """What to check along with the last token."""
        followed = lookup.look()
        if not self._several:
            return []
        room = self._engine.context_tokens - self._engine.held - 1
        most = min(self._pace.best(), self._widths.most - 1, room)
        if followed:
            return lookup.guesses(most)
        weak = lookup.follower() if self._always_wide and most > 0 else None
        return [] if weak is None else [weak]

    def _rows(self, token: int, guesses: list[int], lookup: Lookup) -> list[int]:
        """The pass, filled up to two rows where one alone would give other bits.

        Which passes are filled up depends on the tokens so far and on nothing else.
        """
        rows = [token, *guesses]
        wide = self._always_wide or lookup.following
        if wide and len(rows) < 2 and self._engine.held + 2 <= self._engine.context_tokens:
            rows.append(token)
        return rows

    def _pass(self, rows: list[int]) -> None:
        self._between()
        self._engine.run(rows, every=True)
        self.counts.passes += 1

    def _learn(self, rows: int, guessed: int, right: int) -> None:
        self._pace.passed(rows, self._engine.last_pass_s)
        if guessed:
            self._pace.checked(guessed, right)
            self.counts.guessed += guessed
            self.counts.right += right
