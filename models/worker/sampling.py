"""Chooses a token from the logits of a row. Main thread of the worker.

The chain is llama.cpp's own: top 40, top-p 0.95, min-p 0.05, temperature, one random number a
token; at temperature 0 the largest logit. Guesses do not change it: a token is drawn from the
model's own distribution at every place, and a guess is right if it is the token drawn. So the
distribution stays exact, and with the same seed every token is the one that drawing them one
by one gives, because no random number is spent on a guess.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.worker.engine import Native
from models.worker.pipe import Failed

TOP_K, TOP_P, MIN_P = 40, 0.95, 0.05
# llama_token_data of llama.h: token, logit, probability.
_ENTRY = np.dtype([("id", "<i4"), ("logit", "<f4"), ("p", "<f4")])


class Sampler:
    """One answer's sampler; ``close`` it.

    With a grammar only tokens that it allows are chosen, in the proportions the model gives
    them.
    """

    def __init__(
        self, native: Native, words: int, temperature: float, seed: int, grammar: str | None
    ) -> None:
        """Raises Failed if llama.cpp does not accept the grammar."""
        self._library = native.library
        self._context = native.context
        self._words = words
        self._grammar: Any = None
        if grammar is not None:
            self._grammar = self._library.llama_sampler_init_grammar(
                native.vocabulary, grammar.encode(), b"root"
            )
            if not self._grammar:
                raise Failed("grammar", "llama.cpp did not accept the grammar")
        self._chain = self._made_chain(temperature, seed)

    def pick(self, row: int) -> int:
        """The token drawn from the logits of ``row`` of the last pass; remembered as said."""
        library = self._library
        token = int(library.llama_sampler_sample(self._chain, self._context, row))
        if self._grammar is None:
            return token
        if not self._allowed(token):
            token = self._among_allowed(row)
        library.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        self._library.llama_sampler_free(self._chain)
        if self._grammar is not None:
            self._library.llama_sampler_free(self._grammar)

    def _made_chain(self, temperature: float, seed: int) -> Any:
        library = self._library
        parameters = library.llama_sampler_chain_default_params()
        parameters.no_perf = True
        chain = library.llama_sampler_chain_init(parameters)
        if temperature <= 0:
            parts = [library.llama_sampler_init_greedy()]
        else:
            parts = [
                library.llama_sampler_init_top_k(TOP_K),
                library.llama_sampler_init_top_p(TOP_P, 1),
                library.llama_sampler_init_min_p(MIN_P, 1),
                library.llama_sampler_init_temp(temperature),
                library.llama_sampler_init_dist(seed),
            ]
        for part in parts:
            library.llama_sampler_chain_add(chain, part)
        return chain

    def _allowed(self, token: int) -> bool:
        """Asking about one token is much cheaper than about a whole vocabulary."""
        one = np.array([(token, 1.0, 0.0)], dtype=_ENTRY)
        self._filtered(one)
        return not math.isinf(one["logit"][0])

    def _among_allowed(self, row: int) -> int:
        """Draws again, from the tokens the grammar allows."""
        library = self._library
        logits = np.ctypeslib.as_array(
            library.llama_get_logits_ith(self._context, row), shape=(self._words,)
        )
        table = np.zeros(self._words, dtype=_ENTRY)
        table["id"] = np.arange(self._words, dtype=np.int32)
        table["logit"] = logits
        self._filtered(table)
        allowed = table[~np.isneginf(table["logit"])]
        if not len(allowed):
            raise Failed("grammar", "no token of this model goes on as the grammar wants")
        array = self._array(allowed)
        library.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def _filtered(self, table: NDArray[Any]) -> None:
        """Sets the logits of what the grammar does not allow to minus infinity."""
        self._library.llama_sampler_apply(self._grammar, ctypes.byref(self._array(table)))

    def _array(self, table: NDArray[Any]) -> Any:
        """A view of ``table`` as llama.cpp takes it; the table must outlive it."""
        library = self._library
        data = table.ctypes.data_as(library.llama_token_data_p)
        return library.llama_token_data_array(data=data, size=len(table), selected=-1, sorted=False)
