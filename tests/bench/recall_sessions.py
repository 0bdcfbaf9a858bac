"""Recall of whole sessions of chats: LoCoMo (arXiv 2402.17753), all five categories."""

from __future__ import annotations

import statistics
from collections import defaultdict

from memory.protocol import RecallRequest, RecallUnit
from tests.bench import data
from tests.bench.home import Home, home
from tests.bench.recall_locomo import CATEGORIES

NAMES = CATEGORIES | {"5": "adversarial"}
DEPTH = 10


def run() -> None:
    """Each conversation between two people its own memory; a hit stands for a session.

    R@k is the share of the sessions with evidence among the first k, "any" whether one of them
    is among the first ten, "all" whether all are.
    """
    root = data.folder("locomo-dev")
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    times: list[float] = []
    for path in sorted(folder for folder in root.iterdir() if folder.is_dir()):
        session = {turn["id"]: turn["conversation"] for turn in data.turns(path)}
        with home() as memory:
            memory.add_transcript(path / "transcript.jsonl")
            for asked in data.questions(path):
                wanted = {session[ref] for ref in asked.evidence if ref in session}
                if wanted:
                    found, took_ms = _ask(memory, asked.question, session)
                    scores[asked.category].append(score(found, wanted))
                    times.append(took_ms)
    _table(scores)
    print(f"{len(times)} questions, median {statistics.median(times):.1f} ms each")


def _ask(memory: Home, question: str, session: dict[str, str]) -> tuple[list[str], float]:
    request = RecallRequest(question=question, limit=DEPTH, unit=RecallUnit.SESSION)
    reply = memory.recall.recall(request)
    if reply.problems:
        raise RuntimeError(reply.problems[0].message)
    return [session[hit.ref] for hit in reply.hits if hit.ref is not None], reply.took_ms


def score(found: list[str], wanted: set[str]) -> dict[str, float]:
    """Of one question, by the sessions found, best first."""
    held = {k: len(wanted & set(found[:k])) for k in (1, 5, 10)}
    return {
        "R@5": held[5] / len(wanted),
        "R@10": held[10] / len(wanted),
        "any@1": float(held[1] > 0),
        "any@10": float(held[10] > 0),
        "all@10": float(held[10] == len(wanted)),
    }


def _table(scores: dict[str, list[dict[str, float]]]) -> None:
    names = ("R@5", "R@10", "any@1", "any@10", "all@10")
    print(f"{'':14} {'n':>5} " + " ".join(f"{name:>7}" for name in names))
    rows = [(NAMES[key], scores[key]) for key in sorted(scores)]
    rows.append(("all", [one for _name, many in rows for one in many]))
    for label, many in rows:
        means = (100 * statistics.mean(one[name] for one in many) for name in names)
        print(f"{label:14} {len(many):5} " + " ".join(f"{mean:7.1f}" for mean in means))
