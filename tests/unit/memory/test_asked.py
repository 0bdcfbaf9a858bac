from __future__ import annotations

import pytest

from memory.asked import parts


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
