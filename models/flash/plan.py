"""Decides how a model's weights live: all in memory, or partly on flash. Pure arithmetic.

A budget is everything the worker process may occupy: weights, KV cache, compute buffers and
the process itself. What is left of it for weights decides the mode; the numbers go with it,
and a sentence for the person whose machine it is. Nothing here reads or measures; light to
import, the daemon uses it too.

Modes: ``fits`` plain mapping, everything stays in memory. ``ring`` (dense) a pinned share of
each layer, the rest of it through a ring of slots. ``advise`` (experts) all but the experts
pinned, routed experts read ahead into the page cache. ``slots`` (experts) the same with a
cache of our own. ``mmap`` plain mapping with more weights than memory: it works, slowly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["fits", "ring", "advise", "slots", "mmap"]
KvType = Literal["f16", "q8_0"]

# Slots of the ring: one in use, the others being filled.
RING_SLOTS = 3
# Below so many pages a slot, reading costs more than it brings.
LEAST_SLOT_BYTES = 64 * 1024


@dataclass(frozen=True)
class ModelParts:
    """How many bytes of a model are what; see ``parts_of`` for where they come from.

    Attributes:
        layer_bytes: of each layer in order, without its experts.
        expert_bytes: of the experts of each layer in order; zeros in a dense model.
        embedding_bytes: the input table, of which a token reads one row; 0 where it also
            serves as output and is counted there.
        output_bytes: what every token reads outside the layers: output matrix, norms, rest.
        experts, experts_used: per layer; 0 in a dense model.
        row_bytes: one row of the input table.
    """

    layer_bytes: tuple[int, ...]
    expert_bytes: tuple[int, ...]
    embedding_bytes: int
    output_bytes: int
    experts: int
    experts_used: int
    row_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.always_bytes + sum(self.expert_bytes) + self.embedding_bytes

    @property
    def always_bytes(self) -> int:
        """Read by every pass whatever its tokens are."""
        return sum(self.layer_bytes) + self.output_bytes

    @property
    def routed_bytes(self) -> int:
        """Experts a pass over one token reads."""
        if not self.experts:
            return 0
        return sum(self.expert_bytes) * self.experts_used // self.experts

    @property
    def touched_bytes(self) -> int:
        """All weights a pass over one token reads."""
        return self.always_bytes + self.routed_bytes + self.row_bytes


@dataclass(frozen=True)
class Plan:
    """What to do with the weights of one model under one budget, in bytes.

    Attributes:
        mode: see the head of the module.
        reason: a sentence for a person, with numbers.
        budget_bytes: everything the process may occupy.
        kv_bytes, compute_bytes: taken off first: KV cache; buffers and the process itself.
        weights_bytes: what is left for weights, never negative. The mode works with this.
        pinned_bytes: kept for good: the model in ``fits``, the share in ``ring``, all but the
            experts in ``advise`` and ``slots``.
        cache_bytes: the slots of the ring, or experts in memory.
        ring_slots: how many slots ``cache_bytes`` holds in ``ring``; else 0.
        streamed_bytes: read from flash for each pass over the dense weights; for experts the
            upper bound of a token whose experts are all elsewhere.
        enough: False where even this mode's least need is above the budget; it then exceeds
            the budget or crawls, and a smaller model is the better choice.
    """

    mode: Mode
    reason: str
    budget_bytes: int
    kv_bytes: int
    compute_bytes: int
    weights_bytes: int
    pinned_bytes: int
    cache_bytes: int
    ring_slots: int
    streamed_bytes: int
    enough: bool

    @property
    def overhead_bytes(self) -> int:
        return self.kv_bytes + self.compute_bytes

    @property
    def streams(self) -> bool:
        """Some weights come from flash while it answers."""
        return self.mode != "fits"


def make_plan(
    parts: ModelParts,
    budget_bytes: int,
    kv_bytes: int,
    compute_bytes: int,
    wanted: Mode | None = None,
    system: str = "linux",
) -> Plan:
    """The mode for this model under this budget.

    Args:
        wanted: a mode to use instead of the best one; where it does not suit the model the
            best one is taken and ``reason`` says so. ``mmap`` and ``fits`` are always possible.
        system: ``sys.platform`` of where it will run; weights are streamed on Linux only.
    """
    weights = max(0, budget_bytes - kv_bytes - compute_bytes)
    basis = _Basis(parts, budget_bytes, kv_bytes, compute_bytes, weights)
    if wanted == "fits" or (wanted is None and parts.total_bytes <= weights):
        return basis.fits()
    if wanted == "mmap":
        return basis.plain("You asked for plain mapping.")
    if system != "linux":
        return basis.plain(
            "Streaming weights from flash works on Linux only so far; here the system reads "
            "them back as it sees fit, which is slow when the model is much bigger."
        )
    suited: tuple[Mode, ...] = ("advise", "slots") if parts.experts else ("ring",)
    kind = "a mixture of experts" if parts.experts else "a dense model"
    mode = wanted if wanted in suited else suited[0]
    plan = basis.ring() if mode == "ring" else basis.experts(mode)
    if wanted not in (None, mode):
        return replace(plan, reason=f"{wanted} does not suit {kind}. {plan.reason}")
    return plan


def replan(plan: Plan, parts: ModelParts, budget_bytes: int, system: str = "linux") -> Plan:
    """The same mode under another budget, without a reload.

    A plan that fits keeps its mode as well: llama.cpp's mapping then does what it can, and
    whoever holds the model may load it anew when nobody waits.
    """
    return make_plan(parts, budget_bytes, plan.kv_bytes, plan.compute_bytes, plan.mode, system)


@dataclass(frozen=True)
class _Basis:
    """The numbers every plan starts from."""

    parts: ModelParts
    budget_bytes: int
    kv_bytes: int
    compute_bytes: int
    weights_bytes: int

    def fits(self) -> Plan:
        need = self.parts.total_bytes
        enough = need <= self.weights_bytes
        words = (
            f"The whole model ({_gb(need)}) fits into the {_gb(self.weights_bytes)} that "
            f"{self._budget_words()} leaves for weights."
            if enough
            else f"The model ({_gb(need)}) was loaded whole, and {self._budget_words()} is less "
            "than it takes; it works better loaded anew."
        )
        return self._made("fits", words, pinned=need, cache=0, streamed=0, enough=enough)

    def plain(self, why: str) -> Plan:
        """Plain mapping: what is more than the memory comes back from flash in every pass."""
        over = max(0, self.parts.touched_bytes - self.weights_bytes)
        # Cyclic reading under least-recently-used never finds what it dropped.
        streamed = self.parts.touched_bytes if over else 0
        return self._made(
            "mmap",
            f"The model has {_gb(self.parts.total_bytes)} and {self._budget_words()} leaves "
            f"{_gb(self.weights_bytes)}. {why}",
            pinned=0,
            cache=min(self.weights_bytes, self.parts.total_bytes),
            streamed=streamed,
            enough=self.weights_bytes > 0,
        )

    def ring(self) -> Plan:
        """A share of each layer pinned, the rest through a few slots.

        With R bytes outside the layers, L layers of F bytes, S slots of x bytes:
        R + L (F - x) + S x = weights, so x = (R + L F - weights) / (L - S). Layers may differ
        in size, so F is their mean here; the ring itself goes by the real sizes.
        """
        parts, count = self.parts, len(self.parts.layer_bytes)
        slots = max(2, min(RING_SLOTS, count - 1))
        whole = parts.always_bytes
        over = max(0, whole - self.weights_bytes)
        slot = -(-over // max(1, count - slots))
        largest = max(parts.layer_bytes, default=0)
        enough = slot <= largest and count > slots
        slot = min(slot, largest)
        if 0 < slot < LEAST_SLOT_BYTES:
            slot = min(LEAST_SLOT_BYTES, largest)
        streamed = min(slot * count, whole - parts.output_bytes)
        pinned = whole - streamed
        return self._made(
            "ring",
            f"The model has {_gb(whole)} that every word needs and {self._budget_words()} leaves "
            f"{_gb(self.weights_bytes)} for it: {_gb(pinned)} stay in memory, {_gb(streamed)} "
            f"are read from flash for each pass." + ("" if enough else _TOO_LITTLE),
            pinned=pinned,
            cache=slots * slot,
            streamed=streamed,
            slots=slots,
            enough=enough,
        )

    def experts(self, mode: Mode) -> Plan:
        """All but the experts pinned; what is left holds the experts used lately."""
        parts = self.parts
        cache = max(0, self.weights_bytes - parts.always_bytes)
        total = sum(parts.expert_bytes)
        # A pass over a prompt touches all experts of a layer at once.
        enough = cache >= max(parts.expert_bytes, default=0)
        cache = min(cache, total)
        where = "in the system's file cache" if mode == "advise" else "in slots"
        share = f"{100 * cache / total:.0f} %" if total else "all"
        return self._made(
            mode,
            f"The model has {_gb(parts.total_bytes)}; of its experts ({_gb(total)}) a word uses "
            f"{_gb(parts.routed_bytes)}. {_gb(parts.always_bytes)} stay in memory, and {share} "
            f"of the experts find room {where}; the others are read when they are called."
            + ("" if enough else _TOO_LITTLE),
            pinned=parts.always_bytes,
            cache=cache,
            streamed=parts.routed_bytes if cache < total else 0,
            enough=enough,
        )

    def _budget_words(self) -> str:
        return f"the budget of {_gb(self.budget_bytes)}"

    def _made(
        self,
        mode: Mode,
        reason: str,
        *,
        pinned: int,
        cache: int,
        streamed: int,
        enough: bool,
        slots: int = 0,
    ) -> Plan:
        return Plan(
            mode=mode,
            reason=reason,
            budget_bytes=self.budget_bytes,
            kv_bytes=self.kv_bytes,
            compute_bytes=self.compute_bytes,
            weights_bytes=self.weights_bytes,
            pinned_bytes=pinned,
            cache_bytes=cache,
            ring_slots=slots,
            streamed_bytes=streamed,
            enough=enough,
        )


_TOO_LITTLE = " Even so the budget is too small for it; a smaller model would be faster."


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 950_000_000 else f"{count / 1e6:.0f} MB"
