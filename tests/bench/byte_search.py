"""Whether any of many words stands in any file of a folder, byte by byte, whatever the case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

_WIDTH = 8
_BLOCK = 32 << 20


def files_with(folder: Path, words: Sequence[str]) -> dict[str, int]:
    """Files that hold the last eight bytes of one of these words, with how many places."""
    keys = np.unique(
        np.array([np.frombuffer(w.lower().encode()[-_WIDTH:], "<u8")[0] for w in words], "<u8")
    )
    first = np.zeros(1 << 16, bool)
    first[(keys & 0xFFFF).astype(np.int64)] = True
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (places := _places(path, keys, first)):
            found[str(path.relative_to(folder))] = places
    return found


def _places(path: Path, keys: np.ndarray, first: np.ndarray) -> int:  # type: ignore[type-arg]
    places = 0
    with path.open("rb") as file:
        before = b""
        while block := file.read(_BLOCK):
            data = (before + block).lower()
            before = data[-(_WIDTH - 1) :]
            places += sum(_aligned(data[at:], keys, first) for at in range(_WIDTH))
    return places


def _aligned(data: bytes, keys: np.ndarray, first: np.ndarray) -> int:  # type: ignore[type-arg]
    values = np.frombuffer(data[: len(data) // _WIDTH * _WIDTH], "<u8")
    likely = values[first[(values & 0xFFFF).astype(np.int64)]]
    return int(np.isin(likely, keys).sum())
