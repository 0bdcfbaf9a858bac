"""Ranges of bytes in a model file, and which pages of it belong to which layer. Pure.

Weights are placed by whole pages, and a tensor seldom begins at one. So each page is given to
the one layer that owns all tensor bytes on it; a page that two owners share stays in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.gguf_tensors import TensorTable


@dataclass(frozen=True, order=True)
class Span:
    """``length`` bytes from ``offset`` of a file."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


Spans = tuple[Span, ...]


def total(spans: Iterable[Span]) -> int:
    """Bytes of all of them together."""
    return sum(one.length for one in spans)


def inside(span: Span, page: int) -> Span:
    """The whole pages inside; length 0 where there is none."""
    start = -(-span.offset // page) * page
    return Span(start, max(0, span.end // page * page - start))


def around(span: Span, page: int) -> Span:
    """All pages it touches."""
    if not span.length:
        return Span(span.offset // page * page, 0)
    start = span.offset // page * page
    return Span(start, -(-span.end // page) * page - start)


def merged(spans: Iterable[Span]) -> Spans:
    """The same bytes in order, each once; neighbours become one span."""
    made: list[Span] = []
    for one in sorted(spans):
        if not one.length:
            continue
        if made and one.offset <= made[-1].end:
            end = max(made[-1].end, one.end)
            made[-1] = Span(made[-1].offset, end - made[-1].offset)
        else:
            made.append(one)
    return tuple(made)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> Spans:
    """The bytes of ``spans`` that are in none of ``taken``."""
    made: list[Span] = []
    holes = merged(taken)
    at = 0
    for one in merged(spans):
        start = one.offset
        while at < len(holes) and holes[at].end <= start:
            at += 1
        for hole in holes[at:]:
            if hole.offset >= one.end:
                break
            if hole.offset > start:
                made.append(Span(start, hole.offset - start))
            start = max(start, hole.end)
        if start < one.end:
            made.append(Span(start, one.end - start))
    return tuple(made)


def split(spans: Sequence[Span], length: int) -> tuple[Spans, Spans]:
    """The first ``length`` bytes of a row of spans, and the others."""
    first: list[Span] = []
    rest: list[Span] = []
    for one in spans:
        taken = min(one.length, length)
        length -= taken
        if taken:
            first.append(Span(one.offset, taken))
        if taken < one.length:
            rest.append(Span(one.offset + taken, one.length - taken))
    return tuple(first), tuple(rest)


@dataclass(frozen=True)
class PageLayout:
    """Pages of a model file by who needs them; every span begins and ends at a page.

    Attributes:
        layers: of each layer, the pages nobody else has bytes on, in the order of the file.
        always: pages that a pass reads outside the layers, or that two owners share.
        rows: pages of row tables alone; a pass touches those of its tokens.
    """

    layers: tuple[Spans, ...]
    always: Spans
    rows: Spans


def page_layout(table: TensorTable, page: int, used: Sequence[int] | None = None) -> PageLayout:
    """Gives every page with tensor bytes to a layer, to ``always`` or to ``rows``.

    Args:
        page: bytes of a page.
        used: layers that really run; those of others are counted nowhere. All by default.
    """
    run = range(table.n_layers) if used is None else used
    touched = [
        merged(around(Span(one.offset, one.size_bytes), page) for one in table.layer(number))
        for number in run
    ]
    rows = merged(around(Span(one.offset, one.size_bytes), page) for one in table.embedding)
    always = merged(
        around(Span(one.offset, one.size_bytes), page) for one in (*table.output, *table.rest)
    )
    shared = _shared([*touched, rows, always])
    return PageLayout(
        layers=tuple(without(one, shared) for one in touched),
        always=merged([*without(always, shared), *shared]),
        rows=without(rows, shared),
    )


def _shared(owners: Iterable[Spans]) -> Spans:
    """Bytes that are in more than one of the rows of spans."""
    edges: list[tuple[int, int]] = []
    for spans in owners:
        for one in spans:
            edges += [(one.offset, 1), (one.end, -1)]
    made: list[Span] = []
    depth, since = 0, 0
    for at, step in sorted(edges):
        if depth >= 2 and at > since:
            made.append(Span(since, at - since))
        depth, since = depth + step, at
    return merged(made)
