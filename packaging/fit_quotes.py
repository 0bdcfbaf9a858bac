"""Fits the weights of ``memory/sentence_rank.py``, and says what they reach on unseen articles.

Conditional logistic regression: of the sentences of the memories found for a question, those of
the right passage that hold the exact answer are right; the loss is the negative log of the
chance they get together, with a ridge on the standardised weights, minimised by Newton's steps.
The questions are those of XQuAD in English (Artetxe et al., arXiv 1910.11856), found in the
folder RECOLLECT_BENCH_DATA names. Figures are cross-validated by article: no weight has seen a
question about an article it is asked about. Shipped are the weights of all articles, rounded to
two digits, so that little of these questions is in them. Run

    RECOLLECT_BENCH_DATA=FOLDER python packaging/fit_quotes.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from memory import quote  # noqa: E402
from memory.protocol import RecallRequest  # noqa: E402
from memory.quote_pool import Look, Stems  # noqa: E402
from memory.quoting import rarity  # noqa: E402
from memory.recall.found import Recalled  # noqa: E402
from memory.sentence_rank import FEATURES, WEIGHTS, WORDS_ALONE  # noqa: E402
from tests.bench import data  # noqa: E402
from tests.bench.home import home  # noqa: E402

RIDGE = 20.0
STEPS = 12
FOLDS, DRAWS = 8, 3

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One question: ``features`` (sentences, FEATURES), which ``hold`` the answer, and which
    of those stand in the ``right`` passage; the article it is about."""

    features: Numbers
    hold: NDArray[np.bool_]
    right: NDArray[np.bool_]
    article: str


def examples(
    asked: Iterable[tuple[data.Asked, Recalled]],
    articles: dict[str, str],
    stems: Stems,
    look: Look | None,
) -> Iterator[Example]:
    """Questions whose memories hold sentences at all."""
    for one, recalled in asked:
        seen = quote.looked_over(
            recalled.question, recalled.found, rarity(recalled.terms), stems, look
        )
        if not seen:
            continue
        texts = [sentence.text.casefold() for sentence, _features in seen]
        hold = np.array([any(a.casefold() in text for a in one.answers) for text in texts])
        there = np.array([s.found.row.memory.ref in one.evidence for s, _features in seen])
        table = np.stack([features for _sentence, features in seen])
        yield Example(table, hold, hold & there, articles[one.evidence[0]])


def fit(many: Sequence[Example], ridge: float = RIDGE) -> Numbers:
    """Weights, in the order of FEATURES."""
    many = [one for one in many if one.right.any()]
    table = np.concatenate([one.features for one in many])
    right = np.concatenate([one.right for one in many]).astype(float)
    sizes = [len(one.right) for one in many]
    starts, of = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(sizes)), sizes)
    spread = table.std(axis=0) + 1e-9
    table = (table - table.mean(axis=0)) / spread
    weights = np.zeros(table.shape[1])
    for _step in range(STEPS):
        scores = table @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[of])
        chance = odds / np.add.reduceat(odds, starts)[of]
        wanted = odds * right / np.add.reduceat(odds * right, starts)[of]
        slope = table.T @ (chance - wanted) + ridge * weights
        means = np.add.reduceat(table * chance[:, None], starts)
        bend = (table * chance[:, None]).T @ table - means.T @ means
        weights -= np.linalg.solve(bend + ridge * np.eye(len(weights)), slope)
    made: Numbers = weights / spread
    return made


def reached(many: Sequence[Example], scores: Sequence[Numbers]) -> tuple[float, float]:
    """Percent of questions whose best sentence, and whose best two, hold the answer."""
    orders = [np.argsort(-one, kind="stable") for one in scores]
    first = [bool(one.hold[o[:1]].any()) for one, o in zip(many, orders, strict=True)]
    two = [bool(one.hold[o[:2]].any()) for one, o in zip(many, orders, strict=True)]
    return 100 * float(np.mean(first)), 100 * float(np.mean(two))


def cross_validated(many: Sequence[Example], ridge: float = RIDGE) -> tuple[float, float]:
    """The same on articles the weights were not fitted on; the mean of several draws."""
    articles = sorted({one.article for one in many})
    draws = []
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(articles))
        fold = {articles[at]: n % FOLDS for n, at in enumerate(order)}
        scores: list[Numbers] = [np.zeros(0)] * len(many)
        for n in range(FOLDS):
            weights = fit([one for one in many if fold[one.article] != n], ridge)
            for at, one in enumerate(many):
                if fold[one.article] == n:
                    scores[at] = one.features @ weights
        draws.append(reached(many, scores))
    first, two = np.mean(draws, axis=0)
    return float(first), float(two)


def main() -> None:
    path = data.folder("xquad-en")
    passages = data.passages(path)
    with home() as memory:
        memory.add_passages(passages)
        find = memory.recall.find
        asked = (
            (a, find(RecallRequest(question=a.question, limit=10))) for a in data.questions(path)
        )
        articles = {passage.id: passage.title for passage in passages}
        look = memory.embedder.embed_tokens
        report(list(examples(asked, articles, memory.recall.stems, look)))


def report(many: Sequence[Example]) -> None:
    """What is reached with all features and with words alone, and the weights of both."""
    for weights in (WEIGHTS, WORDS_ALONE):
        known = [FEATURES.index(name) for name in weights]
        seen = [replace(one, features=one.features[:, known]) for one in many]
        fitted, shipped = fit(seen), np.array(list(weights.values()))
        for label, (first, two) in (
            ("cross-validated by article", cross_validated(seen)),
            ("fitted on these", reached(seen, [one.features @ fitted for one in seen])),
            ("shipped", reached(seen, [one.features @ shipped for one in seen])),
        ):
            print(f"{label:28} one sentence {first:5.1f} %, two {two:5.1f} %")
        for name, weight in zip(weights, fitted, strict=True):
            print(f"    {name:14} {weight:6.2f}  shipped {weights[name]:5.1f}")


if __name__ == "__main__":
    main()
