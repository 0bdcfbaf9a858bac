"""What a question wants answered: its parts, and the kind of thing each part asks for. Pure."""

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

_BONUS = 0.2
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|dozen|hundred|thousand|million|billion|half|once|twice)\b",
    re.I,
)
_COUNT = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty|forty|fifty|sixty|ninety|few|some|several|half)"
)
_UNITS = r"(?:second|minute|hour|day|night|week|weekend|fortnight|month|quarter|term|year|decade)s?"
_TIME = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|easter|christmas|spring|summer|autumn"
    r"|winter)\b"
    r"|\b1\d{3}s?\b|\b20\d\ds?\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\b(?:yesterday|today|tomorrow|tonight|ago|morning|noon|afternoon|evening|midnight|night"
    r"|century|centuries|decade|daily|weekly|monthly|yearly|annually|o'clock)\b"
    rf"|\b(?:last|next|this|every|each|per) {_UNITS}\b"
    rf"|\b{_COUNT}(?:[- ](?:to|or|and)[- ]{_COUNT})?[- ](?:\w+ )?{_UNITS}\b",
    re.I,
)
# A time that says when, not for how long: it stands behind such a word.
_WHEN = re.compile(
    r"\b(?:in|on|at|by|before|after|within|until|till|since|from|between|during|around|about|every"
    r"|each)\b[^.;]{0,24}\Z",
    re.I,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w'’-]+")
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|far|tall|big|high|large|heavy|wide|deep|expensive)\b"
    r"|\bwhat (?:number|percent|price|amount|does .{1,60} cost|did .{1,60} cost)",
    re.I,
)
_ASKS_LENGTH = re.compile(r"\bhow (?:long|often|soon)\b", re.I)
_ASKS_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|day|date|month|time|century|decade)\b|\bhow soon\b", re.I
)
_ASKS_NAME = re.compile(
    r"\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:city|country|town|person)\b", re.I
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


def kind_bonus(question: str, text: str) -> float:
    """What a sentence gains when it holds the kind of thing asked for: a number, a time, a name."""
    bonus = 0.0
    if _ASKS_NUMBER.search(question):
        bonus = _BONUS * bool(_NUMBER.search(text))
    elif _ASKS_LENGTH.search(question):
        bonus = _BONUS * (0.5 * bool(_NUMBER.search(text)) + 0.5 * bool(_TIME.search(text)))
    elif _ASKS_TIME.search(question):
        bonus = _BONUS * _says_when(text)
    elif _ASKS_NAME.search(question):
        folded = question.casefold()
        bonus = _BONUS * any(name.casefold() not in folded for name in _NAME.findall(text))
    return bonus


def _says_when(text: str) -> float:
    """1 for a time behind "on", "within" and the like, 0.6 for another, 0.2 for a number."""
    best = 0.0
    for match in _TIME.finditer(text):
        if _WHEN.search(text[: match.start()]) or _WHEN.match(match.group()):
            return 1.0
        best = 0.6
    return best or 0.2 * bool(_NUMBER.search(text))
