"""Enough? How well recall knows that the memory holds no answer: on worlds left out of the fit.

Conversations of LoCoMo (arXiv 2402.17753), whose category 5 asks one speaker for what the other
said; MuSiQue, HotpotQA and XQuAD, each also asked the questions of the others; a household and
facts about eight people of our own writing. The area under the ROC curve says how often a
question with an answer is held likelier to have one than a question without.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np

from memory.recall.enough import WEIGHTS
from tests.bench import enough_fit
from tests.bench.enough_fit import Example, auc

BINS = 10


def run() -> None:
    """Collects, fits without each world in turn, prints."""
    report(enough_fit.collect_all())


def report(examples: Sequence[Example]) -> None:
    chances = [_chance(logit) for logit in enough_fit.left_out(examples).tolist()]
    print("Left out of the fit: area under the ROC curve")
    _areas(examples, chances)
    weights, offset = WEIGHTS.weights, WEIGHTS.offset
    shipped = [_chance(enough_fit.logit(one.features, weights, offset)) for one in examples]
    print("\nBrier score (0 is best, 0.25 knows nothing)")
    for name, values in (("left out", chances), ("shipped", shipped)):
        print(f"{name:24} {_brier(examples, values):8.3f}")
    print("\nReliability, left out: what was said, and how many had an answer")
    _reliability(examples, chances)
    print(f"\nAs shipped, below {WEIGHTS.threshold:.3f}: told that nothing answers")
    _told_nothing(examples, chances)
    times = sorted(one.ms for one in examples)
    each = f"{statistics.median(times):.2f} ms, 95 % {times[int(0.95 * len(times))]:.2f} ms"
    print(f"\nThe step took {each}")


def _chance(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _areas(examples: Sequence[Example], chances: Sequence[float]) -> None:
    """Of each world, and in it of each kind of question without an answer."""
    print(f"{'':12} {'without an answer because of':28} {'with':>5} {'without':>8} {'area':>6}")
    by_kind: dict[str, list[tuple[float, bool]]] = {}
    for world in enough_fit.worlds_of(examples):
        own = [(one, chance) for one, chance in zip(examples, chances, strict=True)
               if one.world == world]  # fmt: skip
        kinds = list(dict.fromkeys(one.kind for one, _chance in own if not one.answered))
        for kind in kinds:
            pairs = [(c, one.answered) for one, c in own if one.answered or one.kind == kind]
            _area(world, kind, pairs)
            if world.startswith("conv"):
                by_kind.setdefault(kind, []).extend(pairs)
        if len(kinds) > 1:
            _area(world, "all of these", [(c, one.answered) for one, c in own])
    for kind, pairs in by_kind.items():
        _area("chats", kind, pairs)


def _area(world: str, kind: str, pairs: Sequence[tuple[float, bool]]) -> None:
    with_one = sum(answered for _chance, answered in pairs)
    area = auc([chance for chance, _ in pairs], [answered for _, answered in pairs])
    print(f"{world:12} {kind:28} {with_one:5} {len(pairs) - with_one:8} {area:6.3f}", flush=True)


def _brier(examples: Sequence[Example], chances: Sequence[float]) -> float:
    """Worlds, and in each the answered and the others, count alike."""
    sides: dict[tuple[str, bool], list[float]] = {}
    for one, chance in zip(examples, chances, strict=True):
        sides.setdefault((one.world, one.answered), []).append((chance - one.answered) ** 2)
    return statistics.mean(statistics.mean(many) for many in sides.values())


def _reliability(examples: Sequence[Example], chances: Sequence[float]) -> None:
    share = enough_fit.shares(examples)
    places = [min(int(chance * BINS), BINS - 1) for chance in chances]
    print(f"{'from':>5} {'to':>5} {'questions':>10} {'said':>6} {'held':>6}")
    for place in range(BINS):
        inside = [n for n, other in enumerate(places) if other == place]
        if inside:
            said = np.average([chances[n] for n in inside], weights=share[inside])
            held = np.average([examples[n].answered for n in inside], weights=share[inside])
            span = f"{place / BINS:5.1f} {(place + 1) / BINS:5.1f}"
            print(f"{span} {len(inside):10} {said:6.2f} {held:6.2f}")


def _told_nothing(examples: Sequence[Example], chances: Sequence[float]) -> None:
    """Of the answered how many are wrongly told so, as shipped and by weights of other worlds;
    of the others how many rightly, as shipped."""
    low = [chance < WEIGHTS.threshold for chance in chances]
    print(f"{'':12} {'with an answer':>16} {'left out':>12} {'without':>16}")
    for world in [*enough_fit.worlds_of(examples), "all"]:
        own = [n for n, one in enumerate(examples) if world in (one.world, "all")]
        answered = [n for n in own if examples[n].answered]
        others = [n for n in own if not examples[n].answered]
        cells = [_share([examples[n].nearest_only for n in side]) for side in (answered, others)]
        unseen = _share([low[n] for n in answered])
        print(
            f"{world:12} {cells[0]:6.1f} % of {len(answered):4} {unseen:10.1f} %"
            f" {cells[1]:6.1f} % of {len(others):4}"
        )


def _share(flags: Sequence[bool]) -> float:
    return 100 * statistics.mean(flags) if flags else 0.0
