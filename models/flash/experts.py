"""Experts that come and go: what the two modes for mixtures of experts have in common.

A token calls a few experts of each layer, and which ones is known only when the layer's router
has chosen. There computing is held (``ffn_moe_topk-N`` of llama.cpp's graph): experts that are
absent are fetched, others make room; while that goes on, the next layer's choice is foreseen
and fetched too, behind what is needed now. How an expert is fetched and dropped is the mode's.

The computing thread owns the bookkeeping; readers only carry out what it orders. The budget may
be set from any thread and takes hold at the next layer, or with ``settle``.

A pass over several tokens may call more experts of a layer than the memory holds. All of them
must be there at once, for llama.cpp computes the layer in one go, so then memory goes above the
budget: by at most the experts of one layer, until the next layer. A single token never does.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from models.flash.eval_hook import EvalHook, Node
from models.flash.expert_cache import ExpertCache
from models.flash.expert_pages import Expert, ExpertMapping, ExpertsUnsuitable, expert_pages
from models.flash.fetcher import Fetcher
from models.flash.meter import Meter
from models.flash.pages import PAGE, DirectFile, FileMapping
from models.flash.plan import Mode
from models.flash.predictor import CallChances
from models.flash.routers import Routers
from models.flash.spans import Span
from models.gguf_tensors import TensorTable

READERS = 4
CHOICE = "ffn_moe_topk"
# Foreseen experts are fetched while at least this share of them is really called.
TRUST = 0.3
_TRUST_STEP = 0.02


class ExpertKeeper(ABC):
    """The weights of one loaded mixture of experts. Made and closed by the computing thread."""

    mode: Mode

    def __init__(
        self,
        table: TensorTable,
        mapping: FileMapping,
        hook: EvalHook,
        weights_bytes: int,
        *,
        layers: Sequence[int] | None = None,
        readers: int = READERS,
        foresee: bool = True,
        file: DirectFile | None = None,
    ) -> None:
        """Places the weights; experts come when they are called.

        Args:
            mapping: of the loaded model, with nothing laid over it.
            weights_bytes: memory for weights.
            layers: that really run; all by default.
            foresee: fetch what the next layer will probably call.
            file: to read from, closed with this; the model's file by default.

        Raises:
            ExpertsUnsuitable: the memory is too small, or the file's layout does not allow it.
            PagesUnavailable, OSError: the system does not play along; all is plain mapping.
        """
        pages = self._pages = expert_pages(table, PAGE, layers)
        if weights_bytes < self.least_bytes:
            raise ExpertsUnsuitable(
                f"it needs {self.least_bytes / 1e6:.0f} MB at least, "
                f"and {max(0, weights_bytes) / 1e6:.0f} MB are left"
            )
        file = file or DirectFile(table.path)
        self._memory = ExpertMapping(mapping, file, pages)
        try:
            self._memory.forget_loading()
            self._memory.pin()
            self._lay()
        except BaseException:
            self._memory.restore()
            raise
        self._limit = weights_bytes - pages.always_bytes
        self._cache = ExpertCache(pages.sizes, self._limit)
        self._chances = CallChances(*pages.sizes.shape)
        self._routers = Routers(table, mapping, pages.layers, pages.used) if foresee else None
        self._foreseen: set[Expert] = set()
        self._trust = 1.0
        self._places = {number: place for place, number in enumerate(pages.layers)}
        self._place = len(pages.layers)
        self._passes = self._calls = self._hits = 0
        self._wait_s = 0.0
        self._fetcher: Fetcher[Expert] = Fetcher(self._load, self._free, readers)
        self._hook = hook
        hook.listen(CHOICE, done=self._chosen)

    # -- a mode's own -------------------------------------------------------------------

    @abstractmethod
    def _lay(self) -> None:
        """Prepares the pages of experts; none of them is in memory afterwards."""

    @abstractmethod
    def _load(self, span: Span) -> None:
        """Brings pages of an expert; a reader's thread. Raises OSError."""

    @abstractmethod
    def _free(self, span: Span) -> None:
        """Drops pages of an expert; a reader's thread. Does not raise."""

    # -- for its owner ------------------------------------------------------------------

    @property
    def least_bytes(self) -> int:
        """Less than this is not enough whatever is asked for."""
        return self._pages.always_bytes + self._pages.called_bytes

    def set_budget(self, weights_bytes: int) -> None:
        """Memory for weights from now on, ``least_bytes`` at least; any thread."""
        self._limit = max(weights_bytes, self.least_bytes) - self._pages.always_bytes

    def settle(self) -> None:
        """Nothing computes: memory goes back to the budget. Computing thread."""
        self._cancel(())
        self._fetcher.wait(self._fetcher.coming())
        self._drop_failed()
        self._cache.limit_bytes = self._limit
        kept = np.zeros_like(self._cache.held)
        waits = self._chances.waits(len(self._places) - 1)
        for expert in self._cache.victims(self._cache.excess(), waits, kept):
            self._evict(expert)
        self._fetcher.wait_dropped()

    def meter(self) -> Meter:
        """A reading; any thread."""
        return Meter(
            mode=self.mode,
            pinned_bytes=self._pages.always_bytes,
            cached_bytes=self._cache.held_bytes,
            streamed_bytes=self._fetcher.fetched_bytes,
            passes=self._passes,
            hit_rate=self._hits / self._calls if self._calls else 1.0,
            wait_s=self._wait_s,
        )

    def close(self) -> None:
        """Stops reading and leaves the model as plain mapping. Computing thread."""
        self._fetcher.close()
        self._hook.silence(CHOICE)
        self._routers = None
        self._memory.restore()

    # -- computing thread ---------------------------------------------------------------

    def _chosen(self, choice: Node) -> None:
        """Holds computing until the experts that a layer has chosen are there."""
        place = self._places.get(choice.number)
        if place is None:
            return
        if place <= self._place:
            self._passes += 1
            self._chances.next_pass()
        self._place = place
        rows = choice.integers()
        needed = [(place, expert) for expert in set().union(*rows)]
        if not needed:
            return
        self._cache.limit_bytes = self._limit
        victims = self._bring(place, needed)
        if self._routers is not None:
            foreseen = self._foresee(place, choice, needed, len(rows))
            self._fetch_early(place, needed, foreseen, victims)
        self._chances.called(place, rows)
        self._await(needed)

    def _bring(self, place: int, needed: list[Expert]) -> list[Expert]:
        """Orders what is absent; others make room for it.

        Returns:
            What else may go, the best last: enough for what a token calls of one layer.
        """
        cache = self._cache
        self._drop_failed()
        self._cancel(needed)
        coming = self._fetcher.coming()
        absent = [expert for expert in needed if not cache.held[expert]]
        self._calls += len(needed)
        self._hits += sum(expert not in coming for expert in needed) - len(absent)
        self._fetcher.hurry(needed)
        victims = self._victims(place, absent, {*needed, *coming}, self._pages.called_bytes)
        for at, expert in enumerate(absent):
            if not self._make_room(expert, victims) and coming:
                # What was foreseen in vain is in the way.
                self._fetcher.wait(coming)
                self._drop_failed()
                coming = set()
                victims = self._victims(place, absent[at:], set(needed))
                self._make_room(expert, victims)
            self._order(expert)
        while cache.excess() and victims:  # the budget has become less
            self._evict(victims.pop())
        return victims

    def _foresee(self, place: int, choice: Node, needed: list[Expert], tokens: int) -> list[Expert]:
        """What the next layer will call; how well that was done for this one is noted."""
        assert self._routers is not None
        if self._foreseen and next(iter(self._foreseen))[0] == place:
            right = len(self._foreseen.intersection(needed)) / len(self._foreseen)
            self._trust += _TRUST_STEP * (right - self._trust)
        calls = self._routers.next_calls(place, choice, tokens)
        foreseen = [(place + 1, expert) for expert in calls]
        self._foreseen = set(foreseen)
        return foreseen

    def _fetch_early(
        self, place: int, needed: list[Expert], foreseen: list[Expert], victims: list[Expert]
    ) -> None:
        """Orders what is foreseen, as far as there is room without what is needed now.

        Args:
            victims: what may go, were it not foreseen, the best last.
        """
        cache = self._cache
        absent = [expert for expert in foreseen if not cache.held[expert]]
        if not absent or self._trust < TRUST:
            return
        if len(foreseen) <= self._pages.used:
            victims = [expert for expert in victims if expert not in self._foreseen]
        else:  # a prompt: it takes more room than was looked for
            kept = {*needed, *foreseen, *self._fetcher.coming()}
            victims = self._victims(place, absent, kept)
        for expert in absent:
            if not self._make_room(expert, victims):
                return
            self._order(expert, early=True)

    def _await(self, needed: list[Expert]) -> None:
        begun = time.perf_counter()
        self._fetcher.wait(needed)
        self._wait_s += time.perf_counter() - begun
        failed = self._drop_failed()
        for expert in needed:
            if expert in failed:
                raise failed[expert]

    # -- bookkeeping --------------------------------------------------------------------

    def _victims(
        self, place: int, absent: list[Expert], kept: set[Expert], more_bytes: int = 0
    ) -> list[Expert]:
        """What may go so that ``absent`` and ``more_bytes`` have room, the best last."""
        cache = self._cache
        absent_bytes = sum(int(cache.sizes[expert]) for expert in absent)
        excess = cache.excess(absent_bytes + more_bytes)
        if not excess:
            return []
        mask = np.zeros_like(cache.held)
        mask[tuple(np.array(list(kept)).T)] = True
        return cache.victims(excess, self._chances.waits(place), mask)[::-1]

    def _make_room(self, expert: Expert, victims: list[Expert]) -> bool:
        """Evicts from the end of ``victims`` until there is room; False where they run out."""
        size = int(self._cache.sizes[expert])
        while self._cache.excess(size) and victims:
            self._evict(victims.pop())
        return not self._cache.excess(size)

    def _order(self, expert: Expert, *, early: bool = False) -> None:
        self._cache.add(expert)
        self._fetcher.order(expert, self._slices(expert), early=early)

    def _evict(self, expert: Expert) -> None:
        self._cache.drop(expert)
        self._fetcher.drop(expert, self._slices(expert))

    def _cancel(self, but: Sequence[Expert]) -> None:
        for expert in self._fetcher.cancel_early(but):
            self._cache.drop(expert)

    def _drop_failed(self) -> dict[Expert, Exception]:
        """What could not be read is absent; whoever needs it orders it again."""
        failed = self._fetcher.forget_failures()
        for expert in failed:
            self._evict(expert)
        return failed

    def _slices(self, expert: Expert) -> tuple[Span, ...]:
        place, number = expert
        return self._pages.slices[place][number]
