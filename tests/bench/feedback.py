"""Recall that learns from a simulated person's choices: what it gains, and what nonsense costs.

LoCoMo (arXiv 2402.17753), categories 1-4. The person asks the questions of half of the
conversations, looks at place k of the ten shown with a chance of 1/k, and opens the first
evidence seen; one time in ten anything seen instead. What is learnt ranks the questions of the
other half. "Random" opens anything on the list, "inverted" the lowest that is no evidence, and
looks at everything. The shipped weights were trained on these very conversations with their
answers, which no clicks can better; so the same is done from weights trained on prose alone
(XQuAD, its passages and its sentences), which are new to chats. The order is that of the ranker,
before what is told anew rises and near-duplicates fold.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from memory.protocol import RecallRequest
from memory.recall import preference
from memory.recall.preference import Choices, Personal
from memory.recall.weights import WEIGHTS
from tests.bench import data, ranker
from tests.bench.home import Home, home
from tests.bench.ranker import Example
from tests.bench.recall_locomo import CATEGORIES, score

SHOWN = 10
NOISE = 0.1
SEEDS = 5
MEASURES = ("R@5", "R@10", "MRR")

Weights = Mapping[str, float]
# Of the places of a list, which hold evidence: the place opened, or None.
Person = Callable[[np.random.Generator, Sequence[bool]], int | None]


@dataclass
class Group:
    """One conversation: its memory, and what the pipeline knows of each question's candidates."""

    memory: Home
    examples: list[Example]


def person(random: np.random.Generator, right: Sequence[bool]) -> int | None:
    """Looks from the top down, ever less."""
    seen = [k for k in range(len(right)) if random.random() < 1 / (k + 1)]
    if random.random() < NOISE:
        return int(random.choice(seen)) if seen else None
    return next((k for k in seen if right[k]), None)


def at_random(random: np.random.Generator, right: Sequence[bool]) -> int | None:
    return int(random.integers(len(right))) if right else None


def inverted(_random: np.random.Generator, right: Sequence[bool]) -> int | None:
    return next((k for k in reversed(range(len(right))) if not right[k]), None)


PEOPLE: dict[str, Person] = {"person": person, "random": at_random, "inverted": inverted}


def run() -> None:
    """Collects, learns, prints."""
    with ExitStack() as stack:
        groups = list(_groups(stack))
        _table("weights as shipped", WEIGHTS, groups)
        _table("weights from prose", _from_prose(stack), groups)
        _speed(groups[0])


def _groups(stack: ExitStack) -> Iterator[Group]:
    for path in ranker.conversations():
        memory = stack.enter_context(home())
        memory.add_transcript(path / "transcript.jsonl")
        asked = [one for one in data.questions(path) if one.category in CATEGORIES]
        yield Group(memory, ranker.collect(memory, asked))


def _from_prose(stack: ExitStack) -> Weights:
    """Weights of what stands alone and of what leans on others, without a chat."""
    path, passages, turns = data.folder("xquad-en"), home(ranker.START), home(ranker.START)
    memory = stack.enter_context(passages)
    memory.add_passages(data.passages(path))
    alone = ranker.collect(memory, data.questions(path)[::3])
    memory = stack.enter_context(turns)
    leaning = ranker.collect(memory, ranker._sentences(memory))
    return ranker.train([alone, leaning])


# -- choosing and learning


def choices(
    groups: Sequence[Group], weights: Weights, chooses: Person, random: np.random.Generator
) -> Choices:
    """What this person opens of the lists that these weights rank."""
    names, differences, starts, places, memories = tuple(weights), [], [], [], []
    known: dict[tuple[int, str | None], int] = {}
    for number, group in enumerate(groups):
        for one in group.examples:
            best = np.argsort(-one.scores(weights), kind="stable")[:SHOWN]
            at = chooses(random, one.right[best].tolist())
            if at is None or len(best) < 2:
                continue
            shown = one.matrix(names)[best]
            starts.append(len(differences))
            places.append(at + 1)
            memories.append(known.setdefault((number, one.refs[best[at]]), len(known)))
            differences += [shown[at] - shown[k] for k in range(len(best)) if k != at]
    return Choices(
        names, np.array(differences), np.zeros(len(differences)), np.array(starts),
        np.array(places), np.ones(len(starts)), np.array(memories),
    )  # fmt: skip


def _table(title: str, weights: Weights, groups: Sequence[Group]) -> None:
    print(f"\n{title}")
    head = " ".join(f"{name:>7}" for name in MEASURES)
    print(f"{'':24} {'choices':>8} {'taken':>6} {head} {'factors':>12}")
    plain = [_scored(groups, half, weights) for half in (0, 1)]
    _line("nothing learnt", [], plain)
    for name, chooses in PEOPLE.items():
        told = []
        for seed in range(SEEDS):
            for half in (0, 1):
                random = np.random.default_rng(100 * seed + half)
                made = choices(groups[half::2], weights, chooses, random)
                told.append((1 - half, made, preference.learn(made, weights)))
        _line(
            name,
            [(len(made), learnt.taken, learnt.factors) for _half, made, learnt in told],
            [_scored(groups, other, preference.weights(weights, learnt.factors))
             for other, _made, learnt in told],
        )  # fmt: skip
        free = [dict(zip(made.names, preference.fit(made, weights).tolist(), strict=True))
                for _half, made, _learnt in told]  # fmt: skip
        _line(
            f"{name}, always taken",
            [(len(made), True, factors) for (_half, made, _l), factors in
             zip(told, free, strict=True)],
            [_scored(groups, other, preference.weights(weights, factors))
             for (other, _made, _l), factors in zip(told, free, strict=True)],
        )  # fmt: skip


def _scored(groups: Sequence[Group], half: int, weights: Weights) -> list[dict[str, float]]:
    found = []
    for one in (one for group in groups[half::2] for one in group.examples):
        order = np.argsort(-one.scores(weights), kind="stable")[:20]
        found.append(score([one.refs[place] for place in order], one.asked.evidence))
    return found


def _line(
    label: str,
    told: Sequence[tuple[int, bool, Mapping[str, float]]],
    scored: Sequence[Sequence[dict[str, float]]],
) -> None:
    every = [one for many in scored for one in many]
    means = " ".join(f"{100 * statistics.mean(o[name] for o in every):7.2f}" for name in MEASURES)
    many = f"{statistics.mean(count for count, _t, _f in told):8.0f}" if told else f"{'':8}"
    taken = f"{sum(t for _c, t, _f in told)}/{len(told)}" if told else ""
    factors = [factor for _c, _t, moved in told for factor in moved.values()] or [1.0]
    bounds = f"{min(factors):.2f} - {max(factors):.2f}"
    print(f"{label:24} {many} {taken:>6} {means} {bounds:>12}", flush=True)


# -- speed


def _speed(group: Group) -> None:
    """Median time of a recall with the shipped weights and with weights learnt, by turns."""
    bent = {name: 1.1 * weight for name, weight in WEIGHTS.items()}
    learnt = Personal(bent, dict.fromkeys(WEIGHTS, 1.1), 100)
    times: dict[bool, list[float]] = {False: [], True: []}
    for round_ in range(2):
        for number, one in enumerate(group.examples):
            for own in (False, True) if (number + round_) % 2 else (True, False):
                group.memory.recall.personalise(learnt if own else None)
                request = RecallRequest(question=one.asked.question, limit=SHOWN)
                times[own].append(group.memory.recall.recall(request).took_ms)
    group.memory.recall.personalise(None)
    print(
        f"\nmedian recall: {statistics.median(times[False]):.2f} ms with the shipped weights, "
        f"{statistics.median(times[True]):.2f} ms with weights learnt, n={len(times[True])} each"
    )
