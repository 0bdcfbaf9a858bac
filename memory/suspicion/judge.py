"""Whether a text gives orders to an assistant, and what makes it so. Pure.

Weights of the speech acts found are summed, each pattern once: one is enough that only makes
sense towards an assistant, of others it takes two or three. What stands in quotation marks in a
text that tells of such orders counts for little. What is hidden or wrapped counts for more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memory.suspicion import english, foreign, marks
from memory.suspicion.kinds import TOLD, Act, Kind
from memory.suspicion.layers import layers

RULES = 1
"""Number of these rules: texts judged by older ones are judged again."""
ENOUGH = 1.0
OWN_ENOUGH = 1.4
"""What the person says themselves must be plainer to count."""

_GROUPS = ((*english.ACTS, *marks.ACTS), foreign.GERMAN, foreign.FRENCH, foreign.SPANISH)
_ACTS: tuple[Act, ...] = tuple(one for group in _GROUPS for one in group)
_GROUP_OF = tuple(number for number, group in enumerate(_GROUPS) for _one in group)
_HIDDEN = 0.5
_QUOTED = re.compile(
    r"\"[^\"\n]{4,400}\"|“[^”\n]{4,400}”|«[^»\n]{4,400}»|„[^“”\n]{4,400}[“”]|`[^`\n]{3,400}`"
)
_TELLS = re.compile(
    r"\b(?:attack\w*|inject\w*|jail ?break\w*|phrases?|sentences?|strings?|tokens?|trick\w*|example"
    r"|such as|e\.g\.|like|begins? with|called|hid\w*|malicious|whispered|shouted|cried|he said"
    r"|she said|said the|angriff\w*|beispiel|sätze|attaques?|exemple|phrases|ataques?|ejemplo"
    r"|frases?)\b"
)
_TOLD_OF = 0.25
# Reported, an order is not given: "attackers tell the model to ignore all previous instructions".
_REPORTED = re.compile(
    r"\b(?:tells?|told|asks?|asked|orders?|ordered|instructs?|instructed|tricks?|tricked|makes?|made|lets?"
    r"|wants?|wanted|gets?|got|learn\w*|tries|tried|attempts?|how|whether|when|why) (?:(?:the|a|an|our|their|its|every"
    r"|any|some|it|them|him|her|me|us|people|users|readers) )?(?:[\w-]+ ){0,3}(?:to|not to|into)? ?$"
)
_SUBJECT = re.compile(r"\b(?:attack\w*|attackers?|text|page|paper|study|studies|researchers?|hackers?|i|we|they|he|she)\b[^.!?\n]{0,60}$")
_REPORTABLE = frozenset((Kind.OVERRIDE, Kind.EXFILTRATION, Kind.SECRECY))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks for orders in a text.

    Attributes:
        score: 1 and more is taken for orders.
        kinds: what was found, the weightiest first.
    """

    score: float = 0.0
    kinds: tuple[Kind, ...] = field(default=())

    def is_order(self, *, own: bool = False) -> bool:
        return self.score >= (OWN_ENOUGH if own else ENOUGH)


NONE = Suspicion()


def judge(text: str) -> Suspicion:
    """How much a text is an order to an assistant."""
    best, first = NONE, 0.0
    for number, (plain, hidden) in enumerate(layers(text)):
        found = _judged(plain)
        if number == 0:
            best, first = found, found.score
        elif hidden and found.score > first + 0.1:
            kinds = (*found.kinds, Kind.HIDDEN)
            best = max(best, Suspicion(found.score + _HIDDEN, kinds), key=lambda one: one.score)
    return best


def judge_parts(parts: Iterable[str | None]) -> Suspicion:
    """The worst of several texts, such as a memory and its heading, title and speaker."""
    return max((judge(part) for part in parts if part), key=lambda one: one.score, default=NONE)


def told(kinds: Sequence[str]) -> str:
    """Kinds in words, for people; "it says to ignore instructions and wants a tool used"."""
    known = [TOLD[Kind(kind)] for kind in kinds if kind in Kind.__members__.values()]
    if not known:
        return TOLD[Kind.ADDRESS]
    rest = [one.removeprefix("it ") for one in known[1:3]]
    return " and ".join([", ".join([known[0], *rest[:-1]]), *rest[-1:]])


def _judged(plain: str) -> Suspicion:
    whole = _weighed(plain)
    if not whole or not _QUOTED.search(plain) or not _TELLS.search(plain):
        return _summed(whole)
    outside = _weighed(_QUOTED.sub(" … ", plain))
    if sum(outside.values()) >= ENOUGH / 2:
        return _summed(whole)
    inside = {one: weight * _TOLD_OF for one, weight in whole.items() if one not in outside}
    return _summed(outside | inside)


def _weighed(plain: str) -> dict[int, float]:
    """Acts found, by their number, with their weights here."""
    found: dict[int, float] = {}
    for number, one in enumerate(_ACTS):
        if one.needs and not any(word in plain for word in one.needs):
            continue
        match = one.pattern.search(plain)
        if match is not None:
            found[number] = one.weight * _share(one, plain, match.start())
    return found


def _share(one: Act, plain: str, at: int) -> float:
    if one.kind not in _REPORTABLE:
        return 1.0
    before = plain[max(0, at - 120) : at]
    return _TOLD_OF if _REPORTED.search(before) and _SUBJECT.search(before) else 1.0


def _summed(found: dict[int, float]) -> Suspicion:
    """Of acts of one kind only those of one language count: some words are the same in two."""
    if not found:
        return NONE
    sums: dict[tuple[Kind, int], float] = {}
    for number, weight in found.items():
        key = (_ACTS[number].kind, _GROUP_OF[number])
        sums[key] = sums.get(key, 0.0) + weight
    by_kind: dict[Kind, float] = {}
    for (kind, _group), weight in sums.items():
        by_kind[kind] = max(by_kind.get(kind, 0.0), weight)
    kinds = sorted(by_kind, key=lambda kind: -by_kind[kind])
    return Suspicion(round(sum(by_kind.values()), 3), tuple(kinds))
