"""Many looks, one list."""

from __future__ import annotations

from dataclasses import replace

from memory.iterated import fusing
from memory.recall.found import Found
from tests.unit.memory.test_quote import _found


def _one(name: str, score: float = 0.5) -> Found:
    text = f"{name} tells of {name}ing and nothing beside, in words of {name} alone"
    return _found(text, score, id=name)


def _ids(found: list[Found]) -> list[str]:
    return [one.row.memory.id for one in found]


A, B, C, D, E, F, G = (_one(name) for name in ("ant", "bee", "cat", "dog", "elk", "fox", "gnu"))


def test_only_what_the_plain_look_lacks_is_added_and_what_many_looks_found_comes_first() -> None:
    assert _ids(fusing.added([A, B], [[A, C, D], [B, D, E]])) == ["dog", "cat", "elk"]


def test_there_are_few_places() -> None:
    added = fusing.added([], [[A, B, C, D, E, F, G]])
    assert _ids(added) == ["ant", "bee", "cat", "dog"] and len(added) == fusing.PLACES


def test_equals_go_by_their_score_and_each_is_there_once() -> None:
    weak, strong = _one("hen", 0.2), _one("hog", 0.8)
    assert _ids(fusing.added([], [[weak], [strong]])) == ["hog", "hen"]
    (best,) = fusing.added([], [[replace(A, score=0.1)], [replace(A, score=0.7)]])
    assert best.score == 0.7


def test_what_says_the_same_as_something_found_already_is_left_out() -> None:
    folded = replace(A, similar=("elk",))
    again = _found(B.row.memory.text, id="copy")
    assert _ids(fusing.added([folded, B], [[E, again, C]])) == ["cat"]


def test_fresh() -> None:
    assert fusing.fresh([A, B, C], {"bee"}) == ["ant", "cat"]
