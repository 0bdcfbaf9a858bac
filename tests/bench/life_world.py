"""A simulated year of somebody who remembers things and needs some of them again.

What is needed follows what is known of real use: Zipf's law over what there is, interests that
come and go, so that the odds of being needed fall with the time since the last need as a power
(Anderson and Schooler 1991), and most needs are for something needed before (58 % of visits of web
pages were returns in Tauscher and Greenberg 1997). Assumed are

- 10,000 memories, evenly over the year, in 40 topics. Interest in each topic drifts by itself
  (Ornstein-Uhlenbeck in the logarithm, spread 1.2, time constant 45 days), old ones come back;
- what is worth something within a topic falls by Zipf's law (exponent 1), by chance, not by age:
  a new memory is no likelier to be needed than an old one of the same topic;
- 20 questions a day, each for one memory there is: topic by interest, memory by worth;
- what stands beside it: up to 90 others of the topic, drawn without regard to their worth, and
  30 from anywhere, which are less alike. Scores are normal, on the ranker's own scale, with the
  spreads measured for the best answering turn (2.9) and for the rest (1.7) on two LoCoMo
  conversations (arXiv 2402.17753) with the shipped weights. Their means lie 7.4 apart there; here
  it is 3, which brings 60 to 70 % of targets into the first ten by relevance alone.

The draws depend on the seed alone, so every policy meets the same needs and the same relevance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.clock import DAY_MS

START_MS = 1_735_689_600_000  # 2025-01-01 00:00 UTC
DAYS = 365
MEMORIES = 10_000
TOPICS = 40
QUESTIONS_A_DAY = 20
NEAR, FAR = 90, 30
# Needs of the first days are not counted: there is hardly anything to choose from.
FIRST_DAY = 7

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Assumed:
    """What differs from world to world: ``drift`` is the spread of interest, ``zipf`` the exponent
    of worth within a topic (0: all alike, nothing is told by having been needed), ``apart`` how
    far the mean target stands above the mean of its topic, ``spread`` of targets, ``others`` of
    the rest, in logits."""

    drift: float = 1.2
    drift_days: float = 45.0
    zipf: float = 1.0
    apart: float = 3.0
    spread: float = 2.9
    others: float = 1.7
    far: float = 1.5


@dataclass(frozen=True)
class Need:
    """One question: the memory it is for, those beside it (the target first) with their
    relevance, how long ago the target was needed last, and a draw for what else is cited."""

    at_ms: int
    target: int
    listed: Places
    relevance: Floats
    last_days: float | None
    chance: float


@dataclass(frozen=True)
class World:
    """``learnt_ms``: (n,) ascending."""

    learnt_ms: Places
    needs: tuple[Need, ...]

    def nights(self) -> Iterator[int]:
        """Every night, UTC milliseconds."""
        return (START_MS + day * DAY_MS for day in range(1, DAYS + 1))


def world(seed: int, assumed: Assumed | None = None) -> World:
    """One year by one seed."""
    assumed = assumed or Assumed()
    random = np.random.default_rng(seed)
    interest = _interest(random, assumed)
    days = np.sort(random.uniform(0, DAYS, MEMORIES))
    topics = np.array([random.choice(TOPICS, p=interest[int(day)]) for day in days])
    worth = _worth(random, topics, assumed.zipf)
    learnt_ms = START_MS + (days * DAY_MS).astype(np.int64)
    return World(learnt_ms, tuple(_needs(random, assumed, interest, days, topics, worth)))


def _interest(random: np.random.Generator, assumed: Assumed) -> Floats:
    """Share of each topic on each day, (days, topics)."""
    keep = np.exp(-1 / assumed.drift_days)
    state = random.normal(0, assumed.drift, TOPICS)
    found = np.empty((DAYS, TOPICS))
    for day in range(DAYS):
        found[day] = state
        state = keep * state + random.normal(0, assumed.drift * np.sqrt(1 - keep**2), TOPICS)
    odds = np.exp(found)
    return np.asarray(odds / odds.sum(1, keepdims=True))


def _worth(random: np.random.Generator, topics: Places, zipf: float) -> Floats:
    """By a place drawn within the topic."""
    found = np.empty(len(topics))
    for topic in range(TOPICS):
        at = np.flatnonzero(topics == topic)
        found[at] = (1.0 + random.permutation(len(at))) ** -zipf
    return found


def _needs(
    random: np.random.Generator,
    assumed: Assumed,
    interest: Floats,
    days: Floats,
    topics: Places,
    worth: Floats,
) -> Iterator[Need]:
    members = [np.flatnonzero(topics == topic) for topic in range(TOPICS)]
    last: dict[int, float] = {}
    for day in range(1, DAYS):
        for moment in np.sort(random.uniform(day, day + 1, random.poisson(QUESTIONS_A_DAY))):
            there = members[random.choice(TOPICS, p=interest[day])]
            there = there[days[there] < moment]
            if len(there) < 2:
                continue
            target = int(random.choice(there, p=worth[there] / worth[there].sum()))
            listed, relevance = _beside(random, assumed, target, there, int((days < moment).sum()))
            seen = last.get(target)
            last[target] = float(moment)
            yield Need(
                START_MS + int(moment * DAY_MS), target, listed, relevance,
                None if seen is None else float(moment) - seen, float(random.random()),
            )  # fmt: skip


def _beside(
    random: np.random.Generator, assumed: Assumed, target: int, topic: Places, known: int
) -> tuple[Places, Floats]:
    """The target, those like it, and some from anywhere; with their relevance."""
    near = topic[topic != target]
    near = random.choice(near, min(NEAR, len(near)), replace=False)
    far = np.setdiff1d(random.integers(0, known, FAR), np.append(near, target))
    relevance = np.concatenate(
        [
            random.normal(assumed.apart, assumed.spread, 1),
            random.normal(0.0, assumed.others, len(near)),
            random.normal(-assumed.far, assumed.others, len(far)),
        ]
    )
    return np.concatenate([[target], near, far]).astype(np.int64), relevance
