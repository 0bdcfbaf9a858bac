"""Where in a model's graph a layer begins and ends, checked against what each operation reads.

The ring must know when a layer's weights are about to be used and when they are not used any
more. Names alone would be a guess: so it is looked where every operation reads from, and gates
are names that stand once in the graph and lie between the uses of one layer's weights and the
next one's. A graph without such places is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.flash.pages import FileMapping
from models.flash.passes import Operation
from models.flash.spans import Span
from models.gguf_tensors import TensorTable

LayerOf = Callable[[int], int | None]
# Made up by the library from positions in the graph, which change with its shape.
_MADE_UP = re.compile(r"(node|leaf)_[0-9]+")


class GraphUnsuitable(Exception):
    """Layers of this model cannot be told apart while it computes."""


@dataclass(frozen=True)
class Gates:
    """The places at which computing can be held.

    Attributes:
        start: an operation before any layer's weights are used.
        layers: numbers of the layers that run, in order.
        ends: for each of them, an operation after its weights are used and before the next
            one's are.
    """

    start: str
    layers: tuple[int, ...]
    ends: tuple[str, ...]


def layers_by_address(table: TensorTable, mapping: FileMapping) -> LayerOf:
    """Which layer's weights lie at an address of the mapping, None where none do."""
    starts: list[int] = []
    ends: list[tuple[int, int]] = []
    found = sorted(
        (mapping.address(span), span.length, number)
        for number in range(table.n_layers)
        for one in table.layer(number)
        if mapping.holds(span := Span(one.offset, one.size_bytes)) and span.length
    )
    for address, length, number in found:
        starts.append(address)
        ends.append((address + length, number))

    def layer_of(address: int) -> int | None:
        at = bisect_right(starts, address) - 1
        return ends[at][1] if at >= 0 and address < ends[at][0] else None

    return layer_of


def find_gates(graphs: Sequence[Sequence[Operation]], layer_of: LayerOf) -> Gates:
    """Gates that hold in every one of ``graphs``: of passes with one and with several tokens.

    Args:
        layer_of: whose weights lie at an address.

    Raises:
        GraphUnsuitable: with the reason.
    """
    found = {_gates(graph, layer_of) for graph in graphs}
    if len(found) != 1:
        raise GraphUnsuitable("its graph is another one for several tokens")
    return found.pop()


def _gates(graph: Sequence[Operation], layer_of: LayerOf) -> Gates:
    first, last = _uses(graph, layer_of)
    layers = tuple(sorted(first))
    if len(layers) < 2:
        raise GraphUnsuitable("it has no layers that follow each other")
    counts = Counter(one.name for one in graph)
    usable = [counts[one.name] == 1 and not _MADE_UP.match(one.name) for one in graph]
    start = _choose(graph, usable, 0, first[layers[0]] + 1, "embd")
    ends = []
    for at, layer in enumerate(layers):
        until = first[layers[at + 1]] if at + 1 < len(layers) else len(graph)
        ends.append(_choose(graph, usable, last[layer], until, f"l_out-{layer}"))
    return Gates(start, layers, tuple(ends))


def _uses(graph: Sequence[Operation], layer_of: LayerOf) -> tuple[dict[int, int], dict[int, int]]:
    """For each layer, the first and the last operation that reads its weights."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for at, operation in enumerate(graph):
        for address in operation.reads:
            layer = layer_of(address)
            if layer is not None:
                first.setdefault(layer, at)
                last[layer] = at
    return first, last


def _choose(
    graph: Sequence[Operation], usable: Sequence[bool], start: int, until: int, wanted: str
) -> str:
    """A name from ``graph[start:until]``, ``wanted`` before others."""
    names = [graph[at].name for at in range(start, until) if usable[at]]
    if not names:
        raise GraphUnsuitable("weights of different layers are used without a pause in between")
    return wanted if wanted in names else names[-1]
