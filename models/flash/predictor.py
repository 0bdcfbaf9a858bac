"""Which experts will be called: soon, and by the next layer. Pure arithmetic on small arrays.

Two questions. What to keep when room is short: the chance that a pass calls an expert is
learned while answering, from two things known about each, how long ago it was called and how
often lately (``CallChances``). What to read before it is asked for: layers change what flows
through them only a little, so the next layer's router, applied to what this layer's router saw,
names most of the experts the next layer will call (``look_ahead``; the idea is in Eliseev and
Mazur, "Fast inference of mixture-of-experts language models with offloading", arXiv 2312.17238,
and in HOBBIT, arXiv 2411.01433). In both cases the answer used is one bit per expert, which is
enough for a good policy ("Paging with succinct predictions", arXiv 2210.02775); a wrong bit
costs a read and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Classes of age: 1, 2-3, 4-7, ... passes since the last call.
_AGES = 8
_OLDEST = (1 << _AGES) - 1
_AGE_CLASS: Ints = np.array([0] + [age.bit_length() - 1 for age in range(1, _OLDEST + 1)])
# Classes of frequency, half octaves around the layer's mean.
_RATES = 8
_RATE_HALF_LIFE = 60.0
# A row of more tokens than this is a prompt: it counts as so many passes.
_FEW_TOKENS = 8
# Observations per expert after which older ones count half.
_REMEMBERED = 1000
_PRIOR = 4.0


class CallChances:
    """Chance that the next pass calls each expert, learned online.

    Each expert is in one of 64 classes by age and rate of its calls; for each class is counted
    how often its members were called by the next pass. Recency and frequency thus weigh as
    much as they turn out to tell in this model and text. One thread.

    Attributes:
        chances: per layer and expert, shape (layers, experts), above 0 and at most 1.
    """

    def __init__(self, layers: int, experts: int) -> None:
        shape = (layers, experts)
        self._now = np.zeros(layers, np.int64)
        self._last = np.full(shape, -_OLDEST, np.int64)
        self._rate = np.full(shape, 1.0 / experts)
        self._class = np.full(shape, (_AGES - 1) * _RATES + _RATES // 2, np.int64)
        # Before anything is known: the longer ago, the less likely.
        age = np.repeat(np.arange(_AGES), _RATES)
        self._seen = np.full(_AGES * _RATES, _PRIOR)
        self._called = 0.5 * _PRIOR / (1.0 + age)
        self._total = 0.0
        self._limit = float(_REMEMBERED * layers * experts)
        self._pass: dict[int, Sequence[Sequence[int]]] = {}
        # Layers that come before each one, as shares of a pass: row and column are layers.
        at = np.arange(layers)
        self._ahead = (at - at[:, None] - 1) % layers / layers
        self._weigh(np.arange(layers))

    def called(self, layer: int, rows: Sequence[Sequence[int]]) -> None:
        """This pass has called these experts of ``layer``, one row per token."""
        self._pass[layer] = rows
        # Done in the middle of computing, so as little as will do: they count as called now.
        chances, fresh = self.chances[layer], self._fresh[layer]
        for row in rows[-_FEW_TOKENS:]:
            chances[row] = fresh[row]
        np.divide(1.0, chances, out=self._own_waits[layer])

    def next_pass(self) -> None:
        """Learns from the pass that is over, as far as it came."""
        few = {at: rows for at, rows in self._pass.items() if len(rows) <= _FEW_TOKENS}
        many = {at: rows for at, rows in self._pass.items() if len(rows) > _FEW_TOKENS}
        self._pass = {}
        if few:
            which: Ints = np.array(list(few), np.int64)
            called = np.zeros((len(few), self._rate.shape[1]))
            for at, rows in enumerate(few.values()):
                for row in rows:
                    called[at, row] = 1.0
            self._learn(which, called)
            self._count(which, called, np.zeros(called.shape, np.int64), 1)
        for layer, rows in many.items():
            self._count(np.array([layer]), *_summed(rows, self._rate.shape[1]), len(rows))
        if few or many:
            self._weigh(np.array([*few, *many], np.int64))

    def _learn(self, which: Ints, called: Floats) -> None:
        """Whether the classes kept their promise."""
        classes = self._class[which].ravel()
        self._seen += np.bincount(classes, minlength=len(self._seen))
        self._called += np.bincount(classes, called.ravel(), len(self._called))
        self._total += len(classes)
        if self._total > self._limit:
            self._seen /= 2
            self._called /= 2
            self._total /= 2

    def _count(self, which: Ints, share: Floats, ago: Ints, passes: int) -> None:
        """Ages and rates of layers after ``passes``; ``share`` of them called each expert."""
        kept = 0.5 ** (passes / _RATE_HALF_LIFE)
        self._rate[which] = kept * self._rate[which] + (1.0 - kept) * share
        self._now[which] += passes
        newest = self._now[which, None] - ago
        self._last[which] = np.where(share > 0, newest, self._last[which])

    def _weigh(self, which: Ints) -> None:
        """Classes and chances of layers."""
        rate = self._rate[which]
        age = np.clip(self._now[which, None] - self._last[which] + 1, 1, _OLDEST)
        relative = np.log2(rate / rate.mean(axis=1, keepdims=True) + 1e-9)
        rates = np.clip(np.floor(2 * relative) + _RATES // 2, 0, _RATES - 1).astype(np.int64)
        self._class[which] = _AGE_CLASS[age] * _RATES + rates
        chances = self._called / self._seen
        if len(which) == len(self._rate):
            self.chances: Floats = chances[self._class]
            self._fresh: Floats = chances[self._class % _RATES]
        else:
            self.chances[which] = chances[self._class[which]]
            self._fresh[which] = chances[rates]
        self._own_waits: Floats = 1.0 / self.chances

    def waits(self, layer: int) -> Floats:
        """Passes until each expert is called again, as expected while ``layer`` is at work.

        Shape (layers, experts), at least 0. The wait is 1/chance - 1 passes from the next time
        its layer comes, and that is sooner for layers still ahead in this pass.
        """
        waits: Floats = self._own_waits + (self._ahead[layer] - 1.0)[:, None]
        return waits


def _summed(rows: Sequence[Sequence[int]], experts: int) -> tuple[Floats, Ints]:
    """Of many tokens, the share that called each expert, and how many came after the last."""
    calls = np.array(rows, np.int64)
    share = np.bincount(calls.ravel(), minlength=experts) / len(rows)
    ago = np.full(experts, len(rows), np.int64)
    for row, experts_of_row in enumerate(calls):
        ago[experts_of_row] = len(rows) - 1 - row
    return share[None], ago[None]


def look_ahead(
    seen: NDArray[np.float32],
    router: NDArray[np.float32],
    used: int,
    *,
    gains: NDArray[np.float32] | None = None,
    bias: NDArray[np.float32] | None = None,
) -> list[int]:
    """Experts the next layer will call if what it sees is what this layer's router saw.

    Args:
        seen: input of this layer's router, shape (tokens, width).
        router: of the next layer, shape (experts, width).
        used: experts each token calls.
        gains: by which the next layer's norm differs from this one's, shape (width,).
        bias: of the next router's scores, shape (experts,).

    Returns:
        Their numbers, each once, the surest first.
    """
    if gains is not None:
        seen = seen * gains
    # Not by BLAS: its threads would cost more than so little work.
    scores = np.einsum("tw,ew->te", seen, router)
    if bias is not None:
        scores += bias
    lead = scores - np.partition(scores, -used, axis=1)[:, -used, None]
    best = lead.max(axis=0)
    likely = np.flatnonzero(best >= 0)
    order: list[int] = likely[np.argsort(-best[likely])].tolist()
    return order
