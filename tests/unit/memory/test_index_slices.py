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
    slices.fill(_works(900, 10, 29_000, 200))
    given = []
    while slices:
        given.append([len(work.text or "") for work in slices.next()])
    assert given == [[10, 200, 900], [29_000]]
    assert slices.next() == []


def test_a_long_text_is_a_slice_of_its_own() -> None:
    slices = Slices()
    slices.fill(_works(50_000))
    assert len(slices.next()) == 1


def test_a_slice_ends_before_it_grows_too_long() -> None:
    slices = Slices()
    slices.fill(_works(*[1_000] * 70))
    assert [len(slices.next()) for _ in range(3)] == [30, 30, 10]


def test_a_window_holds_a_second_or_two_of_text() -> None:
    assert len(within(_works(*[50_000] * 10))) == 3
    assert len(within(_works(500_000, 1))) == 1
    assert len(within(_works(1, 2, 3))) == 3
