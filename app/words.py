"""Times, sizes, counts and states in words people use. Pure; the present time is an argument
where it matters, times come in UTC and go out in local time."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from app import flag_words
from memory.protocol import (
    JobState,
    MemoryInfo,
    MemoryKind,
    MemoryState,
    ReviewReason,
    SourceKind,
    SourceState,
)

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

KIND_NAMES = {
    MemoryKind.PASSAGE: "Passages",
    MemoryKind.TURN: "Chat turns",
    MemoryKind.NOTE: "Notes",
    MemoryKind.FACT: "Facts",
    MemoryKind.SUMMARY: "Summaries",
    MemoryKind.TOPIC: "Topics",
}
KIND_NAME = {
    MemoryKind.PASSAGE: "passage",
    MemoryKind.TURN: "chat turn",
    MemoryKind.NOTE: "note",
    MemoryKind.FACT: "fact",
    MemoryKind.SUMMARY: "summary",
    MemoryKind.TOPIC: "topic",
}
MEMORY_STATE_NAMES = {
    MemoryState.ACTIVE: "Active",
    MemoryState.DORMANT: "Dormant",
    MemoryState.SUPERSEDED: "Replaced",
    MemoryState.FORGOTTEN: "Forgotten",
}
SOURCE_STATE_NAMES = {
    SourceState.QUEUED: "Waiting",
    SourceState.READING: "Reading",
    SourceState.INDEXING: "Almost ready",
    SourceState.READY: "Ready",
    SourceState.SKIPPED: "Skipped",
    SourceState.FAILED: "Failed",
    SourceState.MISSING: "File is gone",
}
SOURCE_KIND_NAMES = {
    SourceKind.FILE: "file",
    SourceKind.CONVERSATION: "chat",
    SourceKind.NOTE: "note",
}
JOB_STATE_NAMES = {
    JobState.QUEUED: "Waiting",
    JobState.RUNNING: "Reading",
    JobState.PAUSED: "Paused",
    JobState.DONE: "Done",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
}
REVIEW_NAMES = {
    ReviewReason.CITED: "Used in an answer",
    ReviewReason.OPENED: "Opened by you",
    ReviewReason.HELPFUL: "Marked helpful",
    ReviewReason.PINNED: "Pinned",
    ReviewReason.WRONG: "Marked wrong",
    ReviewReason.KEPT: "Kept at a review",
}


def month(number: int) -> str:
    """``January`` for 1."""
    return _MONTHS[number - 1]


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 memory``, ``48,210 memories``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def memories(number: int) -> str:
    return count(number, "memory", "memories")


def size(size_bytes: int) -> str:
    """Bytes in the unit people would choose, counted in thousands as file managers do."""
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return ""


def path(whole: str, home: str | None = None) -> str:
    """A path as people write it: ``~/Papers/lease.pdf`` for what lies in their home folder."""
    home = (home or str(Path.home())).rstrip(os.sep)
    inside = home and whole.startswith(home + os.sep)
    return "~" + whole[len(home) :] if inside else "~" if home and whole == home else whole


def duration(seconds: float) -> str:
    """``a few seconds``, ``2 minutes``, ``3 hours``."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return count(round(seconds), "second")
    if seconds < 90 * 60:
        return count(round(seconds / 60), "minute")
    if seconds < 36 * 3600:
        return count(round(seconds / 3600), "hour")
    return days(seconds / 86_400)


def days(number: float) -> str:
    """A span of days: ``5 hours``, ``12 days``, ``7 months``, ``2 years``."""
    if number < 1.5:
        return count(max(1, round(number * 24)), "hour")
    if number < 60:
        return count(round(number), "day")
    if number < 700:
        return count(round(number / 30.4), "month")
    return count(round(number / 365), "year")


def date(when: datetime, now: datetime | None = None) -> str:
    """The local day: ``today``, ``yesterday``, ``4 March``, ``4 March 2024``."""
    local = when.astimezone()
    today = (now or datetime.now(UTC)).astimezone()
    ago = (today.date() - local.date()).days
    if ago == 0:
        return "today"
    if ago == 1:
        return "yesterday"
    day = f"{local.day} {_MONTHS[local.month - 1]}"
    return day if local.year == today.year else f"{day} {local.year}"


def moment(when: datetime, now: datetime | None = None) -> str:
    """The local day and, where it is near, the time: ``today 14:05``, ``4 March 2024``."""
    local = when.astimezone()
    today = (now or datetime.now(UTC)).astimezone()
    day = date(when, now)
    near = abs((today.date() - local.date()).days) < 7
    return f"{day} {local.hour:02}:{local.minute:02}" if near else day


def strength(value: float) -> str:
    """Retrievability 0 to 1 in one word."""
    for floor, word in ((0.9, "fresh"), (0.7, "strong"), (0.5, "fading"), (0.3, "faint")):
        if value >= floor:
            return word
    return "almost gone"


def percent(value: float) -> str:
    return f"{round(value * 100)} %"


def place(memory: MemoryInfo) -> str:
    """Where in its source a memory stands: page, speaker, heading; empty where none is known."""
    parts = []
    if memory.page is not None:
        parts.append(f"page {memory.page}")
    if memory.speaker:
        parts.append(memory.speaker)
    if memory.heading:
        parts.append(memory.heading)
    return " · ".join(parts)


def memory_when(memory: MemoryInfo, now: datetime | None = None) -> str:
    return date(memory.happened_at or memory.learnt_at, now)


def memory_label(memory: MemoryInfo) -> str:
    """What a screen reader says of a memory in a list."""
    parts = [memory.text, f"from {memory.source_title}", memory_when(memory)]
    parts.append(strength(memory.strength))
    if memory.pinned:
        parts.append("pinned")
    if memory.marked_wrong:
        parts.append("marked wrong")
    parts += flag_words.short(memory.flags)
    return ", ".join(parts)
