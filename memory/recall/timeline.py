"""Operator "timeline": a question for nothing but a time is answered by what was then, in the
order of time.

Of too many the best standing come, of each kind of source in turn, so that one long document
does not cover a day's talk. Runs in the caller's thread on its read-only connection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np

from memory import decay
from memory.protocol import MemoryKind, SourceKind
from memory.recall import candidates, duplicates, ranking
from memory.recall.found import Found
from memory.store import diary, memories, words
from memory.store import times as sql
from memory.store.db import Connection
from memory.store.rows import MemoryWithSource
from memory.store.words import Card, Rowids
from memory.times.alone import only_time
from memory.understand import Question, is_question

# Memories of one span that are looked at, and of those chosen from, for each one wanted.
_MOST = 4_000
_SPARE = 6
_ALL = 1 << 30
# From so many characters on a text says enough; one that asks says less.
_ENOUGH = 80
_ASKS = 0.5
# What the diary quotes of its day goes before others that stand about as well.
_IN_DIARY = 0.25


def wanted(question: Question) -> bool:
    """Whether a question asks for a time and for nothing else."""
    return bool(question.times) and only_time(question.text, question.times, question.language)


def found(
    c: Connection,
    question: Question,
    allowed: Rowids | None,
    hidden: Rowids,
    limit: int,
    now_ms: int,
    strength_weight: float,
    *,
    limited: bool = False,
) -> list[Found]:
    """Memories of the question's times, oldest first, ``limit`` at most. ``limited``: only some
    scopes may be used, so the diary, which was written from all of them, has no say."""
    most = _MOST if allowed is None else _ALL  # those allowed may be few among many
    rows = np.unique(
        np.concatenate(
            [sql.within(c, said.span.start_ms, said.span.end_ms, most) for said in question.times]
        )
    )
    if allowed is not None:
        rows = candidates.kept(rows, allowed)[-_MOST:]
    rows = np.setdiff1d(rows, hidden)
    cards = list(words.cards(c, rows.tolist()).values())
    if not cards:
        return []
    strengths = decay.retrievabilities([card.strength for card in cards], now_ms)
    standing = ranking.standing(cards, strengths, strength_weight)
    worth = dict(zip((card.rowid for card in cards), standing.tolist(), strict=True))
    for row in () if limited else _in_diary(c, question):
        if row in worth:
            worth[row] += _IN_DIARY
    best = _best_of_each(cards, worth, _SPARE * limit)
    read = memories.by_rowids(c, [card.rowid for card in best])
    chosen = _chosen(question.text, [read[card.rowid] for card in best if card.rowid in read])
    dates = {card.rowid: (card.when_ms, card.source_id, card.position) for card in best}
    ordered = sorted(chosen[:limit], key=lambda row: dates[row.memory.rowid])
    return [_found(row, worth[row.memory.rowid]) for row in ordered]


def _in_diary(c: Connection, question: Question) -> frozenset[int]:
    """What the diary quotes of days within the question's times."""
    spans = [said.span for said in question.times]
    return frozenset(
        row
        for span in spans
        if span.start_ms is not None and span.end_ms is not None
        for row in diary.quoted_rows(c, span.start_ms, span.end_ms)
    )


def _best_of_each(cards: Sequence[Card], worth: Mapping[int, float], count: int) -> list[Card]:
    """The best standing of each kind of memory, best first."""
    kinds: dict[MemoryKind, list[Card]] = defaultdict(list)
    for card in sorted(cards, key=lambda card: -_worth(card, worth[card.rowid])):
        kinds[card.kind].append(card)
    best = [card for listed in kinds.values() for card in listed[:count]]
    return sorted(best, key=lambda card: -_worth(card, worth[card.rowid]))


def _worth(card: Card, standing: float) -> float:
    """Standing first; of equals what says more. Pinned ones before all others."""
    says = min(card.length / _ENOUGH, 1.0) * (_ASKS if card.ending.rstrip().endswith("?") else 1.0)
    return 10.0 * card.pinned + round(standing, 1) + 0.09 * says


def _chosen(question: str, rows: Sequence[MemoryWithSource]) -> list[MemoryWithSource]:
    """Of each kind of source one in turn, what says the same once."""
    repeats = duplicates.Repeats(question)
    kinds: dict[SourceKind, list[MemoryWithSource]] = defaultdict(list)
    gists: list[duplicates.Gist] = []
    for row in rows:
        gist = duplicates.gist(row.memory.text)
        again = repeats.only(row.memory.text) and is_question(row.memory.text)
        if again or any(duplicates.same(gist, other) for other in gists):
            continue
        gists.append(gist)
        kinds[row.source_kind].append(row)
    turns = zip_longest(*kinds.values())
    return [row for turn in turns for row in turn if row is not None]


def _found(row: MemoryWithSource, standing: float) -> Found:
    return Found(
        row=row,
        score=round(min(max(standing, 0.0), 1.0), 5),
        words=0.0,
        meaning=None,
        similar=(),
        why={"time": 1.0, "timeline": 1.0},
        points={"time": 1.0},
    )
