"""Trains the ranker of recall: features out of the real pipeline, a softmax over candidates.

Each question's candidates compete; the weights are those under which the ones that hold the
answer are likeliest to win (listwise softmax, Cao et al. 2007, with a quadratic penalty), found
by Newton's method. ``tests/bench/recall_crossed.py`` reports it on what it was not trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.ingest.sentences import sentences
from memory.protocol import RecallRequest
from memory.recall import ranking
from memory.recall.features import Columns
from memory.store.words import Card
from tests.bench import data
from tests.bench.home import Home, home

Floats = NDArray[np.float64]

# Where training begins: words and meaning alike, nothing else.
START: dict[str, float] = {
    "words": 6.0, "meaning": 6.0, "words_near*lean": 4.0, "meaning_near*lean": 4.0, "speaker": 2.0
}  # fmt: skip
LEARNT = (
    "words", "meaning", "words_apart", "meaning_apart",
    "words*alone", "meaning*alone", "words_apart*alone", "meaning_apart*alone",
    "words_near*lean", "words_wide*lean", "meaning_near*lean",
    "words_near_apart*lean", "words_around_apart*lean", "words_wide_apart*lean",
    "said_before_apart*lean", "meaning_near_apart*lean",
    "tokens_apart*lean", "tokens_near_apart*lean",
    "speaker", "asks", "answers*lean", "times_asked", "numbers_asked",
    "capitals*lean", "capitals_asked*lean", "first_person*lean", "length*lean", "length*alone",
    "linked*alone", "is_named*alone",
)  # fmt: skip
# Nothing to learn from in those sets: phrases, dates, kinds and facts told anew. And a turn's own
# words are drowned by what its tokens say, but must count where there are none.
BY_HAND = {"phrase": 2.5, "time": 3.0, "kind": 0.8, "superseded": -4.0, "words_apart*lean": 0.2}
# What may count for or against a memory.
EITHER_WAY = ("asks", "length*lean", "length*alone")
PENALTY = 1.0
SETS = {"musique": "multihop-dev/musique", "hotpotqa": "multihop-dev/hotpotqa", "xquad": "xquad-en"}


@dataclass(frozen=True)
class Example:
    """One question: a line of features for each candidate, and which ones hold its answer."""

    columns: Columns
    refs: tuple[str | None, ...]
    right: NDArray[np.bool_]
    asked: data.Asked

    def matrix(self, names: Sequence[str]) -> Floats:
        return np.stack([ranking.column(self.columns, name) for name in names], 1).astype(float)


def collect(memory: Home, questions: Sequence[data.Asked]) -> list[Example]:
    """What the pipeline knows of every candidate of each question."""
    found = []
    for asked in questions:
        cards, ranked = _scored(memory, asked.question)
        refs = tuple(card.ref for card in cards)
        right = np.array([ref in asked.evidence for ref in refs])
        found.append(Example(ranked.features, refs, right, asked))
    return found


def _scored(memory: Home, question: str) -> tuple[list[Card], ranking.Ranked]:
    """All candidates of the last round of ranking."""
    seen: list[tuple[list[Card], ranking.Ranked]] = []
    whole = memory.recall._score

    def score(*args: object) -> tuple[list[Card], ranking.Ranked]:
        seen.append(whole(*args))  # type: ignore[arg-type]
        return seen[-1]

    memory.recall._score = score  # type: ignore[method-assign]
    try:
        memory.recall.recall(RecallRequest(question=question, limit=20))
    finally:
        memory.recall._score = whole  # type: ignore[method-assign]
    return seen[-1]


def fit(
    groups: Sequence[Sequence[Example]], names: Sequence[str] = LEARNT, penalty: float = PENALTY
) -> dict[str, float]:
    """Weights by name. Every group counts alike, however many questions it has.

    A witness never speaks against what it found: weights below zero, but for ``EITHER_WAY``,
    are left out, the worst first, and the rest is fitted again. In a small memory, where one
    way of searching is far from its usual values, differences of witnesses would go wrong.
    """
    lists: list[_List] = []
    total = sum(len(group) for group in groups)
    for group in groups:
        share = total / len(groups) / max(len(group), 1)
        lists += [_List(one.matrix(names), one.right, share) for one in group
                  if one.right.any() and not one.right.all()]  # fmt: skip
    spread = np.concatenate([one.x for one in lists]).std(0) + 1e-9
    lists = [_List(one.x / spread, one.right, one.share) for one in lists]
    kept = list(range(len(names)))
    while True:
        weights = _best([_List(one.x[:, kept], one.right, one.share) for one in lists], penalty)
        below = [
            (weight, place)
            for weight, place in zip(weights.tolist(), kept, strict=True)
            if weight < 0 and names[place] not in EITHER_WAY
        ]
        if not below:
            break
        kept.remove(min(below)[1])
    found = (weights / spread[kept]).tolist()
    return dict(zip((names[place] for place in kept), found, strict=True))


def _best(lists: Sequence[_List], penalty: float) -> Floats:
    """The weights of least loss (Newton's method, steps halved while they go too far)."""
    weights = np.zeros(lists[0].x.shape[1])
    loss, gradient, curve = _slope(lists, weights, penalty)
    for _round in range(50):
        step = np.linalg.solve(curve, gradient)
        if np.abs(step).max() < 1e-4:
            break
        for _half in range(20):
            tried = _slope(lists, weights - step, penalty)
            if tried[0] <= loss:
                break
            step /= 2
        weights, (loss, gradient, curve) = weights - step, tried
    return weights


@dataclass(frozen=True)
class _List:
    """The candidates of one question: features (n, k), the right ones, and how much it counts."""

    x: Floats
    right: NDArray[np.bool_]
    share: float


def _slope(lists: Sequence[_List], weights: Floats, penalty: float) -> tuple[float, Floats, Floats]:
    """Loss, gradient (k,) and curvature (k, k) at these weights."""
    loss = penalty * float(weights @ weights) / 2
    gradient, curve = penalty * weights, penalty * np.eye(len(weights))
    for one in lists:
        logits = one.x @ weights
        top = logits.max()
        p = np.exp(logits - top)
        whole = p.sum()
        p /= whole
        mean = p @ one.x
        loss += one.share * float(top + np.log(whole) - logits[one.right].mean())
        gradient = gradient + one.share * (mean - one.x[one.right].mean(0))
        curve = curve + one.share * ((one.x * p[:, None]).T @ one.x - np.outer(mean, mean))
    return loss, gradient, curve


def order(example: Example, weights: Mapping[str, float]) -> list[str | None]:
    """Refs of the candidates, best first, by these weights alone."""
    names = list(weights)
    scores = example.matrix(names) @ np.array([weights[name] for name in names])
    return [example.refs[place] for place in np.argsort(-scores, kind="stable")]


def worlds(
    stack: ExitStack, weights: Mapping[str, float]
) -> Iterator[tuple[str, Home, list[data.Asked]]]:
    """Every group: its name, a memory that holds its texts, and its questions.

    The memories stay open until the stack is closed.
    """
    for path in conversations():
        asked = [one for one in data.questions(path) if one.category in "1234"]
        memory = stack.enter_context(home(weights))
        memory.add_transcript(path / "transcript.jsonl")
        yield path.name, memory, asked
    memory = stack.enter_context(home(weights))
    yield "sentences", memory, _sentences(memory)
    for name, folder in SETS.items():
        path = data.folder(folder)
        memory = stack.enter_context(home(weights))
        memory.add_passages(data.passages(path))
        asked = data.questions(path)
        yield name, memory, asked[::3] if name == "xquad" else asked


def _sentences(memory: Home) -> list[data.Asked]:
    """XQuAD with every sentence as a turn of its own: talk in which each turn says its thing.

    Friends answer each other, so a turn's own words hardly count among them; elsewhere they do.
    """
    path, held = data.folder("xquad-en"), list[tuple[str, list[str]]]()
    for passage in data.passages(path):
        spans = sentences(passage.text)
        held.append((passage.id, [passage.text[start:end] for start, end in spans]))
    memory.add_talks(held)
    texts = dict(held)
    asked = []
    for one in data.questions(path)[::3]:
        source = one.evidence[0]
        right = tuple(
            f"{source}:{number}"
            for number, text in enumerate(texts[source])
            if any(answer in text for answer in one.answers)
        )
        asked.append(replace(one, evidence=right))
    return asked


def conversations() -> list[Path]:
    root = data.folder("locomo-dev")
    return sorted(folder for folder in root.iterdir() if folder.is_dir())
