"""What a model takes besides its weights, against what llama.cpp really allocates."""

from __future__ import annotations

import ctypes
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.flash.needs import (
    LOGIT_ROWS,
    PROCESS_BYTES,
    WORD_BYTES,
    compute_bytes,
    kv_bytes,
    parts_of,
    rough_parts,
)
from models.flash.plan import KvType
from models.gguf_file import read_header
from models.gguf_tensors import read_tensors
from tests.synthetic_models import TINY_DENSE, TINY_EXPERTS, Shape, write_model
from tests.tiny_gguf import make_tiny_gguf

WIDE_DENSE = replace(TINY_DENSE, width=512, ff=1024, heads=8, heads_kv=2, head_width=64)
WIDE_EXPERTS = replace(WIDE_DENSE, experts=8, experts_used=2, expert_ff=256)


def _allocated(path: Path, context: int, kv_type: KvType) -> dict[str, float]:
    """Bytes of the KV cache and of the compute buffer, as llama.cpp reports them."""
    import llama_cpp.llama_cpp as library

    lines: list[str] = []

    @library.llama_log_callback
    def keep(_level: int, text: bytes, _data: Any) -> None:
        lines.append(text.decode("utf-8", "replace"))

    @library.llama_log_callback
    def drop(_level: int, _text: bytes, _data: Any) -> None:
        pass

    _alive.append(drop)
    library.llama_log_set(keep, ctypes.c_void_p(0))
    options = library.llama_model_default_params()
    options.use_extra_bufts = False
    model = library.llama_model_load_from_file(os.fsencode(path), options)
    wanted = library.llama_context_default_params()
    wanted.n_ctx, wanted.n_batch, wanted.n_ubatch = context, 512, 512
    wanted.n_outputs_max = LOGIT_ROWS
    wanted.type_k = wanted.type_v = {"f16": 1, "q8_0": 8}[kv_type]
    flash = kv_type == "q8_0"
    wanted.flash_attn_type = (
        library.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else library.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    made = library.llama_init_from_model(model, wanted)
    library.llama_free(made)
    library.llama_model_free(model)
    library.llama_log_set(drop, ctypes.c_void_p(0))
    found = {}
    for line in lines:
        if match := re.search(r"CPU (KV|compute) buffer size = +([\d.]+) MiB", line):
            found[match[1]] = float(match[2]) * 2**20
    return found


_alive: list[Any] = []


@pytest.mark.parametrize("shape", [WIDE_DENSE, WIDE_EXPERTS], ids=["dense", "experts"])
@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
@pytest.mark.parametrize("context", [512, 4096])
def test_what_llama_cpp_allocates(
    tmp_path: Path, shape: Shape, kv_type: KvType, context: int
) -> None:
    path = write_model(tmp_path / "m.gguf", shape).path
    table, header = read_tensors(path), read_header(path)
    real = _allocated(path, context, kv_type)
    assert kv_bytes(table, header, context, kv_type) == pytest.approx(real["KV"], rel=0.01)
    buffers = compute_bytes(table, header, context, kv_type)
    buffers -= PROCESS_BYTES + WORD_BYTES * shape.words
    assert 0.9 * real["compute"] <= buffers <= real["compute"] * 1.2 + 10e6


@pytest.mark.parametrize("shape", [TINY_DENSE, TINY_EXPERTS], ids=["dense", "experts"])
def test_the_parts_are_the_whole(tmp_path: Path, shape: Shape) -> None:
    table = read_tensors(write_model(tmp_path / "m.gguf", shape).path)
    parts = parts_of(table)
    assert parts.total_bytes == sum(one.size_bytes for one in table.tensors)
    assert len(parts.layer_bytes) == shape.layers
    assert (parts.experts, parts.experts_used) == (shape.experts, shape.experts_used)
    assert bool(sum(parts.expert_bytes)) == bool(shape.experts)
    assert parts.row_bytes == shape.width * 34 // 32
    assert parts.touched_bytes < parts.total_bytes


def test_a_model_of_another_make(tmp_path: Path) -> None:
    """Half precision, and none of the names that only some architectures have."""
    path = make_tiny_gguf(tmp_path / "m.gguf", layers=2)
    table, header = read_tensors(path), read_header(path)
    assert kv_bytes(table, header, 100) == 2 * 2 * 64 * 100 * 2
    assert kv_bytes(table, header, 100, "q8_0") == 2 * 2 * 64 * 100 * 34 // 32
    assert parts_of(table).experts == 0


def test_rough_parts_of_a_model_that_is_not_here() -> None:
    dense = rough_parts(2_000_000_000, 3_000_000_000)
    assert dense.total_bytes == pytest.approx(2e9, rel=0.01) and not dense.experts
    mixed = rough_parts(18_000_000_000, 30_000_000_000, 3_000_000_000, layers=48)
    assert mixed.total_bytes == pytest.approx(18e9, rel=0.01)
    # a tenth of the weights works on each token, beside input and output
    assert mixed.touched_bytes == pytest.approx(0.15 * 18e9, rel=0.2)
