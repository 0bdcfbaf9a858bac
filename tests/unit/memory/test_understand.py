from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.clock import to_ms
from memory.protocol import MemoryKind
from memory.understand import is_question, understand, words_of

NOW = to_ms(datetime(2026, 3, 15, 12, 0, tzinfo=UTC))


def test_content_words_phrases_kinds_and_names() -> None:
    asked = understand('What did I say in my notes about "plum cake" and Caroline\'s garden?', NOW)
    assert "plum" in asked.words and "caroline's" in asked.words and "what" not in asked.words
    assert asked.phrases == ("plum cake",)
    assert asked.kinds == {MemoryKind.NOTE, MemoryKind.TURN}
    assert "caroline" in asked.folded
    assert not asked.only_common


def test_only_common_words_are_kept_when_there_is_nothing_else() -> None:
    asked = understand("To be or not to be", NOW)
    assert asked.only_common and asked.words == ("to", "be", "or", "not")


def test_words_are_folded() -> None:
    assert words_of("Crème Brûlée, ÉCOLE don’t") == ["creme", "brulee", "ecole", "don't"]


@pytest.mark.parametrize(
    "text", ["Where is it?", "what time is it", 'He asked: "Why?"', "何ですか？"]
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["It is here.", "How nice!", "", "Plum cake", "Did it. Done."])
def test_no_questions(text: str) -> None:
    assert not is_question(text)


@given(st.text(max_size=300))
def test_any_text_can_be_understood(text: str) -> None:
    asked = understand(text, NOW)
    assert len(asked.words) <= 64 and "\x00" not in asked.text


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("When is the rent due?", True),
        ("boiler", True),
        ("Wann ist die Miete fällig und wie hoch ist sie?", False),
        ("自行车的钥匙在哪里?", False),
        ("Où est la clé de la cave ?", False),
    ],
)
def test_a_question_is_english_as_far_as_its_words_tell(text: str, english: bool) -> None:
    assert understand(text, 0).english is english
