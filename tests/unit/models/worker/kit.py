"""A model opened in the test's own process, as the worker opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.decoding.pace import Pace
from models.decoding.widths import Widths
from models.worker.engine import Engine
from models.worker.opening import Loaded, open_model
from models.worker.sampling import Sampler
from models.worker.stop import Stop
from models.worker.writing import Counts, Writing


class Eager(Pace):
    """Guesses as if a token more cost next to nothing, whatever this machine is busy with."""

    def passed(self, rows: int, seconds: float) -> None:
        super().passed(rows, 1.0 + 0.01 * rows)


@contextmanager
def opened(path: Path, **order: Any) -> Iterator[Loaded]:
    loaded = open_model(
        {"path": str(path), "context_tokens": 1024, "threads": 1, "lookup": "always", **order},
        Stop(),
    )
    try:
        yield loaded
    finally:
        loaded.reading.finish()
        loaded.engine.close()
        loaded.residence.close()


def written(
    loaded: Loaded,
    prompt: list[int],
    count: int,
    *,
    widths: Widths | None = None,
    several: bool = True,
    always_wide: bool = False,
    temperature: float = 0.0,
    seed: int = 1,
    grammar: str | None = None,
    pace: Pace | None = None,
) -> tuple[list[int], Counts]:
    """The first ``count`` tokens of an answer, and how they came."""
    engine: Engine = loaded.engine
    widths = widths or loaded.widths
    loaded.reading.read(prompt)
    sampler = Sampler(engine.native, engine.words, temperature, seed, grammar)
    writing = Writing(
        engine,
        sampler,
        widths,
        pace or Eager(widths.most - 1),
        several=several,
        always_wide=always_wide,
    )
    tokens = writing.tokens(prompt)
    try:
        return [next(tokens) for _ in range(count)], writing.counts
    finally:
        tokens.close()
        sampler.close()
