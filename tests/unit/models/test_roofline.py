"""The forecast follows from bytes, multiplications and measured speeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.flash.needs import parts_of, rough_parts
from models.flash.plan import Mode, ModelParts, make_plan
from models.gguf_tensors import read_tensors
from models.hardware import Hardware, Speed
from models.roofline import (
    EXPERT_LAYER_NODES,
    LAYER_NODES,
    Load,
    expected_hit_rate,
    forecast,
    load_of,
    rough_load,
)
from tests.synthetic_models import TINY_DENSE, TINY_EXPERTS, write_model

MB = 1_000_000
MACHINE = Hardware(
    threads=2,
    memory_bytes_s=2e10,
    node_s=0.0,
    plain={"Q4_0": Speed(1e10, 1e11), "Q8_0": Speed(2e10, 1e11), "Q4_K": Speed(5e9, 2e11)},
    repacked={"Q4_0": Speed(2e10, 4e11)},
    flash_bytes_s=2e9,
    flash_burst_bytes_s=1.6e9,
    flash_small_bytes_s=1e9,
    flash_direct=True,
)
DENSE = ModelParts((50 * MB,) * 32, (0,) * 32, 100 * MB, 100 * MB, 0, 0, 0)
EXPERTS = ModelParts((10 * MB,) * 24, (160 * MB,) * 24, 100 * MB, 100 * MB, 64, 8, 0)


def _forecast(parts: ModelParts, budget_mb: int, mode: Mode | None = None, **machine: float):  # type: ignore[no-untyped-def]
    load = Load(parts, {"Q4_0": 1.0}, kv_token_bytes=0)
    plan = make_plan(parts, budget_mb * MB, 0, 0, mode)
    return forecast(load, plan, replace(MACHINE, **machine))


def test_all_in_memory_takes_the_time_of_reading_it() -> None:
    made = _forecast(DENSE, 2000)
    assert made.verdict == "fits"
    assert made.tokens_s == pytest.approx(1e10 / 1700e6)
    assert made.token_flash_bytes == 0 and made.hit_rate is None
    # 1,000 tokens times 1.7 GB of half bytes and a bit, read in two passes and for the first word
    assert made.first_token_s == pytest.approx(998 * 1700e6 / (18 / 32) / 1e11 + 3 * 0.17)


def test_small_operations_and_the_cache_count() -> None:
    load = Load(DENSE, {"Q4_0": 0.5, "Q8_0": 0.5}, kv_token_bytes=1000)
    plan = make_plan(DENSE, 3000 * MB, 0, 0)
    made = forecast(load, plan, replace(MACHINE, node_s=1e-4), prompt_tokens=1000)
    expected = 850e6 / 1e10 + 850e6 / 2e10 + LAYER_NODES * 32 * 1e-4 + 1e6 / 2e10
    assert made.memory_s == pytest.approx(expected)
    assert EXPERT_LAYER_NODES > LAYER_NODES


def test_rearranged_weights_count_only_where_nothing_streams() -> None:
    load = Load(DENSE, {"Q4_0": 1.0}, 0)
    fits, ring = (make_plan(DENSE, mb * MB, 0, 0) for mb in (2000, 1000))
    assert forecast(load, fits, MACHINE, repacked=True).memory_s == pytest.approx(0.085)
    assert forecast(load, ring, MACHINE, repacked=True).memory_s == pytest.approx(0.17)


def test_a_ring_reads_while_others_compute() -> None:
    made = _forecast(DENSE, 1000)
    assert made.verdict == "streams"
    assert made.flash_s == pytest.approx(made.token_flash_bytes / 2e9)
    assert made.tokens_s == pytest.approx(1 / made.flash_s)
    quick = _forecast(DENSE, 1000, flash_bytes_s=1e12)
    assert quick.tokens_s == pytest.approx(1 / quick.memory_s)
    assert "flash" in made.reason and "processor" in quick.reason


def test_experts_wait_for_what_is_not_in_memory() -> None:
    made = _forecast(EXPERTS, 340 + 1920)
    assert made.hit_rate == pytest.approx(0.5)
    assert made.token_flash_bytes == pytest.approx(24 * 160 * MB / 8 / 2)
    assert made.tokens_s == pytest.approx(1 / (0.082 + 240e6 / 1.6e9))
    # a prompt calls all experts: all come from flash in its first pass, half in its second
    arithmetic = 998 * 820e6 / (18 / 32) / 1e11
    memory = 2 * (340e6 + 3840e6) / 1e10
    flash = (3840e6 + 1920e6) / 1.6e9
    assert made.first_token_s == pytest.approx(memory + arithmetic + flash + 1 / made.tokens_s)


def test_few_tokens_call_few_experts() -> None:
    load = Load(EXPERTS, {"Q4_0": 1.0}, 0)
    plan = make_plan(EXPERTS, 5000 * MB, 0, 0)
    made = forecast(load, plan, MACHINE, prompt_tokens=1)
    # one token reads what it touches, and so does the first one of the answer
    assert made.first_token_s == pytest.approx(2 * 0.082)


def test_plain_mapping_reads_everything_in_small_pieces() -> None:
    made = _forecast(DENSE, 1500, "mmap")
    assert made.token_flash_bytes == 1700 * MB
    assert made.tokens_s == pytest.approx(1 / (0.17 + 1.7))
    assert made.verdict == "too_slow" and "Too slow" in made.reason


def test_a_budget_that_is_too_small_is_too_slow() -> None:
    made = _forecast(DENSE, 200, flash_bytes_s=1e12)
    assert made.tokens_s > 1 and made.verdict == "too_slow"
    assert "budget is too small" in made.reason


@given(st.integers(200, 6000), st.integers(1, 3000), st.sampled_from([DENSE, EXPERTS]))
def test_more_memory_is_never_slower(budget: int, more: int, parts: ModelParts) -> None:
    less, greater = _forecast(parts, budget), _forecast(parts, budget + more)
    assert greater.tokens_s >= less.tokens_s * (1 - 1e-9)
    assert greater.first_token_s <= less.first_token_s * (1 + 1e-9)


def test_every_expert_in_memory_is_a_hit() -> None:
    plan = make_plan(EXPERTS, 9000 * MB, 0, 0, "slots")
    assert expected_hit_rate(EXPERTS, plan) == 1.0
    assert expected_hit_rate(DENSE, make_plan(DENSE, 1000 * MB, 0, 0)) == 1.0


def test_the_load_of_a_file(tmp_path: Path) -> None:
    for shape in (TINY_DENSE, TINY_EXPERTS):
        table = read_tensors(write_model(tmp_path / "m.gguf", shape).path)
        parts = parts_of(table)
        load = load_of(table, parts, 1)
        assert sum(load.kinds.values()) == pytest.approx(1.0)
        assert set(load.kinds) == {"Q4_0", "Q8_0", "F32"}
        output = 640 * 64 * 34 // 32
        assert load.kinds["Q8_0"] == pytest.approx(output / parts.touched_bytes, rel=0.02)


def test_the_load_of_a_model_that_is_not_here() -> None:
    parts = rough_parts(2_000 * MB, 3_000 * MB)
    for name, kind in (("Q4_K_M", "Q4_K"), ("q8_0", "Q8_0"), ("UD-Q9", "Q4_K"), ("F16", "F16")):
        assert rough_load(parts, name).kinds == {kind: 1.0}
