"""Embedding models from a folder: what works, and what is refused and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.disk_embedder import DiskEmbedder
from models.errors import BadModelFile
from tests.tiny_onnx import make_tiny_onnx

TEXTS = ["The bicycle is in the cellar.", "A bicycle in a cellar!", "Nobody expects the rain."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_onnx(tmp_path_factory.mktemp("models") / "tiny")


def test_vectors_are_of_unit_length_and_alike_for_like_texts(folder: Path) -> None:
    embedder = DiskEmbedder(folder)
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (3, embedder.dimension) == (3, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.allclose(vectors, alone, atol=1e-5)  # padding changes nothing
    assert embedder.count_tokens(["one two", ""]) == [2, 0]
    assert np.isfinite(embedder.embed(["", "word " * 3000])).all()
    embedder.close()


def test_the_id_follows_weights_and_pooling(folder: Path, tmp_path: Path) -> None:
    ids = {DiskEmbedder(folder).model_id}
    moved = shutil.copytree(folder, tmp_path / "elsewhere" / "tiny")
    assert DiskEmbedder(moved).model_id in ids
    ids.add(DiskEmbedder(make_tiny_onnx(tmp_path / "a" / "tiny", width=32)).model_id)
    ids.add(DiskEmbedder(make_tiny_onnx(tmp_path / "b" / "tiny", first_token=True)).model_id)
    assert len(ids) == 3
    assert all(one.startswith("tiny/") for one in ids)


def test_limits_are_those_its_files_name(folder: Path, tmp_path: Path) -> None:
    assert DiskEmbedder(folder).max_tokens == 512
    copied = shutil.copytree(folder, tmp_path / "tiny")
    (copied / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 128}), "utf-8")
    assert DiskEmbedder(copied).max_tokens == 128
    (copied / "onnx").mkdir()
    (copied / "model.onnx").rename(copied / "onnx" / "model.onnx")
    assert DiskEmbedder(copied).embed(TEXTS).shape == (3, 64)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda f: (f / "model.onnx").unlink(), "no model.onnx"),
        (lambda f: (f / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda f: (f / "model.onnx").write_bytes(b"GGUF" * 100), "damaged"),
        (lambda f: (f / "model.onnx").write_bytes((f / "model.onnx").read_bytes()[:5000]), "dam"),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "tokenizer.json cannot be read"),
        (lambda f: shutil.copy(_SHIPPED, f / "model.onnx"), "its inputs are"),
        (shutil.rmtree, "no folder"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_with_the_reason(
    folder: Path, tmp_path: Path, spoil: object, reason: str
) -> None:
    copied = shutil.copytree(folder, tmp_path / "tiny")
    spoil(copied)  # type: ignore[operator]
    with pytest.raises(BadModelFile) as caught:
        DiskEmbedder(copied)
    assert reason in caught.value.message
    assert "tokenizer.json" in caught.value.next_step


_SHIPPED = Path(__file__).parents[3] / "assets" / "models" / "all-MiniLM-L6-v2" / "model.int8.onnx"
