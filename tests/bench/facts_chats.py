"""Chats with the facts they hold, written for this project: by hand and made from templates."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from memory.clock import to_ms
from memory.facts.values import key_of

FOLDER = Path(__file__).with_name("facts_data")
PERSON, ASSISTANT = "Y", "A"
_FUNCTIONAL = ("lives_in", "works_at", "works_as", "age", "partner", "drives", "origin", "birthday")
MADE = 25
"""Chats made from templates for each half."""


@dataclass(frozen=True)
class Expected:
    """``values`` are ways to say the same; ``current`` or held before."""

    subject: str
    relation: str
    values: tuple[str, ...]
    current: bool

    def is_told_by(self, subject: str, relation: str, value: str, current: bool) -> bool:
        return (
            key_of(subject) == key_of(self.subject)
            and relation == self.relation
            and key_of(value) in {key_of(one) for one in self.values}
            and current is self.current
        )


@dataclass
class Chat:
    name: str
    turns: list[tuple[str, str, int]] = field(default_factory=list)
    """Speaker, text, time."""
    expected: list[Expected] = field(default_factory=list)


def halves() -> tuple[list[Chat], list[Chat]]:
    """The half that rules were written against, and the other one."""
    made = [list(_made(seed)) for seed in (11, 12)]
    return (
        read(FOLDER / "chats_a.txt") + made[0],
        read(FOLDER / "chats_b.txt") + made[1],
    )


def read(path: Path) -> list[Chat]:
    chats: list[Chat] = []
    when = 0
    for line in path.read_text("utf-8").split("\n# ", 1)[1].splitlines():
        if not chats or line.startswith("# "):
            chats.append(Chat(line.removeprefix("# ")))
        elif line.startswith("@ "):
            when = to_ms(datetime.fromisoformat(line[2:]).replace(hour=12, tzinfo=UTC))
        elif line[:2] in ("= ", "~ "):
            chats[-1].expected.append(_expected(line))
        elif line.strip():
            speaker, _, text = line.partition(": ")
            when += 60_000
            chats[-1].turns.append((speaker, text, when))
    return chats


def _expected(line: str) -> Expected:
    subject, relation, value = (part.strip() for part in line[2:].split(" | "))
    return Expected(
        subject, relation, tuple(one.strip() for one in value.split(" / ")), line[0] == "="
    )


def _made(seed: int) -> Iterator[Chat]:
    """Chats of two or three things said among three to five that tell nothing."""
    rng = random.Random(seed)
    told, idle, lists = _templates()
    for number in range(MADE):
        chat, when = Chat(f"made {seed}-{number}"), 1_700_000_000_000 + number * 86_400_000 * 11
        chosen = rng.sample(told, rng.randint(2, 3))
        chosen += [(text, []) for text in rng.sample(idle, rng.randint(3, 5))]
        rng.shuffle(chosen)
        topics: set[str] = set()
        for text, expected in chosen:
            filled = {name: rng.choice(values) for name, values in lists.items()}
            lines = [_expected(line.format(**filled)) for line in expected]
            mine = {one.relation for one in lines if one.subject == "you"} & set(_FUNCTIONAL)
            if mine & topics:
                continue
            topics |= mine
            when += 90_000
            chat.turns.append((PERSON, text.format(**filled), when))
            chat.turns.append(
                (ASSISTANT, f"I see. I live in {filled['place']} and love jazz.", when + 1)
            )
            chat.expected += lines
        chat.expected = list(dict.fromkeys(chat.expected))
        yield chat


def _templates() -> tuple[list[tuple[str, list[str]]], list[str], dict[str, list[str]]]:
    told: list[tuple[str, list[str]]] = []
    idle: list[str] = []
    lists: dict[str, list[str]] = {}
    singular = {"places": "place", "jobs": "job", "firms": "firm", "names": "name", "sibs": "sib",
                "petnames": "petname", "cars": "car", "days": "day", "ages": "age"}  # fmt: skip
    for line in (FOLDER / "templates.txt").read_text("utf-8").splitlines():
        if line.startswith("> "):
            told.append((line[2:], []))
        elif line[:2] in ("= ", "~ ") and told:
            told[-1][1].append(line)
        elif line.startswith("? "):
            idle.append(line[2:])
        elif found := re.match(r"(\w+): (.+)", line):
            name = singular.get(found.group(1), re.sub(r"ies$", "y", found.group(1)).rstrip("s"))
            lists[{"illnesse": "illness"}.get(name, name)] = found.group(2).split(", ")
    return told, idle, lists
