"""Trains the weights of recall and writes ``memory/recall/weights.py``.

    RECOLLECT_BENCH_DATA=FOLDER python packaging/train_ranker.py

The texts and questions of the public sets stay where they are: some thirty rounded numbers
come out. ``python -m tests.bench recall-crossed`` tells how well such weights do on what they
were not trained on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.bench import ranker

TARGET = Path(__file__).resolve().parents[1] / "memory" / "recall" / "weights.py"
LEAST = 0.02

_HEAD = '''"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
'''


def main() -> None:
    with ExitStack() as stack:
        groups = [
            ranker.collect(memory, asked)
            for _name, memory, asked in ranker.worlds(stack, ranker.START)
        ]
    write(ranker.train(groups))


def write(weights: Mapping[str, float]) -> None:
    rounded = {name: round(weight, 2) for name, weight in weights.items()}
    kept = {
        name: weight for name, weight in rounded.items() if abs(weight) >= LEAST
    } | ranker.BY_HAND
    lines = "".join(f'    "{name}": {weight},\n' for name, weight in kept.items())
    TARGET.write_text(f"{_HEAD}{lines}}}\n", "utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
