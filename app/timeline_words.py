"""How the Timeline names its days and reads its lines. Pure; today is an argument."""

from __future__ import annotations

from datetime import date
from html import escape

from app import one_line, words
from memory.protocol import DiaryEntry, DiaryLine, DiaryQuote, DiaryZoom, SourceKind

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def heading(entry: DiaryEntry, today: date) -> str:
    """``Today``, ``Sunday, 22 October``, ``16 – 22 October``, ``October 2023``."""
    if entry.zoom is DiaryZoom.DAY:
        return _day_heading(entry.first, today)
    if entry.zoom is DiaryZoom.MONTH:
        return f"{words.month(entry.first.month)} {entry.first.year}"
    if entry.first <= today <= entry.last:
        return "This week"
    if entry.first.month == entry.last.month:
        return f"{entry.first.day} – {_short(entry.last, today)}"
    return f"{_short(entry.first, today, entry.last)} – {_short(entry.last, today)}"


def _day_heading(day: date, today: date) -> str:
    ago = (today - day).days
    said = f"{_DAYS[day.weekday()]}, {_short(day, today)}"
    return {0: f"Today, {said}", 1: f"Yesterday, {said}"}.get(ago, said)


def _short(day: date, today: date, other: date | None = None) -> str:
    """The year is said where it is another one than now, or than that of ``other``."""
    named = f"{day.day} {words.month(day.month)}"
    same = day.year == (other.year if other is not None else today.year)
    return named if same else f"{named} {day.year}"


def day_in(line: DiaryLine, zoom: DiaryZoom) -> str:
    """Which day of a week or a month a line is of: ``Tuesday``, ``Tue 21``."""
    if zoom is DiaryZoom.WEEK:
        return _DAYS[line.day.weekday()]
    return f"{_DAYS[line.day.weekday()][:3]} {line.day.day}"


def quoted(line: DiaryLine, number: int, muted: str) -> str:
    """One quotation of a line as rich text, the first behind the line's opening words."""
    quote = line.quotes[number]
    before = line.opening if number == 0 else ""
    who = speaker(line, quote)
    opening = " ".join(part for part in (before, f"{who}:" if who else "") if part)
    text = escape(_shown(line, quote))
    shown = f'<span style="color:{muted}">{escape(opening)}</span> ' if opening else ""
    return f"{shown}“{text}”"


def plain(line: DiaryLine, number: int) -> str:
    """The same for screen readers."""
    quote = line.quotes[number]
    parts = (
        line.opening if number == 0 else "",
        speaker(line, quote),
        _shown(line, quote),
    )
    return " ".join(part for part in parts if part)


def _shown(line: DiaryLine, quote: DiaryQuote) -> str:
    """Without the signs of Markdown, as lists show it."""
    return " ".join(one_line.plain(quote.text, line.source_kind, line.location).split())


def speaker(line: DiaryLine, quote: DiaryQuote) -> str:
    """Who said it; in a chat held here that is the person."""
    own = line.location == line.source
    talk = line.source_kind is SourceKind.CONVERSATION
    return quote.speaker or "" if talk and not own else ""


def files_added(entry: DiaryEntry) -> str:
    """What the lines do not say of files; empty where they say it all."""
    told = sum(1 for line in entry.lines if line.opening.startswith("You added"))
    if entry.files <= told:
        return ""
    return f"You added {words.count(entry.files, 'file')}" + (" in all." if told else ".")
