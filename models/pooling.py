"""Embedders by windows: texts cut to what a model sees, run in batches, pooled again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A batch of about this many tokens keeps the activations of a layer within the cache of a
# core: measured, 16 texts of 20 tokens or 8 of 40 beat larger batches by a tenth.
BATCH_TOKENS = 320
# A long run: still within the cache of most machines, and three times as long without Python.
LONG_TOKENS = 3 * BATCH_TOKENS

Vectors = NDArray[np.float32]
Vector = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True)
class Window:
    """A piece of one text, short enough for the model."""

    text: int
    ids: Ids


Keep = Callable[[Sequence[Window], Vectors | None], None]


class PooledEmbedder(ABC):
    """Turns texts into vectors; how a batch runs is the subclass's.

    Attributes:
        model_id: name that is stored with every vector; another id means another space.
        dimension: length of a vector.
        max_tokens: what the model sees at once, [CLS] and [SEP] included. Longer text is
            pooled over windows, so nothing is cut off, but one passage is better kept
            below it.
    """

    model_id: str
    dimension: int
    max_tokens: int
    _tokenizer: Tokenizer
    _session: Any
    _first: Ids
    """Tokens around every window: [CLS] at the front, [SEP] at the end."""
    _last: Ids
    _inside_word: NDArray[np.bool_]

    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Vectors:
        """Vectors of ``texts`` in their order: (n, dimension) float32, L2-normalised.

        ``between`` is called before every run of the network (each takes some 15 ms). It may
        use the thread for something else meanwhile, even for another ``embed``, and may raise
        to give up. True asks for a long run, for when another thread holds Python's lock.

        Texts are sorted by length into batches with little padding. A text longer than
        ``max_tokens`` is cut into even windows at word borders; its vector is the mean of
        theirs, weighted by their length.
        """
        return self._pooled(len(texts), self._windows(texts), between or _never, _nothing)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without [CLS] and [SEP]."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def release(self) -> None:  # noqa: B027  a subclass need not do anything
        """Another embedder took over; who still works with this one may finish, and then it goes
        by itself."""

    def close(self) -> None:
        """Gives the model's memory back; a later ``embed`` is a fault of the caller."""
        self._session = None

    @abstractmethod
    def _run(self, batch: Sequence[Window]) -> tuple[Vectors, Vectors | None]:
        """Vectors (windows, dimension) of unit length, and the states of their tokens
        (windows, longest, dimension) where the model tells them."""

    def _pooled(
        self, texts: int, windows: Sequence[Window], between: Callable[[], bool], keep: Keep
    ) -> Vectors:
        """Vectors of so many texts; ``keep`` is shown each batch with its tokens' states."""
        sums = np.zeros((texts, self.dimension), np.float32)
        for batch in _batches(windows, between):
            lengths = np.array([len(window.ids) for window in batch], np.float32)
            vectors, states = self._run(batch)
            np.add.at(sums, [window.text for window in batch], vectors * lengths[:, None])
            keep(batch, states)
        return unit(sums)

    def _windows(self, texts: Sequence[str]) -> list[Window]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return list(self._cut(encodings))

    def _cut(self, encodings: Sequence[Any]) -> Iterator[Window]:
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


def unit(rows: Vectors) -> Vectors:
    """Rows at length 1."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    found: Vectors = rows / np.maximum(norms, np.float32(1e-12))
    return found


def _never() -> bool:
    return False


def _nothing(_batch: Sequence[Window], _states: Vectors | None) -> None:
    pass


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
