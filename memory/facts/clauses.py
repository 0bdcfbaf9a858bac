"""A sentence as clauses, each with whom it is about. English. Pure.

"I quit my job and joined Helio" is two clauses of one subject; "My sister Mara is a nurse, she
lives in Graz" two of Mara.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from memory.facts import roles
from memory.facts.english import GOES_ON, ROLE_WORDS, SUBJECT_ROLE
from memory.facts.statements import YOU
from memory.facts.values import NOT_NAMES, name
from memory.scripts import fold

_CONTRACTIONS = (
    (re.compile(r"\b(I)['’]m\b|\b(we|they)['’]re\b", re.I), r"\1\2 BE"),
    (re.compile(r"\b(I|we|they|you)['’]ve\b", re.I), r"\1 have"),
    (re.compile(r"\b(I|we|they|he|she)['’]ll\b", re.I), r"\1 will"),
    (re.compile(r"\b(I|we|they|he|she)['’]d\b", re.I), r"\1 would"),
    (re.compile(r"\bcan['’]t\b|\bcannot\b", re.I), "can not"),
    (re.compile(r"\bwon['’]t\b", re.I), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|have|has|had|could|would"
        r"|should)n['’]t\b", re.I), r"\1 not"),
    (re.compile(r"\b(he|she|it|who|there|that|here)['’]s\b(?= (?:been|lived|moved|got|worked"
        r"|started|become|just)\b)", re.I), r"\1 has"),
    (re.compile(r"\b(he|she|it|who|there|that|here|what)['’]s\b", re.I), r"\1 is"),
)  # fmt: skip
_LEADING = re.compile(
    r"^(?:(?:well|so|oh|ok|okay|yes|yeah|yep|no|nope|hey|hi|hello|hm+|ah|wow|by the way|btw|also"
    r"|actually|anyway"
    r"|and|but|because|since|as|now|fyi|just so you know|for your information|please|note that|nice"
    r"|(?:please )?(?:remember|keep in mind|bear in mind|note|know)(?: that)?|good news|bad news"
    r"|big news|news"
    r"|update|correction|sorry|in fact|the thing is|honestly|unfortunately|sadly|luckily"
    r"|fortunately"
    r"|happily|finally|recently|these days|nowadays|currently|at the moment|right now|you know|as"
    r" you know"
    r"|as i (?:said|told you|mentioned)(?: before)?|i (?:already )?(?:told|said to|mentioned to)"
    r" you(?: that)?"
    r"|i mentioned(?: that)?|i should (?:say|mention|add)(?: that)?|it turns out|it turned out"
    r"|turns out|really"
    r"|i (?:think|guess|believe|suppose|assume)(?: that)?|maybe|perhaps|probably|as far as i know"
    r"|in the end|after that|since then|then|though|still|congratulations|thanks|thank you|great"
    r"|cool|true"
    r"|for what it is worth|speaking of which|i mean|that|yesterday|today|later|first|¤\d|my name"
    r" is \w+)(?:[\s,:!;.—–-]+|$))+",
    re.I,
)  # fmt: skip
_ADVERB = re.compile(
    r"^((?:(?:am|is|are|have|has|had|was|were|will|do|does|not)\s+)*)"
    r"(?:still|now|currently|actually|also|just|really|recently|already|absolutely|finally|both|all"
    r"|truly|always|usually|even|only|totally|definitely|officially|each|mostly|originally"
    r"|personally|happily|so)\s+(?!that\b)",
    re.I,
)
_SUBJECT_AHEAD = (
    r"(?:I|[Ww]e|[Mm]y|[Oo]ur|[Hh]e|[Ss]he|¤\d\s+(?:I|we)|[A-Z][\w’-]+ (?:is|lives|works|has|was"
    r"|and I|moved|speaks|plays|loves|turned))\b"
)
_CUT = re.compile(
    rf"\s*[;:—]\s+|\s+[–-]\s+|\s*[.!?…]+(?:\s+|$)|,?\s+(?:and|but|so|because|although|though|while"
    rf"|since|then|as)\s+(?={_SUBJECT_AHEAD})"
    rf"|,\s+(?={_SUBJECT_AHEAD})|,?\s+(?:but|because|although|though)\s+"
)
_AND = re.compile(r",?\s+(?:and(?: then)?|then)\s+|,\s+(?=no longer|not )", re.I)
_FIRST = re.compile(r"^(?:I|we|my \w+ and I|me and my \w+)\b\s*", re.I)
_PRONOUN = re.compile(r"^(he|she)\b\s*", re.I)
_POSSESSIVE = re.compile(
    rf"^(?:(?P<mine>my|our)\s+(?:\w+\s+)?(?P<role>{ROLE_WORDS})(?:"
    rf" (?P<name>(?-i:[A-Z])[\w-]+))?['’]s?\s+"
    r"|(?P<own>my|our|his|her)\s+|(?P<named>(?-i:[A-Z])[\w-]+)['’]s\s+)",
    re.I,
)
_NAMED = re.compile(r"^([A-ZÀ-Þ][\w’-]*[a-zà-ÿ](?: [A-ZÀ-Þ][\w’-]*[a-zà-ÿ])?)\s+(?=[a-z])")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a clause is about: ``name`` is ``YOU``, a name, or "your mother".

    ``sure`` is below 1 where a pronoun or an unknown name had to be understood.
    """

    name: str
    role: str = ""
    given: str = ""
    sure: float = 1.0
    known: bool = True


@dataclass(slots=True)
class Scene:
    """Who is speaking and who was spoken of last. One for each conversation.

    Attributes:
        speaker: subject of "I".
        known: folded names of people introduced so far, with their role where it was told.
        last: the person a "she" or "he" would be; None where there are several.
    """

    speaker: str = YOU
    known: dict[str, str] = field(default_factory=dict)
    last: Subject | None = None
    heard: int = 99
    """Turns since ``last`` was spoken of."""

    def of_role(self, role: str) -> str:
        return (
            f"{'your' if self.speaker == YOU else self.speaker + chr(39) + 's'} {roles.plain(role)}"
        )

    def spoke_of(self, subject: Subject | None) -> None:
        if subject is None or subject.name != self.speaker:
            self.last, self.heard = subject, 0


def written_out(sentence: str) -> str:
    """Contractions written out."""
    for pattern, full in _CONTRACTIONS:
        sentence = pattern.sub(full, sentence)
    return re.sub(
        r"\b(I) BE\b", r"\1 am", re.sub(r"\b(we|they) BE\b", r"\1 are", sentence, flags=re.I)
    )


def clauses(sentence: str) -> Iterator[str]:
    """Parts of a sentence that may each have a subject of their own."""
    at = 0
    for cut in _CUT.finditer(sentence):
        if cut.start() > at:
            yield sentence[at : cut.start()].strip()
        at = cut.end()
    if sentence[at:].strip():
        yield sentence[at:].strip()


def without_leading(clause: str) -> str:
    return _LEADING.sub("", clause)


def without_adverbs(rest: str) -> str:
    """What follows the subject, without words that change nothing: "still", "recently"."""
    rest = re.sub(r"^¤\d\s*", "", rest)
    for _ in range(4):
        shorter = _ADVERB.sub(r"\1", rest)
        if shorter == rest:
            break
        rest = shorter
    return rest


def parts(rest: str) -> list[str]:
    """Predicates joined by "and"; which of them are only a value's second half shows when no
    rule knows them."""
    return [GOES_ON.sub("", part.strip()) for part in _AND.split(rest) if part.strip()]


def subject_of(clause: str, scene: Scene) -> tuple[Subject, str] | None:
    """Whom a clause is about, and what follows; None where that is unknown."""
    first = _FIRST.match(clause)
    if first:
        return Subject(scene.speaker), clause[first.end() :]
    pronoun = _PRONOUN.match(clause)
    if pronoun:
        meant = _meant(pronoun.group(1).lower(), scene)
        return None if meant is None else (meant, clause[pronoun.end() :])
    of_role = SUBJECT_ROLE.match(clause)
    if of_role and not clause[of_role.end() :].startswith(("'", "’")):
        return _relative(of_role, scene), clause[of_role.end() :].strip()
    named = _NAMED.match(clause)
    if named and fold(named.group(1).split()[0]) not in NOT_NAMES:
        known = fold(named.group(1)) in scene.known
        role = scene.known.get(fold(named.group(1)), "")
        return Subject(named.group(1), role, known=known), clause[named.end() :]
    return None


def owner_of(clause: str, scene: Scene) -> tuple[Subject, str] | None:
    """Whose something is, and what: "my sister's birthday is ..."."""
    found = _POSSESSIVE.match(clause)
    if found is None:
        return None
    rest = clause[found.end() :]
    if found.group("mine"):
        given = found.group("name") or ""
        role = roles.plain(found.group("role"))
        return Subject(given or scene.of_role(role), role, given), rest
    if found.group("own"):
        own = found.group("own").lower()
        if own in ("my", "our"):
            return Subject(scene.speaker), rest
        meant = _meant("he" if own == "his" else "she", scene)
        return None if meant is None else (meant, rest)
    named = found.group("named")
    return (Subject(named), rest) if name(named) and named[0].isupper() else None


def _relative(found: re.Match[str], scene: Scene) -> Subject:
    role = roles.plain(found.group("role"))
    given = found.group("name") or ""
    if given and fold(given) in NOT_NAMES:
        given = ""
    return Subject(given or scene.of_role(role), role, given)


def _meant(pronoun: str, scene: Scene) -> Subject | None:
    last = scene.last
    if last is None or scene.heard > 2:
        return None
    wrong = roles.MALE if pronoun == "she" else roles.FEMALE
    if last.role in wrong:
        return None
    return Subject(last.name, last.role, last.given, sure=0.85)
