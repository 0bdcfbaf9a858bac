"""What each witness says of the candidates."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import cues, features
from memory.recall.features import apart, columns
from memory.recall.late import Compared
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, talk, terms

TEXTS = [
    "the weather was fine",
    "did you find the kitten ?",
    "yes under the porch",
    "good to hear",
    "what else is new",
    "nothing much here",
]


def of(question: str, texts: list[str], rows: list[int], *words: str, **more: object):  # type: ignore[no-untyped-def]
    laid, cards = talk(texts, rows, **more)
    return columns(understand(question, NOW), terms(texts, *words), None, None, laid, cards)


def test_the_turn_after_the_one_with_the_word_hears_it_too() -> None:
    found = of("where was the kitten?", TEXTS, [2, 3, 6], "kitten")
    assert found["words"][0] > 0 and found["words"][1:].tolist() == [0.0, 0.0]
    assert found["said_before"][1] > 0 == found["said_before"][2]
    assert found["words_around"][1] > 0
    assert found["words_wide"][2] > 0
    assert found["answers"][0] == 0.0 < found["answers"][1] and found["answers"][2] == 0.0
    assert found["asks"].tolist() == [1.0, 0.0, 0.0]


def test_the_name_of_a_speaker_is_no_word_of_what_is_said() -> None:
    texts = ["ann how are you", "fine", "so", "so", "so", "so", "i bought a boat"]
    found = of("what did ann buy, a boat?", texts, [1, 7], "ann", "boat", speaker="Ann")
    assert found["words"].min() > 0
    assert found["words_around"][0] == 0.0 < found["words_around"][1]
    assert found["speaker"].tolist() == [1.0, 1.0]


def test_nobody_is_called_user() -> None:
    found = of("what did the user say?", TEXTS, [1], "weather", speaker="User")
    assert found["speaker"].tolist() == [0.0]


def test_distance_from_the_best_is_large_only_where_one_stands_out() -> None:
    clear = np.array([1.0] + [0.1] * 40, np.float32)
    even = np.array([0.51] + [0.5] * 40, np.float32)
    assert apart(clear)[0] > 3
    assert apart(even)[0] < 1
    assert len(apart(np.zeros(0, np.float32))) == 0


def test_what_is_not_known_counts_as_the_mean() -> None:
    found = features._compared("tokens", np.array([0.9, 0.1, np.nan], np.float32), features.Scale())
    assert found["tokens"].tolist() == pytest.approx([0.9, 0.1, 0.0])
    far = found["tokens_apart"]
    assert far[2] == pytest.approx(far[:2].mean())


def test_a_turn_answers_the_more_the_better_the_turn_before_asks_the_same() -> None:
    laid, cards = talk(["a ?", "b", "c ?", "d", "e", "f"], [2, 4, 6])
    before = np.array([0.9, 0.1, 0.8], np.float32)
    said = Compared(before, before, before, before)
    found = columns(understand("a?", NOW), terms(TEXTS), None, None, laid, cards, said)
    assert found["answers"][0] > found["answers"][1] >= 0 == found["answers"][2]


def test_without_meaning_and_words_every_column_is_still_there() -> None:
    laid, cards = talk(TEXTS, [1, 2])
    found = columns(understand("?", NOW), terms(TEXTS), None, None, laid, cards)
    assert all(len(values) == 2 and np.isfinite(values).all() for values in found.values())
    assert {"meaning", "tokens_wide_apart", "linked", "is_named"} <= set(found)


def test_meaning_is_heard_alone_and_with_neighbours() -> None:
    laid, cards = talk(TEXTS, [2, 5])
    vectors = np.zeros((len(laid.rows), 2), np.float32)
    vectors[:] = [0.0, 1.0]
    vectors[np.searchsorted(laid.rows, 3)] = [1.0, 0.0]
    asked = np.array([1.0, 0.0], np.float32)
    found = columns(understand("x", NOW), terms(TEXTS), asked, vectors, laid, cards)
    assert found["meaning"].tolist() == [0.0, 0.0]
    assert found["meaning_near"][0] > 0.2 > found["meaning_near"][1]


@pytest.mark.parametrize(
    ("question", "text", "cue", "value"),
    [
        ("When did we meet?", "We met last week.", "times_asked", 1.0),
        ("When was it?", "It was in May 2021", "times_asked", 1.0),
        ("When did we meet?", "We met.", "times_asked", 0.0),
        ("Where did we meet?", "We met last week.", "times_asked", 0.0),
        ("How many are there?", "I have three of them", "numbers_asked", 1.0),
        ("How many are there?", "I have some", "numbers_asked", 0.0),
        ("Was it nice?", "we saw Anna, and the Louvre", "capitals", 0.5),
        ("Was it nice?", "Nothing here. Nothing", "capitals", 0.0),
        ("Was it nice?", "I was there", "first_person", 1.0),
        ("Was it nice?", "It is there", "first_person", 0.0),
    ],
)
def test_cues_of_a_turn(question: str, text: str, cue: str, value: float) -> None:
    turn, passage = np.ones(1, np.float32), np.zeros(1, np.float32)
    assert cues.Wording(question).columns([1], [text], turn)[cue].tolist() == [value]
    beside = 0.0 if cue in ("capitals", "first_person") else value
    assert cues.Wording(question).columns([1], [text], passage)[cue].tolist() == [beside]


def test_a_cue_counts_where_it_is_asked_for() -> None:
    when = of("when did it rain?", ["it rained on monday"], [1], "rained")
    who = of("who was it?", ["it rained on monday"], [1], "rained")
    assert when["times_asked"].tolist() == [1.0] and who["times_asked"].tolist() == [0.0]


def test_those_that_come_later_are_compared_with_the_first() -> None:
    scale = features.Scale()
    first = scale.apart("words", np.array([0.9, 0.5, 0.1], np.float32))
    later = scale.apart("words", np.array([0.5, 9.0], np.float32))
    assert later[0] == pytest.approx(first[1]) and later[1] > first[0]
    assert scale.apart("other", np.array([0.5, 9.0], np.float32))[0] < first[1]
    assert scale.length("words", np.array([10.0, 30.0], np.float32)) == 20.0
    assert scale.length("words", np.array([500.0], np.float32)) == 20.0
