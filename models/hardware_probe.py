"""Measures how fast this machine multiplies weights: a child process.

``python -P -m models.hardware_probe THREADS`` prints one JSON object: seconds of an operation,
and of each kind of weights the speed in answers and in prompts. The multiplying is done by the
very routines that llama.cpp uses (ggml's C functions), on random matrices bigger than most
caches; a child, because native code may crash and its memory should come back. About ten
seconds and 0.5 GB.

Kinds that llama.cpp rearranges in memory when it may ("repacks") are measured both ways: what
is streamed from flash is never rearranged.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

# Numbers of ggml.h for the kinds of weights that are in use.
KINDS = {
    "F16": 1, "Q4_0": 2, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13, "Q6_K": 14, "IQ4_XS": 23, "BF16": 30,
}  # fmt: skip
F32 = 0
SIDE = 4096  # of the square matrices
PROMPT_ROWS = 512
NODES = 400
ENOUGH_S = 0.5
MOST_BYTES = 400_000_000
REPACKED_BUFFERS = "CPU_REPACK"


class _Init(ctypes.Structure):
    """``ggml_init_params`` of ggml.h."""

    _fields_ = [("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("bare", ctypes.c_bool)]


class Ggml:
    """The few functions of ggml's C interface that a multiplication takes.

    Raises:
        OSError, AttributeError: the libraries or one of the functions are not there.
    """

    def __init__(self) -> None:
        self.base, self.cpu = _libraries()
        pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
        long, text = ctypes.c_int64, ctypes.c_char_p
        wanted: list[tuple[Any, str, Any, list[Any]]] = [
            (self.base, "ggml_init", pointer, [_Init]),
            (self.base, "ggml_free", None, [pointer]),
            (self.base, "ggml_new_tensor_2d", pointer, [pointer, number, long, long]),
            (self.base, "ggml_mul_mat", pointer, [pointer, pointer, pointer]),
            (self.base, "ggml_new_graph_custom", pointer, [pointer, size, ctypes.c_bool]),
            (self.base, "ggml_build_forward_expand", None, [pointer, pointer]),
            (self.base, "ggml_get_data", pointer, [pointer]),
            (self.base, "ggml_nbytes", size, [pointer]),
            (self.base, "ggml_row_size", size, [number, long]),
            (self.base, "ggml_quantize_chunk", size,
             [number, pointer, pointer, long, long, long, pointer]),
            (self.base, "ggml_backend_reg_dev_get", pointer, [pointer, size]),
            (self.base, "ggml_backend_reg_get_proc_address", pointer, [pointer, text]),
            (self.base, "ggml_backend_buft_name", text, [pointer]),
            (self.base, "ggml_backend_buft_alloc_buffer", pointer, [pointer, size]),
            (self.base, "ggml_backend_buft_get_alloc_size", size, [pointer, pointer]),
            (self.base, "ggml_backend_buffer_get_base", pointer, [pointer]),
            (self.base, "ggml_backend_buffer_free", None, [pointer]),
            (self.base, "ggml_backend_tensor_alloc", number, [pointer, pointer, pointer]),
            (self.base, "ggml_backend_tensor_set", None, [pointer, pointer, size, size]),
            (self.base, "ggml_backend_dev_supports_op", ctypes.c_bool, [pointer, pointer]),
            (self.cpu, "ggml_backend_cpu_reg", pointer, []),
            (self.cpu, "ggml_graph_compute_with_ctx", number, [pointer, pointer, number]),
        ]  # fmt: skip
        for library, name, result, arguments in wanted:
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:  # set in the constructor
        raise AttributeError(name)

    @contextlib.contextmanager
    def context(self, size: int, bare: bool = False) -> Iterator[Any]:
        """Memory for tensors, given back at the end; ``bare``: for all but their data."""
        made = self.ggml_init(_Init(size, None, bare))
        if not made:
            raise MemoryError("ggml_init")
        try:
            yield made
        finally:
            self.ggml_free(made)

    def matrix(self, context: Any, kind: int, rows: int, values: Any) -> Any:
        """A matrix of ``rows`` rows of SIDE weights, made of few rows over and over."""
        made = self.ggml_new_tensor_2d(context, kind, SIDE, rows)
        data, size = self.ggml_get_data(made), self.ggml_nbytes(made)
        for at in range(0, size, len(values)):
            ctypes.memmove(data + at, values, min(len(values), size - at))
        return made

    def quantized(self, kind: int, rows: int = 64) -> Any:
        """``rows`` random rows of this kind, as bytes."""
        source = np.random.default_rng(1).standard_normal((rows, SIDE), np.float32)
        if kind == F32:
            return source.tobytes()
        made = ctypes.create_string_buffer(rows * self.ggml_row_size(kind, SIDE))
        self.ggml_quantize_chunk(
            kind, source.ctypes.data_as(ctypes.c_void_p), made, 0, rows, SIDE, None
        )
        return made.raw

    def timed(self, context: Any, results: list[Any], threads: int) -> float:
        """Seconds that computing ``results`` takes: the median of some goes."""
        graph = self.ggml_new_graph_custom(context, len(results) * 4 + 64, False)
        for result in results:
            self.ggml_build_forward_expand(graph, result)
        taken: list[float] = []
        until = time.perf_counter() + ENOUGH_S
        while len(taken) < 3 or (len(taken) < 12 and time.perf_counter() < until):
            begun = time.perf_counter()
            if self.ggml_graph_compute_with_ctx(context, graph, threads) != 0:
                raise RuntimeError("ggml could not compute")
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken[1:])  # the first one touches fresh memory


def _libraries() -> tuple[Any, Any]:
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.submodule_search_locations:
        raise OSError("llama.cpp is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    loaded = []
    for name in ("ggml-base", "ggml-cpu"):
        found = [
            path
            for pattern in (f"lib{name}.so", f"lib{name}.dylib", f"{name}.dll", f"lib{name}.dll")
            if (path := folder / pattern).exists()
        ]
        if not found:
            raise OSError(f"{name} is not in {folder}")
        loaded.append(ctypes.CDLL(str(found[0]), mode=ctypes.RTLD_GLOBAL))
    return loaded[0], loaded[1]


def node_time(ggml: Ggml, threads: int) -> float:
    """Seconds that one small operation takes: threads start and meet again."""
    with ggml.context(NODES * 4096 + (64 << 20)) as context:
        small = ggml.matrix(context, F32, 8, ggml.quantized(F32, 8))
        vector = ggml.matrix(context, F32, 1, ggml.quantized(F32, 1))
        results = [ggml.ggml_mul_mat(context, small, vector) for _ in range(NODES)]
        return ggml.timed(context, results, threads) / NODES


def speeds(ggml: Ggml, kind: int, threads: int, most_bytes: int) -> tuple[float, float]:
    """How fast weights of this kind are multiplied as they lie in the file.

    Returns:
        Bytes a second, each matrix times one vector, as for one token of an answer; and
        multiplications (each with its addition) a second with 512 rows of a prompt.
    """
    row = ggml.ggml_row_size(kind, SIDE)
    count = max(2, most_bytes // (row * SIDE))
    with ggml.context(_room(count, row)) as context:
        values = ggml.quantized(kind)
        weights = [ggml.matrix(context, kind, SIDE, values) for _ in range(count)]
        return _timed_both(ggml, context, weights, threads, row)


def repacked_speeds(
    ggml: Ggml, kind: int, threads: int, most_bytes: int
) -> tuple[float, float] | None:
    """The same as llama.cpp rearranges them in memory; None where it does not."""
    register = ggml.ggml_backend_cpu_reg()
    device = ggml.ggml_backend_reg_dev_get(register, 0)
    buffers = _repacking(ggml, register, device)
    row = ggml.ggml_row_size(kind, SIDE)
    count = max(2, most_bytes // (row * SIDE))
    if buffers is None:
        return None
    with ggml.context(1 << 20, bare=True) as bare, ggml.context(_room(0, row)) as context:
        weights = [ggml.ggml_new_tensor_2d(bare, kind, SIDE, SIDE) for _ in range(count)]
        each = ggml.ggml_backend_buft_get_alloc_size(buffers, weights[0]) + 4096
        buffer = ggml.ggml_backend_buft_alloc_buffer(buffers, each * count)
        try:
            base = ggml.ggml_backend_buffer_get_base(buffer)
            base += -base % 4096
            for at, one in enumerate(weights):
                ggml.ggml_backend_tensor_alloc(buffer, one, base + at * (each - each % 64))
            probe = ggml.ggml_mul_mat(
                context, weights[0], ggml.ggml_new_tensor_2d(context, F32, SIDE, 1)
            )
            if not ggml.ggml_backend_dev_supports_op(device, probe):
                return None
            data = ggml.quantized(kind) * (SIDE // 64)
            for one in weights:
                ggml.ggml_backend_tensor_set(one, data, 0, len(data))
            return _timed_both(ggml, context, weights, threads, row)
        finally:
            ggml.ggml_backend_buffer_free(buffer)


def _room(count: int, row: int) -> int:
    """Bytes for ``count`` matrices, what they are multiplied with, and the results."""
    return count * (row * SIDE + 4 * SIDE + 2048) + 8 * PROMPT_ROWS * SIDE + (96 << 20)


def _timed_both(
    ggml: Ggml, context: Any, weights: list[Any], threads: int, row: int
) -> tuple[float, float]:
    vector = ggml.matrix(context, F32, 1, ggml.quantized(F32, 1))
    singles = [ggml.ggml_mul_mat(context, one, vector) for one in weights]
    answer = len(weights) * row * SIDE / ggml.timed(context, singles, threads)
    rows = ggml.matrix(context, F32, PROMPT_ROWS, ggml.quantized(F32))
    many = [ggml.ggml_mul_mat(context, weights[0], rows)]
    return answer, SIDE * SIDE * PROMPT_ROWS / ggml.timed(context, many, threads)


def _repacking(ggml: Ggml, register: Any, device: Any) -> Any:
    """The kind of buffer that rearranges weights; None if llama.cpp was built without."""
    address = ggml.ggml_backend_reg_get_proc_address(register, b"ggml_backend_dev_get_extra_bufts")
    if not address:
        return None
    listed = ctypes.CFUNCTYPE(ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)(address)(device)
    at = 0
    while listed and listed[at]:
        if ggml.ggml_backend_buft_name(listed[at]) == REPACKED_BUFFERS.encode():
            return listed[at]
        at += 1
    return None


def memory_speed(size: int) -> float:
    """Bytes a second that one thread reads from memory."""
    data = np.ones(size // 8, np.int64)
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        data.sum()
        best = min(best, time.perf_counter() - begun)
    return data.nbytes / best


def measured(threads: int, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """Everything, by the names of ``models.hardware.Hardware``.

    Args:
        most_bytes: of matrices at a time; much less than this measures caches.
    """
    most = min(most_bytes, int(psutil.virtual_memory().available) // 4)
    ggml = Ggml()
    plain = {name: speeds(ggml, kind, threads, most) for name, kind in KINDS.items()}
    packed = {name: repacked_speeds(ggml, kind, threads, most) for name, kind in KINDS.items()}
    return {
        "threads": threads,
        "memory_bytes_s": memory_speed(most),
        "node_s": node_time(ggml, threads),
        "plain": plain,
        "repacked": {name: both for name, both in packed.items() if both is not None},
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
