"""Which questions are worth another look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory.iterated import hard
from memory.protocol import HardReason
from memory.recall.enough import Enough
from memory.recall.found import Found, Recalled, Trace
from memory.recall.terms import Terms
from memory.understand import understand
from tests.unit.memory.standin import NOW
from tests.unit.memory.test_quote import _found


def _recalled(text: str, confidence: float | None, *found: Found) -> Recalled:
    enough = None if confidence is None else Enough(confidence, confidence < 0.064, {}, {})
    return Recalled(understand(text, NOW), Terms(), list(found), enough, 10, [], Trace(), 1.0)


def _why(text: str, confidence: float | None = 0.9, *found: Found) -> list[HardReason]:
    return hard.reasons(text, _recalled(text, confidence, *found))


@pytest.mark.parametrize(
    ("question", "confidence", "why"),
    [
        ("How much is the deposit for the flat?", 0.9, []),
        ("How much is the deposit for the flat?", 0.3, [HardReason.UNSURE]),
        ("How much is the deposit for the flat?", None, []),
        ("How much is the deposit and when does it come back?", 0.9, [HardReason.PARTS]),
        ("Is the flat in Harbour Street larger than the one in Mill Lane?", 0.9,
         [HardReason.COMPARES]),
        ("Which was cheaper, the ferry or the train?", 0.9, [HardReason.COMPARES]),
        ("Was the ferry delayed by fog or by ice?", 0.2,
         [HardReason.UNSURE, HardReason.COMPARES]),
        ("Hello!", 0.0, []),
        ("deposit", 0.0, []),
        ("Our cat Minka hates thunderstorms and hail.", 0.0, []),
    ],
)  # fmt: skip
def test_reasons(question: str, confidence: float | None, why: list[HardReason]) -> None:
    assert _why(question, confidence) == why


def test_a_memory_that_only_a_name_led_to() -> None:
    linked = replace(_found("x"), points={"linked": 3.0, "meaning": 1.0, "asks": -2.0})
    worded = replace(_found("y"), points={"linked": 1.0, "meaning": 1.5, "words": 0.5})
    assert _why("Who founded the maker of the blue lamp?", 0.9, worded, linked) == [
        HardReason.LINKED
    ]
    assert _why("Who founded the maker of the blue lamp?", 0.9, worded) == []
    far = [worded] * hard.BEST
    assert _why("Who founded the maker of the blue lamp?", 0.9, *far, linked) == []


def test_a_day_that_is_told_is_not_hard() -> None:
    text = "What did I do on the fifth or sixth of May?"
    told = replace(_recalled(text, 0.1), timeline=True)
    assert hard.reasons(text, told) == []
