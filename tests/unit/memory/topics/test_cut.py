"""A talk is cut where it turns to something else."""

from __future__ import annotations

import numpy as np
import pytest

from memory.topics import cut as cutting
from memory.topics.cut import LONGEST, PAUSE_MS, Said, cohesion, cut, depths

MINUTE = 60_000
SOUP = [
    "I want to cook barley soup on Sunday.",
    "The soup needs barley, carrots and leeks.",
    "Barley soup has to simmer for two hours.",
]
BIKE = [
    "My bicycle has a flat tyre again.",
    "A new tyre for the bicycle costs forty euros.",
    "I could mend the tyre with a patch kit.",
]


def talk(*texts: str, every_ms: int = MINUTE, **more: object) -> list[Said]:
    return [Said(f"t{n}", text, n * every_ms, **more) for n, text in enumerate(texts)]  # type: ignore[arg-type]


def axes(*places: int) -> list[Said]:
    """Turns whose vectors stand on these axes."""
    return [
        Said(f"t{n}", "some words are said", n * MINUTE, np.eye(8, dtype=np.float32)[place])
        for n, place in enumerate(places)
    ]


def test_turns_are_cut_by_their_words_where_there_are_no_vectors() -> None:
    assert cut(talk(*SOUP, *BIKE)) == [(0, 3), (3, 6)]


def test_turns_are_cut_by_their_vectors() -> None:
    assert cut(axes(0, 0, 0, 1, 1, 1, 1, 2, 2, 2)) == [(0, 3), (3, 7), (7, 10)]


def test_what_stays_with_one_thing_is_one_topic() -> None:
    assert cut(axes(3, 3, 3, 3, 3, 3)) == [(0, 6)]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_little_talks_stay_whole(count: int) -> None:
    assert cut(talk(*(SOUP + BIKE)[:count])) == ([(0, count)] if count else [])


def test_a_long_silence_ends_a_topic() -> None:
    early = talk(*SOUP)
    late = [Said(f"l{n}", turn.text, turn.when_ms + PAUSE_MS + 10 * MINUTE) for n, turn in
            enumerate(talk(*SOUP))]  # fmt: skip
    assert cut([*early, *late]) == [(0, 3), (3, 6)]


def test_a_single_turn_aside_does_not_cut() -> None:
    assert cut(axes(0, 0, 0, 0, 5, 0, 0, 0, 0)) in ([(0, 9)], [(0, 4), (4, 9)], [(0, 5), (5, 9)])
    assert all(b - a >= cutting.SHORTEST for a, b in cut(axes(0, 5, 0, 5, 0, 5, 0)))


def test_a_name_shared_across_a_gap_holds_it_together() -> None:
    plain = cohesion(talk(*SOUP[:2], *BIKE[:2]))
    turns = [Said(f"t{n}", text, n, names=frozenset({"robin"})) for n, text in
             enumerate([*SOUP[:2], *BIKE[:2]])]  # fmt: skip
    assert (cohesion(turns) > plain + 0.2).all()


def test_what_goes_on_and_on_is_cut_at_last() -> None:
    spans = cut(axes(*[1] * (2 * LONGEST + 5)))
    assert max(b - a for a, b in spans) <= LONGEST
    assert [a for a, _b in spans[1:]] == [b for _a, b in spans[:-1]]


def test_depth_is_told_from_the_hills_on_both_sides() -> None:
    found = depths(np.array([0.9, 0.2, 0.7, 0.7], dtype=np.float32))
    assert np.allclose(found, [0.0, 1.2, 0.0, 0.0])
