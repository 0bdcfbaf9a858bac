"""The shipped embedder: all-MiniLM-L6-v2 with 8-bit weights on onnxruntime.

Holds one onnxruntime session and one tokenizer. Any thread may call it; the daemon's index
thread is the one that embeds, others only count tokens. Nothing here opens a connection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import EmbedderMissing
from models.pooling import Ids, PooledEmbedder, Vector, Vectors, Window, unit
from models.token_vectors import AXES_FILE, AskedTokens, Axes, Bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The vectors of single tokens are kept of texts up to this long; a longer passage says enough
# as a whole, and would take as much room as twenty turns of a chat.
MOST_KEPT_TOKENS = 128


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text as the network sees it, token by token.

    Attributes:
        vector: of the whole text, (dimension,) float32, L2-normalised; as ``embed`` gives it.
        vectors: of its tokens in context, (tokens, dimension) float32, each L2-normalised.
        spans: where each token stands in the text, (tokens, 2) int32, end exclusive.
    """

    vector: Vector
    vectors: Vectors
    spans: Ids


class Embedder(PooledEmbedder):
    """See ``PooledEmbedder``; tells the vectors of single tokens too."""

    model_id = "all-MiniLM-L6-v2/int8-1"
    dimension = 384
    max_tokens = 256

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Loads the files in ``folder``; raises EmbedderMissing if they cannot be used."""
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json")
        self._session = _load_session(folder / "model.int8.onnx", threads)
        self._axes = _load_axes(folder)
        self._first = np.array([self._tokenizer.token_to_id("[CLS]")], np.int32)
        self._last = np.array([self._tokenizer.token_to_id("[SEP]")], np.int32)
        self._inside_word = np.zeros(self._tokenizer.get_vocab_size(), np.bool_)
        for token, at in self._tokenizer.get_vocab().items():
            self._inside_word[at] = token.startswith("##")

    def embed_with_tokens(
        self, texts: Sequence[str], between: Callable[[], bool] | None = None
    ) -> tuple[Vectors, list[Bytes | None]]:
        """As ``embed``, with the vectors of single tokens that are kept of each text of up to
        ``MOST_KEPT_TOKENS``; None for a longer one."""
        found: list[Bytes | None] = [None] * len(texts)

        def keep(batch: Sequence[Window], states: Vectors | None) -> None:
            assert states is not None
            for window, state in zip(batch, states, strict=True):
                ids = window.ids[1:-1]
                if len(ids) <= MOST_KEPT_TOKENS:
                    found[window.text] = self._axes.small(ids, state[1 : len(ids) + 1])

        windows = self._windows(texts)
        return self._pooled(len(texts), windows, between or (lambda: False), keep), found

    def embed_question(self, text: str) -> tuple[Vector, AskedTokens]:
        """Vector (dimension,) and tokens of a question."""
        (seen,) = self.embed_tokens([text])
        spans = tuple((start, end) for start, end in seen.spans.tolist())
        return seen.vector, AskedTokens(self._axes.laid(seen.vectors), spans)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text with the vectors of its tokens, for comparing word by word.

        Takes as long as ``embed``. Between the windows of a long text nothing is seen.
        """
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        windows = list(self._cut(encodings))
        seen: dict[int, Vectors] = {}

        def keep(batch: Sequence[Window], states: Vectors | None) -> None:
            assert states is not None
            for window, rows in zip(batch, states, strict=True):
                seen[id(window)] = unit(rows[1 : len(window.ids) - 1])

        vectors = self._pooled(len(texts), windows, lambda: False, keep)
        parts: list[list[Vectors]] = [[] for _text in texts]
        for window in windows:
            parts[window.text].append(seen[id(window)])
        return [
            TokenVectors(
                vector, np.concatenate(own), np.array(encoding.offsets, np.int32).reshape(-1, 2)
            )
            for vector, own, encoding in zip(vectors, parts, encodings, strict=True)
        ]

    def vocabulary(self) -> dict[str, int]:
        """Every token with its id."""
        found: dict[str, int] = self._tokenizer.get_vocab()
        return found

    def _run(self, batch: Sequence[Window]) -> tuple[Vectors, Vectors]:
        shape = (len(batch), max(len(window.ids) for window in batch))
        ids = np.zeros(shape, np.int32)
        weights = np.zeros(shape, np.float32)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = window.ids
            weights[row, : len(window.ids)] = 1 / len(window.ids)
        lengths = np.array([len(window.ids) for window in batch], np.int32)
        inputs = {"ids": ids, "lengths": lengths, "weights": weights[:, None, :]}
        vectors, states = self._session.run(["vectors", "tokens"], inputs)
        return vectors, states


def _load_tokenizer(path: Path) -> Tokenizer:
    # Tokens of a text take a hundredth of its embedding; a thread pool of its own would
    # only get in the way of the other processes, and of children forked later.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise _missing(path) from error


def _load_session(path: Path, threads: int) -> Any:
    try:
        return open_session(path, threads)
    except Exception as error:  # the library has a dozen kinds, all plain Exceptions
        raise _missing(path) from error


def open_session(path: Path, threads: int, *, optimise: bool = False) -> Any:
    """An onnxruntime session on the CPU; raises whatever the library raises."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Our own graph is written as it should run: the extended optimiser would put the slow
    # fused layer norm back.
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_ENABLE_BASIC
    # Batches differ in shape; an arena would keep the largest of every size for ever.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _load_axes(folder: Path) -> Axes:
    try:
        return Axes(folder)
    except (OSError, ValueError, KeyError) as error:
        raise _missing(folder / AXES_FILE) from error


def _missing(path: Path) -> EmbedderMissing:
    return EmbedderMissing(
        "A part of Recollect is missing",
        f"The file {path.name}, with which memories are found by meaning, is absent or damaged.",
        "Install Recollect again. Your memories are not affected.",
    )


BUILT_IN = Embedder.model_id


def load_embedder(threads: int = 1) -> Embedder:
    """The shipped one, from a source checkout or an installed wheel.

    Raises:
        EmbedderMissing: its files are absent or damaged.
    """
    folder = resources.files("assets") / "models" / "all-MiniLM-L6-v2"
    return Embedder(Path(str(folder)), threads)
