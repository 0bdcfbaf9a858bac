"""Room for numbers about every memory, used again by the next question.

A fresh array of some megabytes costs more in pages that the system has to fetch and clear than
what is computed in it: 2 ms for a million numbers, measured, and a question needs several.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

# Of questions asked at the same time so many find room at hand.
_MOST_KEPT = 2

_lock = threading.Lock()
_kept: list[NDArray[np.float32]] = []


@contextmanager
def lines(count: int, size: int) -> Iterator[list[NDArray[np.float32]]]:
    """``count`` arrays of ``size`` numbers that nobody else uses meanwhile; what stands in them
    is left from before."""
    with _lock:
        block = _kept.pop() if _kept else None
    if block is None or block.shape[0] < count or block.shape[1] < size:
        # A quarter more, as memories are added.
        block = np.empty((count, size + size // 4), dtype=np.float32)
    try:
        yield [line[:size] for line in block[:count]]
    finally:
        with _lock:
            if len(_kept) < _MOST_KEPT:
                _kept.append(block)
