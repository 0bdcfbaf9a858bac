"""A year of use: what fading and renewal do for finding again what is needed later.

The year is that of ``tests.bench.life_world``: every day's questions, each for one memory among
others like it. What a policy adds to relevance decides the list of ten; a memory found there is
used, and once in five times something else of the first three is cited with it. What is not found
is not used. Policies:

- no decay: relevance alone;
- product: strength by ``memory.decay``, dormancy at night by the line of ``memory.store.upkeep``;
  in the score the standing of ``memory.recall.ranking`` and what ``memory.recall.used`` adds;
- FSRS as a nudge: the same without use, as it was before; and with 3 ln R in its place;
- MemoryBank (arXiv 2305.10250): R = exp(-t / S) in days, S from 1 on, 1 more with every use, which
  sets t to 0. In its published code it reads exp(-t / 5 * S), so that use makes a memory fade
  faster. There R is no part of the rank: whatever a draw finds above R is deleted whenever memory
  is loaded, here once a night. Both ways: deleting, and R in the place of FSRS's in the rank;
- ACT-R's base level (Anderson and Schooler 1991), ln of the sum of t^-0.5 over learning and all
  uses, at the weight 1 that its theory gives;
- recency: the newest use or learning first, among the candidates.

"again" are needs for what was needed before, "after a month" those whose last need is a month or
more ago, "first" those never needed before, "on top" all needs whose memory stands first. The
form of what use adds was chosen on the seeds from 100 on, its weight is that of the theory; the
years reported first are others.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory import decay
from memory.clock import DAY_MS
from memory.protocol import MemoryKind, MemoryState, ReviewReason
from memory.recall import ranking, used
from memory.settings import Settings
from memory.store.rows import Strength
from memory.store.words import Card
from tests.bench.life_world import DAYS, FIRST_DAY, START_MS, Assumed, Need, World, world

LISTED = 10
ALSO_CITED = 0.2
SEEDS = 5
QUARTERS = 4
KINDS = ("all", "again", "after a month", "first", "on top")
TRIED = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
# Logits for each factor of e in FSRS's R, where that alone is added.
STEEP = 3.0
TRIED_SEEDS = (100, 101, 102)

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Policy:
    """Relevance alone."""

    def start(self, seed: int, learnt_ms: Places) -> None:
        """A new year of memories learnt at these times."""
        self.last_ms = learnt_ms.copy()

    def added(self, listed: Places, now_ms: int) -> Floats:
        """What is added to the relevance of these memories."""
        return np.zeros(len(listed))

    def used(self, memory: int, now_ms: int) -> None:
        self.last_ms[memory] = now_ms

    def night(self, now_ms: int) -> None:
        """What is done once a day."""


class Recency(Policy):
    def added(self, listed: Places, now_ms: int) -> Floats:
        return np.asarray(1e3 * self.last_ms[listed] / DAY_MS)


class Fsrs(Policy):
    """Strength as the product has it, and as it entered its ranking before: as a nudge."""

    def __init__(self) -> None:
        settings = Settings()
        self.weight = settings.strength_weight
        self.line = decay.days_until(settings.dormant_below)

    def start(self, seed: int, learnt_ms: Places) -> None:
        super().start(seed, learnt_ms)
        states = [decay.initial(MemoryKind.PASSAGE, 0.5, None, int(at)) for at in learnt_ms]
        self.cards = [_card(row, strength) for row, strength in enumerate(states)]
        self.stability = np.array([one.stability_days for one in states])

    def added(self, listed: Places, now_ms: int) -> Floats:
        cards = [self.cards[at] for at in listed.tolist()]
        strengths = decay.retrievabilities([card.strength for card in cards], now_ms)
        standing = ranking.standing(cards, strengths, self.weight)
        return np.asarray(ranking.STANDING * np.log(standing), dtype=float)

    def used(self, memory: int, now_ms: int) -> None:
        after = decay.review(self.cards[memory].strength, ReviewReason.CITED, now_ms)
        self.cards[memory] = self.cards[memory]._replace(strength=after, state=MemoryState.ACTIVE)
        self.stability[memory], self.last_ms[memory] = after.stability_days, after.reviewed_ms

    def night(self, now_ms: int) -> None:
        """The line of ``memory.store.upkeep``."""
        elapsed = (now_ms - self.last_ms) / (self.stability * DAY_MS)
        for at in np.flatnonzero(elapsed > self.line).tolist():
            if self.cards[at].state is MemoryState.ACTIVE:
                self.cards[at] = self.cards[at]._replace(state=MemoryState.DORMANT)


class Retrievability(Fsrs):
    """ln R with one weight."""

    def __init__(self, steep: float) -> None:
        super().__init__()
        self.steep = steep

    def added(self, listed: Places, now_ms: int) -> Floats:
        strengths = [self.cards[at].strength for at in listed.tolist()]
        return self.steep * np.log(decay.retrievabilities(strengths, now_ms).astype(float))


class Product(Fsrs):
    """As it is now. ``use``: how much use counts, 1 as shipped."""

    def __init__(self, use: float = 1.0) -> None:
        super().__init__()
        self.use = use

    def start(self, seed: int, learnt_ms: Places) -> None:
        super().start(seed, learnt_ms)
        self.uses: dict[int, list[int]] = {}

    def added(self, listed: Places, now_ms: int) -> Floats:
        told = used.points(listed.tolist(), self.uses, now_ms, self.weight)
        return super().added(listed, now_ms) + self.use * told

    def used(self, memory: int, now_ms: int) -> None:
        super().used(memory, now_ms)
        self.uses.setdefault(memory, []).append(now_ms)


class MemoryBank(Policy):
    """``deletes``: as published; else R stands in the rank as FSRS's does, as a nudge or, with a
    weight, as its logarithm. ``code``: with the curve of its code."""

    def __init__(self, *, code: bool, deletes: bool, weight: float = 0.0) -> None:
        self.code, self.deletes, self.weight = code, deletes, weight

    def start(self, seed: int, learnt_ms: Places) -> None:
        super().start(seed, learnt_ms)
        self.times = np.ones(len(learnt_ms))
        self.gone = np.zeros(len(learnt_ms), dtype=bool)
        self.random = np.random.default_rng(seed)

    def logarithm(self, days: Floats, times: Floats) -> Floats:
        return np.asarray(-days / 5 * times if self.code else -days / times)

    def added(self, listed: Places, now_ms: int) -> Floats:
        if self.deletes:
            return np.where(self.gone[listed], -np.inf, 0.0)
        days = (now_ms - self.last_ms[listed]) / DAY_MS
        logarithm = self.logarithm(days, self.times[listed])
        if self.weight:
            return self.weight * logarithm
        share = Settings().strength_weight
        return np.asarray(ranking.STANDING * np.log(1 - share + share * np.exp(logarithm)))

    def used(self, memory: int, now_ms: int) -> None:
        super().used(memory, now_ms)
        self.times[memory] += 1

    def night(self, now_ms: int) -> None:
        days = np.floor((now_ms - self.last_ms) / DAY_MS)
        known = days >= 0
        kept = np.exp(np.minimum(self.logarithm(days, self.times), 0.0))
        self.gone |= known & (self.random.random(len(kept)) > kept)


class BaseLevel(Policy):
    """ACT-R's, every use remembered; an hour is the shortest time."""

    def start(self, seed: int, learnt_ms: Places) -> None:
        super().start(seed, learnt_ms)
        self.uses = [[int(at)] for at in learnt_ms]

    def added(self, listed: Places, now_ms: int) -> Floats:
        return np.array(
            [
                np.log(sum(max((now_ms - at) / DAY_MS, 1 / 24) ** -0.5 for at in self.uses[one]))
                for one in listed.tolist()
            ]
        )

    def used(self, memory: int, now_ms: int) -> None:
        self.uses[memory].append(now_ms)


@dataclass
class Tally:
    """Needs and those found in the list, by kind and quarter."""

    needs: dict[tuple[str, int], int]
    found: dict[tuple[str, int], int]

    def share(self, kind: str = "all", quarter: int | None = None) -> float:
        quarters = range(QUARTERS) if quarter is None else (quarter,)
        needs = sum(self.needs[kind, one] for one in quarters)
        return sum(self.found[kind, one] for one in quarters) / needs if needs else float("nan")


def live(year: World, policy: Policy, seed: int = 0) -> Tally:
    """One year under one policy."""
    tally = Tally(defaultdict(int), defaultdict(int))
    policy.start(seed, year.learnt_ms)
    nights = iter(year.nights())
    night = next(nights)
    for need in year.needs:
        while night <= need.at_ms:
            policy.night(night)
            night = next(nights)
        score = need.relevance + policy.added(need.listed, need.at_ms)
        order = np.argsort(-score, kind="stable")[:LISTED]
        found = bool((order == 0).any() and np.isfinite(score[0]))
        _count(tally, need, found, found and order[0] == 0)
        if found:
            policy.used(need.target, need.at_ms)
        if need.chance < ALSO_CITED:
            others = [at for at in order[:3] if at != 0 and np.isfinite(score[at])]
            if others:
                policy.used(int(need.listed[others[0]]), need.at_ms)
    return tally


def _count(tally: Tally, need: Need, found: bool, on_top: bool) -> None:
    day = (need.at_ms - START_MS) / DAY_MS
    if day < FIRST_DAY:
        return
    quarter = min(int(day * QUARTERS / DAYS), QUARTERS - 1)
    kinds = ["all", "first" if need.last_days is None else "again"]
    if need.last_days is not None and need.last_days >= 30:
        kinds.append("after a month")
    for kind in kinds:
        tally.needs[kind, quarter] += 1
        tally.found[kind, quarter] += found
    tally.needs["on top", quarter] += 1
    tally.found["on top", quarter] += on_top


def run() -> None:
    """Lives the years, prints."""
    policies: dict[str, Policy] = {
        "no decay": Policy(),
        "product": Product(),
        "FSRS as a nudge (before)": Fsrs(),
        f"FSRS, {STEEP:g} ln R": Retrievability(STEEP),
        "MemoryBank, deletes": MemoryBank(code=False, deletes=True),
        "MemoryBank's code, deletes": MemoryBank(code=True, deletes=True),
        "MemoryBank as a nudge": MemoryBank(code=False, deletes=False),
        "MemoryBank's code, a nudge": MemoryBank(code=True, deletes=False),
        f"MemoryBank, {STEEP:g} ln R": MemoryBank(code=False, deletes=False, weight=STEEP),
        f"MemoryBank's code, {STEEP:g} ln R": MemoryBank(code=True, deletes=False, weight=STEEP),
        "ACT-R base level": BaseLevel(),
        "recency": Recency(),
    }
    _table("a year", policies, Assumed(), range(SEEDS))
    few: dict[str, Policy] = {"no decay": Policy(), "product": Product()}
    for title, assumed in (
        ("interests do not drift", Assumed(drift_days=1e6)),
        ("interests change by the week", Assumed(drift_days=7)),
        ("all of a topic worth alike: use tells nothing", Assumed(zipf=0.0)),
        ("more clutter", Assumed(apart=2.0)),
        ("less clutter", Assumed(apart=4.5)),
    ):
        _table(title, few, assumed, range(2))
    tried = {"no decay": Policy()} | {f"use counts {use:g}": Product(use) for use in TRIED}
    _table("other weights, other years", tried, Assumed(), TRIED_SEEDS)


def _table(title: str, policies: dict[str, Policy], assumed: Assumed, seeds: Sequence[int]) -> None:
    print(f"\n{title}: share of needs found in the first {LISTED}, {len(seeds)} years")
    print(
        f"{'':26}"
        + "".join(f"{kind:>15}" for kind in KINDS)
        + "    by quarter                   gain  worst quarter",
        flush=True,
    )
    years = [(seed, world(seed, assumed)) for seed in seeds]
    plain: list[Tally] | None = None
    for name, policy in policies.items():
        tallies = [live(year, policy, seed) for seed, year in years]
        plain = plain or tallies
        cells = [_cell([one.share(kind) for one in tallies]) for kind in KINDS]
        quarters = [
            statistics.mean(one.share("all", quarter) for one in tallies)
            for quarter in range(QUARTERS)
        ]
        better = statistics.mean(o.share() / p.share() for o, p in zip(tallies, plain, strict=True))
        worst = min(
            o.share("all", quarter) / p.share("all", quarter) - 1
            for o, p in zip(tallies, plain, strict=True)
            for quarter in range(QUARTERS)
        )
        told = " ".join(f"{100 * share:5.1f}" for share in quarters)
        told += f"  {100 * (better - 1):+6.1f} % {100 * worst:+9.1f} %"
        print(f"{name:26}{''.join(cells)}    {told}", flush=True)
    assert plain is not None
    needs = {kind: sum(one.needs[kind, q] for one in plain for q in range(4)) for kind in KINDS}
    print(f"{'needs':26}" + "".join(f"{needs[kind]:15}" for kind in KINDS))


def _cell(shares: Sequence[float]) -> str:
    spread = statistics.stdev(shares) if len(shares) > 1 else 0.0
    return f"{100 * statistics.mean(shares):8.1f} ±{100 * spread:4.1f} "


def _card(row: int, strength: Strength) -> Card:
    return Card(
        row, "", row, MemoryKind.PASSAGE, MemoryState.ACTIVE, 0, "", "", None, None, None,
        strength.reviewed_ms, strength, 0.5, False, False,
    )  # fmt: skip
