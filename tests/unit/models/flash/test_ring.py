"""The ring computes what plain mapping computes, bit for bit, whatever happens meanwhile."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.flash.pages import DirectFile, FileMapping
from models.flash.passes import PassFailed
from models.flash.process_figures import process_figures
from models.flash.ring import Ring, RingUnsuitable
from tests.unit.models.flash.tiny_dense import (
    LAYERS,
    Loaded,
    StopAt,
    loaded,
    make_dense,
    same,
    shuffled,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="weights are placed on Linux only")

PIECE = 16384


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dense(tmp_path_factory.mktemp("dense") / "dense.gguf")


@pytest.fixture(scope="module")
def model(path: Path) -> Iterator[Loaded]:
    with loaded(path) as made:
        yield made


@pytest.fixture(scope="module")
def plain(model: Loaded) -> dict[int, Any]:
    """What plain mapping gives for some seeds."""
    return {seed: model.logits(seed) for seed in (1, 2, 3)}


def ring_of(model: Loaded, share: float, **options: Any) -> Ring:
    """A ring in this share of the file's size."""
    options.setdefault("piece_bytes", PIECE)
    room = int(model.table.size_bytes * share)
    return Ring(model.table, model.mapping(), model.hook, model.gates, room, **options)


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_logits_are_those_of_plain_mapping(
    model: Loaded, plain: dict[int, Any], slots: int, share: float
) -> None:
    ring = ring_of(model, share, slots=slots)
    try:
        for seed, wanted in plain.items():
            assert len(wanted) >= 20
            assert same(model.logits(seed), wanted)
        meter = ring.meter()
        assert meter.passes == 3 * 11  # nine tokens take three passes, five take two
        assert meter.streamed_bytes > 0 and 0 < meter.hit_rate < 1
        assert meter.pinned_bytes + meter.cached_bytes <= model.table.size_bytes * share
    finally:
        ring.close()
    assert same(model.logits(1), plain[1])


@pytest.mark.parametrize("readers", [1, 2, 5])
@pytest.mark.parametrize("piece", [4096, 50000 // 4096 * 4096, 1 << 22])
def test_any_number_of_readers(
    model: Loaded, plain: dict[int, Any], readers: int, piece: int
) -> None:
    ring = ring_of(model, 0.6, readers=readers, piece_bytes=piece)
    try:
        assert same(model.logits(2), plain[2])
    finally:
        ring.close()


def test_layers_in_pieces(path: Path, tmp_path: Path, plain: dict[int, Any]) -> None:
    with loaded(shuffled(path, tmp_path / "shuffled.gguf")) as other:
        assert same(other.logits(1), plain[1])
        ring = ring_of(other, 0.7, slots=3)
        try:
            assert max(len(spans) for spans in ring._memory._layout.layers) > 2
            assert same(other.logits(1), plain[1])
        finally:
            ring.close()


def test_everything_pinned_where_there_is_room(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 1.1)
    try:
        assert same(model.logits(1), plain[1])
        meter = ring.meter()
        assert meter.streamed_bytes == 0 and meter.hit_rate == 1 and meter.cached_bytes == 0
    finally:
        ring.close()


def test_too_little_memory_is_said(model: Loaded) -> None:
    with pytest.raises(RingUnsuitable, match="need .* MB at least"):
        ring_of(model, 0.1)


@pytest.mark.parametrize("layer", range(LAYERS))
def test_a_pass_stopped_in_the_middle(model: Loaded, plain: dict[int, Any], layer: int) -> None:
    ring = ring_of(model, 0.5, slots=3)
    try:
        for _ in range(2):
            stop = StopAt(model, f"l_out-{layer}")
            # After the last layer nothing may be left that could be stopped.
            if layer < LAYERS - 1:
                with pytest.raises(PassFailed, match="2"):
                    model.logits(1)
            stop.end()
            assert same(model.logits(1), plain[1])
    finally:
        ring.close()


def test_an_exception_in_the_middle(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.5)
    try:

        def fail(_node: object) -> None:
            raise RuntimeError("on purpose")

        model.hook.listen("ffn_out-4", done=fail)
        model.logits(1, (1,))
        model.hook.silence("ffn_out-4")
        assert str(model.hook.forgive()) == "on purpose"
        assert same(model.logits(1), plain[1])
    finally:
        ring.close()


# -- budget -----------------------------------------------------------------------------


def test_the_budget_changes_between_passes(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.9, slots=2)
    size = model.table.size_bytes
    try:
        for share in (0.5, 0.95, 0.4, 0.7, 2.0, 0.0, 0.6):
            ring.set_budget(int(size * share))
            for _ in range(2):
                assert same(model.logits(1), plain[1])
            meter = ring.meter()
            held = meter.pinned_bytes + meter.cached_bytes
            room = max(int(size * share), ring.least_bytes)
            assert held <= room
            # All the room is used, but for pages at the borders.
            assert held > min(room, size) * 0.93
    finally:
        ring.close()


def test_less_takes_hold_at_once_and_really_frees_memory(model: Loaded) -> None:
    ring = ring_of(model, 1.1)

    def freed() -> int:
        """Bytes the whole process gave back; other parts of it take and give too, and readers
        begin to fill the slots again at once."""
        ring.set_budget(int(model.table.size_bytes * 1.1))
        model.logits(1)
        before = process_figures()
        ring.set_budget(ring.least_bytes)
        after = process_figures()
        return before.anonymous + before.shared - after.anonymous - after.shared

    try:
        over = model.table.size_bytes - ring.least_bytes
        assert over > model.table.size_bytes // 3
        assert max(freed() for _turn in range(5)) > over * 0.9
    finally:
        ring.close()


def test_the_budget_changes_during_passes(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.6, slots=3, readers=3)
    ended = threading.Event()
    changes = 0

    def change() -> None:
        nonlocal changes
        dice = np.random.default_rng(5)
        while not ended.is_set():
            ring.set_budget(int(model.table.size_bytes * dice.uniform(0.3, 1.1)))
            changes += 1
            ended.wait(float(dice.uniform(0, 0.003)))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for seed in (1, 2, 3, 1, 2, 3):
            assert same(model.logits(seed), plain[seed])
    finally:
        ended.set()
        thread.join()
        ring.close()
    assert changes > 10


def test_a_budget_after_the_end_changes_nothing(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.9)
    ring.close()
    ring.set_budget(ring.least_bytes)
    assert same(model.logits(1), plain[1])


def test_a_system_that_refuses_does_no_harm(
    model: Loaded, plain: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = ring_of(model, 0.9)
    refused = 0

    def refuse(*_given: Any, **_more: Any) -> int:
        nonlocal refused
        refused += 1
        raise OSError(12, "Cannot allocate memory")

    try:
        for name, share in (("lay_window", 0.5), ("lay_private", 1.1)):
            with monkeypatch.context() as patch:
                patch.setattr(FileMapping, name, refuse)
                ring.set_budget(int(model.table.size_bytes * share))
                for _ in range(2):
                    assert same(model.logits(1), plain[1])
            for _ in range(2):
                assert same(model.logits(1), plain[1])
        assert refused > 1
    finally:
        ring.close()


def test_less_after_a_stopped_pass_waits_for_settle(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.9, slots=2)
    try:
        stop = StopAt(model, "l_out-2")
        with pytest.raises(PassFailed):
            model.logits(1)
        stop.end()
        pinned = ring.meter().pinned_bytes
        ring.set_budget(int(model.table.size_bytes * 0.5))
        # As far as the ring knows, layer 3 is being computed.
        assert ring.meter().pinned_bytes == pinned
        ring.settle()
        assert ring.meter().pinned_bytes < pinned
        assert same(model.logits(1), plain[1])
    finally:
        ring.close()


# -- faults -----------------------------------------------------------------------------


class Failing(DirectFile):
    """A device that fails for a while."""

    broken = False

    def read(self, address: int, offset: int, length: int) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")
        super().read(address, offset, length)


def test_a_failing_device_ends_the_pass_and_the_next_one_tries_again(
    model: Loaded, plain: dict[int, Any]
) -> None:
    file = Failing(model.table.path)
    ring = ring_of(model, 0.5, file=file)
    try:
        assert same(model.logits(1), plain[1])
        file.broken = True
        model.logits(2)
        assert isinstance(model.hook.forgive(), OSError)
        model.passes.clear()
        model.logits(2, (1,))
        assert isinstance(model.hook.forgive(), OSError)
        file.broken = False
        assert same(model.logits(1), plain[1])
        assert model.hook.failure is None
    finally:
        ring.close()


def test_a_device_that_fails_at_the_start_leaves_plain_mapping(
    model: Loaded, plain: dict[int, Any]
) -> None:
    file = Failing(model.table.path)
    file.broken = True
    with pytest.raises(OSError):
        ring_of(model, 0.5, file=file)
    assert same(model.logits(1), plain[1])


def test_gates_in_another_order_stop_the_pass(model: Loaded, plain: dict[int, Any]) -> None:
    ring = ring_of(model, 0.5)
    try:
        ring._ends["l_out-0"] = 4
        model.logits(1, (1,))
        assert isinstance(model.hook.forgive(), RuntimeError)
        ring._ends["l_out-0"] = 0
        assert same(model.logits(1), plain[1])
    finally:
        ring.close()
