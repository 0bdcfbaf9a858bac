"""The synthetic models say what they were made to say, and route as they were asked to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import gguf
import numpy as np
import pytest

from models.gguf_file import read_header
from tests.invented_words import SENTENCE_WORDS
from tests.synthetic_models import (
    DENSE,
    EXPERTS,
    TINY_DENSE,
    TINY_EXPERTS,
    Shape,
    Synthetic,
    write_model,
)


@contextmanager
def _opened(made: Synthetic) -> Iterator[Any]:
    """The model in llama.cpp, without the repacking that crashes on some processors."""
    import llama_cpp
    from llama_cpp import llama_cpp as library

    default = library.llama_model_default_params

    def plain() -> Any:
        params = default()
        params.use_extra_bufts = False
        return params

    with mock.patch.object(library, "llama_model_default_params", plain):
        model = llama_cpp.Llama(str(made.path), n_ctx=512, n_threads=1, verbose=False)
    with closing(model):
        yield model


def _greedy(model: Any, prompt: str, count: int) -> str:
    tokens = model.tokenize(prompt.encode(), add_bos=False)
    made = []
    for token in model.generate(tokens, temp=0.0):
        made.append(token)
        if len(made) == count:
            break
    return str(model.detokenize(made).decode())


def _tensor(path: Path, name: str) -> np.ndarray:
    """A tensor's values as float32."""
    for tensor in gguf.GGUFReader(path).tensors:
        if tensor.name == name:
            return gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    raise KeyError(name)


@pytest.mark.parametrize("shape", [TINY_DENSE, TINY_EXPERTS], ids=["dense", "experts"])
@pytest.mark.parametrize("seed", [1, 2])
def test_greedy_decoding_walks_the_chain(tmp_path: Path, shape: Shape, seed: int) -> None:
    made = write_model(tmp_path / "m.gguf", shape, seed=seed)
    start = len(made.chain) - 20
    with _opened(made) as model:
        # over the end of the chain, where it begins anew
        assert _greedy(model, made.text(start, 8), 40) == made.text(start + 8, 40)
        assert _greedy(model, "<|im_start|>user\nWhat?\n", 10) == made.text(0, 10)


def test_words_are_single_tokens_and_any_text_can_be_read(tmp_path: Path) -> None:
    made = write_model(tmp_path / "m.gguf", TINY_DENSE, known_text="Tell me about cats")
    text = made.text(0, 30)
    assert text.count(".") == 30 // SENTENCE_WORDS
    with _opened(made) as model:
        assert len(model.tokenize(text.encode(), add_bos=False)) == 30
        assert len(model.tokenize(b" cats about me", add_bos=False)) == 3
        odd = "Grüße, 😀\n\tx"
        assert model.detokenize(model.tokenize(odd.encode(), add_bos=False)).decode() == odd


def test_an_answer_can_end(tmp_path: Path) -> None:
    made = write_model(tmp_path / "m.gguf", TINY_DENSE, answer_words=10)
    with _opened(made) as model:
        tokens = model.tokenize(b"\n", add_bos=False)
        said = model.create_completion(tokens, max_tokens=100, temperature=0.0)
    assert said["choices"][0]["text"] == made.text(0, 10)
    assert said["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_prompt_decides_how_much_of_the_answer_stands_in_it(
    tmp_path: Path, share: float
) -> None:
    shape = replace(TINY_DENSE, words=2000)
    made = write_model(tmp_path / "m.gguf", shape)
    prompt = made.quoting_prompt(words=120, share=share, answer_words=64, run=16).split()
    assert len(prompt) == 120
    assert prompt[-1] == made.chain[-1]
    standing = sum(word in prompt for word in made.chain[:64])
    assert standing == 64 * share


def test_a_seed_decides_every_byte(tmp_path: Path) -> None:
    def written(seed: int, shape: Shape) -> bytes:
        return write_model(tmp_path / "m.gguf", shape, seed=seed).path.read_bytes()

    for shape in (TINY_DENSE, TINY_EXPERTS):
        assert written(3, shape) == written(3, shape) != written(4, shape)


def test_the_header_tells_the_shape(tmp_path: Path) -> None:
    made = write_model(tmp_path / "m.gguf", TINY_EXPERTS, name="Made up")
    header = read_header(made.path)
    assert (header.name, header.layers, header.width) == ("Made up", 5, 64)
    assert (header.heads, header.heads_kv, header.has_template) == (4, 2, True)
    assert header.context_tokens == TINY_EXPERTS.context


@pytest.mark.parametrize(("shape", "size_gb"), [(DENSE, 2.0), (EXPERTS, 4.5)])
def test_the_shapes_have_the_size_they_say(shape: Shape, size_gb: float) -> None:
    assert shape.sized(round(size_gb * 1e9)).layers == shape.layers
    assert shape.sized(round(size_gb * 0.5e9)).layers == pytest.approx(shape.layers / 2, abs=2)


def _routing(made: Synthetic, tokens: int = 90) -> np.ndarray:
    """Experts each word of the chain's beginning calls in the first layer, (tokens, used)."""
    rows = _tensor(made.path, "token_embd.weight")
    router = _tensor(made.path, "blk.0.ffn_gate_inp.weight")
    with _opened(made) as model:
        said = model.tokenize(made.text(0, tokens).encode(), add_bos=False)
    scores = rows[said] @ router.T
    return np.argsort(-scores, axis=1)[:, : made.shape.experts_used]


def _common(routing: np.ndarray) -> float:
    """Mean share of a word's experts that the word before called too."""
    pairs = zip(routing[:-1], routing[1:], strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in pairs]))


def test_locality_makes_neighbours_call_the_same_experts(tmp_path: Path) -> None:
    shape = replace(TINY_EXPERTS, experts=32, experts_used=4)
    common = [
        _common(_routing(write_model(tmp_path / "m.gguf", shape, locality=locality)))
        for locality in (0.0, 0.5, 0.9)
    ]
    assert common[0] < 0.3  # by chance it is 4 of 32
    assert common[0] + 0.1 < common[1] < common[2] - 0.1


def test_skew_makes_some_experts_popular(tmp_path: Path) -> None:
    shape = replace(TINY_EXPERTS, experts=32, experts_used=4)
    shares = []
    for skew in (0.0, 1.0):
        routing = _routing(write_model(tmp_path / "m.gguf", shape, skew=skew), 120)
        calls = np.sort(np.bincount(routing.ravel(), minlength=32))[::-1]
        shares.append(calls[:8].sum() / calls.sum())
    assert shares[1] > shares[0] + 0.15
