"""Operator "units": sessions or whole days instead of single memories.

A session is the turns of one chat without a break of some hours; a file or a note is one as a
whole. A unit is worth what its best memory is: measured on chats between people, sums of the
best turns, words counted over the whole session and mixtures of these found no more
(``python -m tests.bench recall-sessions``). Runs in the caller's thread on its connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from memory.clock import to_datetime, to_ms
from memory.protocol import HitUnit, MemoryKind, RecallUnit
from memory.recall import duplicates, ranking
from memory.recall.found import Found
from memory.recall.pool import Pool, found_at
from memory.store import memories
from memory.store import times as sql
from memory.store.rows import MemoryWithSource
from memory.store.words import Card
from memory.times.said import day_of
from memory.understand import local_day

# A longer silence than this ends a session.
BREAK_MS = 6 * 3_600_000
_MOST_OTHERS = 5
_PAGE = 32

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Session:
    """Memories that belong together: when the first and the last were, and how many."""

    first_ms: int
    last_ms: int
    memories: int


@dataclass
class _Group:
    place: int
    row: MemoryWithSource
    others: list[str] = field(default_factory=list)


def grouped(
    pool: Pool,
    cards: Sequence[Card],
    ranked: ranking.Ranked,
    unit: RecallUnit,
    limit: int,
) -> list[Found]:
    """The best memory of each of the best units, with the unit."""
    related = ranking.related(ranked.features)
    order = [place for place in np.argsort(-ranked.scores, kind="stable") if related[place]]
    keys, known = _sessions(pool, cards) if unit is RecallUnit.SESSION else (_days(cards), {})
    groups: dict[Key, _Group] = {}
    repeats = duplicates.Repeats(pool.question.text)
    for at in range(0, len(order), _PAGE):
        part = order[at : at + _PAGE]
        rows = memories.by_rowids(pool.connection, [cards[place].rowid for place in part])
        for place in part:
            row, key = rows.get(cards[place].rowid), keys[cards[place].rowid]
            if row is None:
                continue
            group = groups.get(key)
            if group is not None:
                if len(group.others) < _MOST_OTHERS:
                    group.others.append(row.memory.id)
            elif row.memory.kind is MemoryKind.TURN and repeats.only(row.memory.text):
                continue
            elif len(groups) < limit:
                groups[key] = _Group(int(place), row)
        if len(groups) >= limit:  # the others of the last ones are those of this page
            break
    by_meaning = pool.meaning.asked is not None
    return [
        replace(
            found_at(group.place, group.row, ranked, by_meaning),
            unit=_told(pool, group, known.get(key), key[1]),
        )
        for key, group in groups.items()
    ]


def cut(placed: Sequence[sql.Placed]) -> tuple[dict[int, Key], dict[Key, Session]]:
    """Memories of whole sources, in their order, cut into sessions: the session of each row,
    and what each holds."""
    keys: dict[int, Key] = {}
    sessions: dict[Key, Session] = {}
    key: Key = ("", 0)
    for one in placed:
        silence = one.when_ms - sessions[key].last_ms if key in sessions else 0
        if one.source_id != key[0]:
            key = (one.source_id, 0)
        elif one.kind is MemoryKind.TURN and silence > BREAK_MS:
            key = (one.source_id, key[1] + 1)
        held = sessions.get(key) or Session(one.when_ms, one.when_ms, 0)
        sessions[key] = Session(
            min(held.first_ms, one.when_ms), max(held.last_ms, one.when_ms), held.memories + 1
        )
        keys[one.rowid] = key
    return keys, sessions


def _sessions(pool: Pool, cards: Sequence[Card]) -> tuple[dict[int, Key], dict[Key, Session]]:
    sources = sorted({card.source_id for card in cards})
    placed = sql.placed(pool.connection, sources)
    if pool.reach is not None:
        known = set(pool.reach.tolist())
        placed = [one for one in placed if one.rowid in known]
    keys, sessions = cut(placed)
    # What was written since the cards were read stands alone.
    missing = {card.rowid: (str(card.rowid), 0) for card in cards if card.rowid not in keys}
    return keys | missing, sessions


def _days(cards: Sequence[Card]) -> dict[int, Key]:
    return {card.rowid: ("", day_of(card.when_ms).toordinal()) for card in cards}


def _told(pool: Pool, group: _Group, session: Session | None, number: int) -> HitUnit:
    memory = group.row.memory
    title = group.row.source_title
    if session is None:
        start, end = _bounds(number)
        first, last, count = sql.between(pool.connection, start, end, pool.reach)
        session, title = Session(first, last, count), local_day(start)
    if not session.memories:  # gone meanwhile
        when = memory.happened_ms or memory.learnt_ms
        session = Session(when, when, 1)
    return HitUnit(
        title=title,
        since=to_datetime(session.first_ms),
        until=to_datetime(session.last_ms),
        memories=session.memories,
        others=group.others,
    )


def _bounds(ordinal: int) -> tuple[int, int]:
    """First and last moment of a day of the person's calendar, the last one exclusive."""
    begin = datetime.fromordinal(ordinal)
    return to_ms(begin), to_ms(begin + timedelta(days=1))
