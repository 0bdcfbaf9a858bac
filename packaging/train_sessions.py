"""Trains the weights of whole sessions and writes ``memory/recall/session_weights.py``.

    RECOLLECT_BENCH_DATA=FOLDER python packaging/train_sessions.py

To be run again whenever the ranker's weights have changed. ``python -m tests.bench
recall-sessions`` tells how well such weights do on conversations they were not trained on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bench import recall_sessions, session_fit  # noqa: E402

TARGET = Path(__file__).resolve().parents[1] / "memory" / "recall" / "session_weights.py"
LEAST = 0.005

_HEAD = '''"""Weights of sessions as wholes, as shipped; written by ``packaging/train_sessions.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), each counting alike, and
rounded.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
'''


def main() -> None:
    write(session_fit.fit(list(recall_sessions.collect().values())))


def write(weights: Mapping[str, float]) -> None:
    kept = {name: round(weight, 2) for name, weight in weights.items() if weight >= LEAST}
    lines = "".join(f'    "{name}": {weight},\n' for name, weight in kept.items())
    TARGET.write_text(f"{_HEAD}{lines}}}\n", "utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
