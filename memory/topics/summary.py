"""What a topic is called and the sentence that says most of it, both taken from its turns. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from memory.ingest.sentences import sentences
from memory.notes import keywords
from memory.notes.naming import named
from memory.scripts import fold
from memory.topics.cut import Said
from memory.understand import content_words, is_question, word_spans

TITLE_CHARS = 60
SUMMARY_CHARS = 280
_FEWEST_WORDS = 2
_ASKS = 0.4
_NAMED = 0.15
_DATED = 0.1
_TITLE_PARTS = 3
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Gist:
    """``turn`` is the place of the turn the summary was said in."""

    title: str
    summary: str
    turn: int


def gist(turns: Sequence[Said]) -> Gist | None:
    """Title and summary of what the person (or people) said; None where it says nothing.

    Turns that are not the person's own give neither.
    """
    own = [at for at, turn in enumerate(turns) if turn.own]
    counts = Counter(word for at in own for word in set(content_words(turns[at].text)))
    best, found = 0.0, None
    for at in own:
        text = turns[at].text
        for start, end in sentences(text):
            sentence = " ".join(text[start:end].split())
            worth = _worth(sentence, counts)
            if worth > best and len(sentence) <= SUMMARY_CHARS:
                best, found = worth, (at, sentence)
    if found is None:
        return None
    at, sentence = found
    return Gist(title([turns[one].text for one in own], sentence), sentence, at)


def title(texts: Sequence[str], sentence: str) -> str:
    """The names and words that tell most: those of the sentence first."""
    whole = "\n".join(texts)
    held = Counter(word for text in texts for word in content_words(text))
    inside = frozenset(content_words(sentence))

    def rare(word: str) -> float:
        return (1.0 + math.log(held[word])) * (1.6 if word in inside else 1.0) * _length(word)

    parts: list[str] = []
    for part in [*named(sentence)[:1], *keywords.keywords(whole, rare)]:
        told = " ".join(parts)
        new = not set(fold(part).split()) & set(fold(told).split())
        if new and len(told) + len(part) + 2 * len(parts) < TITLE_CHARS:
            parts.append(part)
        if len(parts) == _TITLE_PARTS:
            break
    told = ", ".join(parts) or _beginning(sentence)
    return told[:1].upper() + told[1:]


def _worth(sentence: str, counts: Counter[str]) -> float:
    """How much of what is spoken of again and again a sentence holds, for its length."""
    words = set(content_words(sentence))
    if len(words) < _FEWEST_WORDS:
        return 0.0
    worth = sum(math.log(1 + counts[word]) * _length(word) for word in words)
    worth /= math.sqrt(4 + len(words))
    worth *= 1 + _NAMED * bool(named(sentence)) + _DATED * bool(_NUMBER.search(sentence))
    return worth * (_ASKS if is_question(sentence) else 1.0)


def _length(word: str) -> float:
    """Longer words tell more, as a rule."""
    return min(len(word), 9) / 9 + 0.3


def _beginning(sentence: str) -> str:
    spans = word_spans(sentence)
    end = next((b for _a, b in reversed(spans) if b <= TITLE_CHARS), TITLE_CHARS)
    return sentence[:end]
