"""Guesses what comes next from what was said before. Pure; one answer, one thread.

Answers quote their memories: when the last few tokens stood somewhere earlier, in the prompt
or in the answer itself, what followed them there is a good guess (prompt lookup decoding,
Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding). The model checks guesses;
a wrong one costs time and never a word.

What is followed, and when, depends on the tokens alone, never on how many of them are checked
at once: whoever checks them one by one goes through the same states (``models.decoding.widths``
says why that matters).
"""

from __future__ import annotations

from collections.abc import Iterable

# Tokens that must agree before a passage is followed. A passage that misleads at once raises
# the bar, one that led on for a while lowers it again.
LEAST_MATCH = 3
MOST_NEEDED = 8
GOOD_RUN = 4
# Of equal beginnings, the latest so many are compared, over at most so many tokens back.
CANDIDATES = 32
LOOK_BACK = 32

_BITS = 20  # vocabularies are smaller than a million tokens


class Lookup:
    """What was said so far, and the passage that is being followed.

    Attributes:
        following: the next token is expected to be that of a passage.
    """

    def __init__(self, tokens: Iterable[int] = ()) -> None:
        self._tokens: list[int] = []
        self._latest: dict[int, int] = {}  # three tokens -> where the latest such passage ends
        self._earlier: list[int] = []  # end of a passage -> end of the one before it, -1 if none
        self._source: int | None = None
        self._run = 0
        self._needed = LEAST_MATCH
        for token in tokens:
            self._append(token)

    @property
    def following(self) -> bool:
        return self._source is not None

    def look(self) -> bool:
        """Looks for a passage to follow if there is none; whether one is followed now."""
        if self._source is None:
            self._source = self._longest()
            self._run = 0
        return self.following

    def guesses(self, most: int) -> list[int]:
        """The next tokens of the passage. One that runs into the present repeats itself."""
        if self._source is None or most <= 0:
            return []
        guessed = self._tokens[self._source : self._source + most]
        period = len(self._tokens) - self._source
        while len(guessed) < most:
            guessed.append(guessed[-period])
        return guessed

    def follower(self) -> int | None:
        """A weak guess for when nothing is followed: what last came after the last token."""
        if not self._tokens:
            return None
        last = self._tokens[-1]
        for at in range(len(self._tokens) - 2, max(-1, len(self._tokens) - 2048), -1):
            if self._tokens[at] == last:
                return self._tokens[at + 1]
        return None

    def push(self, token: int) -> None:
        """The token that really came."""
        if self._source is not None:
            if self._tokens[self._source] == token:
                self._source += 1
                self._run += 1
            else:
                self._lose()
        self._append(token)

    def _lose(self) -> None:
        if self._run == 0:
            self._needed = min(MOST_NEEDED, self._needed + 1)
        elif self._run >= GOOD_RUN:
            self._needed = max(LEAST_MATCH, self._needed - 1)
        self._source = None

    def _append(self, token: int) -> None:
        self._tokens.append(token)
        end = len(self._tokens)
        if end < LEAST_MATCH:
            self._earlier.append(-1)
            return
        key = self._key(end)
        self._earlier.append(self._latest.get(key, -1))
        self._latest[key] = end

    def _key(self, end: int) -> int:
        first, second, third = self._tokens[end - LEAST_MATCH : end]
        return (first << 2 * _BITS) | (second << _BITS) | third

    def _longest(self) -> int | None:
        """Where the longest earlier passage that ends like the present goes on."""
        end = len(self._tokens)
        if end <= LEAST_MATCH:
            return None
        best, length = None, self._needed - 1
        at = self._earlier[end - 1]
        for _ in range(CANDIDATES):
            if at < 0:
                break
            agreed = self._agreement(at, end)
            if agreed > length:
                best, length = at, agreed
            at = self._earlier[at - 1]
        return best

    def _agreement(self, one: int, other: int) -> int:
        """Tokens that agree, going back from two places."""
        agreed = 0
        limit = min(one, LOOK_BACK)
        while agreed < limit and self._tokens[one - 1 - agreed] == self._tokens[other - 1 - agreed]:
            agreed += 1
        return agreed
