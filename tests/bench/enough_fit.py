"""Fits the confidence of recall: what it sees of each question, and a logistic regression.

What is fitted stands in ``memory/recall/enough_weights.py`` (``packaging/fit_confidence.py``
writes it); ``tests/bench/enough.py`` reports it on worlds it was not fitted on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.protocol import RecallRequest
from memory.recall.enough import SIGNS, Weights
from tests.bench.enough_worlds import Fill, worlds
from tests.bench.home import home

Floats = NDArray[np.float64]

RIDGE = 0.01
LIMIT = 10
# Of the questions that have an answer, so many at most may be told that they have none. Half of
# what is promised: it has to hold elsewhere too.
MOST_LOST = 0.01
# The same memory asked in two ways is left out as one.
TOGETHER = {"keywords": "household", "small": "household"}


@dataclass(frozen=True)
class Example:
    """One question of one world; ``kind`` tells why it has an answer or none, ``nearest_only``
    what recall as shipped said of it, ``ms`` what the step cost."""

    world: str
    kind: str
    answered: bool
    question: str
    features: Mapping[str, float]
    nearest_only: bool
    ms: float


def collect(name: str, fill: Fill) -> list[Example]:
    """Asks a world all its questions through the real pipeline."""
    found = []
    with home() as memory:
        for asked in fill(memory):
            done = memory.recall.find(RecallRequest(question=asked.question, limit=LIMIT))
            if done.problems:
                raise RuntimeError(done.problems[0].message)
            if done.enough is not None and done.enough.features:
                found.append(
                    Example(
                        world=name,
                        kind=asked.kind,
                        answered=asked.answered,
                        question=asked.question,
                        features=done.enough.features,
                        nearest_only=done.nearest_only,
                        ms=done.trace.entries[-1].ms,
                    )
                )
    return found


def collect_all() -> list[Example]:
    """Raises NoData where the public sets are not here."""
    return [one for name, fill in worlds().items() for one in collect(name, fill)]


def fit(examples: Sequence[Example]) -> Weights:
    """Weights of all these, with a threshold found on worlds left out in turn.

    Every world counts alike, in it the answered and the unanswered, and of these every kind.
    The logits of worlds left out give the scale and offset (Platt, 1999): what a regression says
    of its own examples is too sure of itself.
    """
    y = np.array([one.answered for one in examples], dtype=float)
    share = shares(examples)
    unseen = left_out(examples)
    scale = _logistic(unseen[:, None], y, share, 0.0)
    weights, offset = _weights(examples)
    weights = {name: weight * float(scale[0]) for name, weight in weights.items()}
    offset = offset * float(scale[0]) + float(scale[1])
    chances = 1 / (1 + np.exp(-(unseen * scale[0] + scale[1])))
    return Weights(weights, offset, threshold(chances, y > 0, examples))


def threshold(chances: Floats, answered: NDArray[np.bool_], examples: Sequence[Example]) -> float:
    """Below it at most ``MOST_LOST`` of the answered lie, of the worlds together and, twice as
    many at most, of each."""
    marks = [float(np.quantile(chances[answered], MOST_LOST))]
    for name in {one.world for one in examples}:
        own = np.array([one.world == name for one in examples]) & answered
        marks.append(float(np.quantile(chances[own], 2 * MOST_LOST)))
    return min(marks)


def left_out(examples: Sequence[Example]) -> Floats:
    """The logit of each by weights of the other worlds."""
    groups = [TOGETHER.get(one.world, one.world) for one in examples]
    found = np.zeros(len(examples))
    for group in dict.fromkeys(groups):
        others = [one for one, name in zip(examples, groups, strict=True) if name != group]
        weights, offset = _weights(others)
        for place, name in enumerate(groups):
            if name == group:
                found[place] = logit(examples[place].features, weights, offset)
    return found


def logit(features: Mapping[str, float], weights: Mapping[str, float], offset: float) -> float:
    return offset + sum(weight * features[name] for name, weight in weights.items())


def auc(scores: Sequence[float], answered: Sequence[bool]) -> float:
    """How often an answered question stands above an unanswered one; ties count half."""
    values, right = np.array(scores), np.array(answered)
    above, below = values[right][:, None], values[~right][None]
    if not above.size or not below.size:
        return math.nan
    return float((above > below).mean() + (above == below).mean() / 2)


def _weights(examples: Sequence[Example]) -> tuple[dict[str, float], float]:
    """By name, and the offset. A feature that would speak against its nature is left out, the
    worst first, and the rest is fitted again."""
    names = list(SIGNS)
    y = np.array([one.answered for one in examples], dtype=float)
    table = np.array([[one.features[name] for name in names] for one in examples])
    share = shares(examples)
    mean = np.average(table, axis=0, weights=share)
    spread = np.sqrt(np.average((table - mean) ** 2, axis=0, weights=share)) + 1e-6
    table = (table - mean) / spread
    kept = list(range(len(names)))
    while True:
        found = _logistic(table[:, kept], y, share, RIDGE)
        wrong = [
            (weight * SIGNS[names[place]], place)
            for weight, place in zip(found.tolist(), kept, strict=False)
            if weight * SIGNS[names[place]] < 0
        ]
        if not wrong:
            break
        kept.remove(min(wrong)[1])
    plain = found[:-1] / spread[kept]
    offset = float(found[-1] - plain @ mean[kept])
    return dict(zip((names[place] for place in kept), plain.tolist(), strict=True)), offset


def shares(examples: Sequence[Example]) -> Floats:
    """What each counts, the worlds alike, in them both sides, in those every kind; sums to 1."""
    kinds = Counter((one.world, one.answered, one.kind) for one in examples)
    halves = Counter((world, answered) for world, answered, _kind in kinds)
    sides = Counter(world for world, _answered in halves)

    def share(one: Example) -> float:
        alike = kinds[one.world, one.answered, one.kind] * halves[one.world, one.answered]
        return 1 / (len(sides) * sides[one.world] * alike)

    return np.array([share(one) for one in examples])


def _logistic(table: Floats, y: Floats, share: Floats, ridge: float) -> Floats:
    """Weights (k,) and offset of the least loss, by Newton's method; the offset is free."""
    full = np.c_[table, np.ones(len(table))]
    bend = np.diag([ridge] * table.shape[1] + [1e-9])
    found = np.zeros(full.shape[1])
    for _round in range(60):
        chance = 1 / (1 + np.exp(-np.clip(full @ found, -30, 30)))
        slope = full.T @ (share * (chance - y)) + bend @ found
        curve = (full * (share * chance * (1 - chance))[:, None]).T @ full + bend
        step = np.linalg.solve(curve, slope)
        found = found - step
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(found)


def worlds_of(examples: Iterable[Example]) -> list[str]:
    return list(dict.fromkeys(one.world for one in examples))
