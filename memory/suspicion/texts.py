"""What is judged of memories: text, heading, speaker and title, and two beside each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from memory.suspicion.judge import ENOUGH, Suspicion, judge, judge_parts

_JOINED = 700
"""Characters of each of two neighbours that are read as one."""


def of_memory(
    text: str, heading: str | None, speaker: str | None, title: str | None = None
) -> Suspicion:
    """How much a memory with its names is an order to an assistant."""
    found = judge_parts(text, speaker=speaker)
    named = max((_of_name(one) for one in (heading, title) if one), default=found,
                key=lambda one: one.score)  # fmt: skip
    return max(found, named, key=lambda one: one.score)


def is_own(kind: str, role: str | None) -> bool:
    """Whether these are the person's own words."""
    return role == "person" or (kind == "note" and role is None)


def across(first: str, second: str, one: Suspicion, two: Suspicion) -> Suspicion | None:
    """The order that two neighbours give together, where neither gives it alone."""
    if max(one.score, two.score) >= ENOUGH or one.score + two.score == 0:
        return None
    found = judge(f"{first[-_JOINED:]} {second[:_JOINED]}")
    return found if found.score >= ENOUGH else None


def judged(
    texts: Sequence[tuple[str, str | None, str | None]], title: str | None = None
) -> list[Suspicion]:
    """Memories of one source in their order, each as text, heading and speaker."""
    found = [of_memory(*one, title) for one in texts]
    for at in range(1, len(found)):
        together = across(texts[at - 1][0], texts[at][0], found[at - 1], found[at])
        if together is not None:
            found[at - 1] = found[at] = together
    return found


@lru_cache(maxsize=512)
def _of_name(name: str) -> Suspicion:
    """Names come again with every memory below them."""
    return judge_parts("", names=(name,))
