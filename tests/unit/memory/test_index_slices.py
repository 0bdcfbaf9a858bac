"""Which memories are embedded next and how many at once."""

from __future__ import annotations

from memory.index_slices import Slices, within
from memory.store.embeddings import Work


def _works(*lengths: int) -> list[Work]:
    return [
        Work(n, str(n), "upsert", "s", "x" * size, None, None) for n, size in enumerate(lengths)
    ]


def test_texts_come_by_length_and_each_once() -> None:
    slices = Slices()
    slices.fill(_works(900, 10, 1_500, 200))
    given = []
    while slices:
        given.append([len(work.text or "") for work in slices.next()])
    assert given == [[10, 200, 900], [1_500]]
    assert slices.next() == []


def test_a_long_text_is_a_slice_of_its_own() -> None:
    slices = Slices()
    slices.fill(_works(50_000))
    assert len(slices.next()) == 1


def test_the_pace_follows_the_machine_and_who_asks() -> None:
    sizes = {}
    for asked in (False, True):
        slices = Slices()
        for _ in range(50):
            slices.learn(10_000, 1.0, asked=asked)  # 10,000 characters a second
        slices.fill(_works(*[10] * 1_000))
        sizes[asked] = 10 * len(slices.next())
    assert abs(sizes[False] - 1_000) <= 20
    assert abs(sizes[True] - 400) <= 20


def test_a_window_holds_a_second_or_two_of_text() -> None:
    assert len(within(_works(*[50_000] * 10))) == 3
    assert len(within(_works(500_000, 1))) == 1
    assert len(within(_works(1, 2, 3))) == 3
