from __future__ import annotations

import pytest

from memory.asked import kind_bonus, parts


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("How much is the deposit and when does it come back?",
         ["How much is the deposit", "when does it come back"]),
        ("Where is the key? And who has the other one?",
         ["Where is the key", "who has the other one"]),
        ("Who was king of France and Navarre?", ["Who was king of France and Navarre?"]),
        ("When is rent due; how much is it, and is it dear, and why is it so?",
         ["When is rent due", "how much is it", "is it dear, and why is it so"]),
        ("What did she buy, and is it red?", ["What did she buy", "is it red"]),
        ("", [""]),
        (" and when?", [" and when?"]),
    ],
)  # fmt: skip
def test_parts_of_a_question(question: str, texts: list[str]) -> None:
    assert [part.text for part in parts(question)] == texts


def test_a_later_part_carries_what_its_pronoun_means() -> None:
    first, second = parts("How much is the deposit and when does it come back?")
    assert first.carried == () and second.carried == ("deposit",)
    assert second.full == "deposit: when does it come back"


def test_times_numbers_and_names_count_where_they_are_asked_for() -> None:
    when = "When does it come back?"
    due = kind_bonus(when, "It is returned within ten days after the end.")
    lasting = kind_bonus(when, "A deposit of 1,361 pounds, which is five weeks' rent.")
    amount = kind_bonus(when, "The rent is 1,180 pounds.")
    assert due > lasting > amount > kind_bonus(when, "It is returned.") == 0
    for text in ("on 3 March", "at 9:30", "every October", "in 1923", "two days later"):
        assert kind_bonus("When was it?", f"They came {text}.") > 0.1, text
    assert kind_bonus("How much is it?", "It costs 12 pounds.") > 0
    assert kind_bonus("How many are there?", "There are seven.") > 0
    assert kind_bonus("Who has the key?", "The key is with Mr. Kowalczyk.") > 0
    assert kind_bonus("Why is it so?", "It costs 12 pounds.") == 0
