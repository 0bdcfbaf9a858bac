"""Which pages of a mixture of experts come and go with an expert, and which stay in memory.

An expert's weights are a slice of each of its layer's expert tensors. Slices seldom begin at a
page, so only the pages that lie wholly inside a slice come and go with the expert; a page that
two neighbours share, or an expert and something else, stays with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.flash.pages import Advice, DirectFile, FileMapping, drop_cached
from models.flash.spans import Span, Spans, inside, merged, page_layout, total, without
from models.gguf_tensors import TensorTable

# Threads that fill pages at the start, and what each takes at a time.
FILLERS = 2
FILL_BYTES = 4 << 20

# Place of a layer among those with experts, and number of the expert.
Expert = tuple[int, int]


class ExpertsUnsuitable(Exception):
    """This model's experts cannot come and go in this memory; the text says why."""


@dataclass(frozen=True)
class ExpertPages:
    """Pages of a model file; all spans begin and end at one.

    Attributes:
        layers: numbers of the layers with experts, in the order in which they run.
        slices: per layer with experts and per expert, its pages, in the order of the file.
        sizes: their bytes, shape (layers, experts).
        areas: pages that hold nothing but bytes of experts: the slices, and
        edges: between them, those that two experts share.
        pinned: everything else that passes read.
        rows: tables of which a pass reads the rows of its tokens.
        used: experts a token calls in a layer.
    """

    layers: tuple[int, ...]
    slices: tuple[tuple[Spans, ...], ...]
    sizes: NDArray[np.int64]
    areas: Spans
    edges: Spans
    pinned: Spans
    rows: Spans
    used: int

    @property
    def always_bytes(self) -> int:
        """What stays in memory whatever is called."""
        return total(self.pinned) + total(self.edges)

    @cached_property
    def called_bytes(self) -> int:
        """Experts that a token calls in one layer, at most."""
        return int(np.sort(self.sizes, axis=1)[:, -self.used :].sum(axis=1).max())


def expert_pages(table: TensorTable, page: int, used: Sequence[int] | None = None) -> ExpertPages:
    """The pages of a model's experts.

    Args:
        page: bytes of a page.
        used: layers that really run; pages of others are counted nowhere. All by default.

    Raises:
        ExpertsUnsuitable: it has none, or they are smaller than a page.
    """
    run = range(table.n_layers) if used is None else used
    layers = tuple(number for number in run if table.experts(number))
    slices = tuple(
        tuple(_slices(table, number, expert, page) for expert in range(table.n_experts))
        for number in layers
    )
    sizes = np.array([[total(spans) for spans in layer] for layer in slices], np.int64)
    if not sizes.any():
        raise ExpertsUnsuitable("it has no experts as big as a page of memory")
    tensors = (Span(one.offset, one.size_bytes) for at in layers for one in table.experts(at))
    areas = merged(inside(span, page) for span in merged(tensors))
    layout = page_layout(table, page, run)
    owned = (*layout.always, *(span for layer in layout.layers for span in layer))
    return ExpertPages(
        layers=layers,
        slices=slices,
        sizes=sizes,
        areas=areas,
        edges=without(areas, (span for layer in slices for spans in layer for span in spans)),
        pinned=without(owned, areas),
        rows=layout.rows,
        used=max(1, table.n_experts_used),
    )


def _slices(table: TensorTable, layer: int, expert: int, page: int) -> Spans:
    spans = (inside(Span(*one.expert(expert)), page) for one in table.experts(layer))
    return tuple(span for span in spans if span.length)


class ExpertMapping:
    """llama.cpp's mapping of the model, as far as experts are concerned.

    Everything but the experts is laid over it as anonymous pages. These are no page cache: the
    kernel does not drop them, and no privilege is needed. Row tables stay in the file and are
    read a row at a time.
    """

    def __init__(self, mapping: FileMapping, file: DirectFile, pages: ExpertPages) -> None:
        """Raises ExpertsUnsuitable where llama.cpp does not compute on the mapping."""
        self.mapping = mapping
        self.file = file
        self.pages = pages
        if not all(mapping.holds(span) for span in (*pages.pinned, *pages.rows, *pages.areas)):
            raise ExpertsUnsuitable("llama.cpp keeps some of its weights elsewhere")

    def forget_loading(self) -> None:
        """Drops what loading the model has left in memory. Before anything is laid."""
        for span in (*self.pages.rows, *self.pages.pinned, *self.pages.areas):
            self.mapping.advise(span, Advice.DO_NOT_NEED)
        drop_cached(self.mapping.path)

    def pin(self) -> None:
        """Lays and fills the pages outside the experts.

        Raises:
            OSError: no memory, or the file cannot be read. ``restore`` then still works.
        """
        for span in self.pages.pinned:
            self.mapping.lay_private(span)
        self.fill(self.pages.pinned)
        for span in self.pages.rows:
            self.mapping.advise(span, Advice.RANDOM)

    def fill(self, spans: Spans) -> None:
        """Reads laid pages from the file."""
        parts = []
        for span in spans:
            address = self.mapping.address(span)
            for at in range(0, span.length, FILL_BYTES):
                length = min(FILL_BYTES, span.length - at)
                parts.append((address + at, span.offset + at, length))
        with ThreadPoolExecutor(FILLERS, "fill") as pool:
            for _ in pool.map(lambda part: self.file.read(*part), parts):
                pass

    def restore(self) -> None:
        """Plain mapping again, experts included."""
        for span in (*self.pages.pinned, *self.pages.areas):
            self.mapping.lay_file(span)
        for span in self.pages.rows:
            self.mapping.advise(span, Advice.NORMAL)
        self.file.close()
