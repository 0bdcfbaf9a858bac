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
from models.token_vectors import AXES_FILE, AskedTokens, Axes, Bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A batch of about this many tokens keeps the activations of a layer within the cache of a
# core: measured, 16 texts of 20 tokens or 8 of 40 beat larger batches by a tenth.
BATCH_TOKENS = 320
# A long run: still within the cache of most machines, and three times as long without Python.
LONG_TOKENS = 3 * BATCH_TOKENS
# The vectors of single tokens are kept of texts up to this long; a longer passage says enough
# as a whole, and would take as much room as twenty turns of a chat.
MOST_KEPT_TOKENS = 128

Vectors = NDArray[np.float32]
Vector = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True)
class Window:
    """A piece of one text, short enough for the model."""

    text: int
    ids: Ids


class Embedder:
    """Turns texts into vectors.

    Attributes:
        model_id: name that is stored with every vector; another id means another space.
        dimension: length of a vector.
        max_tokens: what the model sees at once, [CLS] and [SEP] included. Longer text is
            pooled over windows, so nothing is cut off, but one passage is better kept
            below it.
    """

    model_id: str = "all-MiniLM-L6-v2/int8-1"
    dimension: int = 384
    max_tokens: int = 256
    _tokenizer: Tokenizer
    _session: Any
    _first: Ids
    """Tokens around every window: [CLS] at the front, [SEP] at the end."""
    _last: Ids
    _inside_word: NDArray[np.bool_]

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

    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Vectors:
        """Vectors of ``texts`` in their order: (n, dimension) float32, L2-normalised.

        ``between`` is called before every run of the network (each takes some 15 ms). It may
        use the thread for something else meanwhile, even for another ``embed``, and may raise
        to give up. True asks for a long run, for when another thread holds Python's lock.

        Texts are sorted by length into batches with little padding. A text longer than
        ``max_tokens`` is cut into even windows at word borders; its vector is the mean of
        theirs, weighted by their length.
        """
        return self._pooled(texts, list(self._windows(texts)), between or _never, lambda *_: None)

    def embed_with_tokens(
        self, texts: Sequence[str], between: Callable[[], bool] | None = None
    ) -> tuple[Vectors, list[Bytes | None]]:
        """The same, with the vectors of single tokens of each text of up to
        ``MOST_KEPT_TOKENS``; None for a longer one."""
        windows = list(self._windows(texts))
        found: list[Bytes | None] = [None] * len(texts)

        def keep(batch: Sequence[Window], states: Vectors) -> None:
            for window, state in zip(batch, states, strict=True):
                ids = window.ids[1:-1]
                if len(ids) <= MOST_KEPT_TOKENS:
                    found[window.text] = self._axes.small(ids, state[1 : len(ids) + 1])

        return self._pooled(texts, windows, between or _never, keep), found

    def embed_question(self, text: str) -> tuple[Vector, AskedTokens]:
        """Vector (dimension,) and tokens of a question, those of its first window."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        states: list[Vectors] = []
        vectors = self._pooled(
            [text],
            list(self._windows([text])),
            _never,
            lambda batch, made: states.extend(
                state[1 : len(one.ids) - 1] for one, state in zip(batch, made, strict=True)
            ),
        )
        first = min(len(states[0]), len(encoding.offsets)) if len(states) == 1 else 0
        laid = self._axes.laid(states[0][:first])
        return vectors[0], AskedTokens(laid, tuple(encoding.offsets[:first]))

    def token_states(self, texts: Sequence[str]) -> list[Vectors]:
        """The last layer's states of the tokens of each text (its first window), (n, 384)."""
        found: dict[int, Vectors] = {}

        def keep(batch: Sequence[Window], states: Vectors) -> None:
            for window, state in zip(batch, states, strict=True):
                found.setdefault(window.text, state[1 : len(window.ids) - 1])

        self._pooled(texts, list(self._windows(texts)), _never, keep)
        return [found[at] for at in range(len(texts))]

    def vocabulary(self) -> dict[str, int]:
        """Every token with its id."""
        found: dict[str, int] = self._tokenizer.get_vocab()
        return found

    def _pooled(
        self,
        texts: Sequence[str],
        windows: Sequence[Window],
        between: Callable[[], bool],
        keep: Callable[[Sequence[Window], Vectors], None],
    ) -> Vectors:
        """Vectors of the texts; ``keep`` is shown the states of each batch's tokens."""
        sums = np.zeros((len(texts), self.dimension), np.float32)
        for batch in _batches(windows, between):
            lengths = np.array([len(window.ids) for window in batch], np.float32)
            vectors, states = self._run(batch)
            np.add.at(sums, [window.text for window in batch], vectors * lengths[:, None])
            keep(batch, states)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        unit: Vectors = sums / np.maximum(norms, np.float32(1e-12))
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without [CLS] and [SEP]."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def release(self) -> None:
        """Another embedder took over; who still works with this one may finish, and then it goes
        by itself."""

    def close(self) -> None:
        """Gives the model's memory back; a later ``embed`` is a fault of the caller."""
        self._session = None

    def _windows(self, texts: Sequence[str]) -> Iterator[Window]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        room = self.max_tokens - len(self._first) - len(self._last)
        for at, encoding in enumerate(encodings):
            ids = np.array(encoding.ids, np.int32)
            start = 0
            while True:
                left = len(ids) - start
                size = -(-left // -(-left // room)) if left > room else left
                end = self._word_border(ids, start, start + size)
                yield Window(at, np.concatenate((self._first, ids[start:end], self._last)))
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

    def _run(self, batch: Sequence[Window]) -> tuple[Vectors, Vectors]:
        """Vectors (texts, dimension) and states of the tokens (texts, longest, dimension)."""
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


def _never() -> bool:
    return False


def _batches(windows: Sequence[Window], long: Callable[[], bool]) -> Iterator[list[Window]]:
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
