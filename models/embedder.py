"""The shipped embedder: all-MiniLM-L6-v2 with 8-bit weights on onnxruntime.

Holds one onnxruntime session and one tokenizer. Any thread may call it; the daemon's index
thread is the one that embeds, others only count tokens. Nothing here opens a connection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.errors import EmbedderMissing

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A batch of about this many tokens keeps the activations of a layer within the cache of a
# core: measured, 16 texts of 20 tokens or 8 of 40 beat larger batches by a tenth.
BATCH_TOKENS = 320
# A long run: still within the cache of most machines, and three times as long without Python.
LONG_TOKENS = 3 * BATCH_TOKENS
# Tokens around every window: [CLS] at the front, [SEP] at the end.
AROUND = 2

Vectors = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True)
class _Window:
    """A piece of one text, short enough for the model."""

    text: int
    ids: Ids


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text as the network sees it, token by token.

    Attributes:
        vector: of the whole text, (dimension,) float32, L2-normalised; as ``embed`` gives it.
        vectors: of its tokens in context, (tokens, dimension) float32, each L2-normalised.
        spans: where each token stands in the text, (tokens, 2) int32, end exclusive.
    """

    vector: Vectors
    vectors: Vectors
    spans: Ids


class Embedder:
    """Turns texts into vectors.

    Attributes:
        model_id: name that is stored with every vector; another id means another space.
        dimension: length of a vector.
        max_tokens: what the model sees at once, [CLS] and [SEP] included. Longer text is
            pooled over windows, so nothing is cut off, but one passage is better kept
            below it.
    """

    model_id = "all-MiniLM-L6-v2/int8-1"
    dimension = 384
    max_tokens = 256

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Loads the files in ``folder``; raises EmbedderMissing if they cannot be used."""
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json")
        self._session: Any = _load_session(folder / "model.int8.onnx", threads)
        self._first = np.array([self._tokenizer.token_to_id("[CLS]")], np.int32)
        self._last = np.array([self._tokenizer.token_to_id("[SEP]")], np.int32)
        self._inside_word = np.zeros(self._tokenizer.get_vocab_size(), np.bool_)
        for token, at in self._tokenizer.get_vocab().items():
            self._inside_word[at] = token.startswith("##")

    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Vectors:
        """Vectors of ``texts`` in their order: (n, dimension) float32, L2-normalised.

        ``between`` is called before every run of the network (each takes some 15 ms). It may
        use the thread for something else meanwhile, even for another ``embed``, and may raise
        to give up. True asks for a long run, for when another thread holds Python's lock.

        Texts are sorted by length into batches with little padding. A text longer than
        ``max_tokens`` is cut into even windows at word borders; its vector is the mean of
        theirs, weighted by their length.
        """
        windows = list(self._windows(texts))
        sums = np.zeros((len(texts), self.dimension), np.float32)
        for batch in _batches(windows, between or _never):
            _add(sums, batch, self._run(batch))
        return _unit(sums)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text with the vectors of its tokens, for comparing word by word.

        Takes as long as ``embed``. Between the windows of a long text nothing is seen.
        """
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        windows = list(self._cut(encodings))
        sums = np.zeros((len(texts), self.dimension), np.float32)
        seen: dict[int, Vectors] = {}
        for batch in _batches(windows, _never):
            vectors, tokens = self._session.run(["vectors", "tokens"], _inputs(batch))
            _add(sums, batch, vectors)
            for window, rows in zip(batch, tokens, strict=True):
                seen[id(window)] = _unit(rows[1 : len(window.ids) - 1])
        parts: list[list[Vectors]] = [[] for _text in texts]
        for window in windows:
            parts[window.text].append(seen[id(window)])
        return [
            TokenVectors(
                vector, np.concatenate(own), np.array(encoding.offsets, np.int32).reshape(-1, 2)
            )
            for vector, own, encoding in zip(_unit(sums), parts, encodings, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without [CLS] and [SEP]."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def close(self) -> None:
        """Gives the model's memory back; a later ``embed`` is a fault of the caller."""
        self._session = None

    def _windows(self, texts: Sequence[str]) -> Iterator[_Window]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return self._cut(encodings)

    def _cut(self, encodings: Sequence[Any]) -> Iterator[_Window]:
        room = self.max_tokens - AROUND
        for at, encoding in enumerate(encodings):
            ids = np.array(encoding.ids, np.int32)
            start = 0
            while True:
                left = len(ids) - start
                size = -(-left // -(-left // room)) if left > room else left
                end = self._word_border(ids, start, start + size)
                yield _Window(at, np.concatenate((self._first, ids[start:end], self._last)))
                start = end
                if start >= len(ids):
                    break

    def _word_border(self, ids: Ids, start: int, end: int) -> int:
        """The nearest end not after ``end`` that cuts no word, or ``end`` if one word
        fills the window."""
        if end >= len(ids):
            return len(ids)
        border = end
        while border > start and self._inside_word[ids[border]]:
            border -= 1
        return border if border > start else end

    def _run(self, batch: Sequence[_Window]) -> Vectors:
        made: Vectors = self._session.run(["vectors"], _inputs(batch))[0]
        return made


def _inputs(batch: Sequence[_Window]) -> dict[str, NDArray[Any]]:
    """What the network wants: ids padded at the right, and what each counts in the mean."""
    shape = (len(batch), max(len(window.ids) for window in batch))
    ids = np.zeros(shape, np.int32)
    weights = np.zeros(shape, np.float32)
    for row, window in enumerate(batch):
        ids[row, : len(window.ids)] = window.ids
        weights[row, : len(window.ids)] = 1 / len(window.ids)
    lengths = np.array([len(window.ids) for window in batch], np.int32)
    return {"ids": ids, "lengths": lengths, "weights": weights[:, None, :]}


def _add(sums: Vectors, batch: Sequence[_Window], vectors: Vectors) -> None:
    """Vectors of windows to the sums of their texts, weighted by their length."""
    lengths = np.array([len(window.ids) for window in batch], np.float32)
    np.add.at(sums, [window.text for window in batch], vectors * lengths[:, None])


def _unit(rows: Vectors) -> Vectors:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Vectors = rows / np.maximum(norms, np.float32(1e-12))
    return unit


def _never() -> bool:
    return False


def _batches(windows: Sequence[_Window], long: Callable[[], bool]) -> Iterator[list[_Window]]:
    """Windows by length, as many at once as the tokens of a run allow."""
    waiting = sorted(windows, key=lambda one: len(one.ids))
    start = 0
    while start < len(waiting):
        most = LONG_TOKENS if long() else BATCH_TOKENS
        end = start + 1
        while end < len(waiting) and (end + 1 - start) * len(waiting[end].ids) <= most:
            end += 1
        yield waiting[start:end]
        start = end


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
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is written as it should run: the extended optimiser would put the slow
    # fused layer norm back.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # Batches differ in shape; an arena would keep the largest of every size for ever.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library has a dozen kinds, all plain Exceptions
        raise _missing(path) from error


def _missing(path: Path) -> EmbedderMissing:
    return EmbedderMissing(
        "A part of Recollect is missing",
        f"The file {path.name}, with which memories are found by meaning, is absent or damaged.",
        "Install Recollect again. Your memories are not affected.",
    )


def load_embedder(threads: int = 1) -> Embedder:
    """The shipped one, from a source checkout or an installed wheel.

    Raises:
        EmbedderMissing: its files are absent or damaged.
    """
    folder = resources.files("assets") / "models" / "all-MiniLM-L6-v2"
    return Embedder(Path(str(folder)), threads)
