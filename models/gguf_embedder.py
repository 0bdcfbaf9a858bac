"""An embedding model of the person's own in one GGUF file, run by llama.cpp in a child process.

The child (``models.worker.embedding``) is started with the embedder and once more should it die.
Any thread may call; one order is under way at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BadModelFile, WorkerDied
from models.gguf_file import EMBEDDING_ARCHITECTURES, GgufContents, read_contents
from models.identity import file_identity

Vectors = NDArray[np.float32]

_MOST_TOKENS = 512
_ORDER_CHARS = 2_000
_LOAD_S = 300.0
_ORDER_S = 120.0
_NONE, _MEAN, _RANK = 0, 1, 4  # LLAMA_POOLING_TYPE_* of llama.h


@dataclass(frozen=True, slots=True)
class Loading:
    """What the child needs to know."""

    path: str
    max_tokens: int
    threads: int
    pooling: int


class GgufEmbedder:
    """See ``models.embedder.Embedder`` for what an embedder does.

    Attributes:
        model_id, dimension, max_tokens: as there.
        name: for people, the file's.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Loads and tries the model.

        Raises:
            BadModelFile: it is no embedding model, is damaged, or cannot be loaded.
        """
        try:
            contents = read_contents(path, embeds=True)
        except BadModelFile as error:
            raise _bad(str(path), error.message) from error
        self.name = path.stem
        self.max_tokens = min(contents.header.context_tokens or _MOST_TOKENS, _MOST_TOKENS)
        self._loading = Loading(str(path), self.max_tokens, threads, _pooling(contents))
        self._one = threading.Lock()
        self._child: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self.dimension, pooling = self._start()
        digest = hashlib.sha256(file_identity(path) + f"{pooling} {self.max_tokens}".encode())
        self.model_id = f"{path.stem}/{digest.hexdigest()[:12]}"

    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Vectors:
        """Vectors of ``texts`` in their order: (n, dimension) float32, L2-normalised.

        ``between`` is called before every order to the child and may raise to give up.

        Raises:
            WorkerDied: the child ended; the next call starts another.
        """
        made = [np.zeros((0, self.dimension), np.float32)]
        for part in _orders(texts):
            if between is not None:
                between()
            made.append(np.asarray(self._ask("embed", part), np.float32))
        return np.concatenate(made)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without those around it."""
        return [int(count) for count in self._ask("count", list(texts))]

    def release(self) -> None:
        """Another embedder took over: end the child; who still asks starts it once more."""
        self.close()

    def close(self) -> None:
        """End the child; idempotent."""
        with self._one:
            self._end()

    # -- the child

    def _ask(self, order: str, texts: list[str]) -> Any:
        with self._one:
            if self._pipe is None:
                self._start()
            assert self._pipe is not None
            try:
                self._pipe.send((order, texts))
                if not self._pipe.poll(_ORDER_S):
                    raise EOFError
                reply = self._pipe.recv()
            except (EOFError, OSError) as error:
                self._end()
                raise _died() from error
        if isinstance(reply, tuple):
            raise _bad(self._loading.path, str(reply[1]))
        return reply

    def _start(self) -> tuple[int, int]:
        """Start the child; returns length of a vector and pooling as llama.cpp says them."""
        from models.worker import embedding

        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(
            target=embedding.run, args=(self._loading, theirs), name="embedding", daemon=True
        )
        self._child.start()
        theirs.close()
        reply: tuple[Any, ...] = ("failed", "it took too long")
        try:
            if self._pipe.poll(_LOAD_S):
                reply = self._pipe.recv()
        except (EOFError, OSError):
            reply = ("failed", "llama.cpp ended while loading it")
        if reply[0] != "ready":
            self._end()
            raise _bad(self._loading.path, str(reply[1]))
        return int(reply[1]), int(reply[2])

    def _end(self) -> None:
        child, self._child = self._child, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
        if child is not None:
            child.join(2)
            if child.is_alive():
                child.kill()
                child.join()
            child.close()


def _orders(texts: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for text in texts:
        if part and sum(map(len, part)) + len(text) > _ORDER_CHARS:
            yield part
            part = []
        part.append(text)
    if part:
        yield part


def _pooling(contents: GgufContents) -> int:
    """How tokens become one vector, as the file says; the mean where it does not.

    Raises:
        BadModelFile: it writes, or ranks, instead.
    """
    header = contents.header
    said = contents.values.get(f"{header.architecture}.pooling_type")
    if not isinstance(said, int):
        if header.architecture not in EMBEDDING_ARCHITECTURES:
            raise _bad(str(header.path), "It writes text and was not made to embed any.")
        return _MEAN
    if said == _RANK:
        raise _bad(str(header.path), "It ranks pairs of texts and gives no vectors.")
    return _MEAN if said == _NONE else said


def _bad(path: str, reason: str) -> BadModelFile:
    return BadModelFile(
        "This is no embedding model",
        f"{os.path.basename(path)}: {reason}",
        "Choose a GGUF file of an embedding model, or a folder with model.onnx and tokenizer.json.",
    )


def _died() -> WorkerDied:
    return WorkerDied(
        "The embedding model ended",
        "Its process stopped while it embedded a text.",
        "It is started again with the next one.",
    )
