"""Recall on chats between people: LoCoMo (arXiv 2402.17753), evidence turns, categories 1-4."""

from __future__ import annotations

import statistics
from collections import defaultdict

from memory.protocol import RecallRequest
from tests.bench import data
from tests.bench.home import Home, home

CATEGORIES = {"1": "multi-hop", "2": "temporal", "3": "open-domain", "4": "single-hop"}
DEPTH = 20


def run() -> None:
    """Each conversation its own memory, imported and asked through the real pipeline."""
    root = data.folder("locomo-dev")
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    times: list[float] = []
    for path in sorted(folder for folder in root.iterdir() if folder.is_dir()):
        with home() as memory:
            memory.add_transcript(path / "transcript.jsonl")
            for asked in data.questions(path):
                if asked.category in CATEGORIES:
                    score, took_ms = _ask(memory, asked)
                    scores[asked.category].append(score)
                    times.append(took_ms)
    _table(scores)
    print(f"{len(times)} questions, median {statistics.median(times):.1f} ms each")


def _ask(memory: Home, asked: data.Asked) -> tuple[dict[str, float], float]:
    reply = memory.recall.recall(RecallRequest(question=asked.question, limit=DEPTH))
    if reply.problems:
        raise RuntimeError(reply.problems[0].message)
    return score([hit.ref for hit in reply.hits], asked.evidence), reply.took_ms


def score(found: list[str | None], evidence: tuple[str, ...]) -> dict[str, float]:
    """Recall at 5, 10, 20, all evidence within 10, and one by the rank of the first."""
    refs = list(dict.fromkeys(found))
    wanted = set(evidence)
    ranks = [rank for rank, ref in enumerate(refs, 1) if ref in wanted]
    parts = {f"R@{k}": sum(rank <= k for rank in ranks) / len(wanted) for k in (5, 10, 20)}
    return parts | {
        "all@10": float(sum(rank <= 10 for rank in ranks) == len(wanted)),
        "MRR": 1 / ranks[0] if ranks else 0.0,
    }


def _table(scores: dict[str, list[dict[str, float]]]) -> None:
    names = ("R@5", "R@10", "R@20", "all@10", "MRR")
    print(f"{'':14} {'n':>5} " + " ".join(f"{name:>7}" for name in names))
    rows = [(CATEGORIES[key], scores[key]) for key in sorted(scores)]
    rows.append(("all", [one for _name, many in rows for one in many]))
    for label, many in rows:
        means = (100 * statistics.mean(one[name] for one in many) for name in names)
        print(f"{label:14} {len(many):5} " + " ".join(f"{mean:7.1f}" for mean in means))
