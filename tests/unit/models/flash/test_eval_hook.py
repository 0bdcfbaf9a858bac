"""The look at llama.cpp's graph: verified offsets, the right calls, no exception into C."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.flash.eval_hook import EvalHook, HookUnavailable, Node, find_offsets, hooked
from models.flash.passes import Passes
from tests.tiny_gguf import make_tiny_gguf

LAYERS = 3


class Model:
    def __init__(self, path: Path) -> None:
        import llama_cpp

        self.hook = EvalHook(llama_cpp)
        with hooked(llama_cpp, self.hook):
            self._llama = llama_cpp.Llama(
                str(path), n_ctx=64, n_batch=16, n_threads=1, verbose=False
            )
        self.passes = Passes(llama_cpp, self._llama.model, self._llama.ctx)

    def close(self) -> None:
        self._llama.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    made = Model(make_tiny_gguf(path, layers=LAYERS))
    yield made
    made.close()


def test_calls_come_before_and_after_in_order(model: Model) -> None:
    seen: list[str] = []
    ends = [
        model.hook.listen("embd", asked=lambda node: seen.append("ask " + node.name)),
        model.hook.listen("l_out", done=lambda node: seen.append(f"done {node.number}")),
        model.hook.listen("l_out-1", asked=lambda node: seen.append("ask 1")),
    ]
    model.passes.logits([1], 0)
    assert seen == ["ask embd", "done 0", "ask 1", "done 1", "done 2"]
    for end in ends:
        end()
    model.passes.clear()
    model.passes.logits([1], 0)
    assert len(seen) == 5


def test_a_result_can_be_read(model: Model) -> None:
    rows: list[np.ndarray] = []

    def read(node: Node) -> None:
        words, count = node.shape[:2]
        assert node.strides[:2] == (4, 4 * words)
        kind = ctypes.c_float * (words * count)
        rows.append(np.array(kind.from_address(node.data)).reshape(count, words))

    end = model.hook.listen("result_output", done=read)
    model.passes.clear()
    wanted = model.passes.logits([5, 9, 11], 0)
    end()
    assert np.array_equal(rows[0], wanted)


def test_sources_of_an_operation(model: Model) -> None:
    found: list[list[str]] = []
    with model.hook.recording(
        lambda node: found.append([node.name, *(one.name for one in node.sources())])
    ):
        model.passes.clear()
        model.passes.logits([1], 0)
    assert ["result_output", "output.weight", "result_norm"] in found
    count = len(found)
    model.passes.logits([1], 1)
    assert len(found) == count


def test_integers_of_a_made_tensor(model: Model) -> None:
    offsets = model.hook.offsets
    struct = ctypes.create_string_buffer(1024)
    values = (ctypes.c_int32 * 8)(1, 2, 3, 0, 5, 6, 7, 0)
    address = ctypes.addressof(struct)
    ctypes.memmove(address + offsets.shape, (ctypes.c_int64 * 4)(3, 2, 1, 1), 32)
    ctypes.memmove(address + offsets.strides, (ctypes.c_size_t * 4)(4, 16, 32, 32), 32)
    data = ctypes.c_void_p(ctypes.addressof(values))
    ctypes.memmove(address + offsets.data, ctypes.byref(data), 8)
    assert Node("made", -1, address, offsets).integers() == [[1, 2, 3], [5, 6, 7]]


def test_an_exception_stops_computing_and_is_kept(model: Model) -> None:
    reached: list[int] = []

    def fail(_node: Node) -> None:
        raise RuntimeError("on purpose")

    ends = [
        model.hook.listen("l_out-1", done=fail),
        model.hook.listen("l_out", done=lambda node: reached.append(node.number)),
    ]
    model.passes.clear()
    model.passes.logits([1], 0)
    assert reached == [0]
    model.passes.clear()
    model.passes.logits([1], 0)
    assert reached == [0], "nothing is computed while there is a failure"
    assert str(model.hook.forgive()) == "on purpose" and model.hook.forgive() is None
    ends[0]()
    model.passes.clear()
    model.passes.logits([1], 0)
    assert reached == [0, 0, 1, 2]
    model.hook.silence("l_out")


def test_a_graph_alone_computes_nothing(model: Model) -> None:
    model.passes.clear()
    names = [one.name for one in model.passes.graph(model.hook, 3)]
    assert names[0] == "embd" and names[-1] == "result_output"
    assert [name for name in names if name.startswith("l_out")] == [
        f"l_out-{layer}" for layer in range(LAYERS)
    ]
    first = model.passes.logits([1, 2], 0)
    model.passes.clear()
    assert np.array_equal(model.passes.logits([1, 2], 0), first)


def test_a_library_without_these_tensors_is_refused() -> None:
    with pytest.raises(HookUnavailable, match="ggml_init"):
        find_offsets(ctypes.CDLL(None))


def test_defaults_are_given_back(model: Model) -> None:
    import llama_cpp.llama_cpp as raw

    before = raw.llama_model_default_params, raw.llama_context_default_params
    with pytest.raises(KeyError), hooked(raw, model.hook):
        assert not raw.llama_model_default_params().use_extra_bufts
        raise KeyError
    assert (raw.llama_model_default_params, raw.llama_context_default_params) == before
