"""Statements folded into facts: chains, ends, doubts; nothing that was known ever vanishes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC

from memory.facts.fold import Folded, State, fold
from memory.facts.statements import Mode, Statement, Verdict
from memory.facts.wording import sentence
from tests.unit.memory.facts.said import at, folded, lines


def _said(value: str, day: str, number: int, mode: Mode = Mode.IS, **more: object) -> Statement:
    return Statement("you", "lives_in", value, mode, at(day), 0.9, id=number, **more)  # type: ignore[arg-type]


def _states(facts: list[Folded]) -> list[tuple[str, str]]:
    return [(fact.value, fact.state.value) for fact in facts]


CHAIN = (_said("Berlin", "2019-01-01", 1), _said("Lyon", "2021-01-01", 2),
         _said("Berlin", "2024-01-01", 3))  # fmt: skip


def test_berlin_lyon_berlin() -> None:
    facts = fold(CHAIN)
    assert _states(facts) == [("Berlin", "past"), ("Lyon", "past"), ("Berlin", "current")]
    assert facts[0].next is facts[1] and facts[1].next is facts[2]
    assert facts[0].ends is not None and facts[0].ends.ms == at("2021-01-01")
    assert facts[2].sources == [CHAIN[2]]


def test_the_order_of_reading_is_of_no_matter() -> None:
    wanted = _states(fold(CHAIN))
    for order in itertools.permutations(CHAIN):
        assert _states(fold(order)) == wanted


def test_a_contradiction_never_takes_both_away() -> None:
    values = ("Berlin", "Lyon", "Graz")
    days = ("2024-01-01", "2024-01-02", "2025-01-01")
    modes = (Mode.IS, Mode.WAS, Mode.ENDED, Mode.NOT)
    for chosen in itertools.product(modes, repeat=3):
        said = [
            _said(value, day, number, mode)
            for number, (value, day, mode) in enumerate(zip(values, days, chosen, strict=True), 1)
        ]
        facts = fold(said)
        kept = {fact.value for fact in facts}
        assert kept >= {one.value for one in said if one.mode in (Mode.IS, Mode.WAS, Mode.ENDED)}
        current = [fact for fact in facts if fact.state is State.CURRENT]
        assert len(current) <= 1
        if Mode.IS in chosen:
            newest = [one.value for one in said if one.mode is Mode.IS][-1]
            assert [fact.value for fact in current] == [newest]


def test_two_places_at_once_are_put_to_the_person() -> None:
    now = at("2024-01-01")
    one = replace(_said("Berlin", "2024-01-01", 1), start=0)
    other = replace(_said("Lyon", "2024-01-01", 2), said_ms=now + 60_000, start=90)
    close = replace(other, said_ms=now, start=0)
    facts = fold([one, close])
    assert _states(facts) == [("Berlin", "current"), ("Lyon", "doubtful")]
    assert facts[1].against is facts[0] and facts[1].doubt == "unclear order"
    accepted = fold([one, replace(close, verdict=Verdict.ACCEPTED)])
    assert _states(accepted) == [("Berlin", "past"), ("Lyon", "current")]
    rejected = fold([one, replace(close, verdict=Verdict.REJECTED)])
    assert _states(rejected) == [("Berlin", "current"), ("Lyon", "rejected")]
    both = fold([one, replace(close, verdict=Verdict.BOTH)])
    assert _states(both) == [("Berlin", "current"), ("Lyon", "current")]


def test_a_second_birthday_is_doubtful_and_a_correction_is_not() -> None:
    assert lines(("2024-01-01", "My birthday is on 4 May."),
                 ("2024-03-01", "My birthday is on 5 May.")) == [
        ("birthday", "4 May", "current"), ("birthday", "5 May", "doubtful"),
    ]  # fmt: skip
    assert lines(("2024-01-01", "My birthday is on 4 May."),
                 ("2024-03-01", "Sorry, my birthday is on 5 May.")) == [
        ("birthday", "4 May", "rejected"), ("birthday", "5 May", "current"),
    ]  # fmt: skip


def test_sets_grow_and_each_value_ends_by_itself() -> None:
    assert lines(
        ("2023-01-01", "I speak German and English."),
        ("2023-02-01", "I love olives. I love jazz."),
        ("2024-01-01", "I don't like olives any more."),
    ) == [
        ("speaks", "German", "current"), ("speaks", "English", "current"),
        ("likes", "olives", "past"), ("likes", "jazz", "current"),
    ]  # fmt: skip


def test_who_hates_it_no_longer_likes_it() -> None:
    assert ("likes", "olives", "past") in lines(
        ("2023-01-01", "I love olives."), ("2024-01-01", "I hate olives.")
    )


def test_a_job_ends_without_a_new_one() -> None:
    assert lines(("2023-01-01", "I work at Orbis."), ("2024-01-01", "I quit my job.")) == [
        ("works_at", "Orbis", "past")
    ]


def test_the_sister_gets_her_name_and_stays_one() -> None:
    facts = folded(
        ("2023-01-01", "My sister lives in Graz."), ("2023-02-01", "My sister Mara called.")
    )
    assert [(f.value, f.state) for f in facts if f.relation == "sibling"] == [
        ("Mara", State.CURRENT)
    ]


def test_what_was_guessed_waits_and_is_known_once_it_is_said() -> None:
    guessed = lines(("2023-01-01", "I think Paul lives in Rome."))
    assert guessed == [("lives_in", "Rome", "doubtful")]
    sure = lines(
        ("2023-01-01", "I think Paul lives in Rome."), ("2023-02-01", "Paul lives in Rome.")
    )
    assert sure == [("lives_in", "Rome", "current")]


def test_sentences_tell_their_dates() -> None:
    facts = folded(
        ("2023-01-01", "I live in Berlin."), ("2024-06-10", "I moved to Lyon last spring.")
    )
    old, new = facts
    assert sentence(new, old, UTC) == "You live in Lyon (since spring 2024; before: Berlin)."
    assert sentence(old, None, UTC) == "You lived in Berlin (until spring 2024, then Lyon)."
    (plan,) = folded(("2024-05-20", "We are flying to Lisbon on 12 June."))
    assert sentence(plan, None, UTC) == "You plan to fly to Lisbon (12 June 2024)."
    (dog,) = folded(("2024-05-20", "We have a dog called Ferro."))
    assert sentence(dog, None, UTC) == "Your dog is Ferro."


def _agreeing(count: int, value: str = "Berlin") -> list[Statement]:
    days = [f"2024-0{number}-01" for number in range(1, count + 1)]
    return [
        _said(value, day, number, origin=f"chat {number}")
        for number, day in enumerate(days, start=1)
    ]


def _from_file(value: str, day: str, number: int, mode: Mode = Mode.IS) -> Statement:
    return _said(value, day, number, mode, own=False, origin="a file", changes=True)


def test_what_a_file_says_against_three_that_agree_is_doubtful() -> None:
    said = [*_agreeing(3), _from_file("Lyon", "2025-01-01", 9)]
    facts = fold(said)
    assert _states(facts) == [("Berlin", "current"), ("Lyon", "doubtful")]
    assert facts[1].doubt == "outvoted" and facts[1].against is facts[0]
    flood = [_from_file("Lyon", f"2025-02-0{n}", 10 + n) for n in range(1, 6)]
    again = fold([*said, *flood])
    assert _states(again) == [("Berlin", "current"), ("Lyon", "doubtful")]
    assert len(again[1].sources) == 6


def test_two_are_no_consensus_and_repeating_oneself_makes_none() -> None:
    last = _from_file("Lyon", "2025-01-01", 9)
    moved = [("Berlin", "past"), ("Lyon", "current")]
    assert _states(fold([*_agreeing(2), last])) == moved
    same = [replace(one, origin="chat 1") for one in _agreeing(4)]
    assert _states(fold([*same, last])) == moved


def test_the_persons_own_word_is_never_outvoted() -> None:
    said = [*_agreeing(4), _from_file("Lyon", "2025-01-01", 9)]
    own = _said("Lyon", "2025-03-01", 20, changes=True, origin="chat 20")
    assert _states(fold([*said, own])) == [("Berlin", "past"), ("Lyon", "current")]
    accepted = [*_agreeing(4), replace(said[-1], verdict=Verdict.ACCEPTED)]
    assert _states(fold(accepted)) == [("Berlin", "past"), ("Lyon", "current")]


def test_a_file_does_not_end_what_three_agree_on() -> None:
    for mode in (Mode.ENDED, Mode.NOT, Mode.WAS):
        facts = fold([*_agreeing(3), _from_file("Berlin", "2025-01-01", 9, mode)])
        assert _states(facts)[0] == ("Berlin", "current"), mode


def test_a_plan_instead_of_another() -> None:
    facts = folded(
        ("2026-03-06", "We are going to Lisbon in June."),
        ("2026-03-08", "We are going to visit Clara in April."),
        ("2026-03-19", "Flights are too dear, so we are going to Porto in July instead."),
    )
    assert sorted(_states(facts)) == [
        ("go to Lisbon", "past"), ("go to Porto", "current"), ("visit Clara", "current"),
    ]  # fmt: skip
    lisbon = next(fact for fact in facts if fact.value == "go to Lisbon")
    assert lisbon.next is not None and lisbon.next.value == "go to Porto"


def test_a_second_journey_takes_no_place() -> None:
    facts = folded(
        ("2026-03-06", "We are going to Lisbon in June."),
        ("2026-03-19", "We are now going to Porto in July, too."),
    )
    assert {state for _value, state in _states(facts)} == {"current"}


def test_a_friend_under_another_name() -> None:
    facts = folded(
        ("2026-03-06", "My friend Danielle is coming on Saturday."),
        ("2026-03-20", "My friend Danielle is called Robin now."),
    )
    friends = [fact for fact in facts if fact.relation == "friend"]
    assert _states(friends) == [("Danielle", "past"), ("Robin", "current")]
    assert friends[0].next is friends[1]
    assert ("Danielle", "nickname", "Robin") in [
        (one.subject, one.relation, one.value) for one in facts
    ]


def test_what_a_pet_is_called_is_no_new_name() -> None:
    facts = folded(("2026-03-06", "My friend is called Robin."))
    assert _states(facts) == [("Robin", "current")]


def test_a_favourite_of_two_words() -> None:
    (fact,) = folded(("2026-03-08", "My favourite soup is Jonas's leek and barley soup."))
    assert fact.value == "Jonas's leek and barley soup"
