"""Finds out how many tokens a pass may hold; main thread of the worker, once for each model.

A few passes over a short text: the same tokens two at a time and more at a time. Where all
bits of all logits agree, the numbers of tokens are alike. The result is
remembered in a small JSON file by model, library and parameters, so that answers do not differ
from one start to the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.decoding.widths import LEAST_PROMPT_ROWS, NO_GUESSES, TRIED, Widths, most_alike
from models.worker.engine import Engine, Logits

# Times of quick passes are taken so often again, the shortest counts: others use the machine too.
REPEATED = 4
SLOW_S = 0.2

_VERSION = 2
_MOST_REMEMBERED = 200


def widths_of(
    engine: Engine,
    key: str,
    store: Path | None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Widths:
    """From the file if it is there, else measured and written down.

    Args:
        progress: told the share that is done, where it is measured.

    Raises:
        Aborted, PassFailed: see ``Engine.run``.
    """
    if not engine.divisible:
        return NO_GUESSES
    remembered = _read(store)
    known = Widths.from_json(remembered.get(key))
    if known is not None:
        return known
    found = measure(engine, progress)
    remembered.pop(key, None)
    remembered[key] = found.as_json()
    _write(store, dict(list(remembered.items())[-_MOST_REMEMBERED:]))
    return found


def measure(engine: Engine, progress: Callable[[float], None] = lambda _share: None) -> Widths:
    """Compares passes; the context is empty afterwards."""
    most = min(TRIED[-1], engine.context_tokens - LEAST_PROMPT_ROWS - 1)
    tried = [width for width in TRIED if width <= most]
    if len(tried) < 2:
        return NO_GUESSES
    dice = np.random.default_rng(11)
    tokens = [int(one) for one in dice.integers(0, engine.words, LEAST_PROMPT_ROWS + most)]
    text, tokens = tokens[:LEAST_PROMPT_ROWS], tokens[LEAST_PROMPT_ROWS:]
    comparing = _Comparing(engine, tokens, 1 + -(-most // 2) + len(tried) - 1 + 2, progress)
    engine.clear()
    comparing.read(text)
    by_two = comparing.rows(2, most)
    alike = {2: True}
    times = {2: engine.last_pass_s}
    for width in tried[1:]:
        rows = comparing.rows(width, width)
        times[width] = engine.last_pass_s
        alike[width] = np.array_equal(_bits(rows), _bits(by_two[:width]))
        if not alike[width]:
            break
    comparing.rows(1, 2)
    times[1] = engine.last_pass_s
    widest = most_alike(alike)
    for width in (1, widest) * (REPEATED if times[1] < SLOW_S else 0):
        comparing.rows(width, width)
        times[width] = min(times[width], engine.last_pass_s)
    engine.clear()
    progress(1.0)
    return Widths(widest, *_costs(times, widest))


class _Comparing:
    """Passes over the same tokens, counted.

    Args:
        passes: about so many are slow; quick ones come after them.
    """

    def __init__(
        self, engine: Engine, tokens: list[int], passes: int, progress: Callable[[float], None]
    ) -> None:
        self._engine = engine
        self._tokens = tokens
        self._passes = passes
        self._progress = progress
        self._done = 0
        progress(0.0)

    def read(self, text: list[int]) -> None:
        self._engine.run(text)
        self._count()

    def rows(self, width: int, count: int) -> Logits:
        """Logits of the first ``count`` tokens, ``width`` a pass; the text stays held."""
        engine = self._engine
        made: list[Logits] = []
        for at in range(0, count, width):
            rows = self._tokens[at : at + width]
            engine.run(rows, every=True)
            made += [engine.logits(row) for row in range(len(rows))]
            self._count()
        engine.keep(LEAST_PROMPT_ROWS)
        return np.array(made[:count])

    def _count(self) -> None:
        self._done += 1
        self._progress(min(1.0, self._done / self._passes))


def _bits(rows: Logits) -> Any:
    return rows.view(np.uint32)


def _costs(times: dict[int, float], widest: int) -> tuple[float, float]:
    """Seconds of a pass over one token, and of each further one."""
    alone_s = max(times[1], 1e-7)
    if widest < 2 or widest not in times:
        return alone_s, alone_s
    return alone_s, max(0.0, (times[widest] - alone_s) / (widest - 1))


def _read(store: Path | None) -> dict[str, Any]:
    if store is None:
        return {}
    try:
        found = json.loads(store.read_text("utf-8"))
        return dict(found["widths"]) if found["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(store: Path | None, remembered: dict[str, Any]) -> None:
    if store is None:
        return
    new = store.with_name(f"{store.name}.{os.getpid()}.{time.monotonic_ns()}")
    with contextlib.suppress(OSError):  # then it is measured again the next time
        store.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"version": _VERSION, "widths": remembered}), "utf-8")
        os.replace(new, store)
