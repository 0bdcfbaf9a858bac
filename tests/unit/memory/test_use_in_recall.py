"""Recall with memories that were used: what rises, and that nothing changes without use."""

from __future__ import annotations

import dataclasses

import pytest

from memory.protocol import RecallReply, RecallRequest, RecallUnit, ReviewReason
from memory.retrieve import Recall
from memory.reviews import record_all
from memory.settings import Settings
from memory.store import reviews
from tests.unit.memory.recall_home import Home

TEXTS = [f"The deposit for flat {n} in Harbour Road is {n}00 euros." for n in range(1, 9)]
QUESTION = "How much is the deposit in Harbour Road?"


def use(home: Home, memory: str, reason: ReviewReason = ReviewReason.OPENED) -> None:
    now_ms = home.clock.now_ms()
    home.database.write(lambda c: record_all(c, [memory], reason, now_ms))


def order(reply: RecallReply) -> list[str]:
    return [hit.memory for hit in reply.hits]


def test_what_was_used_comes_before_its_like(home: Home) -> None:
    home.add(TEXTS)
    home.settle()
    before = home.ask(QUESTION)
    last = before.hits[-1].memory
    use(home, last)
    after = home.ask(QUESTION, explain=True)
    assert order(after)[0] == last
    assert after.hits[0].why is not None and after.hits[0].why["used"] > 0
    assert all("used" not in (hit.why or {}) for hit in after.hits[1:])
    assert [one for one in order(after) if one != last] == order(before)[:-1]


def test_memories_equally_strong_keep_their_places_and_scores(home: Home) -> None:
    home.add(TEXTS)
    home.settle()
    before = home.ask(QUESTION)
    home.clock.advance(days=200)
    later = home.ask(QUESTION)
    assert order(later) == order(before)  # never used, however old


def test_a_weight_of_nothing_leaves_use_out(home: Home) -> None:
    home.add(TEXTS)
    home.settle()
    before = home.ask(QUESTION)
    use(home, before.hits[-1].memory)
    none = dataclasses.replace(Settings(), strength_weight=0.0)
    recall = Recall(home.database, home.index, home.clock, lambda: none)
    assert order(recall.recall(RecallRequest(question=QUESTION, limit=10))) == order(before)
    recall.close()


@pytest.mark.parametrize("unit", list(RecallUnit))
def test_all_used_alike_keep_their_places(home: Home, unit: RecallUnit) -> None:
    ids = home.add(TEXTS)
    home.settle()
    before = home.ask(QUESTION, unit=unit)
    for memory in ids:
        use(home, memory)
    after = home.ask(QUESTION, unit=unit)
    assert order(after) == order(before)


def test_what_has_to_do_with_nothing_asked_does_not_come_for_having_been_used(home: Home) -> None:
    home.add(TEXTS)
    other = home.add(["Grandmother's plum cake wants a pound of butter."], name="/cake.txt")[0]
    home.settle()
    for _day in range(20):
        use(home, other)
        home.clock.advance(days=1)
    assert order(home.ask(QUESTION, limit=8)).count(other) == 0


def test_being_marked_wrong_or_kept_is_no_use(home: Home) -> None:
    ids = home.add(TEXTS)
    use(home, ids[0], ReviewReason.WRONG)
    use(home, ids[1], ReviewReason.KEPT)
    use(home, ids[2], ReviewReason.HELPFUL)
    with home.database.read() as c:
        rows = {c.execute("SELECT rowid FROM memories WHERE id = ?", (ids[2],)).fetchone()[0]}
        every = [row[0] for row in c.execute("SELECT rowid FROM memories")]
        found = reviews.uses(c, every)
    assert set(found) == rows and list(found.values()) == [[home.clock.now_ms()]]


def test_use_does_not_make_an_answer_likelier(home: Home) -> None:
    ids = home.add(TEXTS)
    home.settle()
    before = home.ask(QUESTION).confidence
    use(home, ids[-1])
    assert before is not None
    assert home.ask(QUESTION).confidence == pytest.approx(before, abs=1e-6)
