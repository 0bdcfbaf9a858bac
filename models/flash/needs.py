"""What a model takes besides its weights, and how its bytes are divided, from its own tables.

Pure arithmetic over what ``models.gguf_tensors`` read; light, any thread. The KV cache is exact
for networks with attention in every layer; windows that slide are counted whole, which is how
it is opened. Compute buffers follow the largest step of llama.cpp's graph; measured against
version 0.3.36 they are right or some megabytes too high.
"""

from __future__ import annotations

from models.flash.plan import KvType, ModelParts
from models.gguf_file import GgufHeader
from models.gguf_tensors import Tensor, TensorTable

# Bytes of one number in the cache; q8_0 stores 32 of them in 34 bytes.
KV_NUMBER_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32}
# The interpreter, numpy and llama.cpp, and each word of the vocabulary in llama.cpp's tables.
PROCESS_BYTES = 75_000_000
# Masks, positions and gaps between buffers.
SMALL_BYTES = 6_000_000
WORD_BYTES = 400
# Rows of a prompt in one pass, and rows whose logits are kept.
BATCH_ROWS = 512
LOGIT_ROWS = 32


def parts_of(table: TensorTable) -> ModelParts:
    """How a model's bytes are divided between layers, experts, input and output."""
    layers = range(table.n_layers)
    embedding = table.embedding
    tokens = _words(table)
    return ModelParts(
        layer_bytes=tuple(sum(one.size_bytes for one in table.dense(i)) for i in layers),
        expert_bytes=tuple(sum(one.size_bytes for one in table.experts(i)) for i in layers),
        embedding_bytes=sum(one.size_bytes for one in embedding),
        output_bytes=sum(one.size_bytes for one in (*table.output, *table.rest)),
        experts=table.n_experts if any(table.experts(i) for i in layers) else 0,
        experts_used=table.n_experts_used,
        row_bytes=sum(one.size_bytes for one in embedding) // max(1, tokens),
    )


def rough_parts(
    size_bytes: int, parameters: int, active_parameters: int | None = None, layers: int = 32
) -> ModelParts:
    """The same for a model that is not here yet, of which only these numbers are known.

    A twentieth is taken for each of input and output. Of a mixture of experts, a tenth of the
    rest is taken to be used by every token, which is about what published ones have.
    """
    table = size_bytes // 20
    body = size_bytes - 2 * table
    if active_parameters is None or active_parameters >= parameters:
        return ModelParts((body // layers,) * layers, (0,) * layers, table, table, 0, 0, 4096)
    active = active_parameters / parameters
    # With 64 experts: shared + used / 64 of the routed is what works on each token.
    shared = min(0.1, active / 2)
    used = max(1, round((active - shared) / (1 - shared) * 64))
    dense, routed = int(body * shared), int(body * (1 - shared))
    return ModelParts(
        (dense // layers,) * layers, (routed // layers,) * layers, table, table, 64, used, 4096
    )


def kv_bytes(
    table: TensorTable, header: GgufHeader, context_tokens: int, kv_type: KvType = "f16"
) -> int:
    """Size of the KV cache for so many tokens, in bytes."""
    numbers = sum(_kv_numbers(table, header, layer) for layer in range(table.n_layers))
    return int(numbers * context_tokens * KV_NUMBER_BYTES[kv_type])


def compute_bytes(
    table: TensorTable,
    header: GgufHeader,
    context_tokens: int,
    kv_type: KvType = "f16",
    batch_rows: int = BATCH_ROWS,
) -> int:
    """Buffers of the widest layer for a pass over a prompt, and the process itself, in bytes."""
    rows = min(batch_rows, context_tokens)
    width = header.width or 0
    words = _words(table)
    # The mask and the scores of all heads over the whole context. Flash attention (for q8_0)
    # keeps only the mask, in numbers of half the size.
    scores = context_tokens // 2
    if kv_type != "q8_0":
        scores = (1 + (header.heads or 0)) * context_tokens
    widest = max(
        (_layer_numbers(table, layer, width, scores) for layer in range(table.n_layers)), default=0
    )
    buffers = 4 * rows * widest + 4 * LOGIT_ROWS * words + SMALL_BYTES
    return buffers + PROCESS_BYTES + WORD_BYTES * words


def _layer_numbers(table: TensorTable, layer: int, width: int, scores: int) -> int:
    """Numbers per row that are alive at once in the widest step of a layer."""
    attention = 3 * width + 2 * _rows(table, layer, "attn_q.weight", width) + scores
    attention += _rows(table, layer, "attn_k.weight", width)
    attention += _rows(table, layer, "attn_v.weight", width)
    feed = width + 2 * _rows(table, layer, "ffn_up.weight", 0)
    for one in table.experts(layer):
        if "down" in one.name:
            inner = 2 * table.n_experts_used * one.shape[0]
            feed = max(feed, 2 * width + inner, width + table.n_experts_used * width)
    return max(attention, feed)


def _kv_numbers(table: TensorTable, header: GgufHeader, layer: int) -> int:
    """Numbers a token leaves in the cache of one layer."""
    keys = _rows(table, layer, "attn_k.weight", 0)
    values = _rows(table, layer, "attn_v.weight", 0)
    if keys or values:
        return keys + (values or keys)
    compressed = _rows(table, layer, "attn_kv_a_mqa.weight", 0)
    if compressed:
        return compressed
    if _rows(table, layer, "attn_qkv.weight", 0):
        heads = header.heads or 1
        return 2 * (header.width or 0) * (header.heads_kv or heads) // heads
    return 0


def _rows(table: TensorTable, layer: int, name: str, otherwise: int) -> int:
    """Rows of a matrix of a layer, which is how many numbers it makes of one."""
    wanted = f"blk.{layer}.{name}"
    found = next((one for one in table.layer(layer) if one.name == wanted), None)
    return found.shape[1] if found is not None and len(found.shape) > 1 else otherwise


def _words(table: TensorTable) -> int:
    """Size of the vocabulary."""
    found = next((one for one in table.tensors if one.name == "token_embd.weight"), None)
    return _second(found)


def _second(tensor: Tensor | None) -> int:
    return tensor.shape[1] if tensor is not None and len(tensor.shape) > 1 else 0
