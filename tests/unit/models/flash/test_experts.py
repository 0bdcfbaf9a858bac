"""Both modes for mixtures of experts on a real model: the same bits as plain mapping, always."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.flash.advise import Advise
from models.flash.eval_hook import Node
from models.flash.expert_pages import ExpertsUnsuitable
from models.flash.experts import CHOICE, ExpertKeeper
from models.flash.pages import DirectFile
from models.flash.passes import PassFailed
from models.flash.slots import Slots
from models.flash.spans import Span
from tests.tiny_moe import make_tiny_moe
from tests.unit.models.flash.tiny_experts import Loaded, loaded

MODES: list[type[ExpertKeeper]] = [Advise, Slots]
both_modes = pytest.mark.parametrize("mode", MODES, ids=["advise", "slots"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(make_tiny_moe(tmp_path_factory.mktemp("moe") / "m.gguf")) as made:
        yield made


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one.view(np.uint32), other.view(np.uint32))


def _keeper(
    model: Loaded, mode: type[ExpertKeeper], share: float, file: DirectFile | None = None
) -> ExpertKeeper:
    return mode(model.table, model.mapping(), model.hook, model.budget(share), file=file)


@both_modes
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.6, 1.0])
def test_logits_are_the_same_bits(model: Loaded, mode: type[ExpertKeeper], share: float) -> None:
    # share 0 is what a single token calls; the prompt calls every expert of a layer at once
    plain = {seed: model.logits(seed) for seed in (1, 2)}
    keeper = _keeper(model, mode, share)
    try:
        for seed, logits in plain.items():
            assert _same(model.logits(seed), logits)
        meter = keeper.meter()
    finally:
        keeper.close()
    assert (meter.mode, meter.passes) == (mode.mode, 2 * 25)
    assert meter.streamed_bytes >= model.pages.sizes.sum() * 0.5
    assert _same(model.logits(1), plain[1])  # plain mapping again


@both_modes
@pytest.mark.parametrize(
    "shape",
    [
        {"width": 256, "expert_ff": 256, "experts": 8},  # slices of whole pages
        {"width": 96, "expert_ff": 160, "experts": 5, "used": 3, "layers": 3},
        {"width": 64, "expert_ff": 192, "experts": 16},  # slices with one page inside, or none
        {"uneven_norms": True},
    ],
    ids=["whole pages", "odd", "small", "norms"],
)
def test_shapes_of_all_kinds(
    tmp_path: Path, mode: type[ExpertKeeper], shape: dict[str, int]
) -> None:
    with loaded(make_tiny_moe(tmp_path / "m.gguf", seed=3, **shape)) as made:
        plain = made.logits(5)
        keeper = _keeper(made, mode, 0.3)
        try:
            assert _same(made.logits(5), plain)
        finally:
            keeper.close()


def test_the_memory_is_the_budget(model: Loaded) -> None:
    for mode in MODES:
        keeper = _keeper(model, mode, 0.4)
        try:
            model.logits(3, prompt=0)
            meter = keeper.meter()
            assert meter.pinned_bytes + meter.cached_bytes <= model.budget(0.4)
            assert meter.cached_bytes > 0.3 * model.pages.sizes.sum()
            assert 0 < meter.hit_rate < 1
        finally:
            keeper.close()


@both_modes
def test_a_prompt_takes_the_experts_of_one_layer_more_at_most(
    model: Loaded, mode: type[ExpertKeeper]
) -> None:
    keeper = _keeper(model, mode, 0.0)
    most = 0

    def watch(_node: Node) -> None:
        nonlocal most
        most = max(most, keeper.meter().cached_bytes)

    model.hook.listen(CHOICE, done=watch)
    try:
        model.logits(4, prompt=60, tokens=0)
        assert model.pages.called_bytes < most <= model.pages.sizes.sum(axis=1).max()
        keeper.settle()
        assert keeper.meter().cached_bytes <= model.pages.called_bytes
        model.logits(4, prompt=0, tokens=4)
        assert keeper.meter().cached_bytes <= model.pages.called_bytes
    finally:
        keeper.close()


@both_modes
def test_a_pass_broken_off_leaves_the_next_one_right(
    model: Loaded, mode: type[ExpertKeeper]
) -> None:
    import llama_cpp

    plain = model.logits(6)
    stop = False
    callback = llama_cpp.ggml_abort_callback(lambda _data: stop)
    keeper = _keeper(model, mode, 0.2)

    def break_off(node: Node) -> None:
        nonlocal stop
        stop = node.number == at

    model.hook.listen(CHOICE, done=break_off)
    llama_cpp.llama_set_abort_callback(model.llama.ctx, callback, None)
    try:
        for at in (0, 2, 1, 3):
            with pytest.raises(PassFailed, match="2"):
                model.logits(9, prompt=8, tokens=8)
            at, stop = -1, False
            assert _same(model.logits(6), plain)
        assert model.hook.failure is None
    finally:
        llama_cpp.llama_set_abort_callback(model.llama.ctx, llama_cpp.ggml_abort_callback(0), None)
        keeper.close()


@both_modes
def test_the_budget_may_change_while_it_answers(model: Loaded, mode: type[ExpertKeeper]) -> None:
    plain = model.logits(7, tokens=100)
    keeper = _keeper(model, mode, 0.5)
    done = threading.Event()
    dice = np.random.default_rng(1)

    def change() -> None:
        while not done.is_set():
            keeper.set_budget(model.budget(float(dice.random())))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        assert _same(model.logits(7, tokens=100), plain)
    finally:
        done.set()
        thread.join()
    try:
        for share in (0.7, 0.2, 0.0):
            keeper.set_budget(model.budget(share))
            keeper.settle()
            meter = keeper.meter()
            assert meter.pinned_bytes + meter.cached_bytes <= model.budget(share)
        keeper.set_budget(model.budget(1.0))
        assert _same(model.logits(7, tokens=100), plain)
        assert keeper.meter().cached_bytes > 0.9 * model.pages.sizes.sum()
    finally:
        keeper.close()


class _Failing(DirectFile):
    """The model's file on a device that fails while it is told to."""

    failing = False

    def read(self, address: int, offset: int, length: int) -> None:
        if self.failing:
            raise OSError(5, "the device failed")
        super().read(address, offset, length)


def test_a_read_that_fails_ends_the_pass_and_nothing_more(model: Loaded) -> None:
    plain = model.logits(8)
    file = _Failing(model.table.path)
    keeper = _keeper(model, Slots, 0.3, file)
    try:
        model.logits(8, tokens=2)
        file.failing = True
        # llama.cpp calls a pass that was cut short a success; the hook knows better
        model.logits(11)
        assert isinstance(model.hook.forgive(), OSError)
        file.failing = False
        assert _same(model.logits(8), plain)
    finally:
        model.hook.forgive()
        keeper.close()


class _Forgetful(Slots):
    """Leaves out one read in many, as a mistake might."""

    reads = 0

    def _load(self, span: Span) -> None:
        self.reads += 1
        if self.reads % 40:
            super()._load(span)


class _Careless(Slots):
    """Drops an expert although it is in use."""

    def _await(self, needed: list[tuple[int, int]]) -> None:
        super()._await(needed)
        for span in self._slices(needed[0])[:1]:
            self._free(span)


@pytest.mark.parametrize("mode", [_Forgetful, _Careless])
def test_a_mistake_would_show_in_the_logits(model: Loaded, mode: type[Slots]) -> None:
    plain = model.logits(2)
    keeper = mode(model.table, model.mapping(), model.hook, model.budget(0.3))
    try:
        assert not _same(model.logits(2), plain)
    finally:
        keeper.close()
    assert _same(model.logits(2), plain)


@both_modes
def test_too_little_memory_is_refused(model: Loaded, mode: type[ExpertKeeper]) -> None:
    least = model.budget(0.0)
    with pytest.raises(ExpertsUnsuitable, match="MB at least"):
        mode(model.table, model.mapping(), model.hook, least - 1)
    keeper = mode(model.table, model.mapping(), model.hook, least)
    try:
        assert keeper.least_bytes == least
        keeper.set_budget(0)  # the least is taken for that
        model.logits(1, prompt=0, tokens=3)
        assert 0 < keeper.meter().cached_bytes <= model.pages.called_bytes
    finally:
        keeper.close()


def test_early_fetching_is_right_more_often_where_norms_are_known(tmp_path: Path) -> None:
    with loaded(make_tiny_moe(tmp_path / "m.gguf", uneven_norms=True)) as made:
        trust = []
        for gains in (True, False):
            keeper = _keeper(made, Advise, 0.3)
            assert keeper._routers is not None
            if not gains:
                keeper._routers._gains = [None] * len(made.pages.layers)
            try:
                made.logits(3, tokens=100)
                trust.append(keeper._trust)
            finally:
                keeper.close()
    assert trust[0] > trust[1] + 0.05
