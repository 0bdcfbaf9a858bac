"""How an entry reads: plain words around exact quotations. Pure.

Nothing but who, where and what about is said in own words, and all of that is told by the rows;
what was said is quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from memory.clock import to_datetime_or_none
from memory.protocol import DiaryLine, DiaryQuote, SourceKind
from memory.store.diary import StoredDay, StoredLine
from memory.understand import is_question


def line(stored: StoredLine, day: StoredDay) -> DiaryLine | None:
    """A line for people; None where nothing it quoted is left."""
    if not stored.quotes:
        return None
    source = stored.source
    kind = SourceKind(source["kind"])
    quotes = [_quote(row) for row in stored.quotes]
    opening = _opening(stored, day, kind, quotes)
    return DiaryLine(
        day=date.fromisoformat(stored.day),
        text=f"{opening} {' '.join(_said(quote, kind, source) for quote in quotes)}",
        opening=opening,
        quotes=quotes,
        source=source["id"],
        source_kind=kind,
        source_title=source["title"],
        location=source["location"],
        memories=stored.memories,
    )


def _quote(row: Any) -> DiaryQuote:
    start = row["start"] + row["cut"]
    return DiaryQuote(
        memory=row["id"],
        text=row["words"],
        start=start,
        end=start + row["length"],
        page=row["page"],
        ref=row["ref"],
        speaker="You" if row["said_as"] == "person" else row["speaker"],
        happened_at=to_datetime_or_none(row["happened_ms"]),
    )


def _opening(
    stored: StoredLine, day: StoredDay, kind: SourceKind, quotes: Sequence[DiaryQuote]
) -> str:
    source, about = stored.source, listed(stored.topics)
    if kind is SourceKind.NOTE:
        return "You wrote:"
    if kind is SourceKind.FILE:
        added = day.start_ms <= source["added_ms"] < day.end_ms
        dated = any(quote.happened_at is not None for quote in quotes)
        verb = "You added" if added else "From" if dated else "New in"
        return f"{verb} {source['title']}:"
    if own_chat(source):
        if about:
            return f"You talked about {about}:"
        return "You asked:" if all(is_question(quote.text) for quote in quotes) else "You said:"
    return f"In {source['title']}, about {about}:" if about else f"In {source['title']}:"


def _said(quote: DiaryQuote, kind: SourceKind, source: Any) -> str:
    words = f"“{' '.join(quote.text.split())}”"
    if kind is SourceKind.CONVERSATION and quote.speaker and not own_chat(source):
        return f"{quote.speaker}: {words}"
    return words


def own_chat(source: Any) -> bool:
    """Whether a source is a chat held in this program: those have their own id as location."""
    return bool(source["location"] == source["id"])


def listed(names: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
