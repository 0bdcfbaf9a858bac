"""Keywords of a text: its words that are rare elsewhere. Pure.

TF-IDF over the memory's own vocabulary; words that stand side by side and are both chosen become
one keyword ("barley soup"). Every keyword stands in the text as it is told.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from memory.scripts import fold
from memory.understand import content_words, word_spans

Rarity = Callable[[str], float]
"""Of a folded word: 0 for one that stands everywhere, the more the rarer."""

MOST = 6
_POOL = 9
_SHORTEST = 3
# Words of content that tell nothing of what a text is about.
_EMPTY = frozenset(
    "really thing things something anything everything today tomorrow yesterday maybe think know"
    " like want need going would could should make made just also even still much many lot good"
    " nice great well okay sure thanks thank please tell told said says remember get got let time"
    " now later soon again ever never always often week month year day days one two three new"
    " january february march april june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday"
    " very quite look come came went take took put back way use used yes bit kind".split()
)


def rarity(held: int, total: int) -> float:
    """Of a word that stands in ``held`` of ``total`` memories (BM25's inverse frequency)."""
    return math.log(1 + (max(total, held) - held + 0.5) / (held + 0.5))


def candidates(text: str) -> list[str]:
    """Folded words that may be keywords, each once, in order."""
    return list(dict.fromkeys(word for word in content_words(text) if _can_be(word)))


def keywords(text: str, rare: Rarity, most: int = MOST) -> list[str]:
    """The words and pairs of words that tell most, best first, spelt as in the text."""
    counts = Counter(word for word in content_words(text) if _can_be(word))
    worth = {word: (1 + math.log(count)) * rare(word) for word, count in counts.items()}
    best = sorted(worth, key=lambda word: (-worth[word], list(counts).index(word)))[:_POOL]
    pairs = sorted(_pairs(text, frozenset(best)), key=lambda p: -(worth[p[0]] + worth[p[1]]))
    found: list[str] = []
    used: set[str] = set()
    for word in best:
        if word in used or len(found) == most:
            continue
        pair = next((p for p in pairs if word in p and not used.intersection(p)), (word,))
        used.update(pair)
        found.append(" ".join(spelt(text, one) for one in pair))
    return found


def spelt(text: str, word: str) -> str:
    """A folded word as the text has it; small unless it is written large in mid-sentence."""
    forms = [text[a:b] for a, b in word_spans(text)]
    held = [form for form in forms if fold(form.replace("’", "'")) == word]
    inside = [form for form in held if not form.islower()]
    if not held:
        return word
    large = len(inside) == len(held) and not _begins(text, held[0])
    return held[0] if large else held[0].lower()


def _begins(text: str, form: str) -> bool:
    """Whether the only place of a word is the beginning of a sentence."""
    at = text.find(form)
    before = text[:at].rstrip(" \t\"'“„«(")
    return text.count(form) == 1 and (not before or before[-1] in ".!?…:\n")


def _can_be(word: str) -> bool:
    return len(word) >= _SHORTEST and word not in _EMPTY and not word.isdigit()


def _pairs(text: str, chosen: frozenset[str]) -> list[tuple[str, str]]:
    """Chosen words side by side, nothing but a space between them; most frequent first."""
    spans = word_spans(text)
    words = [fold(text[a:b].replace("’", "'")) for a, b in spans]
    found: Counter[tuple[str, str]] = Counter()
    for at in range(len(words) - 1):
        one, two = words[at], words[at + 1]
        between = text[spans[at][1] : spans[at + 1][0]]
        alike = text[spans[at][0]].isupper() == text[spans[at + 1][0]].isupper()
        known = alike or _begins(text, text[slice(*spans[at])])
        if one in chosen and two in chosen and one != two and between == " " and known:
            found[one, two] += 1
    return [pair for pair, _count in found.most_common()]


def shared(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Keywords of the first that stand, whole or in part, in the second, as told there."""
    held = {word for keyword in other for word in fold(keyword).split()}
    found = []
    for keyword in one:
        parts = [word for word in keyword.split() if fold(word) in held]
        if parts:
            found.append(" ".join(parts))
    return found
