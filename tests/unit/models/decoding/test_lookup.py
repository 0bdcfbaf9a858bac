from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from models.decoding.lookup import LEAST_MATCH, Lookup

words = st.lists(st.integers(0, 3), max_size=60)


def test_follows_the_passage_that_ends_like_the_present() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 6, 9, 1, 2, 3])
    assert lookup.look()
    assert lookup.guesses(3) == [4, 5, 6]


def test_follows_nothing_where_too_little_agrees() -> None:
    lookup = Lookup([1, 2, 3, 4, 7, 2, 3])
    assert not lookup.look()
    assert lookup.guesses(5) == []


def test_the_longest_agreement_wins_over_the_latest() -> None:
    lookup = Lookup([9, 1, 2, 3, 50, 8, 1, 2, 3, 60, 9, 1, 2, 3])
    assert lookup.look()
    assert lookup.guesses(1) == [50]


def test_of_equal_agreements_the_latest_wins() -> None:
    lookup = Lookup([1, 2, 3, 50, 1, 2, 3, 60, 7, 1, 2, 3])
    assert lookup.look()
    assert lookup.guesses(1) == [60]


def test_a_passage_is_left_when_something_else_comes() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 6, 1, 2, 3])
    assert lookup.look()
    lookup.push(4)
    assert lookup.following
    lookup.push(99)
    assert not lookup.following
    assert lookup.guesses(4) == []


def test_a_passage_that_runs_into_the_present_repeats_itself() -> None:
    lookup = Lookup([7, 8, 9, 7, 8, 9])
    assert lookup.look()
    assert lookup.guesses(7) == [7, 8, 9, 7, 8, 9, 7]


def test_misleading_passages_raise_the_bar_and_good_ones_lower_it() -> None:
    lookup = Lookup([1, 2, 3, 4, 1, 2, 3])
    assert lookup.look()
    lookup.push(5)
    for token in (1, 2, 3):
        lookup.push(token)
    assert not lookup.look()  # three are not enough any more
    long = Lookup([5, 1, 2, 3, 4, 9, 9, 9, 9, 5, 1, 2, 3])
    assert long.look() and long.guesses(2) == [4, 9]


def test_a_weak_guess_is_what_came_last_after_the_same_token() -> None:
    lookup = Lookup([1, 2, 1, 3, 1])
    assert lookup.follower() == 3
    assert Lookup([1, 2]).follower() is None
    assert Lookup([]).follower() is None


@settings(deadline=None)
@given(words, words)
def test_checking_several_goes_through_the_same_states_as_checking_one(
    before: list[int], after: list[int]
) -> None:
    """What is followed depends on the tokens alone, not on how many guesses were asked for."""
    one, several = Lookup(before), Lookup(before)
    expected, at = [], 0
    for token in after:
        expected.append((one.look(), one.guesses(1)))
        one.push(token)
    dice = random.Random(1)
    while at < len(after):
        several.look()
        guesses = several.guesses(dice.randint(0, 6))
        for guess in [*guesses, None]:
            if at == len(after):
                return
            assert (several.following, several.guesses(1)) == expected[at]
            token, at = after[at], at + 1
            several.push(token)
            if token != guess:
                break


@settings(max_examples=50, deadline=None)
@given(words, words)
def test_a_followed_passage_really_ends_like_the_present(
    before: list[int], after: list[int]
) -> None:
    lookup, said = Lookup(before), list(before)
    for token in after:
        if not lookup.following and lookup.look():
            ends = [
                end
                for end in range(LEAST_MATCH, len(said))
                if said[end - LEAST_MATCH : end] == said[-LEAST_MATCH:]
            ]
            assert lookup.guesses(1)[0] in {said[end] for end in ends}
        lookup.push(token)
        said.append(token)
