"""A model is opened as planned, checked once, and falls back in words when something is wrong."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.errors import GenerationFailed
from models.flash.eval_hook import EvalHook
from models.flash.needs import parts_of
from models.flash.pages import DirectFile
from models.flash.passes import Passes
from models.flash.plan import Mode, Plan, make_plan
from models.flash.residency import Residency, open_resident
from models.flash.self_check import logits_of
from models.gguf_tensors import read_tensors
from tests.synthetic_models import TINY_EXPERTS, write_model
from tests.unit.models.flash.tiny_dense import Native, load, make_dense, same

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="weights are placed on Linux only")

OVERHEAD = 3 << 30  # more than this process has: the weights' share is what a test says


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dense(tmp_path_factory.mktemp("dense") / "dense.gguf")


@pytest.fixture(scope="module")
def plain(path: Path) -> Any:
    """The check's logits from plain mapping."""
    import llama_cpp

    native = load(path, None)
    try:
        return logits_of(Passes(llama_cpp, native.model, native.context))
    finally:
        native.close()


def plan_for(path: Path, share: float, mode: Mode | None = None) -> Plan:
    table = read_tensors(path)
    budget = OVERHEAD + int(table.size_bytes * share)
    return make_plan(parts_of(table), budget, OVERHEAD // 2, OVERHEAD // 2, mode)


def opened(path: Path, plan: Plan, checks: Path | None = None, **options: Any) -> Residency:
    import llama_cpp

    def loader(hook: EvalHook | None) -> Native:
        return load(path, hook)

    return open_resident(loader, path, plan, checks, llama_cpp, **options)


def logits(residency: Residency) -> Any:
    import llama_cpp

    native = residency.native
    return logits_of(Passes(llama_cpp, native.model, native.context))


class Wrong(DirectFile):
    """Fills one place of the file with wrong bytes, as a faulty ring would."""

    at = 0

    def read(self, address: int, offset: int, length: int) -> None:
        super().read(address, offset, length)
        if offset <= self.at < offset + length:
            ctypes.memset(address + self.at - offset, 0x33, 64)


def wrong_in_layer(layer: int, which: str) -> Callable[[Path], DirectFile]:
    def make(path: Path) -> DirectFile:
        file = Wrong(path)
        tensor = next(one for one in read_tensors(path).layer(layer) if which in one.name)
        file.at = tensor.offset + tensor.size_bytes // 2
        return file

    return make


def test_a_ring_is_checked_once_and_remembered(path: Path, plain: Any, tmp_path: Path) -> None:
    checks = tmp_path / "here" / "checks.json"
    for first in (True, False):
        told: list[float] = []
        plan = plan_for(path, 0.6)
        assert plan.mode == "ring"
        with closing(opened(path, plan, checks, progress=told.append)) as residency:
            assert (residency.mode, residency.reason) == ("ring", plan.reason)
            assert same(logits(residency), plain)
            residency.check()
            meter = residency.meter()
            assert meter.mode == "ring" and meter.bytes_per_pass > 0
        assert told == sorted(told)
        assert told[-1:] == ([1.0] if first else [])
        assert residency.native.closed  # type: ignore[attr-defined]
    assert [one["passed"] for one in json.loads(checks.read_text()).values()] == [True]


@pytest.mark.parametrize("layer, tensor", [(0, "attn_q"), (3, "ffn_up"), (6, "ffn_down")])
def test_a_corrupted_ring_is_caught(
    path: Path, plain: Any, tmp_path: Path, layer: int, tensor: str
) -> None:
    checks = tmp_path / "checks.json"
    wrong = wrong_in_layer(layer, tensor)
    with closing(opened(path, plan_for(path, 0.5), checks, open_file=wrong)) as residency:
        assert residency.mode == "mmap"
        assert "self-check failed" in residency.reason and "tokens differ" in residency.reason
        assert residency.meter().mode == "mmap"
        assert same(logits(residency), plain)
    # It is not tried again, even with a file that is read rightly.
    told: list[float] = []
    with closing(opened(path, plan_for(path, 0.5), checks, progress=told.append)) as residency:
        assert residency.mode == "mmap" and "self-check failed" in residency.reason
        assert residency.check_failed and told == []
    # Asked again it is made anew, and what comes out counts from then on.
    plan = plan_for(path, 0.5)
    with closing(opened(path, plan, checks, progress=told.append, check_again=True)) as residency:
        assert (residency.mode, residency.check_failed) == ("ring", False)
        assert told[-1:] == [1.0] and same(logits(residency), plain)
    told.clear()
    for again in (False, True):  # what passed is not made anew
        with closing(
            opened(path, plan, checks, progress=told.append, check_again=again)
        ) as residency:
            assert residency.mode == "ring" and told == []


def test_other_parameters_are_checked_anew(path: Path, tmp_path: Path) -> None:
    checks = tmp_path / "checks.json"
    for parameters, expected in (({"n_ctx": 1}, 1), ({"n_ctx": 2}, 2), ({"n_ctx": 1}, 2)):
        opened(path, plan_for(path, 0.6), checks, parameters=parameters).close()
        assert len(json.loads(checks.read_text())) == expected


def test_an_unreadable_record_is_no_record(path: Path, tmp_path: Path) -> None:
    checks = tmp_path / "checks.json"
    checks.write_text('{"cut')
    opened(path, plan_for(path, 0.6), checks).close()
    assert len(json.loads(checks.read_text())) == 1


def test_too_little_memory_falls_back_in_words(path: Path, plain: Any) -> None:
    with closing(opened(path, plan_for(path, 0.05, "ring"))) as residency:
        assert residency.mode == "mmap"
        assert "MB at least" in residency.reason
        assert same(logits(residency), plain)


@pytest.mark.parametrize("mode", ["fits", "mmap"])
def test_plain_modes_get_no_hook(path: Path, plain: Any, mode: Mode) -> None:
    import llama_cpp

    hooks: list[EvalHook | None] = []

    def loader(hook: EvalHook | None) -> Native:
        hooks.append(hook)
        return load(path, hook)

    plan = plan_for(path, 0.6, mode)
    with closing(open_resident(loader, path, plan, None, llama_cpp)) as residency:
        assert hooks == [None]
        assert residency.mode == mode and residency.streams == (mode == "mmap")
        assert same(logits(residency), plain)
        residency.set_budget(1)
        residency.settle()
        residency.check()
        assert residency.meter().cached_bytes == path.stat().st_size


def test_a_device_that_fails_is_an_error_for_people(path: Path, plain: Any) -> None:
    made: list[Any] = []

    class Failing(DirectFile):
        broken = False

        def read(self, address: int, offset: int, length: int) -> None:
            if self.broken:
                raise OSError(5, "Input/output error")
            super().read(address, offset, length)

    def make(path: Path) -> DirectFile:
        made.append(Failing(path))
        return made[-1]

    with closing(opened(path, plan_for(path, 0.5), open_file=make)) as residency:
        made[0].broken = True
        logits(residency)
        with pytest.raises(GenerationFailed) as error:
            residency.check()
        assert "Input/output error" in error.value.message and error.value.next_step
        made[0].broken = False
        assert same(logits(residency), plain)
        residency.check()


def test_the_budget_of_the_process_counts_its_other_memory(path: Path, plain: Any) -> None:
    size = path.stat().st_size
    with closing(opened(path, plan_for(path, 0.9))) as residency:
        for share in (0.5, 0.8):
            residency.set_budget(OVERHEAD + int(size * share))
            residency.settle()
            for _ in range(3):
                assert same(logits(residency), plain)
            meter = residency.meter()
            assert 0.9 * share < (meter.pinned_bytes + meter.cached_bytes) / size <= share


@pytest.mark.parametrize("mode", ["advise", "slots"])
def test_experts(tmp_path: Path, mode: Mode) -> None:
    import llama_cpp

    shape = replace(TINY_EXPERTS, width=128, expert_ff=128, experts=8)
    path = write_model(tmp_path / "experts.gguf", shape).path
    native = load(path, None)
    wanted = logits_of(Passes(llama_cpp, native.model, native.context))
    native.close()
    plan = plan_for(path, 0.9, mode)
    assert plan.mode == mode
    with closing(opened(path, plan, tmp_path / "checks.json")) as residency:
        assert (residency.mode, residency.reason) == (mode, plan.reason)
        assert same(logits(residency), wanted)
        residency.check()


def test_slots_fall_back_to_advise(tmp_path: Path) -> None:
    shape = replace(TINY_EXPERTS, width=128, expert_ff=128, experts=8)
    path = write_model(tmp_path / "experts.gguf", shape).path
    wrong = wrong_in_layer(2, "ffn_up_exps")
    with closing(opened(path, plan_for(path, 0.9, "slots"), open_file=wrong)) as residency:
        assert residency.mode == "advise"
        assert "slots" in residency.reason and "instead" in residency.reason
