"""When two questions are one, and when an answer depends on the moment."""

from __future__ import annotations

from datetime import UTC

import pytest

from memory.clock import DAY_MS
from memory.protocol import MemoryKind, RecallFilter
from memory.repeated import sameness
from memory.repeated.sameness import Shape, about_now, key, normal, speaks_of_now, stands_alone
from memory.understand import Question, understand
from tests.unit.memory.standin import NOW

SHAPE = Shape("tiny", "1.0")


def _asked(text: str, now_ms: int = NOW) -> Question:
    return understand(text, now_ms, UTC)


@pytest.mark.parametrize(
    "again",
    [
        "how much is the DEPOSIT",
        "  How   much is\nthe deposit ?! ",
        "How much is the \u201cdeposit\u201d?",
        "(How much is the deposit?)",
        "How much is the deposit\u2026",
    ],
)
def test_the_same_but_for_case_space_and_punctuation(again: str) -> None:
    assert normal(again) == "how much is the deposit"
    assert key(_asked(again), RecallFilter(), SHAPE) == key(
        _asked("How much is the deposit?"), RecallFilter(), SHAPE
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is C++?", "What is C?"),
        ("Is it 2.5 or 25?", "Is it 25 or 25?"),
        ("How high is the deposit?", "How much is the deposit?"),
        ("Is the rent 900?", "Is the rent -900?"),
    ],
)
def test_what_is_told_apart(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_all_that_shapes_an_answer_is_in_the_key() -> None:
    question = _asked("What did Ann say about the boat?")
    plain = key(question, RecallFilter(), SHAPE)
    others = [
        key(question, RecallFilter(kinds=[MemoryKind.NOTE]), SHAPE),
        key(question, RecallFilter(source="/a.txt"), SHAPE),
        key(question, RecallFilter(), Shape("other", "1.0")),
        key(question, RecallFilter(), Shape("tiny", "1.1")),
        key(question, RecallFilter(), Shape("tiny", "1.0", (2,))),
    ]
    assert len({plain, *others}) == 6 and len(plain) == 32


def test_a_time_is_the_same_while_it_means_the_same_days() -> None:
    def asked(text: str, days: int) -> bytes:
        return key(_asked(text, NOW + days * DAY_MS), RecallFilter(), SHAPE)

    assert asked("What did Ann say yesterday?", 0) != asked("What did Ann say yesterday?", 1)
    # A Sunday, and two days of the week after it.
    assert asked("What did Ann say last week?", 0) != asked("What did Ann say last week?", 1)
    assert asked("What did Ann say last week?", 1) == asked("What did Ann say last week?", 2)
    assert asked("What did Ann say in May 2023?", 0) == asked("What did Ann say in May 2023?", 9)


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("What is the latest on the boat?", True),
        ("Where does Ann live now?", True),
        ("How old is Minka?", True),
        ("How long have we had the boat?", True),
        ("Wo wohnt Anna derzeit?", True),
        ("What did Ann say last week?", False),
        ("What did Ann say yesterday?", False),
        ("When did I last see Ann?", True),
        ("How much is the deposit?", False),
    ],
)
def test_questions_about_now(question: str, now: bool) -> None:
    assert about_now(_asked(question)) is now


def test_answers_that_speak_of_now() -> None:
    assert speaks_of_now("It is due in 3 days [1].") and speaks_of_now("She comes tomorrow.")
    assert not speaks_of_now("It is due on 3 March [1].")


def test_in_a_chat_only_what_stands_alone() -> None:
    assert stands_alone(_asked("And what did he say about it?"), history=False)
    assert stands_alone(_asked("How much is the deposit for the flat?"), history=True)
    for leaning in ("How much is it for the flat?", "Why?", "What else is in the lease?",
                    "Wie hoch ist die Kaution für die Wohnung?"):  # fmt: skip
        assert not stands_alone(_asked(leaning), history=True), leaning


def test_no_word_of_the_question_is_in_the_key() -> None:
    assert b"zugzwang" not in sameness.key(_asked("zugzwang quokka?"), RecallFilter(), SHAPE)
