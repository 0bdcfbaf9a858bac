"""A tiny mixture of experts loaded in llama.cpp, and which of its pages are in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.flash.eval_hook import EvalHook, hooked
from models.flash.expert_pages import ExpertPages, expert_pages
from models.flash.pages import PAGE, FileMapping
from models.flash.passes import Passes
from models.flash.spans import Span
from models.gguf_tensors import TensorTable, read_tensors

_IN_MEMORY = np.uint64(1 << 63)


@dataclass(frozen=True)
class Loaded:
    """A model that runs as plain mapping; modes are tried on it one after the other."""

    table: TensorTable
    pages: ExpertPages
    hook: EvalHook
    llama: Any
    passes: Passes

    def mapping(self) -> FileMapping:
        return FileMapping(self.table.path)

    def budget(self, share: float) -> int:
        """Memory for a share of the experts, or for a single token if that is more."""
        experts = max(int(share * self.pages.sizes.sum()), self.pages.called_bytes)
        return self.pages.always_bytes + experts

    def logits(self, seed: int, prompt: int = 24, tokens: int = 24) -> np.ndarray:
        """Logits of a prompt in one pass, then token by token, shape (prompt + tokens, words)."""
        dice = np.random.default_rng(seed)
        text = [int(one) for one in dice.integers(0, self.passes.words, prompt + tokens)]
        self.passes.clear()
        rows = [self.passes.logits(text[:prompt], 0)] if prompt else []
        rows += [self.passes.logits([text[at]], at) for at in range(prompt, prompt + tokens)]
        return np.concatenate(rows)


@contextmanager
def loaded(path: Path) -> Iterator[Loaded]:
    """The model in llama.cpp with a hook."""
    import llama_cpp

    table = read_tensors(path)
    hook = EvalHook(llama_cpp)
    with hooked(llama_cpp, hook):
        llama = llama_cpp.Llama(str(path), n_ctx=256, n_batch=64, n_threads=1, verbose=False)
    with closing(llama):
        yield Loaded(
            table, expert_pages(table, PAGE), hook, llama, Passes(llama_cpp, llama.model, llama.ctx)
        )


def anonymous_pages(mapping: FileMapping, span: Span) -> int:
    """How many pages of ``span``, over which anonymous memory is laid, take memory."""
    with open("/proc/self/pagemap", "rb") as file:
        file.seek(mapping.address(span) // PAGE * 8)
        held = np.frombuffer(file.read(span.length // PAGE * 8), np.uint64)
    return int(np.count_nonzero(held & _IN_MEMORY))


def cached_pages(path: Path, span: Span) -> int:
    """How many pages of ``span`` the system's file cache holds; see mincore(2)."""
    import ctypes
    import mmap

    library = ctypes.CDLL(None, use_errno=True)
    start, end = span.offset // PAGE * PAGE, -(-span.end // PAGE) * PAGE
    with open(path, "rb") as file:
        seen = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    try:
        whole = (ctypes.c_char * len(seen)).from_buffer(seen)
        held = (ctypes.c_ubyte * ((end - start) // PAGE))()
        address = ctypes.c_void_p(ctypes.addressof(whole) + start)
        if library.mincore(address, ctypes.c_size_t(end - start), held) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        del whole
    finally:
        seen.close()
    return sum(one & 1 for one in held)
