"""Facts in words and in groups, for the window. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import words
from memory.protocol import FactInfo, FactSource, FactState

_TITLES = {
    "name": "Name", "nickname": "Called", "lives_in": "Home", "address": "Address", "age": "Age",
    "birthday": "Birthday", "born": "Born", "origin": "From", "works_as": "Work",
    "works_at": "Works at", "studies": "Studies", "studies_at": "Studies at", "partner": "Partner",
    "marital": "Married or not", "child": "Children", "parent": "Parents",
    "sibling": "Brothers and sisters", "relative": "Relatives", "friend": "Friends",
    "pet": "Animals", "allergic": "Allergies", "health": "Health", "takes": "Takes",
    "diet": "Diet", "avoids": "Avoids", "favourite": "Favourite", "likes": "Likes",
    "prefers": "Prefers", "dislikes": "Does not like", "habit": "Habits", "speaks": "Speaks",
    "learns": "Is learning", "plays": "Plays", "drives": "Drives", "owns": "Owns",
    "plan": "Plans", "phone": "Phone", "email": "Email",
}  # fmt: skip
_DOUBTS = {
    "unsure": "You said this, but not for sure.",
    "contradicts": "Both cannot be true at once.",
    "outvoted": "Several other memories say otherwise.",
    "unclear order": "It is not clear which of the two holds now.",
}
_MONTH_DAYS = 92
_DAY_DAYS = 7


@dataclass(frozen=True)
class Topic:
    """What is known of one thing about somebody, the newest first."""

    subject: str
    title: str
    facts: tuple[FactInfo, ...]

    @property
    def current(self) -> list[FactInfo]:
        return [fact for fact in self.facts if fact.state is FactState.CURRENT]

    @property
    def history(self) -> bool:
        """Whether it has one that is worth drawing."""
        past = any(fact.state is FactState.PAST for fact in self.facts)
        return past or any(fact.valid_from is not None for fact in self.facts)


def topics(facts: Sequence[FactInfo]) -> list[Topic]:
    """Those of one person together, the most important first."""
    found: dict[tuple[str, str, str], list[FactInfo]] = {}
    for fact in facts:
        key = (fact.subject.casefold(), fact.relation, fact.slot.casefold())
        found.setdefault(key, []).append(fact)
    people = list(dict.fromkeys(subject for subject, _relation, _slot in found))
    order = list(_TITLES)

    def place(key: tuple[str, str, str]) -> tuple[int, int]:
        relation = order.index(key[1]) if key[1] in order else len(order)
        return people.index(key[0]), relation

    return [
        Topic(found[key][0].subject, title(found[key][0]), tuple(found[key]))
        for key in sorted(found, key=place)
    ]


def title(fact: FactInfo) -> str:
    said = _TITLES.get(fact.relation, fact.relation.replace("_", " ").capitalize())
    return f"{said} {fact.slot}".strip()


def whose(subject: str) -> str:
    return subject[:1].upper() + subject[1:]


def value(fact: FactInfo) -> str:
    """The value with its role: "Mara, sister"."""
    named = fact.detail and fact.value.casefold() != fact.detail.casefold()
    return f"{fact.value}, {fact.detail}" if named and fact.relation != "plan" else fact.value


def moment(at: datetime, days: int | None) -> str:
    """A time as exactly as it is known: 4 March 2024, Mar 2024, 2024."""
    local = at.astimezone()
    if (days or 1) <= _DAY_DAYS:
        return words.date(at)
    return f"{local:%b} {local.year}" if (days or 1) <= _MONTH_DAYS else str(local.year)


def doubt(reason: str) -> str:
    """Why the person is asked."""
    return _DOUBTS.get(reason, "It is not clear whether this is so.")


def source(one: FactSource) -> str:
    """Where and when a sentence was said."""
    own = (one.speaker or "you").casefold() in ("you", "me", "i", "user")
    who = "" if own else f"{one.speaker}, "
    return f"{who}{cut(one.source_title, 36)}, {words.date(one.said_at)}"


def cut(text: str, most: int) -> str:
    """At most so many characters, the last one an ellipsis where there were more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
