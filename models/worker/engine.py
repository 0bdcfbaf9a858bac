"""One llama.cpp context: rows in, logits out, and what it remembers of them.

Main thread of the worker. Everything is one sequence, number 0, whose cells stand in the order
of their positions; number 1 is only a name for a beginning of it while that is written to a
file. Functions of llama.cpp by their names in ``llama.h``.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows of a prompt evaluated in one go.
BATCH = 512
# Rows of a pass whose logits are all wanted; room for them is reserved with the context.
MOST_LOGITS = 32

Logits = NDArray[np.float32]


class Aborted(Exception):
    """A pass was stopped in the middle; what came before it is still remembered."""


class PassFailed(Exception):
    """llama.cpp could not carry out a pass."""


@dataclass(frozen=True)
class Native:
    """The pointers of a loaded model, and the library they belong to."""

    library: Any
    model: Any
    context: Any

    @property
    def vocabulary(self) -> Any:
        return self.library.llama_model_get_vocab(self.model)

    def close(self) -> None:
        self.library.llama_free(self.context)
        self.library.llama_model_free(self.model)


class Engine:
    """Evaluates rows and keeps count of them.

    Attributes:
        held: number of rows the context remembers.
        context_tokens: rows it can remember.
        last_pass_s: how long the last pass took.
        after_pass: called after every pass; may raise what makes it worthless.
        divisible: a beginning of what it remembers can be kept and the rest dropped; not so
            with recurrent networks.
    """

    def __init__(self, native: Native) -> None:
        self.native = native
        self.held = 0
        library = self._library = native.library
        self._context = native.context
        self._memory = library.llama_get_memory(native.context)
        self._words = library.llama_vocab_n_tokens(native.vocabulary)
        self._batch = library.llama_batch_init(BATCH, 0, 1)
        self.context_tokens = int(library.llama_n_ctx(native.context))
        self.divisible = not (
            library.llama_model_is_recurrent(native.model)
            or library.llama_model_is_hybrid(native.model)
        )
        self.last_pass_s = 0.0
        self.after_pass: Callable[[], None] = lambda: None

    @property
    def words(self) -> int:
        """Size of the vocabulary, and so of a row of logits."""
        return int(self._words)

    def run(self, tokens: Sequence[int], every: bool = False) -> None:
        """One pass over ``tokens``, which follow what is held.

        Args:
            every: logits of every row are wanted, not only of the last; ``MOST_LOGITS`` rows
                at most.

        Raises:
            Aborted: someone asked to stop; nothing of this pass is held.
            PassFailed: llama.cpp reported something else.
        """
        batch, count = self._batch, len(tokens)
        batch.n_tokens = count
        for row, token in enumerate(tokens):
            batch.token[row] = token
            batch.pos[row] = self.held + row
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = 0
            batch.logits[row] = every or row == count - 1
        began = time.perf_counter()
        result = self._library.llama_decode(self._context, batch)
        self.last_pass_s = time.perf_counter() - began
        if result != 0:
            self._drop_from(self.held)
            if result == 2:
                raise Aborted
            raise PassFailed(f"llama_decode returned {result}")
        try:
            self.after_pass()
        except BaseException:
            self._drop_from(self.held)
            raise
        self.held += count

    def logits(self, row: int = -1) -> Logits:
        """Logits of a row of the last pass, shape (words,); a copy."""
        pointer = self._library.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self.words,)).copy()

    def keep(self, count: int) -> int:
        """Forgets all but the first ``count`` rows; how many are held now.

        A recurrent network cannot go back: then it is all or nothing.
        """
        if count < self.held and not self._drop_from(count):
            count = 0
            self.clear()
        self.held = min(self.held, count)
        return self.held

    def clear(self, wipe: bool = False) -> None:
        """Forgets everything; ``wipe`` overwrites it too."""
        self._library.llama_memory_clear(self._memory, wipe)
        self.held = 0

    def save(self, path: Path, tokens: Sequence[int]) -> bool:
        """Writes the state of the first ``len(tokens)`` rows to a file of llama.cpp's own form."""
        library, count = self._library, len(tokens)
        library.llama_memory_seq_cp(self._memory, 0, 1, 0, count)
        try:
            array = (library.llama_token * count)(*tokens)
            written = library.llama_state_seq_save_file(
                self._context, os.fsencode(path), 1, array, count
            )
        finally:
            library.llama_memory_seq_rm(self._memory, 1, -1, -1)
        return bool(written)

    def restore(self, path: Path, tokens: Sequence[int]) -> bool:
        """Takes the state from a file of ``save`` instead of what is held.

        The file must be one that ``save`` wrote for ``tokens``: llama.cpp believes what it
        reads. False, and nothing is held, if it does not go into this context.
        """
        library, count = self._library, len(tokens)
        self.clear()
        array = (library.llama_token * (count + 1))()
        found = ctypes.c_size_t()
        read = library.llama_state_seq_load_file(
            self._context, os.fsencode(path), 0, array, count + 1, ctypes.byref(found)
        )
        if not read or list(array[: found.value]) != list(tokens):
            self.clear()
            return False
        self.held = count
        return True

    def close(self) -> None:
        """Frees what is its own; the model is not."""
        self._library.llama_batch_free(self._batch)

    def _drop_from(self, position: int) -> bool:
        return bool(self._library.llama_memory_seq_rm(self._memory, 0, position, -1))
