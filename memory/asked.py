"""What a question wants answered: its parts. Pure. What kind of thing each asks for is read by
``memory.answer_kind``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.understand import content_words

_MOST_PARTS = 3

# "... and when does it come back?": a new part begins with a question word, maybe behind a
# preposition, or with a verb and its pronoun.
_ASKS = (
    r"(?:(?:until|till|since|by|from|at|to|in|for|with|about|on) )?"
    r"(?:how|when|where|who|whom|whose|what|which|why)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|may|must|will|would|has|have|had|should)"
    r" (?:i|it|he|she|they|we|you|there)\b"
)
_PART = re.compile(
    rf"[?;]\s+(?:and |or |but )?(?=\w)|[,;]?\s+(?:and|or|but|&)\s+(?:also )?(?={_ASKS})", re.I
)


_ASKS_ORDER = re.compile(
    r"\bwhen\b|\b(?:what|which) order\b|\b(?:first|last|earliest|latest)\b|\bhistory of\b"
    r"|\bone after (?:the other|another)\b|\bover time\b|\btimeline\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a question asks.

    Attributes:
        text: its own words.
        words: its content words, folded.
        carried: content words of the parts before it, which its pronouns may mean.
    """

    text: str
    words: tuple[str, ...]
    carried: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """Understandable alone: with what it is about in front."""
        return f"{' '.join(self.carried)}: {self.text}" if self.carried else self.text


def parts(question: str) -> list[Part]:
    """The parts of a question in order; one part for a simple question. Three at most."""
    texts: list[str] = []
    at = 0
    for match in _PART.finditer(question):
        if len(texts) == _MOST_PARTS - 1:
            break
        texts.append(question[at : match.start()])
        at = match.end()
    texts = [text.strip(" ?,;") for text in [*texts, question[at:]]]
    found: list[Part] = []
    carried: list[str] = []
    for text in texts:
        if not text:
            continue
        own = tuple(dict.fromkeys(content_words(text)))
        before = tuple(word for word in dict.fromkeys(carried) if word not in own)
        found.append(Part(text, own, before))
        carried += own
    if len(found) < 2 or not found[0].words:
        return [Part(question, tuple(dict.fromkeys(content_words(question))))]
    return found


def asks_order(question: str) -> bool:
    """Whether a question is about when things happened, one after the other."""
    return bool(_ASKS_ORDER.search(question))
