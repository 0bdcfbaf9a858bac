"""Fits the confidence of recall and writes ``memory/recall/enough_weights.py``.

    RECOLLECT_BENCH_DATA=FOLDER python packaging/fit_confidence.py [KEPT]

To be run again whenever the ranker's weights or features have changed. With KEPT, a folder, what
was seen of each world is kept there and taken from there by the next run, so that a run that was
cut goes on; empty it when recall itself has changed. ``python -m tests.bench enough`` tells how
well such weights do on worlds they were not fitted on.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from memory.recall.enough import Weights  # noqa: E402
from tests.bench import enough_fit  # noqa: E402
from tests.bench.enough_fit import Example  # noqa: E402
from tests.bench.enough_worlds import worlds  # noqa: E402

TARGET = Path(__file__).resolve().parents[1] / "memory" / "recall" / "enough_weights.py"

_HEAD = '''"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

'''


def main() -> None:
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    examples = [one for name in worlds() for one in _seen(name, kept)]
    write(enough_fit.fit(examples))


def _seen(name: str, kept: Path | None) -> list[Example]:
    """What recall sees of one world's questions."""
    path = kept / f"{name}.json" if kept is not None else None
    if path is not None and path.exists():
        return [Example(**one) for one in json.loads(path.read_text("utf-8"))]
    found = enough_fit.collect(name, worlds()[name])
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(one) for one in found]), "utf-8")
    return found


def write(weights: Weights) -> None:
    """Rounded, so that little of any question is in them."""
    lines = "".join(f'    "{name}": {one:.2f},\n' for name, one in weights.weights.items())
    TARGET.write_text(
        f"{_HEAD}OFFSET = {weights.offset:.2f}\nTHRESHOLD = {weights.threshold:.3f}\n\n"
        f"WEIGHTS: dict[str, float] = {{\n{lines}}}\n",
        "utf-8",
    )
    print(TARGET)


if __name__ == "__main__":
    main()
