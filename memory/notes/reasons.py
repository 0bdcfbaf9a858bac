"""Why two memories belong together: what binds them, how strongly, and that in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from memory.notes.content import Content
from memory.notes.keywords import shared
from memory.notes.tags import names_of
from memory.scripts import fold

MOST = 5
"""Links of a memory."""
NEAR = 0.5
"""Cosine from which two memories are close in meaning, with a word in common; without one
``VERY_NEAR``."""
VERY_NEAR = 0.65
ANEW = 0.55
_CHANGE = re.compile(
    r"\b(?:instead|no longer|not any ?more|any ?more|moved to|postponed|rescheduled|brought"
    r" forward|changed|change of plan|cancell?ed|called off|after all|rather than|now (?:on|at|in)"
    r"|is now|are now|new (?:date|time|place|plan)|update|correction|actually|stattdessen"
    r"|nicht mehr|verschoben|abgesagt|geändert|doch (?:am|um|in|erst)|jetzt (?:am|um|in|erst))\b",
    re.I,
)
_MOST_WORDS = 3
_PLANS = ("plan", "appointment", "task", "travel")


class Reason(StrEnum):
    SUPERSEDED = "superseded"  # a fact in the one took the place of one in the other
    TOLD_ANEW = "told anew"  # the later one tells the same otherwise
    NAMES = "names"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class About:
    """A memory as links see it; ``when_ms`` is when it was said."""

    id: str
    text: str
    when_ms: int
    note: Content
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """``words`` stand in both memories, or are tags that both have."""

    other: str
    reason: Reason
    words: tuple[str, ...]
    weight: float


def between(
    new: About,
    old: About,
    cosine: float | None,
    rarity: Mapping[str, float],
    superseded: bool = False,
) -> Link | None:
    """The link of a memory with another one, None where nothing binds them.

    Args:
        cosine: how near they are in meaning, None where it is not known.
        rarity: of folded names, 0 to 1; a name that is not in it is common.
        superseded: whether a fact told in the one holds no longer since the other.
    """
    near = cosine or 0.0
    words = _common_words(new.note, old.note)
    names = _common_names(new, old)
    if superseded:
        return Link(old.id, Reason.SUPERSEDED, words or tuple(names), 1.0 + near / 10)
    if tells_anew(new, old, near, words, names):
        what = next((tag for tag in _PLANS if tag in new.note.tags and tag in old.note.tags), "")
        return Link(old.id, Reason.TOLD_ANEW, (what,) if what else words, 0.9 + near / 10)
    rare = [name for name in names if fold(name) in rarity]
    by_name = max((0.3 + 0.4 * rarity[fold(name)] for name in rare), default=0.0)
    by_name += 0.2 * near if by_name else 0.0
    by_meaning = near if near >= (NEAR if words else VERY_NEAR) else 0.0
    if not by_name and not by_meaning:
        return None
    if by_name >= by_meaning:
        return Link(old.id, Reason.NAMES, tuple(rare[:_MOST_WORDS]), by_name)
    return Link(old.id, Reason.MEANING, words, by_meaning)


def tells_anew(
    new: About, old: About, cosine: float, words: Sequence[str], names: Sequence[str]
) -> bool:
    """Whether the later one says the same thing otherwise: it is near in meaning, has a word or
    name in common, and says that something changed."""
    if new.when_ms <= old.when_ms or not (words or names):
        return False
    return cosine >= ANEW and _CHANGE.search(new.text) is not None


def chosen(found: Sequence[Link], most: int = MOST) -> list[Link]:
    """The strongest, each memory once."""
    best: dict[str, Link] = {}
    for link in found:
        if link.other not in best or best[link.other].weight < link.weight:
            best[link.other] = link
    return sorted(best.values(), key=lambda link: (-link.weight, link.other))[:most]


def in_words(reason: Reason, words: Sequence[str]) -> str:
    """A reason as it is told."""
    told = _listed(words)
    match reason:
        case Reason.SUPERSEDED:
            return f"what held before: {told}" if told else "what held before"
        case Reason.TOLD_ANEW:
            return f"the same {told}, told anew" if told else "the same, told anew"
        case Reason.NAMES:
            return f"both name {told}"
        case Reason.MEANING:
            return f"close in meaning: {told}" if told else "close in meaning"


def _common_words(one: Content, other: Content) -> tuple[str, ...]:
    """Told by whichever of the two has them in fewer pieces: "barley soup"."""
    ways = (shared(one.keywords, other.keywords), shared(other.keywords, one.keywords))
    return tuple(min(ways, key=len)[:_MOST_WORDS])


def _common_names(one: About, other: About) -> list[str]:
    held = {fold(name) for name in names_of(other.note.tags)}
    return [name for name in names_of(one.note.tags) if fold(name) in held]


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
