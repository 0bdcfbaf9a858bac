"""Which mode a budget gives, and that its numbers never promise more than there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.flash.plan import RING_SLOTS, Mode, ModelParts, make_plan, replan

MB = 1_000_000
DENSE = ModelParts(
    layer_bytes=(50 * MB,) * 32,
    expert_bytes=(0,) * 32,
    embedding_bytes=100 * MB,
    output_bytes=100 * MB,
    experts=0,
    experts_used=0,
    row_bytes=3000,
)
EXPERTS = replace(
    DENSE,
    layer_bytes=(10 * MB,) * 24,
    expert_bytes=(160 * MB,) * 24,
    experts=64,
    experts_used=8,
)
KV, COMPUTE = 60 * MB, 140 * MB

parts_strategy = st.one_of(
    st.builds(
        lambda layers, size, table: replace(
            DENSE,
            layer_bytes=(size * MB,) * layers,
            expert_bytes=(0,) * layers,
            embedding_bytes=table * MB,
            output_bytes=table * MB,
        ),
        st.integers(4, 80),
        st.integers(1, 900),
        st.integers(0, 1000),
    ),
    st.builds(
        lambda layers, size: replace(
            EXPERTS, layer_bytes=(5 * MB,) * layers, expert_bytes=(size * MB,) * layers
        ),
        st.integers(2, 60),
        st.integers(1, 900),
    ),
)


@pytest.mark.parametrize(
    ("parts", "budget", "wanted", "system", "mode"),
    [
        (DENSE, 1800 * MB, None, "linux", "fits"),
        (DENSE, 1799 * MB, None, "linux", "ring"),
        (DENSE, 1000 * MB, "slots", "linux", "ring"),
        (DENSE, 1000 * MB, "mmap", "linux", "mmap"),
        (DENSE, 1000 * MB, "fits", "linux", "fits"),
        (DENSE, 1000 * MB, None, "darwin", "mmap"),
        (DENSE, 1000 * MB, "ring", "win32", "mmap"),
        (DENSE, 2000 * MB, None, "win32", "fits"),
        (DENSE, 2000 * MB, "ring", "linux", "ring"),
        (EXPERTS, 4280 * MB, None, "linux", "fits"),
        (EXPERTS, 2000 * MB, None, "linux", "advise"),
        (EXPERTS, 2000 * MB, "slots", "linux", "slots"),
        (EXPERTS, 2000 * MB, "ring", "linux", "advise"),
    ],
)
def test_the_mode(
    parts: ModelParts, budget: int, wanted: Mode | None, system: str, mode: Mode
) -> None:
    plan = make_plan(parts, budget + KV + COMPUTE, KV, COMPUTE, wanted, system)
    assert plan.mode == mode
    assert plan.weights_bytes == budget
    assert plan.overhead_bytes == KV + COMPUTE
    assert plan.streams == (mode != "fits")


def test_other_systems_are_told_what_is_missing() -> None:
    plan = make_plan(DENSE, 1000 * MB, KV, COMPUTE, None, "darwin")
    assert "Linux" in plan.reason and "1.0 GB" in plan.reason


def test_a_mode_that_does_not_suit_is_said_so() -> None:
    assert make_plan(EXPERTS, 2000 * MB, KV, COMPUTE, "ring").reason.startswith(
        "ring does not suit a mixture of experts."
    )


def test_the_ring_of_half_the_model() -> None:
    """x = (R + L F - W) / (L - S) with R 100, L 32, F 50, W 900 MB and S 3 slots."""
    plan = make_plan(DENSE, 1100 * MB, KV, COMPUTE)
    slot = -(-(1700 * MB - 900 * MB) // (32 - RING_SLOTS))
    assert plan.cache_bytes == RING_SLOTS * slot
    assert plan.streamed_bytes == 32 * slot
    assert plan.pinned_bytes == 1700 * MB - 32 * slot
    assert plan.pinned_bytes + plan.cache_bytes == pytest.approx(900 * MB, abs=32)
    assert "883 MB are read" in plan.reason


def test_advise_keeps_everything_but_experts() -> None:
    plan = make_plan(EXPERTS, 2200 * MB, KV, COMPUTE)
    assert plan.pinned_bytes == 340 * MB
    assert plan.cache_bytes == 2000 * MB - 340 * MB
    assert plan.streamed_bytes == 24 * 160 * MB // 8
    assert "43 % of the experts" in plan.reason


@pytest.mark.parametrize("parts", [DENSE, EXPERTS])
def test_too_little_is_said(parts: ModelParts) -> None:
    plan = make_plan(parts, 300 * MB, KV, COMPUTE)
    assert not plan.enough and "smaller model" in plan.reason
    assert make_plan(parts, 10, KV, COMPUTE).weights_bytes == 0


@given(parts_strategy, st.integers(0, 80_000), st.sampled_from([None, "ring", "advise", "slots"]))
def test_a_plan_never_promises_more_than_there_is(
    parts: ModelParts, budget_mb: int, wanted: Mode | None
) -> None:
    plan = make_plan(parts, budget_mb * MB, KV, COMPUTE, wanted)
    assert plan.reason.endswith(".")
    assert min(plan.pinned_bytes, plan.cache_bytes, plan.streamed_bytes) >= 0
    assert plan.pinned_bytes + plan.streamed_bytes <= parts.total_bytes
    if plan.enough:
        rounding = len(parts.layer_bytes) * 65536
        assert plan.pinned_bytes + plan.cache_bytes <= plan.weights_bytes + rounding


@given(parts_strategy, st.integers(300, 40_000), st.integers(1, 10_000))
def test_more_memory_never_means_more_reading(
    parts: ModelParts, budget_mb: int, more_mb: int
) -> None:
    less = make_plan(parts, budget_mb * MB, KV, COMPUTE)
    more = replan(less, parts, (budget_mb + more_mb) * MB)
    assert more.mode == less.mode
    assert more.streamed_bytes <= less.streamed_bytes
    assert more.pinned_bytes >= less.pinned_bytes
    assert (more.kv_bytes, more.compute_bytes) == (less.kv_bytes, less.compute_bytes)


def test_a_model_that_fits_is_said_to_be_over_when_the_budget_falls() -> None:
    fits = make_plan(DENSE, 3000 * MB, KV, COMPUTE)
    over = replan(fits, DENSE, 1000 * MB)
    assert (fits.enough, over.mode, over.enough) == (True, "fits", False)
    assert "loaded anew" in over.reason
