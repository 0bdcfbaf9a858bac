"""Recall of passages for questions that need several: samples of MuSiQue and HotpotQA."""

from __future__ import annotations

import statistics

from memory.protocol import RecallRequest
from tests.bench import data
from tests.bench.home import home
from tests.bench.recall_locomo import score


def run() -> None:
    """Each corpus its own memory; evidence is the set of supporting passages."""
    print(f"{'':10} {'n':>4} {'R@5':>7} {'R@10':>7} {'all@10':>7} {'MRR':>7}")
    for name in ("musique", "hotpotqa"):
        path = data.folder("multihop-dev") / name
        with home() as memory:
            memory.add_passages(data.passages(path))
            scores = []
            for asked in data.questions(path):
                reply = memory.recall.recall(RecallRequest(question=asked.question, limit=20))
                scores.append(score([hit.ref for hit in reply.hits], asked.evidence))
        means = (
            statistics.mean(one[k] for one in scores) for k in ("R@5", "R@10", "all@10", "MRR")
        )
        print(f"{name:10} {len(scores):4} " + " ".join(f"{100 * mean:7.1f}" for mean in means))
