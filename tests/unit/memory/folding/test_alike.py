"""What says the same for good, and what only looks like it."""

from __future__ import annotations

from datetime import UTC

import pytest

from memory.clock import DAY_MS
from memory.folding.alike import Told, groups, marks, says_the_same

NOON = 1_772_366_400_000

SAID = (
    "The deposit for the flat in Lisbon is two months of rent and the landlord pays it back within"
    " thirty days after we have moved out"
)


def told(text: str = SAID, rowid: int = 1, **more: object) -> Told:
    values = {"kind": "note", "role": None, "speaker": None, "heading": None, "when_ms": NOON}
    return Told(rowid, text=text, zone=UTC, **(values | more))  # type: ignore[arg-type]


def alike(one: Told, other: Told) -> bool:
    """By marks and by comparison, as the night does it."""
    first, second = marks(one), marks(other)
    shared = first is not None and second is not None and bool((first == second).any())
    return shared and says_the_same(one, other)


def test_equal_and_nearly_equal_texts_are_one() -> None:
    assert alike(told(), told())
    assert alike(told(), told(SAID.upper()))
    assert says_the_same(told(), told(SAID.replace(" and the landlord", ", the landlord")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two months", "three months"),
        ("two months", "2 months"),
        ("Lisbon", "Porto"),
        ("pays it back", "never pays it back"),
        ("is two", "isn't two"),
        ("The deposit", "Anna's deposit"),
        ("rent and the", "rent in March and the"),
    ],
)
def test_another_number_name_date_or_negation_is_another_thing(one: str, other: str) -> None:
    changed = SAID.replace(one, other)
    assert changed != SAID
    assert not says_the_same(told(), told(changed))


def test_who_paid_whom_is_kept_apart() -> None:
    said = "Last summer in the mountains Ann paid Bob for the tent and all of the food we had"
    swapped = said.replace("Ann", "X").replace("Bob", "Ann").replace("X", "Bob")
    assert not says_the_same(told(said), told(swapped))


@pytest.mark.parametrize(
    "more",
    [
        {"speaker": "Bob"},
        {"role": "assistant"},
        {"kind": "passage"},
        {"heading": "Second floor"},
        {"text": SAID + "?"},
    ],
)
def test_another_speaker_kind_heading_or_a_question_is_another_thing(more: dict[str, str]) -> None:
    other = told(**more)
    assert not alike(told(), other) and not says_the_same(told(), other)


def test_a_time_told_from_today_is_the_same_only_on_the_same_day() -> None:
    text = "I am going to see the doctor about my knee tomorrow and then buy some bread"
    assert alike(told(text), told(text))
    assert not says_the_same(told(text), told(text, when_ms=NOON + 3 * DAY_MS))


def test_short_texts_stand_for_nothing() -> None:
    assert marks(told("Yes, I do")) is None


def test_groups_hold_every_one_that_says_the_same() -> None:
    texts = [SAID, "Something else that is said by somebody here", SAID, SAID.lower()]
    found = groups([told(text, n) for n, text in enumerate(texts)])
    assert [[one.rowid for one in group] for group in found] == [[0, 2, 3]]
