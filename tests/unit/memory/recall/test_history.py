"""Of facts about one thing, what holds now stands before what held once."""

from __future__ import annotations

import numpy as np
import pytest

from memory.facts.fold import State
from memory.facts.statements import Mode, Statement
from memory.protocol import MemoryKind, RecallFilter, SourceKind
from memory.recall import history
from memory.store import facts
from memory.store.db import Connection
from memory.understand import understand
from tests.unit.memory.recall_home import Home

NOW = 1_772_366_400_000
DAY = 86_400_000
HOME, JOB = ("you", "lives_in", ""), ("you", "works_at", "")


def _lost(question: str, scores: list[float], told: dict[int, tuple[object, State]]) -> list[float]:
    lost = history.lowered(
        understand(question, NOW),
        [1, 2, 3],
        np.array(scores, np.float32),
        told,  # type: ignore[arg-type]
    )
    return [round(float(one), 4) for one in lost]


def test_a_past_fact_goes_below_the_present_one_of_its_topic() -> None:
    told = {1: (HOME, State.PAST), 2: (HOME, State.CURRENT), 3: (JOB, State.PAST)}
    assert _lost("Where do I live?", [3.0, 1.0, 2.0], told) == [-2.001, 0.0, 0.0]
    assert _lost("Where do I live?", [0.5, 1.0, 2.0], told) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("question", ["Where did I live before?", "Where was my old flat?"])
def test_who_asks_for_the_past_gets_it(question: str) -> None:
    told = {1: (HOME, State.PAST), 2: (HOME, State.CURRENT)}
    assert _lost(question, [3.0, 1.0, 2.0], told) == [0.0, 0.0, 0.0]


def test_a_fact_of_somebody_else_goes_below_that_of_whom_is_asked_about() -> None:
    mara, brother = ("mara", "lives_in", ""), ("your brother", "lives_in", "")
    told = {1: (mara, State.CURRENT), 2: (HOME, State.CURRENT), 3: (brother, State.CURRENT)}
    assert _lost("Where do I live?", [3.0, 1.0, 2.0], told) == [-2.001, 0.0, -1.001]
    assert _lost("Where does Mara live?", [1.0, 3.0, 0.5], told) == [0.0, -2.001, 0.0]
    assert _lost("Where does my brother live?", [3.0, 2.0, 1.0], told) == [-2.001, -1.001, 0.0]
    assert _lost("Who lives in Graz?", [3.0, 2.0, 1.0], told) == [0.0, 0.0, 0.0]


def test_without_facts_nothing_moves() -> None:
    assert _lost("Where do I live?", [3.0, 1.0, 2.0], {}) == [0.0, 0.0, 0.0]


def _moved(home: Home) -> None:
    said = ("I live in Berlin, near the river.", "I moved to Lyon with all my books.")
    for number, text in enumerate(said):
        home.add(
            [text], kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, name=f"talk {number}",
            happened_ms=NOW - (400 - 300 * number) * DAY, role="person",
        )  # fmt: skip

    def work(c: Connection) -> None:
        turns = c.execute("SELECT id, happened_ms FROM memories ORDER BY rowid").fetchall()
        claims = [
            (row["id"], Statement("you", "lives_in", value, Mode.IS, row["happened_ms"], 0.9))
            for row, value in zip(turns, ("Berlin", "Lyon"), strict=True)
        ]
        facts.refold(c, facts.add_statements(c, claims, NOW))

    home.database.write(work)
    home.settle()


def test_recall_tells_what_holds_and_then_what_held(home: Home) -> None:
    _moved(home)
    only = RecallFilter(kinds=[MemoryKind.FACT])
    now, before = home.texts("Where do I live?", filter=only)
    assert now.startswith("You live in Lyon") and "before: Berlin" in now
    assert before.startswith("You lived in Berlin (until")


def test_a_fact_and_its_turn_are_one_place(home: Home) -> None:
    _moved(home)
    hits = home.ask("Where do I live?").hits
    assert len(hits) == 2  # each fact with the turn it was told in
    assert all(len(hit.similar) == 1 for hit in hits)
    assert {hit.ref for hit in hits} == {"t0"} and len({hit.source for hit in hits}) == 2
