"""Learning from choices: the ranker's weights, moved a little towards what one person picks. Pure.

A choice is a memory that the person opened, used or marked out of a list that recall showed;
what stood around it was passed over. The score of a memory is the sum of f·w·x over the columns,
w being the weights as shipped and f factors, all 1 as shipped. The one chosen out of a list is
taken to have won with the softmax of s times the scores, so a choice costs

    u · log(1 + Σ exp(-s·(difference of its score to one passed over)))

and the factors are those of least cost, with (f - 1)² / 2σ² for each as a Gaussian prior at the
shipped weights, within ``LEAST_FACTOR`` and ``MOST_FACTOR``: none can grow without limit, fall
away or turn against what it found. Rewarding retrieved memories by their use is the
retrospective reflection of RMM (arXiv 2503.08026), which trains a reranker online by policy
gradients; here every night begins at the shipped weights again, so that nothing can drift.

``u`` makes up for the place on the list: what stands at place k is looked at with a chance of
about 1/k, so a choice there counts k times, at most ``DEEPEST`` (inverse propensities with
clipping, Joachims, Swaminathan and Schnabel, arXiv 1608.04468). ``s`` says how much the choices
follow the shipped order at all, and is found first: where they are random it is near 0 and
moves nothing, and no weight has to move to tell a sure person from a hesitant one.

New weights are taken only if they would have shown choices they have not seen further up than
the shipped ones do, by clearly more than chance (``verdict``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST_FACTOR, MOST_FACTOR = 0.5, 2.0
# Standard deviation of a factor around 1, before any choice was seen.
PRIOR = 0.25
# So many choices, of so many different memories, before anything moves.
LEAST_CHOICES, LEAST_MEMORIES = 40, 20
DEEPEST = 5
FOLDS = 5
# What the gain on unseen choices must exceed: so many standard errors, and what anyone notices.
SURE, LEAST_GAIN = 1.64, 0.003
# What is tried for s: from deaf to the scores to led by nothing else.
_FOLLOWS = np.geomspace(0.02, 30.0, 60)
_ROUNDS = 60
_SETTLED = 1e-6


@dataclass(frozen=True)
class Choices:
    """Choices of one person; those of one choice together, in order.

    Attributes:
        names: of the columns.
        differences: one line for each memory passed over: columns of the one chosen less its
            own, (p, k).
        rest: differences of what the weights have no part in, (p,).
        starts: the first line of each choice, (n,).
        places: where on its list the chosen one stood, from 1, (n,).
        strengths: what each choice counts, (n,).
        memories: which memory was chosen, (n,); choices of one are seen or unseen together.
    """

    names: tuple[str, ...]
    differences: Floats
    rest: Floats
    starts: Places
    places: Places
    strengths: Floats
    memories: Places

    def __len__(self) -> int:
        return len(self.starts)

    def counts(self) -> Floats:
        """What each choice counts, its place made up for, (n,)."""
        return self.strengths * np.minimum(self.places, DEEPEST)

    def of(self) -> Places:
        """The choice that each line belongs to, (p,)."""
        lengths = np.diff(self.starts, append=len(self.rest))
        return np.repeat(np.arange(len(self.starts)), lengths)

    def some(self, which: NDArray[np.bool_]) -> Choices:
        """Those choices alone."""
        lines = which[self.of()]
        lengths = np.diff(self.starts, append=len(self.rest))[which]
        return Choices(
            self.names, self.differences[lines], self.rest[lines],
            np.cumsum(lengths) - lengths, self.places[which], self.strengths[which],
            self.memories[which],
        )  # fmt: skip


@dataclass(frozen=True)
class Personal:
    """Weights learnt from so many choices, and their factors."""

    weights: Mapping[str, float]
    factors: Mapping[str, float]
    choices: int


@dataclass(frozen=True)
class Learnt:
    """What became of the choices.

    Attributes:
        factors: of each shipped weight; all 1 where they are not taken.
        taken: whether they do better on unseen choices than those shipped.
        gain: by how much, as the mean of 1/place of the chosen ones; 0 where too few are known.
        error: standard error of that.
    """

    factors: dict[str, float]
    taken: bool
    choices: int
    gain: float = 0.0
    error: float = 0.0


def learn(choices: Choices, shipped: Mapping[str, float]) -> Learnt:
    """Factors for the shipped weights, tested on choices they have not seen."""
    unmoved = dict.fromkeys(shipped, 1.0)
    if len(choices) < LEAST_CHOICES or len(set(choices.memories.tolist())) < LEAST_MEMORIES:
        return Learnt(unmoved, False, len(choices))
    gain, error = verdict(choices, shipped)
    if gain <= max(SURE * error, LEAST_GAIN):
        return Learnt(unmoved, False, len(choices), gain, error)
    factors = dict(zip(choices.names, fit(choices, shipped).tolist(), strict=True))
    return Learnt(unmoved | factors, True, len(choices), gain, error)


def verdict(choices: Choices, shipped: Mapping[str, float]) -> tuple[float, float]:
    """How much further up unseen choices come: mean gain of 1/place, and its standard error.

    Every choice is judged by factors fitted without it and without any other choice of the same
    memory. The order alone is judged: louder or quieter scores change nothing.
    """
    fold = choices.memories % FOLDS
    gains, counts = np.zeros(len(choices)), choices.counts()
    for number in range(FOLDS):
        unseen = fold == number
        if unseen.all() or not unseen.any():
            continue
        factors = fit(choices.some(~unseen), shipped)
        judged = choices.some(unseen)
        plain = _ranks(judged, shipped, np.ones(len(factors)))
        gains[unseen] = 1 / _ranks(judged, shipped, factors) - 1 / plain
    whole = float(counts.sum())
    mean = float(counts @ gains) / whole
    return mean, math.sqrt(float(counts**2 @ (gains - mean) ** 2)) / whole


def fit(choices: Choices, shipped: Mapping[str, float]) -> Floats:
    """Factors of least cost, (k,), within their bounds.

    Newton's method on those not held at a bound (Bertsekas 1982), steps halved while they go
    too far; the cost is convex.
    """
    points = _points(choices, shipped)
    s = _follows(choices, points)
    factors = np.ones(points.shape[1])
    cost = _cost(choices, points, factors, s)
    for _round in range(_ROUNDS):
        moved, tried = _step(choices, points, factors, s, cost)
        change = float(np.abs(moved - factors).max(initial=0.0))
        factors, cost = moved, tried
        if change < _SETTLED:
            break
    return factors


def follows(choices: Choices, shipped: Mapping[str, float]) -> float:
    """s: how sharply the choices follow the shipped order."""
    return _follows(choices, _points(choices, shipped))


def weights(shipped: Mapping[str, float], factors: Mapping[str, float]) -> dict[str, float]:
    """The shipped weights times their factors, which are held to their bounds here once more:
    whatever was read from a file, no weight leaves them."""
    return {
        name: weight * min(MOST_FACTOR, max(LEAST_FACTOR, factors.get(name, 1.0)))
        for name, weight in shipped.items()
    }


def differing(factors: Mapping[str, float], least: float = 0.02) -> list[tuple[str, float]]:
    """Factors that differ from 1 by this much, the most changed first."""
    moved = [(name, factor) for name, factor in factors.items() if abs(factor - 1) >= least]
    return sorted(moved, key=lambda one: -abs(math.log(one[1])))


def _follows(choices: Choices, points: Floats) -> float:
    ahead, of, counts = points.sum(1) + choices.rest, choices.of(), choices.counts()
    costs = [float(counts @ _lost(choices, of, -s * ahead)[0]) for s in _FOLLOWS]
    return float(_FOLLOWS[int(np.argmin(costs))])


def _points(choices: Choices, shipped: Mapping[str, float]) -> Floats:
    """Differences as the shipped weights hear them, (p, k)."""
    weights = np.array([shipped[name] for name in choices.names], np.float64)
    return np.asarray(choices.differences * weights)


def _step(
    choices: Choices, points: Floats, factors: Floats, s: float, cost: _Cost
) -> tuple[Floats, _Cost]:
    """Factors that cost less, with their cost; the same ones where there are none."""
    held = ((factors <= LEAST_FACTOR) & (cost.gradient > 0)) | (
        (factors >= MOST_FACTOR) & (cost.gradient < 0)
    )
    free = np.flatnonzero(~held)
    step = np.zeros_like(factors)
    step[free] = np.linalg.solve(cost.curve[np.ix_(free, free)], cost.gradient[free])
    for _half in range(30):
        moved = np.clip(factors - step, LEAST_FACTOR, MOST_FACTOR)
        tried = _cost(choices, points, moved, s)
        if tried.value <= cost.value:
            return moved, tried
        step /= 2
    return factors, cost


@dataclass(frozen=True)
class _Cost:
    """Cost of some factors with its gradient (k,) and curvature (k, k)."""

    value: float
    gradient: Floats
    curve: Floats


def _cost(choices: Choices, points: Floats, factors: Floats, s: float) -> _Cost:
    of, counts = choices.of(), choices.counts()
    lost, shares = _lost(choices, of, -s * (points @ factors + choices.rest))
    weighed = counts[of] * shares
    away = factors - 1
    mean = np.add.reduceat(shares[:, None] * points, choices.starts)
    curve = (points * weighed[:, None]).T @ points - (mean * counts[:, None]).T @ mean
    return _Cost(
        float(counts @ lost) + float(away @ away) / (2 * PRIOR**2),
        -s * (weighed @ points) + away / PRIOR**2,
        s**2 * curve + np.eye(len(factors)) / PRIOR**2,
    )


def _lost(choices: Choices, of: Places, logits: Floats) -> tuple[Floats, Floats]:
    """log(1 + Σ exp(logits)) of each choice, (n,), and the chance of each one passed over to
    have won instead, (p,)."""
    top = np.maximum(np.maximum.reduceat(logits, choices.starts), 0.0)
    shares = np.exp(logits - top[of])
    sums = np.add.reduceat(shares, choices.starts) + np.exp(-top)
    return top + np.log(sums), shares / sums[of]


def _ranks(choices: Choices, shipped: Mapping[str, float], factors: Floats) -> Floats:
    """The place of each chosen one among what stood around it, from 1, (n,)."""
    ahead = _points(choices, shipped) @ factors + choices.rest
    return 1.0 + np.add.reduceat((ahead <= 0).astype(np.float64), choices.starts)
