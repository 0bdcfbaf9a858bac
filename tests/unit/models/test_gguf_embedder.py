"""Embedding models in GGUF, run by the real llama.cpp in its own process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from models.errors import BadModelFile, WorkerDied
from models.gguf_embedder import GgufEmbedder
from tests.tiny_gguf import make_tiny_gguf

TEXTS = ["The bicycle is in the cellar.", "自行车在地下室里。", ""]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("models") / "tiny.gguf"
    return make_tiny_gguf(file, context=64, pooling=gguf.PoolingType.MEAN)


@pytest.fixture
def embedder(path: Path) -> Iterator[GgufEmbedder]:
    made = GgufEmbedder(path)
    yield made
    made.close()


def test_vectors_are_of_unit_length_and_always_the_same(embedder: GgufEmbedder) -> None:
    calls: list[int] = []

    def between() -> bool:
        calls.append(1)
        return False

    long = "Many words follow one another here. " * 60  # beyond one order and one window
    vectors = embedder.embed([*TEXTS, long], between)
    assert vectors.shape == (4, embedder.dimension) == (4, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert len(calls) == 2
    assert np.allclose(embedder.embed(TEXTS[:1])[0], vectors[0], atol=1e-5)
    assert vectors[0] @ vectors[1] < 0.999
    assert embedder.max_tokens == 64
    assert embedder.count_tokens(["abc", ""]) == [3, 0]
    assert embedder.embed([]).shape == (0, 64)


def test_the_id_follows_the_weights(embedder: GgufEmbedder, tmp_path: Path) -> None:
    other = make_tiny_gguf(tmp_path / "tiny.gguf", seed=8, pooling=gguf.PoolingType.MEAN)
    made = GgufEmbedder(other)
    assert made.model_id.startswith("tiny/") and made.model_id != embedder.model_id
    made.close()


def test_a_dead_process_is_told_and_started_again(embedder: GgufEmbedder) -> None:
    before = embedder.embed(TEXTS)
    assert embedder._child is not None and embedder._child.pid is not None
    os.kill(embedder._child.pid, signal.SIGTERM)
    embedder._child.join()
    with pytest.raises(WorkerDied):
        embedder.embed(TEXTS)
    assert np.allclose(embedder.embed(TEXTS), before, atol=1e-5)


def test_what_is_no_embedding_model_is_refused(path: Path, tmp_path: Path) -> None:
    writes = make_tiny_gguf(tmp_path / "chat.gguf")
    with pytest.raises(BadModelFile, match="writes text"):
        GgufEmbedder(writes)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(BadModelFile):
        GgufEmbedder(cut)
    (tmp_path / "text.gguf").write_text("no model at all, only words" * 10)
    with pytest.raises(BadModelFile):
        GgufEmbedder(tmp_path / "text.gguf")
    ranks = make_tiny_gguf(tmp_path / "rank.gguf", pooling=gguf.PoolingType.RANK)
    with pytest.raises(BadModelFile, match="ranks"):
        GgufEmbedder(ranks)
