"""Recall of whole sessions of chats: LoCoMo (arXiv 2402.17753), all five categories."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from memory.protocol import RecallReply
from tests.bench import data, ranker, session_fit
from tests.bench.home import home
from tests.bench.recall_locomo import CATEGORIES
from tests.bench.session_fit import Example

NAMES = CATEGORIES | {"5": "adversarial"}
DEPTH = 10

Scored = tuple[str, dict[str, float]]


def run() -> None:
    """Each conversation between two people its own memory; a hit stands for a session.

    R@k is the share of the sessions with evidence among the first k, "any" whether one of them
    is among the first ten, "all" whether all are. Shown with the shipped weights; with what a
    whole session says trained without the conversation that is asked; and by best memories.
    """
    shipped: list[Scored] = []
    times: list[float] = []

    def take(asked: data.Asked, reply: RecallReply, session: Mapping[str, str]) -> None:
        found = [session[hit.ref] for hit in reply.hits if hit.ref is not None]
        shipped.append((asked.category, score(found, _wanted(asked, session))))
        times.append(reply.took_ms)

    examples = collect(take)
    print("As shipped")
    _table(shipped)
    print("\nWhat a whole session says, trained without the conversation that is asked")
    _table(_left_out(examples))
    print("\nBy the best memory alone")
    _table(_by(one, {"best": 1.0}) for group in examples.values() for one in group)
    print(f"{len(times)} questions, median {statistics.median(times):.1f} ms each")


def collect(take=lambda *_seen: None) -> dict[str, list[Example]]:  # type: ignore[no-untyped-def]
    """By conversation, what is known of every session of each question; ``take`` sees replies."""
    found: dict[str, list[Example]] = {}
    for path in ranker.conversations():
        session = {turn["id"]: turn["conversation"] for turn in data.turns(path)}
        with home() as memory:
            memory.add_transcript(path / "transcript.jsonl")
            found[path.name] = []
            for asked in data.questions(path):
                if _wanted(asked, session):
                    reply, example = session_fit.ask(memory, asked, session, DEPTH)
                    if reply.problems:
                        raise RuntimeError(reply.problems[0].message)
                    take(asked, reply, session)
                    found[path.name].append(_named(example, session))
    return found


def _named(example: Example, session: Mapping[str, str]) -> Example:
    """The question with the sessions wanted as its evidence."""
    wanted = tuple(sorted(_wanted(example.asked, session)))
    asked = data.Asked(example.asked.question, wanted, example.asked.category, ())
    return Example(example.columns, example.refs, example.right, asked)


def _wanted(asked: data.Asked, session: Mapping[str, str]) -> set[str]:
    return {session[ref] for ref in asked.evidence if ref in session}


def _left_out(examples: Mapping[str, Sequence[Example]]) -> Iterable[Scored]:
    for name, group in examples.items():
        others = [found for other, found in examples.items() if other != name]
        weights = session_fit.fit(others)
        yield from (_by(one, weights) for one in group)


def _by(one: Example, weights: Mapping[str, float]) -> Scored:
    found = [name for name in one.best(weights) if name is not None]
    return one.asked.category, score(found, set(one.asked.evidence))


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


def _table(found: Iterable[Scored]) -> None:
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    for category, one in found:
        scores[category].append(one)
    names = ("R@5", "R@10", "any@1", "any@10", "all@10")
    print(f"{'':14} {'n':>5} " + " ".join(f"{name:>7}" for name in names))
    rows = [(NAMES[key], scores[key]) for key in sorted(scores)]
    rows.append(("all", [one for _name, many in rows for one in many]))
    for label, many in rows:
        means = (100 * statistics.mean(one[name] for one in many) for name in names)
        print(f"{label:14} {len(many):5} " + " ".join(f"{mean:7.1f}" for mean in means))
