"""How fast an answer is written: its tokens, and the time since the first. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Tempo:
    """Of one answer; a new value with every token, so that any thread may read it.

    The first token comes out of the prompt's last pass. What comes after it is what writing
    costs: so time counts from the first token, and rates from the second on.

    Attributes:
        tokens: written.
        first_s, latest_s: when the first and the latest came.
    """

    tokens: int = 0
    first_s: float = 0.0
    latest_s: float = 0.0

    def after_token(self, now_s: float) -> Tempo:
        """One more came at ``now_s``, on any clock that never goes back."""
        first_s = self.first_s if self.tokens else now_s
        return replace(self, tokens=self.tokens + 1, first_s=first_s, latest_s=now_s)

    @property
    def per_s(self) -> float | None:
        """Tokens a second; None with fewer than two."""
        seconds = self.latest_s - self.first_s
        return (self.tokens - 1) / seconds if self.tokens > 1 and seconds > 0 else None

    def per_token(self, amount: int) -> float | None:
        """What was used since the prompt was read, by token; None with fewer than two."""
        return amount / (self.tokens - 1) if self.tokens > 1 else None
