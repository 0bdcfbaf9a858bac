"""What of a chat a model still sees: its last turns, whole. Pure.

A turn is what the person said and what was answered. When a chat outgrows its share of the
context its oldest turns leave, whole ones and several at a time, so that the prompt begins the
same for a while and what the model has read of it serves again. What left is a memory like any
other and can be recalled; so can what was cut off a very long message. Both must be known before
memories are looked for and before a model is loaded that could count its tokens, so lengths are
estimated, rather too long than too short.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memory.protocol import MessageInfo

# A quarter of the context is for the chat so far.
SHARE = 4
# Longer messages are cut.
MOST_CHARS = 1_200
# Turns leave in blocks of so many messages, counted from the beginning of the chat; in smaller
# ones where a block alone is too long.
_BLOCKS = (8, 4, 2)
# What a chat template adds around a message, in tokens.
PER_MESSAGE = 8
_ASCII_PER_TOKEN = 3

_CITATIONS = re.compile(r"\s?\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the window: its text without old citations, cut if it was very long."""

    id: str
    role: str  # user | assistant
    text: str
    whole: bool


def window(history: Sequence[MessageInfo], before: int, context_tokens: int) -> list[Said]:
    """The messages that stay, in order, beginning with one of the person's.

    Args:
        history: the last messages of the chat, in order.
        before: how many messages the chat has before these.
    """
    said = [_said(message) for message in history]
    room = context_tokens // SHARE
    for block in _BLOCKS:
        for start in range(-before % block, len(said), block):
            kept = _turns(said[start:])
            if sum(_estimate(one.text) for one in kept) <= room:
                if kept:
                    return kept
                break
    return []


def without_citations(text: str) -> str:
    """Old numbers mean other memories now."""
    return _CITATIONS.sub("", text)


def _said(message: MessageInfo) -> Said:
    text = without_citations(message.text).strip()
    role = "user" if message.role == "person" else "assistant"
    if len(text) <= MOST_CHARS:
        return Said(message.id, role, text, whole=True)
    return Said(message.id, role, text[:MOST_CHARS].rstrip() + " …", whole=False)


def _turns(said: list[Said]) -> list[Said]:
    """Without what is empty, and without answers whose question is not there."""
    kept = [one for one in said if one.text]
    while kept and kept[0].role != "user":
        kept.pop(0)
    return kept


def _estimate(text: str) -> int:
    """Tokens, rather too many: a third of ASCII's letters, and every other one."""
    others = sum(not letter.isascii() for letter in text)
    return (len(text) - others) // _ASCII_PER_TOKEN + others + PER_MESSAGE
