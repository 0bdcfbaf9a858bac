"""What kinds of orders there are, and how each is told to a person. Pure data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    OVERRIDE = "override"
    PERSONA = "persona"
    CONDITION = "condition"
    SECRECY = "secrecy"
    EXFILTRATION = "exfiltration"
    TOOL = "tool"
    LINK = "link"
    SPEECH = "speech"
    ADDRESS = "address"
    TEMPLATE = "template"
    HIDDEN = "hidden"
    RANK = "rank"


TOLD: dict[Kind, str] = {
    Kind.OVERRIDE: "it says to ignore instructions",
    Kind.PERSONA: "it gives an assistant another role",
    Kind.CONDITION: "it says what to answer when asked",
    Kind.SECRECY: "it wants to be kept from you",
    Kind.EXFILTRATION: "it asks for your data",
    Kind.TOOL: "it wants a tool used",
    Kind.LINK: "it wants a link opened or shown",
    Kind.SPEECH: "it dictates answers",
    Kind.ADDRESS: "it speaks to an assistant",
    Kind.TEMPLATE: "it holds control signs of language models",
    Kind.HIDDEN: "it hides text",
    Kind.RANK: "it wants to be trusted above others",
}
"""Each as it stands behind "gives orders:"."""


@dataclass(frozen=True, slots=True)
class Act:
    """A speech act: a pattern over folded text.

    Attributes:
        weight: how much of an order to an assistant it is by itself; 1 is enough.
        needs: the pattern is only tried where one of these stands in the text, for speed.
    """

    kind: Kind
    weight: float
    pattern: re.Pattern[str]
    needs: tuple[str, ...] = field(default=())


def act(kind: Kind, weight: float, pattern: str, *needs: str) -> Act:
    return Act(kind, weight, re.compile(pattern, re.M), needs)
