"""Further looks at hard questions (MuSiQue, HotpotQA): what they add to one look, and cost.

``RECOLLECT_BENCH_MODEL`` is a GGUF file that drafts. Without it a tiny model with random weights
does, whose drafts are junk: the floor, which must not lie below one look. ``..._QUESTIONS`` is
the number of questions of each corpus, ``..._LOOKS`` the most looks after the first.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from memory.answer_parts import Ask
from memory.finding import Finding
from memory.iterated import fusing
from memory.iterated.looking import Looking, Wider, once
from memory.protocol import AskRequest, RecallRequest
from memory.settings import Settings
from models.llm import LanguageModel
from tests.bench import data
from tests.bench.home import Home, home
from tests.tiny_gguf import make_tiny_gguf

MODEL = "RECOLLECT_BENCH_MODEL"
QUESTIONS = "RECOLLECT_BENCH_QUESTIONS"
LOOKS = "RECOLLECT_BENCH_LOOKS"


@dataclass(frozen=True)
class _Asked:
    """Shares of the evidence: within one look, within as many places by one look as further
    looks may fill, and with further looks; and their seconds, None for an easy question."""

    one: float
    as_many: float
    further: float
    seconds: float | None


def run() -> None:
    most = int(os.environ.get(QUESTIONS, "60"))
    head = ("", "n", "hard", "one look", "as many", "further", "s each")
    print("{:10} {:>4} {:>5} {:>9} {:>9} {:>9} {:>7}".format(*head))
    with _model() as model:
        for name in ("musique", "hotpotqa"):
            path = data.folder("multihop-dev") / name
            with home() as memory:
                memory.add_passages(data.passages(path))
                asked = [_ask(memory, model, one) for one in data.questions(path)[:most]]
            _row(name, asked)
            _row("  hard", [one for one in asked if one.seconds is not None])


def _row(name: str, asked: list[_Asked]) -> None:
    if not asked:
        return
    spent = [one.seconds for one in asked if one.seconds is not None]
    means = [
        100 * statistics.mean(getattr(one, part) for one in asked)
        for part in ("one", "as_many", "further")
    ]
    took = statistics.mean(spent) if spent else 0.0
    shares = " ".join(f"{mean:9.1f}" for mean in means)
    print(f"{name:10} {len(asked):4} {len(spent):5} {shares} {took:7.1f}", flush=True)


def _ask(memory: Home, model: LanguageModel, asked: data.Asked) -> _Asked:
    wanted = set(asked.evidence)
    ask = Ask(AskRequest(question=asked.question), "bench", threading.Event())
    finding = Finding(memory.database, memory.recall)
    reach = finding.reach(ask)
    recalled = finding.find(reach)
    request = RecallRequest(question=asked.question, limit=len(recalled.found) + fusing.PLACES)
    more = memory.recall.find(request)
    looks = int(os.environ.get(LOOKS, "2"))
    looking = Looking(memory.clock, lambda: replace(Settings(), hard_looks=looks))
    wider, seconds = once(recalled), None
    if why := looking.reasons(ask, recalled):
        steps = looking.look(
            ask, recalled, why, model,
            lambda text: finding.find(reach.asking(text)), finding.number,
        )  # fmt: skip
        wider = _ended(steps)
        seconds = wider.looked.took_ms / 1000 if wider.looked else 0.0

    def share(refs: set[str | None]) -> float:
        return len(wanted & refs) / len(wanted)

    return _Asked(
        share({one.row.memory.ref for one in recalled.found}),
        share({one.row.memory.ref for one in more.found}),
        share({one.row.memory.ref for one in (*recalled.found, *wider.found)}),
        seconds,
    )


def _ended(steps: Iterator[object]) -> Wider:
    """What a generator returns when it is through."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Wider = end.value
            return found


@contextmanager
def _model() -> Iterator[LanguageModel]:
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        given = os.environ.get(MODEL)
        path = Path(given) if given else make_tiny_gguf(Path(folder) / "tiny.gguf")
        model = LanguageModel(path)
        try:
            yield model
        finally:
            model.close()
