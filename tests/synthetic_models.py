"""Writes models of any size that nobody trained, seeded, tensor by tensor, so that RAM stays free.

What such a model reads and computes is what a real one of the same shape reads and computes;
its weights are random. Two things are arranged. First, what it says: the tokens are invented
words ("kelo bimuta"), each with one successor, and the layers add so little that greedy
decoding walks that chain. A prompt that holds parts of the chain is then quoted by the answer,
and how much of the answer stands in the prompt is the prompt's choice. Second, where a mixture
of experts routes: how popular its experts are (``skew``) and how much the words of a sentence
have in common (``locality``).

The tokenizer is of the SentencePiece kind with bytes for everything that is no known word, and
there is a chat template, so that the product runs it as it runs any model.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from tests.invented_words import SENTENCE_WORDS, Words
from tests.tiny_gguf import CHAT_TEMPLATE

# Peak of the output over the other words; e^20 against 32,000 others leaves no doubt.
PEAK = 20.0
Q4_SPREAD, Q8_SPREAD = 4.6, 24.0


@dataclass(frozen=True)
class Shape:
    """Numbers of a network; ``experts`` 0 is a dense one (llama), else qwen3moe.

    ``expert_ff`` is the inner width of one expert, ``ff`` that of a dense layer.
    """

    layers: int
    width: int
    ff: int
    heads: int
    heads_kv: int
    head_width: int
    words: int
    experts: int = 0
    experts_used: int = 0
    expert_ff: int = 0
    context: int = 8192

    def layer_weights(self) -> int:
        """Weights of the matrices of one layer."""
        inner = self.heads * self.head_width
        attention = 2 * self.width * (inner + self.heads_kv * self.head_width)
        feed = self.experts * self.expert_ff if self.experts else self.ff
        return attention + 3 * self.width * feed

    def sized(self, size_bytes: int) -> Shape:
        """This shape with as many layers as come closest to a file of ``size_bytes``."""
        tables = 2 * self.words * self.width * 34 // 32
        layer = self.layer_weights() * 18 // 32
        return replace(self, layers=max(2, round((size_bytes - tables) / layer)))


# Like a 3B model in Q4_0: 2.0 GB.
DENSE = Shape(32, 3072, 8192, heads=24, heads_kv=8, head_width=128, words=32000)
# Few weights at work of many in the file: 4.5 GB.
EXPERTS = Shape(
    24, 2048, 6144, heads=32, heads_kv=4, head_width=128, words=32000,
    experts=64, experts_used=8, expert_ff=768,
)  # fmt: skip
TINY_DENSE = Shape(5, 64, 128, heads=4, heads_kv=2, head_width=16, words=640)
TINY_EXPERTS = replace(TINY_DENSE, experts=8, experts_used=2, expert_ff=32)


@dataclass(frozen=True)
class Synthetic:
    """A model on disk and what it will say.

    Attributes:
        chain: the words in the order it says them, the last before the first.
    """

    path: Path
    shape: Shape
    chain: tuple[str, ...]

    def text(self, start: int, count: int) -> str:
        """``count`` words of the chain, each with the space before it."""
        size = len(self.chain)
        return "".join(" " + self.chain[(start + at) % size] for at in range(count))

    def quoting_prompt(
        self, words: int, share: float, answer_words: int, *, seed: int = 1, run: int = 24
    ) -> str:
        """A message of ``words`` words that the answer, which begins with the chain, quotes.

        It ends with the word before the chain's first, so that the answer is the same where no
        chat template leads to it.

        Args:
            share: of the answer's first ``answer_words`` words, how many stand in the message;
                in runs of ``run`` words, in another order, among words that are not said.
        """
        dice = random.Random(seed)
        runs = [(at, min(run, answer_words - at)) for at in range(0, answer_words, run)]
        kept = dice.sample(runs, round(share * len(runs)))
        filler = max(0, words - 1 - sum(count for _at, count in kept))
        far = len(self.chain) // 2  # the answer does not come there
        kept += [(far + at, min(run, filler - at)) for at in range(0, filler, run)]
        dice.shuffle(kept)
        return "".join(self.text(*one) for one in kept) + self.text(-1, 1)


def write_model(
    path: Path,
    shape: Shape,
    *,
    seed: int = 7,
    gain: float = 0.05,
    skew: float = 0.0,
    locality: float = 0.0,
    known_text: str = "",
    answer_words: int = 0,
    name: str = "Synthetic",
    template: str | None = CHAT_TEMPLATE,
) -> Synthetic:
    """Writes the model; a gigabyte takes some seconds and about 0.5 GB of memory at most.

    Args:
        gain: size of what all layers together add, as a share of what a token brings.
        skew: spread of the experts' popularity (of the logarithm of their router rows' size);
            0 leaves them all alike.
        locality: what the words of one sentence have in common, 0 to 1; that much of each
            routing decision is the same for all of them.
        known_text: its words become tokens too, so that prompts made of them stay short.
        answer_words: the model ends its answer after every so many words of the chain; 0 never.
    """
    dice = np.random.default_rng(seed)
    words = Words(shape.words, known_text, random.Random(seed))
    writer = gguf.GGUFWriter(path, "qwen3moe" if shape.experts else "llama")
    _describe(writer, shape, words, name, template)
    tensors = list(_tensors(shape, gain))
    for one in tensors:
        one.announce(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    rows, outputs = _speech(words, shape.width, locality, answer_words, dice)
    for one in tensors:
        if one.name == "token_embd.weight":
            writer.write_tensor_data(rows)
        elif one.name == "output.weight":
            writer.write_tensor_data(outputs)
        else:
            writer.write_tensor_data(one.values(dice, skew))
    writer.close()
    return Synthetic(path, shape, tuple(words.chain))


# -- metadata ---------------------------------------------------------------------------


def _describe(
    writer: gguf.GGUFWriter, shape: Shape, words: Words, name: str, template: str | None
) -> None:
    writer.add_name(name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ff)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads_kv)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(shape.experts_used)
        writer.add_expert_feed_forward_length(shape.expert_ff)
    else:
        writer.add_rope_dimension_count(shape.head_width)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_vocab_size(len(words.tokens))
    scores, kinds = words.scores_and_kinds()
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words.tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(words.end)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    if template is not None:
        writer.add_chat_template(template)


# -- weights ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tensor:
    """One tensor: ``rows`` of ``columns``, for each of ``experts`` if there are any.

    ``size`` is the spread of its values times the square root of ``columns``; 0 means all 1.
    """

    name: str
    rows: int
    columns: int
    kind: Kind
    size: float = 1.0
    experts: int = 0

    def announce(self, writer: gguf.GGUFWriter) -> None:
        block, width = gguf.GGML_QUANT_SIZES[self.kind]
        if self.kind == Kind.F32:
            shape = (self.rows, self.columns) if self.rows else (self.columns,)
            writer.add_tensor_info(self.name, shape, np.dtype(np.float32), 4 * int(np.prod(shape)))
            return
        stack = (self.experts,) if self.experts else ()
        stored = (*stack, self.rows, self.columns // block * width)
        writer.add_tensor_info(
            self.name, stored, np.dtype(np.uint8), int(np.prod(stored)), raw_dtype=self.kind
        )

    def values(self, dice: np.random.Generator, skew: float) -> np.ndarray:
        if not self.size:
            return np.ones(self.columns, np.float32)
        if self.kind == Kind.F32:
            router = dice.standard_normal((self.rows, self.columns), np.float32)
            popular = np.exp(dice.normal(0, skew, (self.rows, 1)))
            return (router * popular * self.size / np.sqrt(self.columns)).astype(np.float32)
        return self._q4(dice)

    def _q4(self, dice: np.random.Generator) -> np.ndarray:
        """Random codes. These average -0.5, so each block's scale gets a random sign."""
        block, width = gguf.GGML_QUANT_SIZES[Kind.Q4_0]
        count = max(1, self.experts) * self.rows * self.columns // block
        raw = np.frombuffer(dice.bytes(count * width), np.uint8).reshape(count, width).copy()
        scale = self.size / (Q4_SPREAD * np.sqrt(self.columns))
        either = np.array([-scale, scale], np.float16).view(np.uint8).reshape(2, 2)
        raw[:, :2] = either[dice.integers(0, 2, count, np.int8)]
        stack = (self.experts,) if self.experts else ()
        return raw.reshape(*stack, self.rows, self.columns // block * width)


def _tensors(shape: Shape, gain: float) -> Iterator[_Tensor]:
    """All tensors in the order of the file."""
    width, inner = shape.width, shape.heads * shape.head_width
    inner_kv = shape.heads_kv * shape.head_width
    # Contributions add up like random steps.
    out = gain / np.sqrt(2 * shape.layers)
    yield _Tensor("token_embd.weight", shape.words, width, Kind.Q8_0)
    for layer in range(shape.layers):
        part = f"blk.{layer}."
        yield _Tensor(part + "attn_norm.weight", 0, width, Kind.F32, 0)
        yield _Tensor(part + "attn_q.weight", inner, width, Kind.Q4_0)
        yield _Tensor(part + "attn_k.weight", inner_kv, width, Kind.Q4_0)
        yield _Tensor(part + "attn_v.weight", inner_kv, width, Kind.Q4_0)
        yield _Tensor(part + "attn_output.weight", width, inner, Kind.Q4_0, out)
        yield _Tensor(part + "ffn_norm.weight", 0, width, Kind.F32, 0)
        if shape.experts:
            yield from _experts(part, shape, out)
            continue
        yield _Tensor(part + "ffn_gate.weight", shape.ff, width, Kind.Q4_0)
        yield _Tensor(part + "ffn_up.weight", shape.ff, width, Kind.Q4_0)
        yield _Tensor(part + "ffn_down.weight", width, shape.ff, Kind.Q4_0, 2 * out)
    yield _Tensor("output_norm.weight", 0, width, Kind.F32, 0)
    yield _Tensor("output.weight", shape.words, width, Kind.Q8_0)


def _experts(part: str, shape: Shape, out: float) -> Iterator[_Tensor]:
    width, inner, count = shape.width, shape.expert_ff, shape.experts
    yield _Tensor(part + "attn_q_norm.weight", 0, shape.head_width, Kind.F32, 0)
    yield _Tensor(part + "attn_k_norm.weight", 0, shape.head_width, Kind.F32, 0)
    yield _Tensor(part + "ffn_gate_inp.weight", count, width, Kind.F32, 2.0)
    yield _Tensor(part + "ffn_gate_exps.weight", inner, width, Kind.Q4_0, experts=count)
    yield _Tensor(part + "ffn_up_exps.weight", inner, width, Kind.Q4_0, experts=count)
    yield _Tensor(part + "ffn_down_exps.weight", width, inner, Kind.Q4_0, 4 * out, experts=count)


def _speech(
    words: Words, width: int, locality: float, answer_words: int, dice: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the input table and of the output matrix, as Q8_0 blocks.

    A token's row is a random direction of its own plus, in words of the chain, one that its
    sentence shares. The output row of a token is the sum of the own directions of those it
    follows: so the last token's own direction points at its successor, and the more clearly
    the wider the network is (sqrt(width) times the spread of the others). What follows
    nothing is never said.
    """
    own = _directions(len(words.tokens), width, dice)
    outputs = np.zeros_like(own)
    for token, successor in words.successors(answer_words).items():
        both = outputs[successor].astype(np.int16) + own[token]
        outputs[successor] = both.clip(-127, 127)
    chain = words.chain_tokens
    topics = _directions(-(-len(chain) // SENTENCE_WORDS), width, dice)
    rows = own
    for at in range(0, len(chain), SENTENCE_WORDS):
        sentence = chain[at : at + SENTENCE_WORDS]
        mixed = np.sqrt(1 - locality) * own[sentence]
        mixed += np.sqrt(locality) * topics[at // SENTENCE_WORDS]
        rows[sentence] = mixed.round().clip(-127, 127)
    peak = PEAK / (width * Q8_SPREAD * np.sqrt(1 - locality))
    return _q8(rows, 1 / Q8_SPREAD), _q8(outputs, peak)


def _directions(count: int, width: int, dice: np.random.Generator) -> np.ndarray:
    """Random rows of whole numbers (int8) with a spread of Q8_SPREAD."""
    made = np.empty((count, width), np.int8)
    for at in range(0, count, 1024):  # in parts, to save memory
        part = dice.standard_normal((min(1024, count - at), width), np.float32) * Q8_SPREAD
        made[at : at + len(part)] = part.clip(-120, 120)
    return made


def _q8(codes: np.ndarray, scale: float) -> np.ndarray:
    """Rows of Q8_0 blocks: a scale (float16) and 32 codes each."""
    rows, width = codes.shape
    made = np.empty((rows, width // 32, 34), np.uint8)
    made[:, :, :2] = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
    made[:, :, 2:] = codes.reshape(rows, width // 32, 32).view(np.uint8)
    return made.reshape(rows, width // 32 * 34)
