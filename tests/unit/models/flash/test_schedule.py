"""The ring's rule: nothing in use is overwritten, nothing waits for ever, any number of slots."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.flash.schedule import RingSchedule, most_slots, ring_bytes, streamed_share

PAGE = 4096


@dataclass
class Machine:
    """Slots with real contents, readers that take a while, and somebody who computes.

    ``slots`` holds for each slot the pieces that lie in it; a layer is whole when all pieces
    are its own.
    """

    schedule: RingSchedule
    pieces: int
    slots: list[list[int]] = field(default_factory=list)
    jobs: dict[int, int] = field(default_factory=dict)
    in_use: int | None = None
    loads: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slots = [[-1] * self.pieces for _ in range(self.schedule.slots)]

    def start_read(self) -> bool:
        layer = self.schedule.next_load()
        if layer is None:
            return False
        self.schedule.begin(layer)
        self.jobs[layer] = 0
        self.loads.append(layer)
        return True

    def go_on_reading(self, which: int) -> bool:
        if not self.jobs:
            return False
        layer = sorted(self.jobs)[which % len(self.jobs)]
        self.slots[self.schedule.slot_of(layer)][self.jobs[layer]] = layer
        self.jobs[layer] += 1
        if self.jobs[layer] == self.pieces:
            del self.jobs[layer]
            self.schedule.finish(layer)
        self.look()
        return True

    def compute(self) -> bool:
        """One step: into the next layer if it is ready, or out of the one in use."""
        if self.in_use is not None:
            self.schedule.leave(self.in_use)
            self.in_use = None
        else:
            self.schedule.enter(self.schedule.cursor)
            if not self.schedule.ready(self.schedule.cursor):
                return False
            self.in_use = self.schedule.cursor
        self.look()
        return True

    def abort(self) -> None:
        self.in_use = None
        self.schedule.enter(0)

    def look(self) -> None:
        """What is in use lies whole in its slot."""
        if self.in_use is not None:
            assert set(self.slots[self.schedule.slot_of(self.in_use)]) == {self.in_use}


shapes = st.tuples(st.integers(1, 13), st.integers(1, 6), st.integers(1, 3))


@given(shapes, st.lists(st.integers(0, 99), max_size=400))
def test_what_is_in_use_is_never_overwritten(shape: tuple[int, int, int], steps: list[int]) -> None:
    layers, slots, pieces = shape
    machine = Machine(RingSchedule(layers, slots), pieces)
    for step in steps:
        if step < 30:
            machine.start_read()
        elif step < 65:
            machine.go_on_reading(step)
        elif step < 97:
            machine.compute()
        else:
            machine.abort()
        machine.look()


@given(shapes, st.lists(st.integers(0, 99), max_size=100))
def test_it_never_stands_still(shape: tuple[int, int, int], steps: list[int]) -> None:
    layers, slots, pieces = shape
    machine = Machine(RingSchedule(layers, slots), pieces)
    for step in steps:  # into any state
        [machine.start_read, machine.compute, machine.abort][step % 3]()
        machine.go_on_reading(step)
    machine.abort()
    passed = 0
    while passed < 3 * layers:
        if machine.in_use is not None:
            machine.compute()
            passed += 1
            continue
        for _ in range(2 * pieces * (slots + 1)):
            machine.start_read()
            machine.go_on_reading(0)
            if machine.schedule.ready(machine.schedule.cursor):
                break
        assert machine.compute(), "the layer that is needed never came"


def test_reading_runs_ahead_into_the_next_pass() -> None:
    schedule = RingSchedule(4, 3)
    machine = Machine(schedule, 1)
    for layer in range(4):
        while machine.start_read():
            machine.go_on_reading(0)
        assert machine.compute()
        assert machine.in_use == layer
        if layer < 3:
            machine.compute()
    # Layer 3 is in use in slot 0, where layer 0 belongs; 1 and 2 lie ready for the next pass.
    assert not machine.start_read()
    assert schedule.ready(1) and schedule.ready(2)
    machine.compute()
    assert machine.start_read() and machine.loads[-1] == 0


def test_one_slot_each_means_loading_once() -> None:
    machine = Machine(RingSchedule(5, 5), 1)
    for _ in range(30):
        while machine.start_read():
            machine.go_on_reading(0)
        machine.compute()
    assert sorted(machine.loads) == [0, 1, 2, 3, 4]


def test_misuse_is_refused() -> None:
    schedule = RingSchedule(4, 2)
    with pytest.raises(ValueError):
        RingSchedule(0, 1)
    with pytest.raises(ValueError):
        schedule.leave(1)
    with pytest.raises(ValueError):
        schedule.enter(4)
    schedule.begin(0)
    with pytest.raises(ValueError, match="being filled"):
        schedule.begin(2)
    schedule.drop(0)
    assert not schedule.ready(0) and schedule.loading == frozenset()


def test_a_dropped_layer_is_loaded_again() -> None:
    machine = Machine(RingSchedule(3, 2), 1)
    while machine.start_read():
        machine.go_on_reading(0)
    assert machine.schedule.ready(0)
    machine.schedule.drop_all()
    assert machine.schedule.next_load() == 0


sizes = st.lists(st.integers(0, 40), min_size=1, max_size=20)


@given(sizes, st.integers(1, 8), st.integers(0, 900))
def test_the_share_is_the_least_that_fits(pages: list[int], slots: int, room_pages: int) -> None:
    layers = [count * PAGE for count in pages]
    room = room_pages * PAGE
    share = streamed_share(layers, slots, room, PAGE)
    fits = [
        count * PAGE
        for count in range(max(pages) + 1)
        if count == 0
        and sum(layers) <= room
        or count
        and ring_bytes(layers, slots, count * PAGE) <= room
    ]
    assert share == (fits[0] if fits else None)


def test_a_share_reckoned_by_hand() -> None:
    # 10 layers of 100 pages, 3 slots, room for 510: 10 (100 - x) + 3 x = 510, x = 70.
    assert streamed_share([100 * PAGE] * 10, 3, 510 * PAGE, PAGE) == 70 * PAGE
    assert streamed_share([100 * PAGE] * 10, 3, 300 * PAGE, PAGE) == 100 * PAGE
    assert streamed_share([100 * PAGE] * 10, 3, 299 * PAGE, PAGE) is None
    assert streamed_share([100 * PAGE] * 10, 3, 1000 * PAGE, PAGE) == 0


def test_slots_that_make_sense() -> None:
    assert [most_slots(layers, 3) for layers in (1, 2, 3, 4, 32)] == [1, 1, 2, 3, 3]
