"""Trains what sessions of a chat are worth as wholes: columns out of the real pipeline.

The same softmax and Newton steps as for single memories (``tests/bench/ranker.py``), with
sessions as candidates. ``packaging/train_sessions.py`` writes what comes out;
``tests/bench/recall_sessions.py`` reports it on conversations it was not trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory.protocol import RecallReply, RecallRequest, RecallUnit
from memory.recall import session_rank, sessions
from memory.recall.features import Columns
from tests.bench import data, ranker
from tests.bench.home import Home

LEARNT = ("best", "together", "time", "words", "near", "tokens", "length")
PENALTY = 30.0


@dataclass(frozen=True)
class Example(ranker.Example):
    """One question; candidates are sessions, ``refs`` their names."""

    @cached_property
    def hard(self) -> NDArray[np.int64]:
        """All: there are few."""
        return np.arange(len(self.right))

    def best(self, weights: Mapping[str, float]) -> list[str | None]:
        """Names of the sessions, best first."""
        if not self.refs:
            return []
        return [self.refs[at] for at in np.argsort(-self.scores(weights), kind="stable")]


def ask(
    memory: Home, asked: data.Asked, session: Mapping[str, str], depth: int
) -> tuple[RecallReply, Example]:
    """The reply, and what the pipeline knew of every session it compared; ``session`` names the
    one of each ref."""
    seen: list[Columns] = []
    names: list[str | None] = []
    ranked, standing = sessions._ranked, session_rank.standing

    def rank(*args):  # type: ignore[no-untyped-def]
        cards, groups = args[2], args[4]
        names.extend(session.get(cards[group.places[0]].ref or "") for group in groups)
        return ranked(*args)

    def stand(scores: Columns, heard: Columns, *more: object):  # type: ignore[no-untyped-def]
        seen.append(scores | heard)
        return standing(scores, heard, *more)  # type: ignore[arg-type]

    sessions._ranked, session_rank.standing = rank, stand
    try:
        request = RecallRequest(question=asked.question, limit=depth, unit=RecallUnit.SESSION)
        reply = memory.recall.recall(request)
    finally:
        sessions._ranked, session_rank.standing = ranked, standing
    wanted = {session[ref] for ref in asked.evidence if ref in session}
    right = np.array([name in wanted for name in names], dtype=np.bool_)
    return reply, Example(seen[0] if seen else {}, tuple(names), right, asked)


def fit(groups: Sequence[Sequence[Example]], names: Sequence[str] = LEARNT) -> dict[str, float]:
    """Weights by name; those on the scale of single memories' scores come to 1."""
    found = ranker.fit(groups, names, PENALTY)
    whole = sum(found.get(name, 0.0) for name in session_rank.SCORES) or 1.0
    return {name: weight / whole for name, weight in found.items()}
