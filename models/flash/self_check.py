"""Whether a way of placing weights changes what a model computes: bit for bit, remembered.

Wrong weights do not look wrong. A ring once overwrote a layer in use, and the text stayed
plausible. So before a mode is used for the first time with a model, a version of the library
and parameters, the logits of some tokens are computed twice: from llama.cpp's plain mapping and
in the mode. Any bit that differs, and the mode is not used. The result is kept in a small file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.flash.passes import Passes
from models.gguf_tensors import TensorTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Tokens of each pass: alone, as an answer is written, and several, as a prompt is read.
PASS_TOKENS = (4, 1, 1, 9, 1, 1, 5, 1, 1)
CHECK_VERSION = 1
MOST_REMEMBERED = 200
# A prime, so that the tokens are spread over the vocabulary.
_TOKEN_STEP = 7919


@dataclass(frozen=True)
class Verdict:
    """How a check ended.

    Attributes:
        passed: every bit was the same.
        detail: what differed, for a person; empty where nothing did.
    """

    passed: bool
    detail: str = ""


def logits_of(
    passes: Passes, progress: Callable[[int], None] = lambda _done: None
) -> NDArray[np.float32]:
    """Logits of the check's tokens; the context is empty before and afterwards.

    Args:
        progress: told after each pass how many are done.

    Returns:
        (sum of PASS_TOKENS, words)

    Raises:
        PassFailed: llama.cpp could not compute them.
    """
    import numpy as np

    rows, position = [], 0
    passes.clear()
    for number, count in enumerate(PASS_TOKENS):
        places = range(position, position + count)
        tokens = [(1 + place) * _TOKEN_STEP % passes.words for place in places]
        rows.append(passes.logits(tokens, position))
        position += count
        progress(number + 1)
    passes.clear()
    return np.concatenate(rows)


def compare(plain: NDArray[np.float32], placed: NDArray[np.float32]) -> Verdict:
    """Both as ``logits_of`` makes them; a single bit counts."""
    import numpy as np

    if plain.shape != placed.shape:
        return Verdict(False, f"{placed.shape} logits instead of {plain.shape}")
    differs = (plain.view(np.uint32) != placed.view(np.uint32)).any(axis=1)
    if not differs.any():
        return Verdict(True)
    where = np.flatnonzero(differs)
    return Verdict(False, f"{len(where)} of {len(plain)} tokens differ, first number {where[0]}")


def check_key(
    table: TensorTable, mode: str, mode_version: int, library: str, parameters: Mapping[str, object]
) -> str:
    """What a verdict holds for, as hexadecimal digits.

    Args:
        library: its version.
        parameters: of the context, and of the mode where it has some.
    """
    parts = {
        "check": CHECK_VERSION,
        "file": [table.size_bytes, os.stat(table.path).st_mtime_ns, table.header_hash],
        "mode": [mode, mode_version],
        "library": library,
        "parameters": {name: str(parameters[name]) for name in sorted(parameters)},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class CheckStore:
    """Verdicts in a JSON file. A file that cannot be read holds none.

    Args:
        path: None remembers nothing.
        again: checks that failed are to be made anew, as if nothing were known of them.
    """

    def __init__(self, path: Path | None, again: bool = False) -> None:
        self._path = path
        self._again = again

    def get(self, key: str) -> Verdict | None:
        found = self._read().get(key)
        if not isinstance(found, dict) or not isinstance(found.get("passed"), bool):
            return None
        if self._again and not found["passed"]:
            return None
        return Verdict(found["passed"], str(found.get("detail", "")))

    def put(self, key: str, verdict: Verdict) -> None:
        """Remembers it as the latest; the oldest ones go. Not being able to write is no error."""
        if self._path is None:
            return
        held = self._read()
        held.pop(key, None)
        held[key] = {"passed": verdict.passed, "detail": verdict.detail}
        latest = dict(list(held.items())[-MOST_REMEMBERED:])
        beside = self._path.with_name(self._path.name + ".new")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(latest, indent=1), "utf-8")
            os.replace(beside, self._path)

    def _read(self) -> dict[str, object]:
        if self._path is None:
            return {}
        try:
            held = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return held if isinstance(held, dict) else {}
