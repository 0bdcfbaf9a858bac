"""Vectors of single tokens: which are kept, and that little is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.embedder import MOST_KEPT_TOKENS, Embedder, load_embedder
from models.errors import EmbedderMissing
from models.token_vectors import AXES_FILE, DIMENSIONS, SCALE

FOLDER = Path(__file__).parents[3] / "assets" / "models" / "all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    loaded = load_embedder()
    yield loaded
    loaded.close()


def test_vectors_of_texts_are_the_same_with_and_without_tokens(embedder: Embedder) -> None:
    texts = ["The kitten slept.", "word " * 400, ""]
    vectors, tokens = embedder.embed_with_tokens(texts)
    np.testing.assert_allclose(vectors, embedder.embed(texts), atol=1e-5)
    assert tokens[1] is None
    assert tokens[0] is not None and tokens[0].dtype == np.int8
    # "kitten" and "slept", neither "the" nor the mark.
    assert tokens[0].shape == (2, DIMENSIONS)
    assert tokens[2] is not None and tokens[2].shape == (0, DIMENSIONS)


def test_texts_up_to_a_length_keep_their_tokens(embedder: Embedder) -> None:
    word = "kitten "
    kept, left = embedder.embed_with_tokens(
        [word * MOST_KEPT_TOKENS, word * (MOST_KEPT_TOKENS + 1)]
    )[1]
    assert kept is not None and len(kept) == MOST_KEPT_TOKENS
    assert left is None


def test_a_question_knows_where_its_tokens_stand(embedder: Embedder) -> None:
    text = "Where is the kitten's basket?"
    vector, asked = embedder.embed_question(text)
    np.testing.assert_allclose(vector, embedder.embed([text])[0], atol=1e-5)
    assert [text[start:end] for start, end in asked.spans][:5] == [
        "Where", "is", "the", "kitten", "'",
    ]  # fmt: skip
    np.testing.assert_allclose(np.linalg.norm(asked.vectors, axis=1), 1.0, atol=1e-5)
    assert embedder.embed_question("")[1].spans == ()


def test_reduced_vectors_agree_with_whole_ones(embedder: Embedder) -> None:
    """Which token is nearest is what counts: it is the same for most."""
    texts = ["She adopted a small dog from the shelter in spring.", "Rents rose by nine percent."]
    question = "when did she get the puppy"
    whole = [one.vectors for one in embedder.embed_tokens([question, *texts])]
    small = embedder.embed_with_tokens(texts)[1]
    asked = embedder.embed_question(question)[1]
    assert small[0] is not None and small[1] is not None
    ours = [float((asked.vectors @ one.T / SCALE).max(axis=1).mean()) for one in small]  # type: ignore[union-attr]
    theirs = [float((whole[0] @ one.T).max(axis=1).mean()) for one in whole[1:]]
    assert ours[0] > ours[1] and theirs[0] > theirs[1]


def test_missing_axes_are_told(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        if path.name != AXES_FILE:
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(EmbedderMissing) as failed:
        Embedder(tmp_path)
    assert AXES_FILE in failed.value.message
