"""Names that lead from the best memories to others: their spelling, the lookup, the gain."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import links
from memory.understand import fold
from tests.unit.memory.recall.laid import card
from tests.unit.memory.recall_home import Home


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She met Ada Lovelace in the Tower of London.", ["ada lovelace", "tower of london"]),
        ("The United Nations' office in Genève", ["united nations", "genève"]),
        ("Élodie wrote to Иван Петров about ΑΘΗΝΑ.", ["elodie", "иван петров", "αθηνα"]),
        ("no names here, and 12 numbers", []),
        ("The The", []),
        ("東京タワーに行きました", []),
    ],
)
def test_names_are_capitalised_runs(text: str, found: list[str]) -> None:
    assert links.names(text) == [fold(name) for name in found]


def test_seeds_are_weighed_by_how_far_they_stand_above_the_others() -> None:
    scores = np.array([1.0, 0.8, 0.5] + [0.2] * 30, np.float32)
    assert links.weights(scores) == pytest.approx([1.0, 0.75, 0.375, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert links.weights(np.array([0.4], np.float32)) == pytest.approx([1.0])
    assert len(links.weights(np.zeros(0, np.float32))) == 0


def test_gains_of_rows_without_a_link_are_nothing() -> None:
    found = links.Links(np.array([3, 7]), np.array([0.5, 0.25], np.float32), ("a",))
    assert found.of(np.array([1, 3, 5, 7, 9])).tolist() == [0.0, 0.5, 0.0, 0.25, 0.0]
    none = links.Links(np.zeros(0, np.int64), np.zeros(0, np.float32), ())
    assert none.of(np.array([1, 2])).tolist() == [0.0, 0.0]


def test_a_passage_is_reached_through_a_name_it_shares_with_the_best(home: Home) -> None:
    """The second passage shares no word with the question, only a name with the first."""
    bridge = "The lighthouse on Farrow Point was designed by Ottoline Marsh."
    answer = "Ottoline Marsh grew up above a bakery near Ghent, where her uncle taught her to draw."
    others = [
        f"Note {n}: the committee looked at harbour dues, parking and the state of pier {n}."
        for n in range(30)
    ]
    for place, text in enumerate([*others, bridge, answer]):
        home.add([text], name=f"/papers/{place}.txt")
    home.settle()
    reply = home.ask("Which country did the designer of the lighthouse on Farrow Point live in?",
                     limit=3, explain=True)  # fmt: skip
    texts = [hit.text for hit in reply.hits]
    assert texts[0] == bridge
    assert answer in texts[:2]
    why = next(hit.why for hit in reply.hits if hit.text == answer)
    assert why is not None and why["linked"] > 0 and "said" not in why
    step = next(step for step in reply.trace or [] if step.name == "links")
    assert "ottoline marsh" in (step.note or "")


def test_a_name_that_stands_everywhere_leads_nowhere(home: Home) -> None:
    for n in range(links.RARE + 5):
        home.add([f"Ottoline Marsh signed page {n}."], name=f"/papers/{n}.txt")
    home.settle()
    reply = home.ask("Who signed page 3?", explain=True)
    assert reply.hits[0].text == "Ottoline Marsh signed page 3."
    assert all(not (hit.why or {}).get("linked") for hit in reply.hits)


def test_a_memory_called_what_a_seed_names_gains_by_the_seed() -> None:
    seeds = [
        links.Seed(1, "", ("porto santo",), 1.0),
        links.Seed(2, "Porto Santo", ("porto santo",), 0.5),
    ]
    headings = ["Islands › Porto Santo (Madeira)", "Porto Santo", "Coast", None]
    rows = (5, 2, 6, 7)
    cards = [card(row, "x", heading=name) for row, name in zip(rows, headings, strict=True)]
    assert links.named(seeds, cards).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert links.named(seeds[1:], cards[1:2]).tolist() == [0.0]
