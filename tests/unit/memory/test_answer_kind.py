from __future__ import annotations

import pytest

from memory.answer_kind import kind_fit

# question, a sentence with the kind of thing it asks for, one without
PAIRS = [
    ("Who repaired the boiler?", "In May Tom Hale came and had it done.", "It runs well now."),
    ("Who repaired the boiler?", "We asked Marta for it.", "The boiler is warm again."),
    ("When was the boiler repaired?", "They came in March.", "They came with a new pump."),
    ("When was it, before 2019 or later?", "It was done in 2021.", "It was done in 2019."),
    ("What year did the shop open?", "It opened in 1987.", "It opened with a feast."),
    ("How many keys are there?", "There are seven of them.", "There are some of them."),
    ("How many of the 40 keys fit?", "Only 12 of them do.", "Of those 40 some do."),
    ("How much does it cost?", "It costs 40 pounds.", "It costs a lot."),
    ("How long is the notice?", "Two months are needed.", "Some more is needed."),
    ("What percentage was lost?", "Some 12 percent were lost.", "Some letters were lost."),
    ("Where is the boathouse?", "You find it near Aarhus.", "You find it at last."),
    ("Which city did she leave?", "She came from Lisbon.", "She came from there."),
    ("Why is the plot wet?", "It lies low because of the ditch.", "It lies behind the ditch."),
    ("How did she open it?", "She did it by lifting the lid.", "She did it at once."),
    ("What is the starter called?", "We named it and fed it.", "We made it and fed it."),
]


@pytest.mark.parametrize(("question", "with_it", "without"), PAIRS)
def test_a_sentence_with_what_is_asked_for_fits_better(
    question: str, with_it: str, without: str
) -> None:
    assert 0 <= kind_fit(question, without) < kind_fit(question, with_it) <= 1


def test_a_name_that_stands_in_the_question_is_no_answer_to_who() -> None:
    assert kind_fit("Who wrote to Ann Berg?", "So Ann Berg got a letter.") == 0
    assert kind_fit("Who wrote to Ann Berg?", "Ann got a letter from Ole Lund.") == 1


def test_a_time_that_says_when_beats_one_that_says_how_long() -> None:
    when = kind_fit("When is the rent due?", "It is due on Monday.")
    how_long = kind_fit("When is the rent due?", "Nobody paid, two weeks long.")
    assert when > how_long > 0


@pytest.mark.parametrize("question", ["Wann kommt der Klempner?", "boiler", "", "¿Quién es?"])
def test_without_a_cue_nothing_is_gained(question: str) -> None:
    assert kind_fit(question, "Tom Hale came on 3 May 2021 with 12 pipes.") == 0
