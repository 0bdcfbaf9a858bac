"""What use does to real questions: those asked again, and those asked for the first time.

LoCoMo (arXiv 2402.17753), categories 1-4. In the past, a question of one half was asked every six
hours, and one turn that answers it was opened (where several do, the first that was told in the
list of ten). Then both halves are asked: "asked before" is the case that use is for; in "new" what
was used is in the way of all others, as no two of these questions are the same. "unused" is the
same memory before.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from memory.clock import DAY_MS
from memory.protocol import RecallRequest, ReviewReason
from memory.reviews import record
from memory.store.db import Connection
from tests.bench import data, ranker
from tests.bench.data import Asked
from tests.bench.home import Home, home
from tests.bench.recall_locomo import CATEGORIES, score

LIMIT = 20
LISTED = 10
A_DAY = 4
MEASURES = ("R@5", "R@10", "MRR")

Scores = list[dict[str, float]]


def run() -> None:
    """Asks, uses, asks again, prints."""
    found: dict[str, Scores] = {"unused": [], "asked before": [], "unused, new": [], "new": []}
    for path in ranker.conversations():
        with home() as memory:
            memory.add_transcript(path / "transcript.jsonl")
            asked = [one for one in data.questions(path) if one.category in CATEGORIES]
            before, new = asked[::2], asked[1::2]
            found["unused"] += _asked(memory, before)
            found["unused, new"] += _asked(memory, new)
            _use(memory, before)
            found["asked before"] += _asked(memory, before)
            found["new"] += _asked(memory, new)
    print(f"{'':16} {'n':>5} " + " ".join(f"{name:>7}" for name in MEASURES))
    for name, scores in found.items():
        means = " ".join(
            f"{100 * statistics.mean(one[measure] for one in scores):7.2f}" for measure in MEASURES
        )
        print(f"{name:16} {len(scores):5} {means}", flush=True)


def _asked(memory: Home, questions: Sequence[Asked]) -> Scores:
    return [score(_refs(memory, one, LIMIT), one.evidence) for one in questions]


def _refs(memory: Home, asked: Asked, limit: int) -> list[str | None]:
    hits = memory.recall.recall(RecallRequest(question=asked.question, limit=limit)).hits
    return [hit.ref for hit in hits]


def _use(memory: Home, questions: Sequence[Asked]) -> None:
    """The newest use is a day ago, the others lie behind it."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    for back, one in enumerate(reversed(questions)):
        request = RecallRequest(question=one.question, limit=LISTED)
        hits = memory.recall.recall(request).hits
        right = next((hit.memory for hit in hits if hit.ref in one.evidence), None)
        if right is not None:
            at_ms = now_ms - DAY_MS - back * DAY_MS // A_DAY
            memory.database.write(lambda c, id_=right, at=at_ms: _opened(c, id_, at))  # type: ignore[misc]


def _opened(c: Connection, memory_id: str, at_ms: int) -> None:
    record(c, memory_id, ReviewReason.OPENED, at_ms)
