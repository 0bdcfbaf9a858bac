"""Makes a tiny real mixture of experts: qwen3moe with random weights over single bytes.

It says nothing sensible, but llama.cpp loads it and routes every token through it. The slices
of an expert span several pages and, with the default shape, begin in the middle of one, so that
neighbours share a page at each boundary. Contributions of the layers are large: one wrong byte
in an expert that was called shows in the logits. About 2 MB with the default shape.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from tests.tiny_gguf import CHAT_TEMPLATE, CONTROL, byte_letters

HEADS, HEADS_KV, HEAD_WIDTH = 4, 2, 32
Q4_SPREAD = 4.6


def make_tiny_moe(
    path: Path,
    *,
    seed: int = 7,
    layers: int = 4,
    width: int = 128,
    expert_ff: int = 224,
    experts: int = 12,
    used: int = 2,
    context: int = 2048,
    uneven_norms: bool = False,
    template: str | None = CHAT_TEMPLATE,
) -> Path:
    """Writes the model to ``path`` and returns it.

    Args:
        width, expert_ff: multiples of 32; a slice of an expert takes
            ``width * expert_ff * 9 / 16`` bytes in each of its three tensors (Q4_0).
        uneven_norms: the gains before the routers differ from layer to layer, as trained
            ones do; else they are 1.
    """
    dice = np.random.default_rng(seed)
    letters = byte_letters()
    vocabulary = [*letters, letters[32] + "t", *CONTROL]
    writer = gguf.GGUFWriter(path, "qwen3moe")
    writer.add_name("Tiny experts")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(expert_ff)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS_KV)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_expert_count(experts)
    writer.add_expert_used_count(used)
    writer.add_expert_feed_forward_length(expert_ff)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_vocab_size(len(vocabulary))
    _add_words(writer, vocabulary, letters)
    if template is not None:
        writer.add_chat_template(template)
    _add_weights(writer, dice, len(vocabulary), layers, width, expert_ff, experts, uneven_norms)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_words(writer: gguf.GGUFWriter, vocabulary: list[str], letters: list[str]) -> None:
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * len(CONTROL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{letters[32]} t"])
    writer.add_bos_token_id(vocabulary.index("<|end|>"))
    writer.add_eos_token_id(vocabulary.index("<|im_end|>"))
    writer.add_add_bos_token(False)


def _add_weights(
    writer: gguf.GGUFWriter,
    dice: np.random.Generator,
    words: int,
    layers: int,
    width: int,
    expert_ff: int,
    experts: int,
    uneven_norms: bool,
) -> None:
    def plain(name: str, rows: int, columns: int, size: float = 1.0) -> None:
        values = dice.normal(0, size / np.sqrt(columns), (rows, columns))
        writer.add_tensor(name, values.astype(np.float32))

    def ones(name: str, columns: int) -> None:
        writer.add_tensor(name, np.ones(columns, np.float32))

    def stack(name: str, rows: int, columns: int, size: float = 1.0) -> None:
        writer.add_tensor(name, _q4(dice, experts, rows, columns, size), raw_dtype=Kind.Q4_0)

    plain("token_embd.weight", words, width, float(np.sqrt(width)))
    for layer in range(layers):
        part = f"blk.{layer}."
        ones(part + "attn_norm.weight", width)
        plain(part + "attn_q.weight", HEADS * HEAD_WIDTH, width)
        plain(part + "attn_k.weight", HEADS_KV * HEAD_WIDTH, width)
        plain(part + "attn_v.weight", HEADS_KV * HEAD_WIDTH, width)
        plain(part + "attn_output.weight", width, HEADS * HEAD_WIDTH)
        ones(part + "attn_q_norm.weight", HEAD_WIDTH)
        ones(part + "attn_k_norm.weight", HEAD_WIDTH)
        gains = np.exp(dice.normal(0, 1.0 if uneven_norms else 0.0, width))
        writer.add_tensor(part + "ffn_norm.weight", gains.astype(np.float32))
        plain(part + "ffn_gate_inp.weight", experts, width, 2.0)
        stack(part + "ffn_gate_exps.weight", expert_ff, width)
        stack(part + "ffn_up_exps.weight", expert_ff, width)
        stack(part + "ffn_down_exps.weight", width, expert_ff, 2.0)
    ones("output_norm.weight", width)
    plain("output.weight", words, width, 3.0)


def _q4(
    dice: np.random.Generator, experts: int, rows: int, columns: int, size: float
) -> np.ndarray:
    """Blocks of random codes; these average -0.5, so each block's scale gets a random sign."""
    block, stored = gguf.GGML_QUANT_SIZES[Kind.Q4_0]
    count = experts * rows * columns // block
    raw = np.frombuffer(dice.bytes(count * stored), np.uint8).reshape(count, stored).copy()
    scale = size / (Q4_SPREAD * np.sqrt(columns))
    either = np.array([-scale, scale], np.float16).view(np.uint8).reshape(2, 2)
    raw[:, :2] = either[dice.integers(0, 2, count, np.int8)]
    return raw.reshape(experts, rows, columns // block * stored)
