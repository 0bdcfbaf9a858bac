"""Facts as sentences: "You live in Lyon (since spring 2024; before: Berlin)". Pure."""

from __future__ import annotations

from datetime import tzinfo

from memory.facts.fold import Folded, State
from memory.facts.relations import RELATIONS
from memory.facts.statements import YOU
from memory.facts.when import month_of, told

_NOUNS = frozenset("works_as pet owns drives".split())


def sentence(fact: Folded, before: Folded | None, zone: tzinfo | None) -> str:
    """What a fact says, in English, with its dates; ``before`` is the one it took the place of."""
    return f"{_claim(fact)}{_dates(fact, before, zone)}."


def _claim(fact: Folded) -> str:
    relation = RELATIONS[fact.relation]
    you = fact.subject == YOU
    past = fact.state is State.PAST
    form = (
        (relation.you_past if past else relation.you)
        if you
        else (relation.other_past if past else relation.other)
    )
    text = form.format(
        s=_capital(fact.subject),
        p="Your" if you else _capital(fact.subject) + "'s",
        v=_value(fact),
        d=fact.detail or fact.relation,
        slot=fact.slot,
    )
    if fact.relation == "plan" and fact.detail == "event":
        text = (
            f"{'You have' if you else _capital(fact.subject) + ' has'} {_with_article(fact.value)}"
        )
    elif fact.detail and fact.value.lower() == fact.detail and "{d}" in form:
        have = "had" if past else ("have" if you else "has")
        text = f"{'You' if you else _capital(fact.subject)} {have} {_with_article(fact.value)}"
    return " ".join(text.split())


def _value(fact: Folded) -> str:
    named = fact.value.islower() or fact.relation == "drives"  # a Skoda
    return _with_article(fact.value) if fact.relation in _NOUNS and named else fact.value


def _with_article(noun: str) -> str:
    if noun.endswith("s") or noun.split()[0] in ("one", "two", "three", "four", "five"):
        return noun
    return f"an {noun}" if noun[0].lower() in "aeiou" else f"a {noun}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _dates(fact: Folded, before: Folded | None, zone: tzinfo | None) -> str:
    parts = []
    if fact.relation == "plan":
        parts += [told(fact.begins, zone)] if fact.begins else []
    elif fact.state is State.PAST:
        if fact.begins:
            parts.append(f"from {told(fact.begins, zone)}")
        if fact.ends:
            parts.append(f"until {told(fact.ends, zone)}")
        elif not fact.begins:
            parts.append("before")
        if fact.next is not None and fact.next.value:
            parts[-1] += f", then {fact.next.value}"
    else:
        if fact.begins:
            parts.append(f"since {told(fact.begins, zone)}")
        elif fact.relation == "age":
            parts.append(f"as of {month_of(fact.last_said_ms, zone)}")
        if before is not None and before.value:
            parts.append(f"before: {before.value}")
    return f" ({'; '.join(parts)})" if parts else ""
