"""Makes a tiny real GGUF: a Llama network with random weights over single bytes.

It says nothing sensible, but llama.cpp loads it, runs its chat template, and writes the same
text for the same seed. Under 200 kB with the default shape.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = ("<|end|>", "<|im_start|>", "<|im_end|>")


def byte_letters() -> list[str]:
    """The 256 printable letters that stand for bytes in vocabularies of the GPT-2 kind."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = dict.fromkeys(plain, "")
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(plain))
    return [letters[byte] for byte in range(256)]


def make_tiny_gguf(
    path: Path,
    *,
    seed: int = 7,
    layers: int = 1,
    width: int = 64,
    context: int = 4096,
    template: str | None = CHAT_TEMPLATE,
    name: str = "Tiny",
    pooling: gguf.PoolingType | None = None,
) -> Path:
    """Writes the model to ``path`` and returns it.

    Tokens are the 256 bytes, one merge (the format wants some) and three control tokens. The
    output favours printable ASCII and never the end token, so that answers are readable and
    as long as asked for. With ``pooling`` the file says that it is an embedding model.
    """
    dice = np.random.default_rng(seed)
    letters = byte_letters()
    vocabulary = [*letters, letters[32] + "t", *CONTROL]
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * len(CONTROL)
    end = vocabulary.index("<|im_end|>")

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(width)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 4)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{letters[32]} t"])
    writer.add_bos_token_id(vocabulary.index("<|end|>"))
    writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    if template is not None:
        writer.add_chat_template(template)

    def matrix(name: str, rows: int, columns: int, size: float = 1.0) -> None:
        values = dice.normal(0, size / np.sqrt(columns), (rows, columns))
        writer.add_tensor(name, values.astype(np.float16))

    matrix("token_embd.weight", len(vocabulary), width, 8.0)
    output = dice.normal(0, 1 / np.sqrt(width), (len(vocabulary), width))
    output[[at for at in range(len(vocabulary)) if not 32 <= at < 127]] = 0
    writer.add_tensor("output.weight", (3 * output).astype(np.float16))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        part = f"blk.{layer}."
        for one in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{part}{one}.weight", np.ones(width, np.float32))
        for one in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            matrix(f"{part}{one}.weight", width, width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
