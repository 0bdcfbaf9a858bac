"""What a recall finds, for callers inside the daemon and as the channel shows it. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from memory import decay
from memory.clock import to_datetime_or_none
from memory.flags import flags_of
from memory.protocol import (
    Hit,
    HitUnit,
    LearntWeight,
    OperatorTrace,
    PersonalRanking,
    Problem,
    SourceKind,
    Understood,
)
from memory.recall.enough import Enough
from memory.recall.preference import Personal, differing
from memory.recall.terms import Terms
from memory.recall.understood import understood
from memory.store.rows import MemoryWithSource
from memory.store.words import Rowids
from memory.understand import Question


@dataclass
class Trace:
    """Times of the operators of one recall, in order."""

    entries: list[OperatorTrace] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[OperatorTrace]:
        entry = OperatorTrace(name=name, ms=0.0, candidates=0)
        start = time.perf_counter()
        try:
            yield entry
        finally:
            entry.ms = round((time.perf_counter() - start) * 1000, 2)
            self.entries.append(entry)


@dataclass(frozen=True)
class Found:
    """One memory found, with its row, for callers inside the daemon.

    Attributes:
        score: 0 to 1, for comparing memories found for one question.
        words, meaning: see ``memory.recall.features``; meaning is None when it was not asked.
        why: what each witness says.
        points: what each witness added to its rank; those that added nothing are left out.
        unit: the session or day it stands for, where those were asked for.
    """

    row: MemoryWithSource
    score: float
    words: float
    meaning: float | None
    similar: tuple[str, ...]
    why: dict[str, float]
    points: dict[str, float] = field(default_factory=dict)
    unit: HitUnit | None = None


@dataclass(frozen=True)
class Recalled:
    """A recall for callers inside the daemon: rows instead of hits. With ``timeline`` they are
    in the order of time, not of worth. ``enough`` is None where nothing can be said about how
    sure it is. ``personal`` are the weights it was ranked by, None for those shipped; ``reach``
    where scopes allow every row.
    """

    question: Question
    terms: Terms
    found: list[Found]
    enough: Enough | None
    searched: int
    problems: list[Problem]
    trace: Trace
    took_ms: float
    timeline: bool = False
    personal: Personal | None = None
    reach: Rowids | None = None

    def may_use(self, rowid: int) -> bool:
        """Whether the scopes that were asked for allow this row."""
        return self.reach is None or bool(np.isin(rowid, self.reach))

    def understood(self) -> list[Understood]:
        """What was read from the question's words; of speakers those it names and finds."""
        names = (one.row.memory.speaker for one in self.found if one.why.get("speaker"))
        return understood(self.question, (name for name in names if name))

    @property
    def nearest_only(self) -> bool:
        """Whether nothing seems to answer the question: what was found is only the nearest."""
        return self.enough is not None and self.enough.nearest_only


def hit(found: Found, now_ms: int, *, explain: bool = False) -> Hit:
    """A found memory as the channel shows it."""
    memory = found.row.memory
    return Hit(
        memory=memory.id,
        source=source_name(found.row),
        source_id=memory.source_id,
        source_title=found.row.source_title,
        source_kind=found.row.source_kind,
        kind=memory.kind,
        ref=memory.ref,
        speaker=memory.speaker,
        page=memory.page,
        start=memory.start,
        end=memory.end,
        text=memory.text,
        score=found.score,
        strength=round(decay.retrievability(memory.strength, now_ms), 4),
        happened_at=to_datetime_or_none(memory.happened_ms),
        flags=flags_of(found.row),
        similar=list(found.similar),
        unit=found.unit,
        why=found.points if explain else None,
    )


def told(personal: Personal, shipped: Mapping[str, float]) -> PersonalRanking:
    """Weights learnt, as the channel tells them."""
    return PersonalRanking(
        choices=personal.choices,
        weights=[
            LearntWeight(name=name, shipped=shipped[name], now=round(personal.weights[name], 3))
            for name, _factor in differing(personal.factors)
            if name in shipped
        ],
    )


def source_name(row: MemoryWithSource) -> str:
    """A file's path, a conversation's name, a note's title.

    Chats held in this program have their own id as location, which tells a person nothing.
    """
    own_chat = row.source_kind is SourceKind.CONVERSATION and row.location == row.memory.source_id
    return row.source_title if own_chat or not row.location else row.location
