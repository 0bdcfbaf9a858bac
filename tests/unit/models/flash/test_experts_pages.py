"""Which pages belong to an expert and which stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.flash.expert_pages import ExpertsUnsuitable, expert_pages
from models.flash.spans import Span, Spans, merged, total, without
from models.gguf_tensors import read_tensors
from tests.tiny_gguf import make_tiny_gguf
from tests.tiny_moe import make_tiny_moe


def _common(one: Spans, other: Spans) -> int:
    """Bytes in both."""
    return total(one) - total(without(one, other))


@pytest.mark.parametrize("page", [4096, 8192])
@pytest.mark.parametrize("shape", [{}, {"width": 256, "expert_ff": 256, "experts": 4}])
def test_every_page_has_one_place(tmp_path: Path, shape: dict[str, int], page: int) -> None:
    table = read_tensors(make_tiny_moe(tmp_path / "m.gguf", **shape))
    pages = expert_pages(table, page)
    slices = merged(span for layer in pages.slices for spans in layer for span in spans)
    parts = (slices, pages.edges, pages.pinned, pages.rows)
    for span in (span for part in parts for span in part):
        assert span.offset % page == 0 and span.length % page == 0 and span.length > 0
    whole = merged(span for part in parts for span in part)
    assert total(whole) == sum(total(part) for part in parts)  # no page twice
    weights = merged(Span(one.offset, one.size_bytes) for one in table.tensors)
    assert without(weights, whole) == ()  # and none missing
    assert total(pages.areas) == total(slices) + total(pages.edges)
    assert pages.sizes.sum() == total(slices) > 0


def test_the_pages_of_an_expert_hold_nothing_else(tmp_path: Path) -> None:
    table = read_tensors(make_tiny_moe(tmp_path / "m.gguf"))
    pages = expert_pages(table, 4096)
    assert pages.edges  # or the boundaries prove nothing
    for place, number in enumerate(pages.layers):
        for expert in range(table.n_experts):
            own = merged(Span(*one.expert(expert)) for one in table.experts(number))
            assert without(pages.slices[place][expert], own) == ()
            assert total(pages.slices[place][expert]) == pages.sizes[place, expert]


def test_layers_that_do_not_run_are_left_alone(tmp_path: Path) -> None:
    table = read_tensors(make_tiny_moe(tmp_path / "m.gguf", layers=4))
    pages = expert_pages(table, 4096, [0, 1, 2])
    assert pages.layers == (0, 1, 2)
    unused = merged(Span(one.offset, one.size_bytes) for one in table.experts(3))
    assert _common(unused, pages.areas) == 0
    # the first and the last of its pages may belong to others too
    assert _common(unused, pages.pinned) <= 2 * 4096


def test_a_dense_model_has_none(tmp_path: Path) -> None:
    table = read_tensors(make_tiny_gguf(tmp_path / "m.gguf"))
    with pytest.raises(ExpertsUnsuitable, match="no experts"):
        expert_pages(table, 4096)


def test_experts_smaller_than_a_page_are_refused(tmp_path: Path) -> None:
    table = read_tensors(make_tiny_moe(tmp_path / "m.gguf", width=64, expert_ff=32))
    with pytest.raises(ExpertsUnsuitable, match="as big as a page"):
        expert_pages(table, 4096)
