"""Trains the ranker of recall: features out of the real pipeline, a softmax over candidates.

Each question's candidates compete; the weights are those under which the ones that hold the
answer are likeliest to win (listwise softmax, Cao et al. 2007, with a quadratic penalty), found
by Newton's method. ``tests/bench/recall_crossed.py`` reports it on what it was not trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.ingest.sentences import sentences
from memory.protocol import RecallRequest
from memory.recall import anew, ranking, spread, stretch
from memory.recall.features import Columns
from memory.recall.sessions import BREAK_MS
from memory.recall.terms import Floats as Fine
from memory.recall.terms import Terms
from memory.recall.weights import WEIGHTS
from memory.store.words import Card
from memory.understand import Question
from tests.bench import data
from tests.bench.home import Home, home

Floats = NDArray[np.float64]

# Where training begins: words and meaning alike, nothing else.
START: dict[str, float] = {
    "words": 6.0, "meaning": 6.0, "words_around*lean": 4.0, "meaning_near*lean": 4.0,
    "speaker": 2.0,
}  # fmt: skip
LEARNT = (
    "meaning*alone", "words_apart*alone", "meaning_apart*alone",
    "meaning_near*lean", "words_around_apart*lean", "words_wide_apart*lean",
    "said_before_apart*lean", "meaning_near_apart*lean",
    "tokens_apart*lean", "tokens_wide_apart*lean",
    "tokens_led_apart*lean",
    "speaker", "asks", "answers*lean", "times_asked", "numbers_asked",
    "capitals*lean", "first_person*lean", "linked*alone", "is_named*alone", stretch.NAME,
)  # fmt: skip
# Nothing to learn from in those sets: phrases and kinds; and dates of one sort only. And a turn's
# own words are drowned by what its tokens say, but must count where there are none.
BY_HAND = {"phrase": 2.5, "time": 3.0, "kind": 0.8, "words_apart*lean": 0.2}
# What a turn stands below those around it depends on the other weights: so often it is told anew.
ROUNDS = 2
# What may count for or against a memory.
EITHER_WAY = ("asks",)
PENALTY = 1.0
# Candidates that hold no answer a question is trained on: those hardest to tell from one.
HARD = 80
SETS = {"musique": "multihop-dev/musique", "hotpotqa": "multihop-dev/hotpotqa", "xquad": "xquad-en"}


@dataclass(frozen=True)
class Example:
    """One question: a line of features for each candidate, and which ones hold its answer.

    ``anew`` tells of every two candidates whether the second says anew what the first says,
    ``beside`` whether they stand beside each other, ``session`` the session of each; the last
    two are None where nothing like that is known.
    """

    columns: Columns
    refs: tuple[str | None, ...]
    right: NDArray[np.bool_]
    asked: data.Asked
    anew: anew.Pairs | None = None
    beside: stretch.Pairs | None = None
    session: spread.Places | None = None

    @cached_property
    def hard(self) -> NDArray[np.int64]:
        """Places of the right candidates and of the ``HARD`` best others, by ``START``."""
        order = np.argsort(-self.scores(START), kind="stable")
        wrong = order[~self.right[order]][:HARD]
        return np.sort(np.concatenate([np.flatnonzero(self.right), wrong]))

    def scores(self, weights: Mapping[str, float]) -> Floats:
        """Of every candidate; what it stands below those beside it is told by these weights."""
        if weights.get(stretch.NAME):
            return self.told_by(weights)._plain(weights)
        return self._plain(weights)

    def told_by(self, weights: Mapping[str, float]) -> Example:
        """The same with what each stands below those beside it by these weights."""
        if self.beside is None:
            return self
        own = {name: one for name, one in weights.items() if name != stretch.NAME}
        below = stretch.below(self._plain(own).astype(np.float32), self.beside)
        return replace(self, columns=self.columns | {"stretch": below})

    def _plain(self, weights: Mapping[str, float]) -> Floats:
        return np.asarray(self.matrix(list(weights)) @ np.array(list(weights.values())))

    def matrix(self, names: Sequence[str]) -> Floats:
        return np.stack([ranking.column(self.columns, name) for name in names], 1).astype(float)


def collect(memory: Home, questions: Sequence[data.Asked], by_text: bool = False) -> list[Example]:
    """What the pipeline knows of every candidate of each question; ``by_text`` says that the
    evidence is texts, which here must be no longer than the beginning a card holds."""
    found = []
    for asked in questions:
        cards, ranked, pairs = _scored(memory, asked.question)
        refs = tuple(card.beginning if by_text else card.ref for card in cards)
        right = np.array([ref in asked.evidence for ref in refs])
        beside, session = stretch.beside(cards), spread.sessions(cards, BREAK_MS)
        found.append(Example(ranked.features, refs, right, asked, pairs, beside, session))
    return found


def _scored(memory: Home, question: str) -> tuple[list[Card], ranking.Ranked, anew.Pairs | None]:
    """All candidates of the last round of ranking."""
    seen: list[tuple[list[Card], ranking.Ranked, anew.Pairs | None]] = []
    whole, lifts = memory.recall._score, anew.lifts
    pairs: list[anew.Pairs | None] = [None]

    def score(*args: object) -> tuple[list[Card], ranking.Ranked]:
        pairs[0] = None
        made = whole(*args)  # type: ignore[arg-type]
        seen.append((*made, pairs[0]))
        return made

    def lift(question: Question, terms: Terms, vectors: Fine, cards: Sequence[Card],
             ranked: ranking.Ranked) -> Fine:  # fmt: skip
        if anew.can_be(question):
            meaning = ranked.features["meaning"]
            pairs[0] = anew.pairs(question, terms, vectors, cards, meaning)
        return lifts(question, terms, vectors, cards, ranked)

    memory.recall._score = score  # type: ignore[method-assign]
    anew.lifts = lift
    try:
        memory.recall.recall(RecallRequest(question=question, limit=20))
    finally:
        memory.recall._score = whole  # type: ignore[method-assign]
        anew.lifts = lifts
    return seen[-1]


def train(
    groups: Sequence[Sequence[Example]],
    names: Sequence[str] = LEARNT,
    hand: Mapping[str, float] = BY_HAND,
) -> dict[str, float]:
    """All weights by name, those set by hand too."""
    first = [name for name in names if name != stretch.NAME]
    weights = fit(groups, first) | hand
    for _round in range(ROUNDS if len(first) < len(names) else 0):
        groups = [[one.told_by(weights) for one in group] for group in groups]
        weights = fit(groups, names) | hand
    return weights


def fit(
    groups: Sequence[Sequence[Example]], names: Sequence[str] = LEARNT, penalty: float = PENALTY
) -> dict[str, float]:
    """Weights by name. Every group counts alike, however many questions it has.

    A witness never speaks against what it found: weights below zero, but for ``EITHER_WAY``,
    are left out, the worst first, and the rest is fitted again. In a small memory, where one
    way of searching is far from its usual values, differences of witnesses would go wrong.
    """
    lists = _Lists.of(groups, names)
    spread = lists.x.std(0) + 1e-9
    lists.x /= spread
    # There is one best place, so it does not matter where the search begins; near is quicker.
    weights = np.array([WEIGHTS.get(name, 0.0) for name in names]) * spread
    kept = list(range(len(names)))
    while True:
        weights = _best(lists.some(kept), weights, penalty)
        below = [
            (weight, place)
            for weight, place in zip(weights.tolist(), kept, strict=True)
            if weight < 0 and names[place] not in EITHER_WAY
        ]
        if not below:
            break
        gone = kept.index(min(below)[1])
        weights = np.delete(weights, gone)
        del kept[gone]
    found = (weights / spread[kept]).tolist()
    return dict(zip((names[place] for place in kept), found, strict=True))


def _best(lists: _Lists, weights: Floats, penalty: float) -> Floats:
    """The weights of least loss (Newton's method, steps halved while they go too far)."""
    loss, gradient, curve = lists.slope(weights, penalty)
    for _round in range(50):
        step = np.linalg.solve(curve, gradient)
        if np.abs(step).max() < 1e-3:
            break
        for _half in range(20):
            tried = lists.slope(weights - step, penalty)
            if tried[0] <= loss:
                break
            step /= 2
        weights, (loss, gradient, curve) = weights - step, tried
    return weights


@dataclass
class _Lists:
    """The candidates of all questions in one table, those of each question together.

    Attributes:
        x: features, (n, k).
        right: which of the n hold an answer.
        starts: where each question's candidates begin, (q,).
        share: how much each question counts, (q,).
    """

    x: Floats
    right: NDArray[np.bool_]
    starts: NDArray[np.int64]
    share: Floats

    @classmethod
    def of(cls, groups: Sequence[Sequence[Example]], names: Sequence[str]) -> _Lists:
        used = [[one for one in group if one.right.any() and not one.right.all()]
                for group in groups]  # fmt: skip
        every = [one for group in used for one in group]
        worth = [len(every) / len(used) / len(group) for group in used for _one in group]
        keep = [one.hard for one in every]
        return cls(
            np.concatenate([one.matrix(names)[k] for one, k in zip(every, keep, strict=True)]),
            np.concatenate([one.right[k] for one, k in zip(every, keep, strict=True)]),
            np.cumsum([0, *(len(k) for k in keep[:-1])]),
            np.array(worth),
        )

    def some(self, columns: Sequence[int]) -> _Lists:
        return replace(self, x=np.ascontiguousarray(self.x[:, list(columns)]))

    def slope(self, weights: Floats, penalty: float) -> tuple[float, Floats, Floats]:
        """Loss, gradient (k,) and curvature (k, k) at these weights."""
        lengths = np.diff(self.starts, append=len(self.x))
        list_of = np.repeat(np.arange(len(lengths)), lengths)
        logits = self.x @ weights
        p = np.exp(logits - np.maximum.reduceat(logits, self.starts)[list_of])
        p /= np.add.reduceat(p, self.starts)[list_of]
        rights = np.add.reduceat(self.right.astype(float), self.starts)
        # What a candidate should get: an even share among the right ones.
        due = self.right / rights[list_of]
        counts = self.share[list_of]
        mean = np.add.reduceat(p[:, None] * self.x, self.starts)
        loss = penalty * float(weights @ weights) / 2 - float(
            (counts * due) @ np.log(np.maximum(p, 1e-300))
        )
        gradient = penalty * weights + (counts * (p - due)) @ self.x
        curve = (self.x * (counts * p)[:, None]).T @ self.x
        curve -= (mean * self.share[:, None]).T @ mean
        return loss, gradient, curve + penalty * np.eye(len(weights))


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
