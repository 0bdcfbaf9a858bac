"""Passes over a loaded model for checking it: logits of given tokens, or the graph alone.

Called on the thread that computes, while nothing else uses the model. The context is left
empty: no token is remembered.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.flash.eval_hook import EvalHook, Node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PassFailed(Exception):
    """llama.cpp could not compute some tokens."""


@dataclass(frozen=True)
class Operation:
    """One operation of a graph, as far as gates are concerned.

    Attributes:
        name: as the library calls it.
        reads: addresses of the values it is computed from.
    """

    name: str
    reads: tuple[int, ...]


class Passes:
    """A loaded model, fed token by token."""

    def __init__(self, library: Any, model: Any, context: Any) -> None:
        """
        Args:
            library: the module ``llama_cpp``.
            model, context: pointers of llama.cpp.
        """
        self._library = library
        self._context = context
        self.words = int(library.llama_vocab_n_tokens(library.llama_model_get_vocab(model)))

    def clear(self) -> None:
        """Forgets all tokens."""
        library = self._library
        library.llama_memory_clear(library.llama_get_memory(self._context), True)

    def logits(self, tokens: Sequence[int], position: int) -> NDArray[np.float32]:
        """Logits after each of ``tokens``, the first of which stands at ``position``.

        Returns:
            (tokens, words), a copy.

        Raises:
            PassFailed: with what the library returned.
        """
        import numpy as np

        status = self._decode(tokens, position)
        if status:
            raise PassFailed(f"llama_decode returned {status}")
        rows = [
            np.ctypeslib.as_array(
                self._library.llama_get_logits_ith(self._context, at), (self.words,)
            ).copy()
            for at in range(len(tokens))
        ]
        return np.stack(rows)

    def graph(self, hook: EvalHook, count: int) -> list[Operation]:
        """The operations of a pass over ``count`` tokens, in order, computing next to nothing.

        All of them are announced before the first is computed; then the pass is broken off.
        """
        library, context = self._library, self._context
        seen: list[Operation] = []

        def note(node: Node) -> None:
            seen.append(Operation(node.name, tuple(one.data for one in node.sources())))

        stop = library.ggml_abort_callback(lambda _data: True)
        nothing = ctypes.c_void_p(0)
        self.clear()
        library.llama_set_abort_callback(context, stop, nothing)
        try:
            with hook.recording(note):
                self._decode([0] * count, 0)
        finally:
            library.llama_set_abort_callback(context, library.ggml_abort_callback(0), nothing)
            self.clear()
        failure = hook.forgive()
        if failure is not None:
            raise failure
        return seen

    def _decode(self, tokens: Sequence[int], position: int) -> int:
        library = self._library
        batch = library.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for at, token in enumerate(tokens):
                batch.token[at] = token
                batch.pos[at] = position + at
                batch.n_seq_id[at] = 1
                batch.seq_id[at][0] = 0
                batch.logits[at] = 1
            return int(library.llama_decode(self._context, batch))
        finally:
            library.llama_batch_free(batch)
