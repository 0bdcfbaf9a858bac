"""What each witness and operator of the ranking adds: all but one of them, again and again.

One group at a time is left out while the weights are trained on the others, as in
``recall_crossed``; the candidates are those the pipeline found once with all its operators, so a
table takes minutes. Questions about facts told anew (``changed``) get weights trained on all.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

import numpy as np

from memory.recall import anew, cues, spread
from tests.bench import changed, data, ranker
from tests.bench.home import home
from tests.bench.ranker import Example
from tests.bench.recall_locomo import score

# What is left out together, by the beginnings of the names of columns.
GROUPS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "own words": ("words",),
    "words around": ("words_around", "words_wide", "said_before"),
    "own meaning": ("meaning",),
    "meaning around": ("meaning_near",),
    "tokens": ("tokens", "tokens_wide", "tokens_led"),
    "tokens around": ("tokens_wide", "tokens_led"),
    "tokens before": ("tokens_led",),
    "distances": ("_apart",),
    "speaker": ("speaker",),
    "asks": ("asks",),
    "answers": ("answers",),
    "times, numbers": ("times_asked", "numbers_asked"),
    "names": ("capitals",),
    "I and we": ("first_person",),
    "dates": ("time",),
    "links": ("linked", "is_named"),
    "told anew": ("anew",),
    "stretch": ("stretch",),
    "spread": ("spread",),
}
# Groups of which every so many-th question trains, for the time it takes.
THINNED = {"sentences": 3, "xquad": 3}
COLUMNS = ("chats R@5", "R@10", "MRR", "cat. 1", "musique", "hotpotqa", "changed")


def run() -> None:
    """Collects, trains without each group, prints."""
    with ExitStack() as stack:
        examples = {
            name: ranker.collect(memory, asked)
            for name, memory, asked in ranker.worlds(stack, ranker.START)
        }
        told = _changed(stack)
    print(f"{'without':15} " + " ".join(f"{name:>9}" for name in COLUMNS))
    for label, left_out in GROUPS.items():
        values = _without(left_out, examples, told)
        print(f"{label:15} " + " ".join(f"{value:9.1f}" for value in values), flush=True)


def _without(
    left_out: Sequence[str], examples: Mapping[str, Sequence[Example]], told: Sequence[Example]
) -> list[float]:
    """One line of the table."""
    learnt = [name for name in ranker.LEARNT if not _is_of(name, left_out)]
    hand = {name: value for name, value in ranker.BY_HAND.items() if not _is_of(name, left_out)}
    scores: dict[str, list[dict[str, float]]] = {}
    chats: list[tuple[data.Asked, dict[str, float]]] = []
    some = {name: group[:: THINNED.get(name, 1)] for name, group in examples.items()}
    for name, group in examples.items():
        others = [found for other, found in some.items() if other != name]
        weights = ranker.train(others, learnt, hand)
        scored = [(one.asked, _score(one, weights, left_out)) for one in group]
        scores[name] = [found for _asked, found in scored]
        if name not in ranker.SETS and name != "sentences":
            chats += scored
    weights = ranker.train(list(some.values()), learnt, hand)
    newest = [_newest_above(one, weights, left_out) for one in told]
    return [
        *(_mean([found[key] for _asked, found in chats]) for key in ("R@5", "R@10", "MRR")),
        _mean([found["R@10"] for asked, found in chats if asked.category == "1"]),
        *(_mean([found["R@5"] for found in scores[name]]) for name in ("musique", "hotpotqa")),
        _mean(newest),
    ]


def _is_of(name: str, left_out: Sequence[str]) -> bool:
    plain = name.partition("*")[0]
    return plain.removesuffix("_apart") in left_out or (
        "_apart" in left_out and plain.endswith("_apart")
    )


def _ranked(
    one: Example, weights: Mapping[str, float], left_out: Sequence[str]
) -> list[str | None]:
    """Refs of the candidates, best first."""
    scores = one.scores(weights).astype(np.float32)
    if "anew" not in left_out and one.anew is not None:
        best = np.argsort(-scores, kind="stable")[: anew.BEST]
        scores[best] = anew.risen(scores[best], one.anew[np.ix_(best, best)])
    if "spread" not in left_out and cues.asks_several(one.asked.question):
        assert one.session is not None
        scores = scores + spread.points(scores, one.columns["lean"], one.session)
    return [one.refs[place] for place in np.argsort(-scores, kind="stable")]


def _score(one: Example, weights: Mapping[str, float], left_out: Sequence[str]) -> dict[str, float]:
    return score(_ranked(one, weights, left_out)[:20], one.asked.evidence)


def _newest_above(one: Example, weights: Mapping[str, float], left_out: Sequence[str]) -> bool:
    order = _ranked(one, weights, left_out)
    old, new = one.asked.evidence
    return order.index(new) < order.index(old) if {old, new} <= set(order) else new in order


def _changed(stack: ExitStack) -> list[Example]:
    """The questions of ``changed``, whose evidence is the older and the newest telling."""
    memory = stack.enter_context(home(ranker.START))
    asked = [data.Asked(question, (old, new), "changed", ())
             for question, old, new in changed.remember(memory)]  # fmt: skip
    return ranker.collect(memory, asked, by_text=True)


def _mean(values: Iterable[float]) -> float:
    return 100 * statistics.mean(float(value) for value in values)
