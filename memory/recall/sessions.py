"""Operator "units": sessions or whole days instead of single memories.

A session is the turns of one chat without a break of some hours; a file or a note is one as a
whole. Sessions compete by what their turns say together (``memory/recall/session_rank.py``), days
by their best memory. Runs in the caller's thread on its connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from memory.clock import to_datetime, to_ms
from memory.protocol import HitUnit, MemoryKind, RecallUnit
from memory.recall import duplicates, features, ranking, session_rank
from memory.recall.found import Found
from memory.recall.pool import Pool, found_at, only_asks
from memory.recall.session_weights import WEIGHTS
from memory.store import memories
from memory.store import times as sql
from memory.store.rows import MemoryWithSource
from memory.store.words import Card
from memory.times.said import day_of
from memory.understand import local_day

# A longer silence than this ends a session.
BREAK_MS = 6 * 3_600_000
_MOST_OTHERS = 5
# These say again what was said in a session, and were not said there.
_BESIDE = (MemoryKind.FACT, MemoryKind.TOPIC)
# So many sessions at least, those with the best memories, are heard as a whole, and so many turns
# of each at most: reading them costs more than the rest.
COMPARED = 24
HEARD = 48

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Session:
    """Memories that belong together: when the first and the last were, and how many."""

    first_ms: int
    last_ms: int
    memories: int


@dataclass(frozen=True, slots=True)
class _Group:
    """A unit's candidates, places best first, and what it is worth."""

    key: Key
    places: list[int]
    standing: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where memories stand: the session of each row, what each holds, and its rows in order."""

    keys: dict[int, Key]
    known: dict[Key, Session]
    rows: dict[Key, list[sql.Placed]]


def grouped(
    pool: Pool,
    cards: Sequence[Card],
    ranked: ranking.Ranked,
    unit: RecallUnit,
    limit: int,
    weights: Mapping[str, float] = WEIGHTS,
) -> list[Found]:
    """The best memory of each of the best units, with the unit."""
    sessions = unit is RecallUnit.SESSION
    laid = _sessions(pool, cards) if sessions else _Layout(_days(cards), {}, {})
    groups = _groups(pool, cards, ranked, laid.keys)
    if sessions:
        most = max(COMPARED, 2 * limit)
        groups = _ranked(pool, laid, cards, ranked, groups[:most], weights) + groups[most:]
    groups = groups[:limit]
    wanted = [place for group in groups for place in group.places[: 1 + _MOST_OTHERS]]
    rows = memories.by_rowids(pool.connection, [cards[place].rowid for place in wanted])
    by_meaning = pool.meaning.asked is not None
    found = []
    for group in groups:
        held = [(place, rows[row]) for place in group.places[: 1 + _MOST_OTHERS]
                if (row := cards[place].rowid) in rows]  # fmt: skip
        if held:
            told = _told(pool, [row for _place, row in held], laid.known.get(group.key),
                         group.key[1])  # fmt: skip
            made = found_at(*held[0], ranked, by_meaning)
            found.append(replace(_worth(made, group, ranked) if sessions else made, unit=told))
    return found


def _worth(found: Found, group: _Group, ranked: ranking.Ranked) -> Found:
    """What was found, with the worth of its session."""
    more = round(group.standing - float(ranked.scores[group.places[0]]), 2)
    return replace(
        found,
        score=round(ranking.shown(group.standing), 5),
        points=found.points | ({"session": more} if more else {}),
    )


def _groups(
    pool: Pool, cards: Sequence[Card], ranked: ranking.Ranked, keys: Mapping[int, Key]
) -> list[_Group]:
    """The units of the candidates that have to do with the question, by their best memory. The
    question asked again answers nothing, and facts were not said in any session."""
    related = ranking.related(ranked.features)
    repeats = duplicates.Repeats(pool.question.text)
    places: dict[Key, list[int]] = {}
    for place in np.argsort(-ranked.scores, kind="stable").tolist():
        told = cards[place].kind not in _BESIDE
        if told and related[place] and not only_asks(cards[place], repeats):
            places.setdefault(keys[cards[place].rowid], []).append(place)
    return [_Group(key, own, float(ranked.scores[own[0]])) for key, own in places.items()]


def _ranked(
    pool: Pool,
    laid: _Layout,
    cards: Sequence[Card],
    ranked: ranking.Ranked,
    groups: Sequence[_Group],
    weights: Mapping[str, float],
) -> list[_Group]:
    """The same units by what each is worth as a whole."""
    if not groups:
        return []
    places = np.array([place for group in groups for place in group.places], dtype=np.int64)
    session = np.repeat(np.arange(len(groups)), [len(group.places) for group in groups])
    talks = np.array([cards[group.places[0]].kind is MemoryKind.TURN for group in groups])
    rows = [_near(laid.rows.get(group.key, []), cards[group.places[0]].rowid) if talk else []
            for group, talk in zip(groups, talks.tolist(), strict=True)]  # fmt: skip
    worth = session_rank.standing(
        session_rank.by_scores(ranked.scores[places], session, len(groups)),
        session_rank.columns(
            _heard(pool, rows), len(groups), pool.terms,
            features.unnamed(pool.terms, pool.scale.spoken(cards)), pool.token_weights,
        ),
        talks, weights,
    )  # fmt: skip
    order = np.argsort(-worth, kind="stable").tolist()
    return [replace(groups[at], standing=float(worth[at])) for at in order]


def _near(placed: list[sql.Placed], best: int) -> list[sql.Placed]:
    """Those of a session that are heard; of a long one those around its best memory."""
    if len(placed) <= HEARD:
        return placed
    at = next((at for at, one in enumerate(placed) if one.rowid == best), 0)
    begin = max(0, min(at - HEARD // 2, len(placed) - HEARD))
    return placed[begin : begin + HEARD]


def _heard(pool: Pool, sessions: Sequence[Sequence[sql.Placed]]) -> session_rank.Heard:
    """What is known of the turns of these sessions."""
    every = [one for placed in sessions for one in placed]
    rows = np.array([one.rowid for one in every], dtype=np.int64)
    session = np.repeat(np.arange(len(sessions)), [len(placed) for placed in sessions])
    ascending, at = np.unique(rows, return_inverse=True)
    vectors, near = pool.heard(ascending) if len(rows) else (None, None)
    cosines = None
    if vectors is not None and pool.meaning.asked is not None:
        cosines = session_rank.beside(vectors[at], session) @ pool.meaning.asked
    return session_rank.Heard(
        rows=rows,
        session=session,
        lengths=np.array([one.length for one in every], dtype=np.float32),
        times=np.array([pool.question.time_fit(one.when_ms) for one in every], dtype=np.float32),
        cosines=cosines,
        near=None if near is None else near[at],
    )


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


def _sessions(pool: Pool, cards: Sequence[Card]) -> _Layout:
    placed = sql.placed(pool.connection, sorted({card.source_id for card in cards}))
    if pool.reach is not None:
        usable = set(pool.reach.tolist())
        placed = [one for one in placed if one.rowid in usable]
    keys, known = cut(placed)
    rows: dict[Key, list[sql.Placed]] = {}
    for one in placed:
        rows.setdefault(keys[one.rowid], []).append(one)
    # What was written since the cards were read stands alone.
    missing = {card.rowid: (str(card.rowid), 0) for card in cards if card.rowid not in keys}
    return _Layout(keys | missing, known, rows)


def _days(cards: Sequence[Card]) -> dict[int, Key]:
    return {card.rowid: ("", day_of(card.when_ms).toordinal()) for card in cards}


def _told(
    pool: Pool, rows: Sequence[MemoryWithSource], session: Session | None, number: int
) -> HitUnit:
    """The unit that these, the best one first, stand in."""
    memory, title = rows[0].memory, rows[0].source_title
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
        others=[row.memory.id for row in rows[1:]],
    )


def _bounds(ordinal: int) -> tuple[int, int]:
    """First and last moment of a day of the person's calendar, the last one exclusive."""
    begin = datetime.fromordinal(ordinal)
    return to_ms(begin), to_ms(begin + timedelta(days=1))
