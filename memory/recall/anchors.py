"""Operator "anchors": when the events were that a question tells times from.

"Two weeks before the wedding" needs the day of the wedding. It is looked for in memories that
hold the words of the event: a day said beside them counts most; else the day they were told
does, unless they look ahead or only ask. Where nothing dates the event the question stays
without that time. Runs in the caller's thread on its read-only connection.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, tzinfo

from memory.protocol import MemoryKind
from memory.store import times as sql
from memory.store.db import Connection
from memory.store.times import Mention
from memory.times import reading
from memory.times.anchors import Anchored
from memory.times.said import Said, day_of, resolved
from memory.understand import Question, is_question, words_of

# Memories looked at for one event.
_MOST = 200
# What a day said beside the event is worth, and the day on which it was told of.
_SAID, _TOLD = 1.0, 0.25
_DAY_MS = 25 * 3_600_000  # one day, also when clocks are put back
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_AHEAD = re.compile(
    r"\b(?:will|won't|going to|gonna|plan(?:s|ned|ning)?|next|soon|tomorrow|upcoming|invit\w+"
    r"|hope|wenn|werden?|wird|nächste\w*|bald|morgen|sera|prochaine?|bientôt|demain|será|próxim[oa]"
    r"|pronto|mañana)\b",
    re.I,
)
_YEAR = re.compile(r"\d{4}")
_DIGIT = re.compile(r"\d")


def settle(
    c: Connection,
    question: Question,
    hidden: Collection[int] = (),
    zone: tzinfo | None = None,
) -> Question:
    """The question with the times that the memory can date; ``hidden`` rows do not count."""
    known = [
        resolved(anchored, day, zone)
        for anchored in question.anchored
        if (day := when(c, anchored, hidden, zone)) is not None
    ]
    return replace(question, times=question.times + tuple(known), anchored=())


def when(
    c: Connection, anchored: Anchored, hidden: Collection[int] = (), zone: tzinfo | None = None
) -> date | None:
    """The day of the event, None where no memory tells it."""
    found = sql.mentions(c, anchored.event, _MOST)
    votes: dict[date, float] = defaultdict(float)
    for mention in found:
        if mention.rowid in hidden or is_question(mention.text):
            continue
        for day, worth in _told(mention, anchored.event, zone):
            votes[day] += worth
    # Of days told alike the latest: the last wedding, not the first.
    return max(votes, key=lambda day: (round(votes[day], 3), day)) if votes else None


def _told(
    mention: Mention, event: Sequence[str], zone: tzinfo | None
) -> Iterable[tuple[date, float]]:
    """Days that a memory gives for an event, with what each is worth."""
    sentences = [one for one in _SENTENCE.split(mention.text) if _speaks(one, event)]
    days = {
        _nearest(said, mention, zone)
        for sentence in sentences
        for said in reading.find(sentence, frozenset(words_of(sentence)), mention.when_ms,
                                 zone=zone).said
        if _is_day(said)
    }  # fmt: skip
    if days:
        return [(day, _SAID / len(days)) for day in days]
    dated = mention.told_ms is not None and mention.kind is not MemoryKind.PASSAGE
    ahead = any(_AHEAD.search(sentence) for sentence in sentences)
    if mention.told_ms is None or not dated or ahead or not sentences:
        return []
    return [(day_of(mention.told_ms, zone), _TOLD)]


def _speaks(sentence: str, event: Sequence[str]) -> bool:
    """Whether a sentence speaks of the event: holds the beginning of one of its words."""
    words = words_of(sentence)
    return any(word.startswith(part[: max(4, len(part) - 2)]) for part in event for word in words)


def _is_day(said: Said) -> bool:
    start, end = said.span.start_ms, said.span.end_ms
    return start is not None and end is not None and end - start <= _DAY_MS


def _nearest(said: Said, mention: Mention, zone: tzinfo | None) -> date:
    """The day; "on 14 June" without a year is the one nearest to when it was told, which may
    be still to come then."""
    assert said.span.start_ms is not None
    day = day_of(said.span.start_ms, zone)
    if _YEAR.search(said.text) or not _DIGIT.search(said.text):
        return day
    told = day_of(mention.when_ms, zone)
    try:
        coming = day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day
    return min(day, coming, key=lambda one: abs((one - told).days))
