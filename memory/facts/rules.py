"""How rules are written, in whatever language. Pure.

A rule looks at what follows the subject of a clause, at its beginning. Group ``v`` of its pattern
is the value, cut out by one of the kinds in ``memory.facts.kinds``; ``d`` is the detail, ``s`` the
slot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.facts.statements import Mode


@dataclass(frozen=True, slots=True)
class Rule:
    """``strong`` rules tell a person by their verb: a name nobody introduced will do as subject.
    ``many`` values may be listed."""

    relation: str
    pattern: re.Pattern[str]
    cut: str
    mode: Mode = Mode.IS
    confidence: float = 0.9
    strong: bool = False
    many: bool = False
    value: str = ""
    slot: str = ""


def rule(
    relation: str,
    pattern: str,
    cut: str = "thing",
    mode: Mode = Mode.IS,
    confidence: float = 0.9,
    *,
    strong: bool = False,
    many: bool = False,
    value: str = "",
    slot: str = "",
) -> Rule:
    """A rule; ``value`` stands in where the pattern itself is the value."""
    compiled = re.compile(pattern + r"(?!\w)", re.I)
    return Rule(relation, compiled, cut, mode, confidence, strong, many, value, slot)
