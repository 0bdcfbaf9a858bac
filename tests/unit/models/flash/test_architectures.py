"""Rings under networks of other families: scaled and tied embeddings, fused and biased layers."""

from __future__ import annotations

import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from models.flash.ring import Ring
from tests.tiny_gguf import byte_letters
from tests.unit.models.flash.tiny_dense import loaded, same

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="weights are placed on Linux only")

WIDTH, LAYERS, HEAD = 256, 5, 64
WORDS = 261
Tensors = dict[str, tuple[int, ...]]

NORMS: Tensors = {"attn_norm.weight": (WIDTH,), "ffn_norm.weight": (WIDTH,)}
AFTER: Tensors = {"post_attention_norm.weight": (WIDTH,), "post_ffw_norm.weight": (WIDTH,)}
HEADS: Tensors = {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}
ATTENTION: Tensors = {
    "attn_q.weight": (WIDTH, WIDTH),
    "attn_k.weight": (WIDTH // 2, WIDTH),
    "attn_v.weight": (WIDTH // 2, WIDTH),
    "attn_output.weight": (WIDTH, WIDTH),
}
BIASES: Tensors = {
    "attn_q.bias": (WIDTH,), "attn_k.bias": (WIDTH // 2,), "attn_v.bias": (WIDTH // 2,),
}  # fmt: skip
FEED: Tensors = {
    "ffn_gate.weight": (2 * WIDTH, WIDTH),
    "ffn_up.weight": (2 * WIDTH, WIDTH),
    "ffn_down.weight": (WIDTH, 2 * WIDTH),
}
FUSED: Tensors = {
    "attn_qkv.weight": (2 * WIDTH, WIDTH),
    "attn_output.weight": (WIDTH, WIDTH),
    "ffn_up.weight": (4 * WIDTH, WIDTH),
    "ffn_down.weight": (WIDTH, 2 * WIDTH),
}

# Name -> tensors of a layer, values of its own, whether the embedding is the output too.
FAMILIES: dict[str, tuple[Tensors, dict[str, float], bool]] = {
    "qwen2": (NORMS | ATTENTION | BIASES | FEED, {}, False),
    "qwen3": (NORMS | ATTENTION | HEADS | FEED, {}, True),
    "gemma3": (
        NORMS | AFTER | ATTENTION | HEADS | FEED, {"attention.sliding_window": 64}, True,
    ),
    "phi3": (NORMS | FUSED, {"rope.scaling.original_context_length": 512}, False),
    "granite": (
        NORMS | ATTENTION | FEED,
        {"embedding_scale": 2.0, "residual_scale": 0.5, "logit_scale": 2.0,
         "attention.scale": 0.1},
        True,
    ),
}  # fmt: skip


def write(path: Path, family: str) -> Path:
    """A model of this family with random weights."""
    tensors, values, tied = FAMILIES[family]
    writer = gguf.GGUFWriter(path, family)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(WIDTH // HEAD)
    writer.add_head_count_kv(WIDTH // HEAD // 2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HEAD)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    for name, value in values.items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{family}.{name}", value)
    letters = byte_letters()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*letters, letters[32] + "t", "<|a|>", "<|b|>", "<|c|>", "<|d|>"])
    writer.add_token_types([1] * 257 + [3] * 4)
    writer.add_token_merges([f"{letters[32]} t"])
    writer.add_bos_token_id(257)
    writer.add_eos_token_id(258)
    dice = np.random.default_rng(3)

    def add_tensor(name: str, shape: tuple[int, ...]) -> None:
        if len(shape) == 1:
            writer.add_tensor(name, (1 + 0.1 * dice.normal(size=shape)).astype(np.float32))
        else:
            writer.add_tensor(name, (dice.normal(size=shape) / 16).astype(np.float16))

    add_tensor("token_embd.weight", (WORDS, WIDTH))
    for layer in range(LAYERS):
        for name, shape in tensors.items():
            add_tensor(f"blk.{layer}.{name}", shape)
    add_tensor("output_norm.weight", (WIDTH,))
    if not tied:
        add_tensor("output.weight", (WORDS, WIDTH))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("family", FAMILIES)
def test_rings_compute_what_plain_mapping_computes(tmp_path: Path, family: str) -> None:
    with loaded(write(tmp_path / "model.gguf", family)) as model:
        assert model.table.tied == FAMILIES[family][2]
        assert model.gates.layers == tuple(range(LAYERS))
        plain = model.logits(1)
        assert len(plain) >= 20 and np.isfinite(plain).all() and plain.any()
        room = int(model.table.size_bytes * 0.7)
        ring = Ring(model.table, model.mapping(), model.hook, model.gates, room, piece_bytes=16384)
        try:
            assert same(model.logits(1), plain)
            assert ring.meter().streamed_bytes > 0
        finally:
            ring.close()
