"""Sortable ids: ULIDs that keep their order even within one millisecond. No SQL."""

from __future__ import annotations

import secrets
import threading

from ulid import ULID

_RANDOM_BITS = 80

_lock = threading.Lock()
_last = 0


def new_id(now_ms: int) -> str:
    """One id, larger than every id this process made before for the same or an earlier time."""
    return new_ids(now_ms, 1)[0]


def new_ids(now_ms: int, count: int) -> list[str]:
    """``count`` ids in rising order, so that sorting by id is sorting by creation.

    Should the clock go back, ids go on from the last one: order matters more than the time
    that stands in them.
    """
    global _last
    with _lock:
        first = max((now_ms << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS - 1), _last + 1)
        if _last >> _RANDOM_BITS == now_ms:
            first = _last + 1
        _last = first + count - 1
    return [str(ULID.from_int(first + offset)) for offset in range(count)]
