"""Short ways to say things in tests of facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from memory.clock import to_ms
from memory.facts.clauses import Scene
from memory.facts.extract import statements
from memory.facts.fold import Folded, fold, opposed
from memory.facts.statements import Statement

NOON = 12


def at(day: str) -> int:
    return to_ms(datetime.fromisoformat(day).replace(hour=NOON, tzinfo=UTC))


def told(text: str, day: str = "2024-06-10", scene: Scene | None = None) -> list[Statement]:
    return statements(text, at(day), scene or Scene(), UTC)


def claims(text: str, day: str = "2024-06-10") -> list[tuple[str, str, str, str]]:
    """Subject, relation, value and mode of everything a text claims."""
    return [(one.subject, one.relation, one.value, one.mode.value) for one in told(text, day)]


def folded(*said: tuple[str, str]) -> list[Folded]:
    """Facts of pairs of a day and what was said then, in any order."""
    scene = Scene()
    found: list[Statement] = []
    for day, text in said:
        for one in told(text, day, scene):
            found += [one, *filter(None, [opposed(one)])]
    topics: dict[tuple[str, str, str], list[Statement]] = {}
    for number, one in enumerate(found, 1):
        topics.setdefault(one.topic, []).append(replace(one, id=number))
    return [fact for some in topics.values() for fact in fold(some)]


def lines(*said: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Relation, value and state of the facts."""
    return [(fact.relation, fact.value, fact.state.value) for fact in folded(*said)]
