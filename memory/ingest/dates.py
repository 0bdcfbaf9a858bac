"""Dates as files write them, to UTC milliseconds. Pure.

A date without a zone is local time of this machine: it is the person's own file.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from memory.clock import to_ms

_PDF = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")
_EARLIEST, _LATEST = 1900, 2200


def to_ms_or_none(value: str | int | float | None) -> int | None:
    """ISO 8601, or seconds (or milliseconds) since 1970; None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    text = value.strip()
    try:
        return _checked(datetime.fromisoformat(text))
    except ValueError:
        pass
    match = re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\D|\Z)", text)
    if not match:
        return None
    try:
        return _checked(datetime(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return None


def pdf_date(value: str) -> int | None:
    """``D:20250314101500+01'00'`` (ISO 32000, 7.9.4)."""
    match = _PDF.match(value.strip())
    if not match:
        return None
    year, month, day, hour, minute, second = (int(g) if g else None for g in match.groups()[:6])
    zone = None
    if match.group(7):
        zone = UTC
    elif match.group(8):
        offset = timedelta(hours=int(match.group(9)), minutes=int(match.group(10) or 0))
        if offset >= timedelta(hours=24):
            return None
        zone = timezone(offset if match.group(8) == "+" else -offset)
    try:
        return _checked(
            datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, 0, zone)
        )
    except ValueError:
        return None


def _from_number(value: int | float) -> int | None:
    if not 0 < value < 1e14:
        return None
    return round(value) if value > 1e11 else round(value * 1000)


def _checked(when: datetime) -> int | None:
    if not _EARLIEST <= when.year <= _LATEST:
        return None
    try:
        return to_ms(when)
    except (OverflowError, OSError):
        return None
