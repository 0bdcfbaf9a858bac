"""Whether a text gives orders to an assistant, and what makes it so. Pure.

Weights of the speech acts found are summed, each pattern once: one is enough that only makes
sense towards an assistant, of others it takes two or three. What stands in quotation marks in a
text that tells of such orders counts for little. What is hidden or wrapped counts for more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from memory.suspicion import english, english_means, french, german, marks, spanish
from memory.suspicion.kinds import TOLD, Act, Kind
from memory.suspicion.layers import layers

RULES = 1
"""Number of these rules: texts judged by older ones are judged again."""
ENOUGH = 1.0
OWN_ENOUGH = 1.4
"""What the person says themselves must be plainer to count."""

_GROUPS = (
    (*english.ACTS, *english_means.ACTS, *marks.ACTS),
    german.ACTS,
    french.ACTS,
    spanish.ACTS,
)
_ACTS: tuple[Act, ...] = tuple(one for group in _GROUPS for one in group)
_GROUP_OF = tuple(number for number, group in enumerate(_GROUPS) for _one in group)
_HIDDEN = 0.5
_NAMED = 0.4
_JOINTS = re.compile(r"[_\-]+|\.(?=\w+$)")
# An order to people may sound like this kind, however often: it takes another one.
_AT_MOST = {Kind.CONDITION: 0.9}
_QUOTED = re.compile(
    r"\"[^\"\n]{4,400}\"|“[^”\n]{4,400}”|«[^»\n]{4,400}»|„[^“”\n]{4,400}[“”]|`[^`\n]{3,400}`"
)
_TELLS = re.compile(
    r"\b(?:attack\w*|inject\w*|jail ?break\w*|phrases?|sentences?|lines?|strings?|tokens?|trick\w*"
    r"|contain\w*|example"
    r"|such as|e\.g\.|like|begins? with|called|hid\w*|malicious|whispered|shouted|cried|he said"
    r"|she said|said the|angriff\w*|beispiel|sätze|attaques?|exemple|phrases|ataques?|ejemplo"
    r"|frases?)\b"
)
_TOLD_OF = 0.25
# Reported, an order is not given: "attackers tell the model to ignore all previous instructions".
_REPORTED = re.compile(
    r"\b(?:tells?|told|asks?|asked|orders?|ordered|instructs?|instructed|tricks?|tricked|makes?"
    r"|made|lets?"
    r"|wants?|wanted|gets?|got|learn\w*|tries|tried|attempts?|how|whether|when|why) (?:(?:the|a"
    r"|an|our|their|its|every"
    r"|any|some|it|them|him|her|me|us|people|users|readers) )?(?:[\w-]+ ){0,3}(?:to|not to"
    r"|into)? ?$"
)
_SUBJECT = re.compile(
    r"\b(?:attack\w*|attackers?|text|page|paper|study|studies|researchers?|hackers?|i|we|they|he"
    r"|she)\b[^.!?\n]{0,60}$"
)
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


def judge_parts(
    text: str, *, names: Iterable[str | None] = (), speaker: str | None = None
) -> Suspicion:
    """The worst of a text and the names that come with it, such as its title and heading.

    A name is read with its joints as spaces; a speaker is nobody's order, so less of one counts.
    """
    found = [judge(text), *(judge(_JOINTS.sub(" ", name)) for name in names if name)]
    if speaker and len(speaker.split()) > 2:
        said = judge(speaker)
        if said.score >= _NAMED:
            found.append(Suspicion(said.score + ENOUGH, said.kinds))
    return max(found, key=lambda one: one.score)


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
    outside = _weighed(_QUOTED.sub(lambda match: " " * len(match[0]), plain))
    if sum(one.weight for one in outside.values()) >= ENOUGH / 2:
        return _summed(whole)
    inside = {
        number: replace(one, weight=one.weight * _TOLD_OF)
        for number, one in whole.items()
        if number not in outside
    }
    return _summed(outside | inside)


@dataclass(frozen=True, slots=True)
class _Match:
    """An act found: its weight here, and where it stands."""

    weight: float
    start: int
    end: int


def _weighed(plain: str) -> dict[int, _Match]:
    """Acts found, by their number."""
    found: dict[int, _Match] = {}
    for number, one in enumerate(_ACTS):
        if one.needs and not any(word in plain for word in one.needs):
            continue
        match = one.pattern.search(plain)
        if match is not None:
            weight = one.weight * _share(one, plain, match.start())
            found[number] = _Match(weight, match.start(), match.end())
    return found


def _share(one: Act, plain: str, at: int) -> float:
    if one.kind not in _REPORTABLE:
        return 1.0
    before = plain[max(0, at - 120) : at]
    return _TOLD_OF if _REPORTED.search(before) and _SUBJECT.search(before) else 1.0


def _summed(found: dict[int, _Match]) -> Suspicion:
    """Of acts of one kind only those of one language count: some words are the same in two."""
    if not found:
        return NONE
    groups: dict[tuple[Kind, int], list[_Match]] = {}
    for number, one in found.items():
        groups.setdefault((_ACTS[number].kind, _GROUP_OF[number]), []).append(one)
    by_kind: dict[Kind, float] = {}
    for (kind, _group), matches in groups.items():
        weight = _apart(matches) if kind is Kind.SPEECH else sum(one.weight for one in matches)
        weight = min(weight, _AT_MOST.get(kind, weight))
        by_kind[kind] = max(by_kind.get(kind, 0.0), weight)
    kinds = sorted(by_kind, key=lambda kind: -by_kind[kind])
    return Suspicion(round(sum(by_kind.values()), 3), tuple(kinds))


def _apart(matches: Sequence[_Match]) -> float:
    """Weights of those that do not lie in each other: "you must answer" is said once."""
    kept: list[_Match] = []
    for one in sorted(matches, key=lambda one: -one.weight):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sum(one.weight for one in kept)
