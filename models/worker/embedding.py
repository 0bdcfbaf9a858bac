"""The child process that owns a GGUF embedding model: texts in, vectors out.

A damaged file or a fault of native code ends this process and nothing else. Long texts are cut
into even windows; a text's vector is the mean of theirs, weighted by their length.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.gguf_embedder import Loading

Floats = NDArray[np.float32]


def run(loading: Loading, pipe: Connection) -> None:
    """Serve until the other end is closed. Says ("ready", dimension, pooling) or ("failed", why)
    first; then each list of texts gets its vectors, or ("failed", why)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)  # the window and a question come first
    try:
        engine = _Engine(loading)
        engine.embed("warm")
    except Exception as error:
        pipe.send(("failed", str(error)[:500]))
        return
    pipe.send(("ready", engine.dimension, engine.pooling))
    while True:
        try:
            order, texts = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # llama.cpp has nothing to save
        try:
            if order == "count":
                pipe.send([len(engine.tokens(text, special=False)) for text in texts])
            else:
                pipe.send(np.stack([engine.embed(text) for text in texts]))
        except Exception as error:
            pipe.send(("failed", str(error)[:500]))


class _Engine:
    """One model and one context, one sequence at a time."""

    def __init__(self, loading: Loading) -> None:
        import llama_cpp

        self._library: Any = llama_cpp
        self._most = loading.max_tokens
        self._silent = llama_cpp.llama_log_callback(lambda *_said: None)  # kept for native code
        llama_cpp.llama_log_set(self._silent, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        options = llama_cpp.llama_model_default_params()
        options.n_gpu_layers = 0
        options.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP
        options.use_extra_bufts = False  # see models/worker/opening.py
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(loading.path), options)
        if not self._model:
            raise RuntimeError("llama.cpp could not load it")
        self._context = llama_cpp.llama_init_from_model(self._model, self._options(loading))
        if not self._context:
            raise RuntimeError("no memory for the context")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._batch = llama_cpp.llama_batch_init(self._most, 0, 1)
        self.dimension = int(llama_cpp.llama_model_n_embd(self._model))
        self.pooling = int(llama_cpp.llama_pooling_type(self._context))
        self._encodes = bool(
            llama_cpp.llama_model_has_encoder(self._model)
            and not llama_cpp.llama_model_has_decoder(self._model)
        )
        self._first, self._last = self._around()

    def _options(self, loading: Loading) -> Any:
        made = self._library.llama_context_default_params()
        # A text is seen as a whole, so it must fit into one pass.
        made.n_ctx = made.n_batch = made.n_ubatch = self._most
        made.n_seq_max = 1
        made.n_threads = made.n_threads_batch = loading.threads
        made.embeddings = True
        made.pooling_type = loading.pooling
        return made

    def tokens(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 16
        while True:
            made = (ctypes.c_int32 * room)()
            count = self._library.llama_tokenize(
                self._vocabulary, data, len(data), made, room, special, False
            )
            if count >= 0:
                return list(made[:count])
            room = -count

    def _around(self) -> tuple[list[int], list[int]]:
        """Tokens this model wants before and behind a text."""
        plain, whole = self.tokens("one", special=False), self.tokens("one", special=True)
        for at in range(len(whole) - len(plain) + 1):
            if whole[at : at + len(plain)] == plain:
                return whole[:at], whole[at + len(plain) :]
        return [], []

    def embed(self, text: str) -> Floats:
        """A unit vector."""
        ids = self.tokens(text, special=False)
        room = self._most - len(self._first) - len(self._last)
        count = max(1, -(-len(ids) // room))
        total = np.zeros(self.dimension, np.float32)
        for part in np.array_split(np.array(ids, np.int64), count):
            window = [*self._first, *part.tolist(), *self._last] or self.tokens(" ", special=False)
            total += len(window) * self._pass(window)
        return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)

    def _pass(self, window: Sequence[int]) -> Floats:
        library, batch = self._library, self._batch
        batch.n_tokens = len(window)
        for at, token in enumerate(window):
            batch.token[at], batch.pos[at] = token, at
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, 0
            batch.logits[at] = 1
        memory = library.llama_get_memory(self._context)
        if memory:
            library.llama_memory_clear(memory, True)
        run_batch = library.llama_encode if self._encodes else library.llama_decode
        if run_batch(self._context, batch) != 0:
            raise RuntimeError("llama.cpp could not embed a text")
        found = library.llama_get_embeddings_seq(self._context, 0)
        if not found:
            raise RuntimeError("the model gives no vector for a text")
        vector = np.ctypeslib.as_array(found, (self.dimension,)).astype(np.float32)
        norm = float(np.linalg.norm(vector))
        if not np.isfinite(norm) or norm == 0:
            raise RuntimeError("the model gives no vector for a text")
        return np.asarray(vector / norm, np.float32)
