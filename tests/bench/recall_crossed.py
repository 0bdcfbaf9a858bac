"""Recall with weights trained without what is asked: each conversation, each set of passages.

The shipped weights are trained on all of this; here one group at a time is left out, the weights
are trained on the others, and its questions go through the whole pipeline with those.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from memory.protocol import RecallRequest
from tests.bench import data, ranker
from tests.bench.home import Home
from tests.bench.recall_locomo import CATEGORIES, DEPTH, score

MEASURES = ("R@5", "R@10", "R@20", "all@10", "MRR")


def run() -> None:
    """Trains, asks, prints."""
    with ExitStack() as stack:
        worlds = list(ranker.worlds(stack, ranker.START))
        examples = {name: ranker.collect(memory, asked) for name, memory, asked in worlds}
        print(f"{'':14} {'n':>5} " + " ".join(f"{name:>7}" for name in MEASURES))
        chats: list[tuple[data.Asked, dict[str, float]]] = []
        for name, memory, asked in worlds:
            others = [found for other, found in examples.items() if other != name]
            weights = ranker.train(others)
            scored = [(one, _asked(memory, one, weights)) for one in asked]
            if name == "sentences" or name in ranker.SETS:
                _line(name, [found for _one, found in scored])
            else:
                chats += scored
        for key, label in CATEGORIES.items():
            _line(label, [found for one, found in chats if one.category == key])
        _line("chats, all", [found for _one, found in chats])


def _asked(memory: Home, asked: data.Asked, weights: Mapping[str, float]) -> dict[str, float]:
    memory.recall.weights = weights
    reply = memory.recall.recall(RecallRequest(question=asked.question, limit=DEPTH))
    if reply.problems:
        raise RuntimeError(reply.problems[0].message)
    return score([hit.ref for hit in reply.hits], asked.evidence)


def _line(label: str, scored: Sequence[dict[str, float]]) -> None:
    means = (100 * statistics.mean(one[name] for one in scored) for name in MEASURES)
    print(f"{label:14} {len(scored):5} " + " ".join(f"{mean:7.1f}" for mean in means), flush=True)
