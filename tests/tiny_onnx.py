"""Makes a small real embedding model as exporters write them: ONNX with a tokenizer beside it.

Its network is the shipped one without its layers: the table of word vectors, cut to some of its
columns. So it knows which words are alike in spelling only, but every part of it is real.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SHIPPED = Path(__file__).parents[1] / "assets" / "models" / "all-MiniLM-L6-v2"


def make_tiny_onnx(folder: Path, *, width: int = 64, first_token: bool = False) -> Path:
    """Write model and tokenizer into ``folder``; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_SHIPPED / "tokenizer.json", folder)
    values = {"words": _table()[:, :width], "one": np.array(1, np.float32)}
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["seen"]),
        helper.make_node("Mul", ["seen", "one"], ["last_hidden_state"]),
        helper.make_node("Identity", ["attention_mask"], ["kept"]),
    ]
    shape = ["texts", "tokens"]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, shape),
        ],
        [
            helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, width]),
            helper.make_tensor_value_info("kept", TensorProto.INT64, shape),
        ],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), folder / "model.onnx")
    if first_token:
        (folder / "1_Pooling").mkdir(exist_ok=True)
        pooling = json.dumps({"pooling_mode_cls_token": True})
        (folder / "1_Pooling" / "config.json").write_text(pooling, "utf-8")
    return folder


def _table() -> np.ndarray:
    """The shipped table of word vectors, centred, as float32."""
    graph = onnx.load(_SHIPPED / "model.int8.onnx").graph
    (found,) = [
        one
        for one in graph.initializer
        if len(one.dims) == 2 and one.dims[0] > 30_000 and one.dims[1] > 1
    ]
    table = numpy_helper.to_array(found).astype(np.float32)
    return np.asarray(table - table.mean(axis=0), np.float32)
