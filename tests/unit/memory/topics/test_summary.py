"""Title and summary of a topic are the person's own words."""

from __future__ import annotations

import pytest

from memory.notes.naming import named
from memory.topics.cut import Said
from memory.topics.summary import SUMMARY_CHARS, TITLE_CHARS, gist


def said(*texts: str, own: bool = True) -> list[Said]:
    return [Said(f"t{n}", text, n, own=own) for n, text in enumerate(texts)]


def test_the_sentence_that_says_most_is_chosen() -> None:
    found = gist(
        said("Hm, yes.", "I want to cook barley soup for Robin. It is cold.", "Soup with barley.")
    )
    assert found is not None
    assert (found.summary, found.turn) == ("I want to cook barley soup for Robin.", 1)
    assert found.title.startswith("Robin") and "barley soup" in found.title


def test_a_question_tells_less_than_a_statement() -> None:
    found = gist(said("Where is the barley for the soup?", "The barley soup is for Robin."))
    assert found is not None and found.summary == "The barley soup is for Robin."


def test_only_questions_are_better_than_nothing() -> None:
    found = gist(said("Where is the barley for the soup?"))
    assert found is not None and found.summary.startswith("Where is the barley")


def test_what_the_assistant_said_is_never_told() -> None:
    turns = [
        *said("Please find the recipe of the soup."),
        *said("The barley soup of Robin needs leeks, carrots and barley.", own=False),
    ]
    found = gist(turns)
    assert found is not None and found.summary == "Please find the recipe of the soup."
    assert "leeks" not in found.title
    assert gist(turns[1:]) is None


@pytest.mark.parametrize("text", ["", "Ok.", "!!!", "👍", "\x00\u202e"])
def test_where_nothing_is_said_nothing_is_told(text: str) -> None:
    assert gist(said(text, text)) is None


def test_long_ones_stay_within_their_limits() -> None:
    found = gist(said("word " * 400 + ".", "Donaudampfschifffahrtsgesellschaft " * 3))
    assert found is None or len(found.summary) <= SUMMARY_CHARS
    found = gist(said("Donaudampfschifffahrtsgesellschaftskapitänsmützen und " * 4))
    assert found is not None and 0 < len(found.title) <= TITLE_CHARS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tomorrow we meet Robin in Porto.", ["Robin", "Porto"]),
        ("On Friday in May I see Anna Berg's sister.", ["Anna Berg"]),
        ("Barley soup is good.", []),
        ("I think I'm late.", []),
        ("Morgen kochen wir in der Küche eine Suppe mit Gerste.", []),
        ("Maria Lopez called.", ["Maria Lopez"]),
    ],
)
def test_names_are_told_by_their_spelling(text: str, names: list[str]) -> None:
    assert named(text) == names


def test_known_names_count_wherever_they_stand() -> None:
    assert named("Robin called.") == []
    assert named("Robin called.", {"robin"}) == ["Robin"]
