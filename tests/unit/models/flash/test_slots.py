"""Slots: pages in memory are exactly those of the experts held."""

from __future__ import annotations

import ctypes
import mmap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.flash import slots
from models.flash.pages import PAGE, FileMapping
from models.flash.slots import Slots, _SparePages
from models.flash.spans import total
from tests.tiny_moe import make_tiny_moe
from tests.unit.models.flash.tiny_experts import Loaded, anonymous_pages, loaded


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Loaded]:
    with loaded(make_tiny_moe(tmp_path / "m.gguf")) as made:
        yield made


def _check(model: Loaded, mapping: FileMapping, keeper: Slots) -> None:
    """Every expert is in memory as a whole or not at all, as the books say."""
    held = keeper._cache.held
    for place, experts in enumerate(model.pages.slices):
        for expert, spans in enumerate(experts):
            pages = sum(anonymous_pages(mapping, span) for span in spans)
            assert pages == (total(spans) // PAGE if held[place, expert] else 0)
    for span in (*model.pages.edges, *model.pages.pinned):
        assert anonymous_pages(mapping, span) == span.length // PAGE


def test_memory_is_what_the_books_say(model: Loaded) -> None:
    mapping = model.mapping()
    keeper = Slots(model.table, mapping, model.hook, model.budget(0.4))
    try:
        for seed in range(4):
            model.logits(seed, prompt=7 * seed, tokens=10)
            keeper.settle()
            _check(model, mapping, keeper)
            assert 0 < keeper.meter().cached_bytes <= 0.4 * model.pages.sizes.sum()
        keeper.set_budget(model.budget(0.1))
        keeper.settle()
        _check(model, mapping, keeper)
    finally:
        keeper.close()


def test_closing_gives_all_memory_back(model: Loaded) -> None:
    mapping = model.mapping()
    keeper = Slots(model.table, mapping, model.hook, model.budget(1.0))
    model.logits(1)
    keeper.close()
    assert FileMapping(model.table.path).segments == mapping.segments


class _Area:
    """Six pages of anonymous memory; an expert's place is one or more of them."""

    def __init__(self) -> None:
        self._area = mmap.mmap(-1, 6 * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._area))

    def place(self, page: int) -> int:
        return self._start + page * PAGE

    def write(self, page: int, text: bytes) -> None:
        ctypes.memmove(self.place(page), text * PAGE, PAGE)

    def read(self, page: int) -> bytes:
        return ctypes.string_at(self.place(page), 1)


@pytest.fixture
def area() -> _Area:
    return _Area()


def test_an_expert_read_anew_keeps_its_pages_from_one_that_took_its_old_ones(
    area: _Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reader is about to move the pages of the first expert to the second; meanwhile another
    reads the first anew."""
    spare = _SparePages(moving=True)
    area.write(0, b"o")
    spare.put(area.place(0), PAGE)
    moving, read = threading.Event(), threading.Event()

    def move_late(source: int, target: int, length: int) -> None:
        moving.set()
        read.wait(0.5)  # or never, because it has to wait for this
        slots_move(source, target, length)

    slots_move = slots.move
    monkeypatch.setattr(slots, "move", move_late)
    taker = threading.Thread(target=spare.use, args=(area.place(1), PAGE))
    taker.start()
    assert moving.wait(60)
    spare.use(area.place(0), PAGE)
    area.write(0, b"n")
    read.set()
    taker.join()
    assert area.read(0) == b"n"


def test_pages_move_only_where_they_fill_a_whole_place(area: _Area) -> None:
    spare = _SparePages(moving=True)
    area.write(0, b"s")
    spare.put(area.place(0), PAGE)
    spare.use(area.place(2), 2 * PAGE)  # too few for this one
    assert area.read(2) == b"\0" and area.read(0) == b"s"
    area.write(2, b"l")
    spare.put(area.place(2), 2 * PAGE)
    spare.use(area.place(4), 2 * PAGE)
    assert area.read(4) == b"l" and area.read(2) == b"\0"
    spare.give_back()
    assert area.read(0) == b"\0"


def test_pages_that_may_not_move_wait_for_their_own_expert(area: _Area) -> None:
    spare = _SparePages(moving=False)
    area.write(0, b"s")
    spare.put(area.place(0), PAGE)
    spare.use(area.place(1), PAGE)
    assert area.read(1) == b"\0"
    spare.use(area.place(0), PAGE)
    spare.give_back()
    assert area.read(0) == b"s"


def test_nothing_moves_where_the_system_allows_too_few_pieces(
    model: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = model.logits(3)
    moves: list[int] = []
    monkeypatch.setattr(slots, "move", lambda *where: moves.append(1))
    monkeypatch.setattr(slots, "most_pieces", lambda: 1024)
    keeper = Slots(model.table, model.mapping(), model.hook, model.budget(0.4))
    try:
        assert (model.logits(3) == plain).all() and not moves
    finally:
        keeper.close()
