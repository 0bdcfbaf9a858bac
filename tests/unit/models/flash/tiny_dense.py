"""A small dense model in llama.cpp, ready for weights to be placed: for tests of rings."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from models.flash.eval_hook import EvalHook
from models.flash.gates import Gates, find_gates, layers_by_address
from models.flash.pages import FileMapping, Segment, segments_of
from models.flash.passes import Passes
from models.gguf_tensors import TensorTable, read_tensors
from tests.tiny_gguf import make_tiny_gguf

LAYERS = 7
CONTEXT = 128


def make_dense(path: Path, *, layers: int = LAYERS, seed: int = 7) -> Path:
    """Layers of 230 pages each, none of which begins at a page."""
    return make_tiny_gguf(path, layers=layers, width=256, seed=seed, template=None)


def shuffled(path: Path, made: Path, seed: int = 1) -> Path:
    """The same model with its tensors in any order, so that layers lie in pieces."""
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(made, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, inner)
    order = np.random.default_rng(seed).permutation(len(reader.tensors))
    for at in order:
        tensor = reader.tensors[at]
        writer.add_tensor(tensor.name, np.array(tensor.data))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return made


@dataclass
class Native:
    """Pointers of a loaded model."""

    library: Any
    model: Any
    context: Any
    closed: bool = False

    def close(self) -> None:
        self.library.llama_free(self.context)
        self.library.llama_model_free(self.model)
        self.closed = True


def load(path: Path, hook: EvalHook | None, *, ubatch: int = 4) -> Native:
    """The model with small batches, so that several tokens take several passes."""
    import llama_cpp

    llama_cpp.llama_backend_init()
    options = llama_cpp.llama_model_default_params()
    options.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
    assert model
    context_options = llama_cpp.llama_context_default_params()
    context_options.n_ctx, context_options.n_batch = CONTEXT, 32
    context_options.n_ubatch = ubatch
    context_options.n_threads = context_options.n_threads_batch = 1
    if hook is not None:
        context_options.cb_eval = hook.callback
    context = llama_cpp.llama_init_from_model(model, context_options)
    assert context
    return Native(llama_cpp, model, context)


@dataclass
class Loaded:
    """A model with nothing laid over its mapping."""

    table: TensorTable
    native: Native
    hook: EvalHook
    passes: Passes
    gates: Gates
    before: tuple[Segment, ...]

    def mapping(self) -> FileMapping:
        return FileMapping(self.table.path, self.before)

    def logits(self, seed: int = 1, counts: Sequence[int] = (3, 1, 1, 1, 9, 1, 1, 5)) -> Any:
        """Logits of random tokens, so many in each decode; (sum of counts, words)."""
        tokens = np.random.default_rng(seed).integers(0, self.passes.words, sum(counts))
        self.passes.clear()
        rows, at = [], 0
        for count in counts:
            rows.append(self.passes.logits([int(one) for one in tokens[at : at + count]], at))
            at += count
        return np.concatenate(rows)


@contextmanager
def loaded(path: Path) -> Iterator[Loaded]:
    import llama_cpp

    hook = EvalHook(llama_cpp)
    before = segments_of(path)
    native = load(path, hook)
    try:
        passes = Passes(llama_cpp, native.model, native.context)
        table = read_tensors(path)
        layer_of = layers_by_address(table, FileMapping(path, before))
        gates = find_gates([passes.graph(hook, count) for count in (1, 3)], layer_of)
        yield Loaded(table, native, hook, passes, gates, before)
    finally:
        native.close()


class StopAt:
    """llama.cpp's abort callback, told to stop once a certain operation is done."""

    def __init__(self, model: Loaded, name: str) -> None:
        self._model = model
        self._stop = False
        library = model.native.library
        self._callback = library.ggml_abort_callback(lambda _data: self._stop)
        library.llama_set_abort_callback(model.native.context, self._callback, ctypes.c_void_p(0))
        self._end = model.hook.listen(name, done=self._done)

    def _done(self, _node: object) -> None:
        self._stop = True

    def end(self) -> None:
        library = self._model.native.library
        library.llama_set_abort_callback(
            self._model.native.context, library.ggml_abort_callback(0), ctypes.c_void_p(0)
        )
        self._stop = False
        self._end()


def same(first: Any, second: Any) -> bool:
    """Bit for bit."""
    return bool(np.array_equal(first.view(np.uint32), second.view(np.uint32)))
