"""Bytes are counted once, and every page of a model belongs to exactly one of its users."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.flash.spans import (
    Span,
    Spans,
    around,
    inside,
    merged,
    page_layout,
    split,
    total,
    without,
)
from models.gguf_tensors import Tensor, TensorTable

PAGE = 16

spans = st.lists(st.builds(Span, st.integers(0, 60), st.integers(0, 20)), max_size=6)


def bytes_of(some: list[Span] | Spans) -> set[int]:
    return {at for one in some for at in range(one.offset, one.end)}


@given(spans)
def test_merged_holds_each_byte_once_and_in_order(some: list[Span]) -> None:
    made = merged(some)
    assert bytes_of(made) == bytes_of(some) and total(made) == len(bytes_of(some))
    assert all(first.end < second.offset for first, second in zip(made, made[1:], strict=False))


@given(spans, spans)
def test_without_takes_bytes_away(some: list[Span], taken: list[Span]) -> None:
    made = without(some, taken)
    assert bytes_of(made) == bytes_of(some) - bytes_of(taken)
    assert total(made) == len(bytes_of(made))


@given(spans, st.integers(0, 150))
def test_split_cuts_a_row_in_two(some: list[Span], length: int) -> None:
    first, rest = split(merged(some), length)
    whole = sorted(bytes_of(some))
    assert sorted(bytes_of(first)) == whole[:length]
    assert sorted(bytes_of(rest)) == whole[length:]


@given(st.integers(0, 100), st.integers(0, 100))
def test_pages_inside_and_around(offset: int, length: int) -> None:
    span = Span(offset, length)
    held = bytes_of((span,))
    pages = {at // PAGE for at in held}
    assert {at // PAGE for at in bytes_of((around(span, PAGE),))} == pages
    whole = {page for page in pages if set(range(page * PAGE, (page + 1) * PAGE)) <= held}
    assert bytes_of((inside(span, PAGE),)) == {
        at for page in whole for at in range(page * PAGE, (page + 1) * PAGE)
    }


def table_of(sizes: list[tuple[str, int]], n_layers: int) -> TensorTable:
    """A made-up file in which tensors of these names and sizes follow each other."""
    made, at = [], 5
    for name, size in sizes:
        layer = int(name.split(".")[1]) if name.startswith("blk.") else None
        made.append(Tensor(name, at, size, (size,), 0, layer, False))
        at += size
    return TensorTable(Path("none"), at, 5, "", "llama", n_layers, 0, 0, 1, tuple(made))


names = st.sampled_from(
    ["blk.0.a", "blk.1.a", "blk.2.a", "token_embd.weight", "output.weight", "rope_freqs.weight"]
)


@given(st.lists(st.tuples(names, st.integers(1, 70)), min_size=1, max_size=14))
def test_every_page_has_one_owner(sizes: list[tuple[str, int]]) -> None:
    numbered = [(f"{name}{at}" if "blk" in name else name, size) for at, (name, size) in
                enumerate(sizes)]  # fmt: skip
    table = table_of(numbered, 3)
    layout = page_layout(table, PAGE)
    groups = [*layout.layers, layout.always, layout.rows]
    for one in (span for group in groups for span in group):
        assert one.offset % PAGE == 0 and one.length % PAGE == 0 and one.length
    pages = [{at // PAGE for at in bytes_of(group)} for group in groups]
    owners: dict[int, set[str]] = {}
    for tensor in table.tensors:
        if tensor.layer is not None:
            owner = str(tensor.layer)
        elif tensor in table.embedding:
            owner = "rows"
        else:
            owner = "always"
        for at in range(tensor.offset, tensor.end):
            owners.setdefault(at // PAGE, set()).add(owner)
    for layer in range(3):
        assert pages[layer] == {page for page, who in owners.items() if who == {str(layer)}}
    assert pages[4] == {page for page, who in owners.items() if who == {"rows"}}
    assert pages[3] == set(owners) - pages[0] - pages[1] - pages[2] - pages[4]


def test_layers_that_do_not_run_are_counted_nowhere() -> None:
    table = table_of([("output.weight", 64), ("blk.0.a", 64), ("blk.1.a", 64)], 2)
    assert len(page_layout(table, PAGE, [0]).layers) == 1
    everything = page_layout(table, PAGE)
    assert total(everything.layers[1]) >= 48


def test_a_span_is_given_by_start_and_length() -> None:
    assert Span(3, 4).end == 7
    with pytest.raises(AttributeError):
        Span(3, 4).offset = 5  # type: ignore[misc]
