"""What one measured process gave, and how a speed is had from the times of its tokens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Pieces closer than this share of the usual distance come from one pass.
TOGETHER = 0.2


class BenchFailed(Exception):
    """A measured process ended without figures; the text says why."""


@dataclass(frozen=True)
class Moment:
    """A piece of the answer arrived.

    Attributes:
        at_s: seconds since the question was sent.
        tokens: of the answer until then.
        read_bytes: the process had read from disk until then.
    """

    at_s: float
    tokens: float
    read_bytes: int


@dataclass(frozen=True)
class Outcome:
    """Figures of one run.

    Attributes:
        mode: what really ran.
        tokens_s: of the answer, once it was under way.
        first_token_s: from the question to the first token, reading of the prompt included.
        token_bytes: read from disk for each token while it was under way.
        flash_bytes_s: read from disk a second meanwhile.
        tokens_a_pass: of the whole answer; 1 where tokens come one by one.
        held_bytes: memory the process had at the end; None where it is not told.
        group_peak_bytes: most that it and its file cache had in its control group, answering.
        direct_bytes_s: of direct 1 MB reads just before and after; None where not measured.
    """

    mode: str
    tokens_s: float
    first_token_s: float
    prompt_tokens: int
    token_bytes: float
    flash_bytes_s: float
    tokens_a_pass: float = 1.0
    hit_rate: float | None = None
    held_bytes: int | None = None
    group_peak_bytes: int | None = None
    direct_bytes_s: float | None = None
    text: str = ""
    reason: str = ""


def under_way(moments: Sequence[Moment], skipped: int) -> tuple[float, float, float]:
    """Tokens a second, bytes read for each token, bytes read a second.

    Args:
        skipped: tokens at the beginning that do not count, while caches fill.

    Raises:
        BenchFailed: the answer was too short to tell.
    """
    counted = [one for one in _whole_passes(moments) if one.tokens > skipped]
    if len(counted) < 2:  # too fast to tell passes apart
        counted = [one for one in moments if one.tokens > skipped]
    if len(counted) < 2 or counted[-1].at_s <= counted[0].at_s:
        raise BenchFailed(f"the answer was too short ({len(moments)} pieces)")
    first, last = counted[0], counted[-1]
    tokens, seconds = last.tokens - first.tokens, last.at_s - first.at_s
    read = last.read_bytes - first.read_bytes
    return tokens / seconds, read / tokens, read / seconds


def _whole_passes(moments: Sequence[Moment]) -> list[Moment]:
    """Tokens of one pass come together: of them the last one stands for all."""
    if len(moments) < 2:
        return list(moments)
    usual = (moments[-1].at_s - moments[0].at_s) / len(moments)
    kept = [
        one for one, following in pairwise(moments) if following.at_s - one.at_s > usual * TOGETHER
    ]
    return [*kept, moments[-1]]
