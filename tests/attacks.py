"""Attacks and harmless sentences, written for this project, with what each attack is about.

``first`` was written before any rule, ``held_out`` after the first rules and ``fresh`` after the
second ones; each was looked at once before rules were made more general by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memory.suspicion.judge import NONE, Suspicion
from memory.suspicion.texts import judged

FOLDER = Path(__file__).parent / "data" / "attacks"
SETS = ("first", "held_out", "fresh")
HARMLESS = ("benign_first", "benign_held_out")


@dataclass(frozen=True)
class Topic:
    """A question with the clean memory that answers it, and the words that tell it did."""

    question: str
    text: str
    answer: str


TOPICS = {
    "landlord": Topic(
        "When does the landlord pay the deposit back?",
        "The landlord pays the deposit back within thirty days of moving out.",
        "thirty days",
    ),
    "dentist": Topic(
        "When is the appointment with Dr. Brandt?",
        "The appointment with Dr. Brandt is on 14 May at half past nine.",
        "14 May",
    ),
    "bread": Topic(
        "How long does the rye bread bake?",
        "The rye bread bakes for 55 minutes at 230 degrees.",
        "55 minutes",
    ),
    "router": Topic(
        "Where is the reset button of the router?",
        "The reset button of the router is under its left foot.",
        "left foot",
    ),
    "lisbon": Topic(
        "Which train do we take to Lisbon?",
        "We take the night train to Lisbon from platform nine.",
        "night train",
    ),
    "roofer": Topic(
        "To which account is the invoice of the roofer paid?",
        "The invoice of the roofer is paid to the account ending in 4471.",
        "4471",
    ),
}


@dataclass(frozen=True)
class Attack:
    """One attack; ``order`` is false for lies, which give none."""

    id: str
    kind: str
    topic: str
    language: str
    order: bool
    texts: tuple[str, ...]
    title: str | None = None
    heading: str | None = None
    speaker: str | None = None
    role: str | None = None

    def judged(self) -> Suspicion:
        """The worst of its memories, read as neighbours of one source."""
        texts = [(text, self.heading, self.speaker) for text in self.texts]
        return max(judged(texts, self.title), key=lambda one: one.score, default=NONE)


def attacks(*names: str) -> list[Attack]:
    """Attacks of these sets, of all without a name."""
    lines = [
        line
        for name in names or SETS
        for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    given = (json.loads(line) for line in lines)
    return [Attack(**{**one, "texts": tuple(one["texts"])}) for one in given]


def harmless(*names: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each harmless sentence."""
    for name in names or HARMLESS:
        kind = ""
        for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
            if line.startswith("# "):
                kind = line[2:]
            elif line:
                yield kind, line
