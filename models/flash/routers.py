"""What the routers of a loaded model say ahead of time.

At the moment a layer has chosen its experts, what its router looked at is still in memory: the
next layer's router is applied to that. Weights are seen where llama.cpp has them, nothing is
copied. Called on the thread that computes, while it is held at a layer's choice.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.flash.eval_hook import Node
from models.flash.pages import FileMapping
from models.flash.predictor import look_ahead
from models.flash.spans import Span
from models.gguf_tensors import Tensor, TensorTable

Floats = NDArray[np.float32]

_F32 = 0  # GGML_TYPE_F32 of ggml.h
# From the choice of experts back to the router's scores it is three or four operations.
_MOST_STEPS = 6
# So many calls per expert, and a pass calls nearly all of them.
_ALL_CALLED = 4


class Routers:
    """The routers of a model's layers, for looking one layer ahead."""

    def __init__(
        self, table: TensorTable, mapping: FileMapping, layers: Sequence[int], used: int
    ) -> None:
        """
        Args:
            layers: numbers of the layers with experts, in order.
            used: experts a token calls.
        """
        self._layers = layers
        self._used = used
        self._experts = table.n_experts
        self._routers = [_weights(table, mapping, at, "ffn_gate_inp.weight") for at in layers]
        self._biases = [_weights(table, mapping, at, "ffn_gate_inp.bias") for at in layers]
        norms = [_weights(table, mapping, at, "ffn_norm.weight") for at in layers]
        self._gains = [None, *map(_ratio, norms, norms[1:])]
        # From a choice back to what its router looked at: which source to take, again and again.
        self._way: tuple[int, ...] | None = None
        # Once a graph does not show what its routers look at, it is not searched again.
        self._blind = False

    def next_calls(self, place: int, choice: Node, tokens: int) -> list[int]:
        """Experts that the layer after the one at ``place`` will probably call.

        Args:
            choice: the operation that has chosen this layer's experts.
            tokens: of this pass.

        Returns:
            The surest first; empty where nothing can be said.
        """
        if self._blind or place + 1 >= len(self._layers):
            return []
        router = self._routers[place + 1]
        if router is None:
            return []
        if tokens * self._used >= _ALL_CALLED * self._experts:
            return list(range(self._experts))
        seen = self._seen(choice, self._layers[place], tokens)
        if seen is None or seen.shape[1] != router.shape[1]:
            self._blind = True
            return []
        return look_ahead(
            seen, router, self._used, gains=self._gains[place + 1], bias=self._biases[place + 1]
        )

    def _seen(self, choice: Node, layer: int, tokens: int) -> Floats | None:
        """What the layer's router looked at, shape (tokens, width); a view."""
        if self._way is None:
            self._way = _way(choice, f"ffn_moe_logits-{layer}")
            if self._way is None:
                return None
        node = choice
        for source in self._way:
            sources = node.sources()
            if source >= len(sources):
                return None
            node = sources[source]
        sources = node.sources()
        if len(sources) != 2 or sources[0].name != f"blk.{layer}.ffn_gate_inp.weight":
            return None
        return _values(sources[1], tokens)


def _way(choice: Node, wanted: str) -> tuple[int, ...] | None:
    """Which sources lead back from ``choice`` to the operation called ``wanted``."""
    level: list[tuple[Node, tuple[int, ...]]] = [(choice, ())]
    for _ in range(_MOST_STEPS):
        level = [
            (source, (*way, at)) for node, way in level for at, source in enumerate(node.sources())
        ]
        for node, way in level:
            if node.name == wanted:
                return way
    return None


def _values(node: Node, tokens: int) -> Floats | None:
    """Values of a result of 32-bit numbers, shape (tokens, width)."""
    width, rows = node.shape[:2]
    if node.strides[:2] != (4, 4 * width) or rows != tokens or not node.data:
        return None
    return _array(node.data, (rows, width))


def _array(address: int, shape: tuple[int, ...]) -> Floats:
    held = (ctypes.c_float * math.prod(shape)).from_address(address)
    view: Floats = np.ctypeslib.as_array(held).reshape(shape)
    return view


def _weights(table: TensorTable, mapping: FileMapping, layer: int, name: str) -> Floats | None:
    """A tensor of the layer as llama.cpp sees it; None where it is absent or no 32-bit one."""
    found: list[Tensor] = [
        one for one in table.dense(layer) if one.name == f"blk.{layer}.{name}" and one.kind == _F32
    ]
    if not found:
        return None
    address = mapping.address(Span(found[0].offset, found[0].size_bytes))
    return _array(address, found[0].shape[::-1])


def _ratio(one: Floats | None, other: Floats | None) -> Floats | None:
    """By how much the other norm's gains are bigger, shape (width,)."""
    if one is None or other is None or one.shape != other.shape or not one.all():
        return None
    return np.asarray(other / one, np.float32)
