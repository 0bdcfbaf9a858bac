"""Which questions are worth more than one look at the memories. Pure.

A look costs a draft by the language model, seconds on a small machine, so a question has to show
a reason: little confidence that what was found answers it, several parts, a comparison, or a
memory among the best that only a name in another one led to.
"""

from __future__ import annotations

import re

from memory.asked import parts
from memory.protocol import HardReason
from memory.recall.found import Found, Recalled
from memory.understand import content_words, is_question

# Below this chance that the memory holds an answer another look is worth its time.
UNSURE = 0.5
# So many of the best are asked whether only a name led to them.
BEST = 5
# Such a memory owes names more than this part of what speaks for it.
_BY_NAMES = 0.5
_LEAST_WORDS = 2

_COMPARES = re.compile(
    r"\b(?:than|versus|vs|compared?|compares|differences?|differ|in common|both|either)\b"
    r"|\b(?:which|who|what|when|where|how|is|are|was|were|do|does|did|has|have|had|can|should)\b"
    r".*\bor\b",
    re.I | re.S,
)
_NAMES = ("linked", "is_named")


def reasons(text: str, recalled: Recalled) -> list[HardReason]:
    """Why this question is hard; empty for an easy one, for a greeting and for what is told.

    ``text`` is the question as it was asked, ``recalled`` what the plain look found.
    """
    if len(set(content_words(text))) < _LEAST_WORDS or _told(text) or recalled.timeline:
        return []
    found = []
    if recalled.enough is not None and recalled.enough.confidence < UNSURE:
        found.append(HardReason.UNSURE)
    if len(parts(text)) > 1:
        found.append(HardReason.PARTS)
    if _COMPARES.search(text):
        found.append(HardReason.COMPARES)
    if any(_by_names(one) for one in recalled.found[:BEST]):
        found.append(HardReason.LINKED)
    return found


def _told(text: str) -> bool:
    """Whether a whole sentence is told, and nothing asked."""
    return text.rstrip().endswith((".", "!", "。")) and not is_question(text)


def _by_names(found: Found) -> bool:
    """Whether names in other memories speak for this one more than all else does."""
    spoken = sum(points for points in found.points.values() if points > 0)
    return sum(found.points.get(name, 0.0) for name in _NAMES) > _BY_NAMES * spoken
