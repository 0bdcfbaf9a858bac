"""Weights on flash: a dense and an expert model under half and three quarters of their size.

Models nobody trained are written for it (2.0 and 4.5 GB, seeded) and deleted afterwards, where
root may on a loop device with the usual read-ahead of 128 KB. ``RECOLLECT_BENCH_FLASH_GB`` is
another size for the dense one (the expert one is 2.2 times as big), ``..._DIR`` another folder,
``..._ROUNDS`` another number of rounds, ``..._ONLY`` leaves out all but "dense" or "experts".
``python -m models.flash_bench PATH`` measures a model of your own.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.flash_bench.__main__ import show
from models.flash_bench.bench import Options, run_bench
from models.flash_bench.disk import USUAL_KB, NoScratch, read_ahead_kb, scratch_disk
from tests.synthetic_models import DENSE, EXPERTS, Shape, Synthetic, write_model

SIZE = "RECOLLECT_BENCH_FLASH_GB"
FOLDER = "RECOLLECT_BENCH_FLASH_DIR"
ONLY = "RECOLLECT_BENCH_FLASH_ONLY"
ROUNDS = "RECOLLECT_BENCH_FLASH_ROUNDS"
DENSE_GB, EXPERTS_TIMES = 2.0, 2.2
SHARE = 0.75
# A sentence or two in one piece, as memories are quoted.
RUN_WORDS = 24
ANSWER_WORDS, PROMPT_WORDS, BEGINNING_WORDS = 96, 110, 1000
USUAL_ROUNDS = 3


@dataclass(frozen=True)
class Made:
    """How a model is made; said with its figures."""

    name: str
    shape: Shape
    size_bytes: int
    gain: float
    locality: float = 0.0


def run() -> None:
    """The dense model, then the experts."""
    # Ended by a signal it must still unmount and delete what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    size = float(os.environ.get(SIZE, DENSE_GB)) * 1e9
    models = [
        Made("dense", DENSE, round(size), gain=0.5),
        Made("experts", EXPERTS, round(size * EXPERTS_TIMES), gain=1.0),
    ]
    for made in models:
        if os.environ.get(ONLY, made.name) == made.name:
            _measure(made)


def _measure(made: Made) -> None:
    parent = Path(os.environ.get(FOLDER, tempfile.gettempdir()))
    with _place(parent, round(made.size_bytes * 1.05)) as folder:
        shape = made.shape.sized(made.size_bytes)
        _say(f"writing {made.name}.gguf")
        model = write_model(
            folder / f"{made.name}.gguf", shape, gain=made.gain, locality=made.locality
        )
        report = run_bench(model.path, _options(model), _say)
        routing = f", routing locality {made.locality}, no favourites" if shape.experts else ""
        print(
            f"\nSynthetic {made.name} model, {shape.layers} layers, layers add {made.gain:.0%}"
            f"{routing}; {SHARE:.0%} of the answer stands in the prompt, in runs of {RUN_WORDS}"
            " words"
        )
        show(report)


def _options(model: Synthetic) -> Options:
    prompt = model.quoting_prompt(PROMPT_WORDS, SHARE, ANSWER_WORDS, run=RUN_WORDS)
    beginning = model.text(len(model.chain) // 3, BEGINNING_WORDS)
    rounds = int(os.environ.get(ROUNDS, USUAL_ROUNDS))
    return Options(rounds=rounds, tokens=ANSWER_WORDS, prompt=prompt, beginning=beginning)


@contextmanager
def _place(parent: Path, size_bytes: int) -> Iterator[Path]:
    """A folder that goes again, with the usual read-ahead where that can be had."""
    if read_ahead_kb(parent) != USUAL_KB:
        try:
            with scratch_disk(parent, size_bytes) as folder:
                yield folder
            return
        except NoScratch as why:
            _say(f"no disk with {USUAL_KB} KB read-ahead: {why}")
    with tempfile.TemporaryDirectory(prefix="recollect-bench-", dir=parent) as folder:
        yield Path(folder)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
