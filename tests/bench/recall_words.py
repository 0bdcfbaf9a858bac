"""Speed of the search by words alone: 100,000 memories, right, mistyped and foreign questions."""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable

from memory.clock import SystemClock
from memory.ingest import storing
from memory.ingest.sentences import sentences
from memory.paths import data_paths
from memory.protocol import MemoryKind, SourceKind, SourceState
from memory.recall.terms import WordSearch
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from memory.understand import understand
from tests.bench import data

SIZE = 100_000
QUESTIONS = 280
WARM_UP = 20
_AT_ONCE = 5_000
_SYLLABLES = "ka lo mi ter gra ven sto ru pel ni dor fa hes ti bon qua zel".split()


def run() -> None:
    """Build one memory without vectors, then time the step of words for each kind of question."""
    said, asked = _material()
    rng = random.Random(5)
    rng.shuffle(asked)
    kinds: dict[str, Callable[[str], str]] = {
        "as asked": lambda question: question,
        "a typing error": lambda question: _mistyped(question, rng),
        "other forms looked for": _foreign,
    }
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        paths = data_paths(folder)
        paths.create()
        database = Database(paths, SystemClock())
        _fill(database, said, rng)
        print(f"{'questions':24} {'median ms':>10} {'95 % ms':>8} {'slowest':>8}")
        for name, change in kinds.items():
            times = _times(database, [change(one) for one in asked[: WARM_UP + QUESTIONS]])
            p95 = times[int(0.95 * len(times))]
            print(f"{name:24} {statistics.median(times):10.1f} {p95:8.1f} {times[-1]:8.1f}")
        database.close()


def _times(database: Database, questions: list[str]) -> list[float]:
    """Milliseconds of the step for each question, sorted, the first ones left out."""
    search = WordSearch()
    times = []
    with database.read() as c:
        total = search.total(c)
        for question in questions:
            start = time.perf_counter()
            search.find(c, understand(question, 0), total)
            times.append((time.perf_counter() - start) * 1000)
    search.close()
    return sorted(times[WARM_UP:])


def _material() -> tuple[list[str], list[str]]:
    """Sentences of real texts, and real questions."""
    said: list[str] = []
    asked: list[str] = []
    for path in sorted(data.folder("locomo-dev").iterdir()):
        for turn in data.turns(path):
            said += _sentences(turn["text"])
        asked += [one.question for one in data.questions(path)]
    for name in ("multihop-dev/musique", "multihop-dev/hotpotqa", "xquad-en"):
        path = data.folder(name)
        for passage in data.passages(path):
            said += _sentences(passage.text)
        asked += [one.question for one in data.questions(path)]
    return said, asked


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _fill(database: Database, said: list[str], rng: random.Random) -> None:
    """Memories of one to five sentences; some with a new word, as vocabularies grow."""
    made = 0
    while made < SIZE:
        database.write(lambda c, made=made: _store(c, said, rng, made))  # type: ignore[misc]
        made += _AT_ONCE
    database.optimize()


def _store(c: Connection, said: list[str], rng: random.Random, made: int) -> None:
    source_id = sources.insert(
        c, kind=SourceKind.FILE, title="bench", location=f"/bench/{made}",
        state=SourceState.READY, now_ms=0,
    )  # fmt: skip
    new = []
    for position in range(_AT_ONCE):
        text = " ".join(rng.choices(said, k=rng.randint(1, 5)))
        if rng.random() < 0.3:
            text += " " + "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 5)))
        new.append(NewMemory(MemoryKind.PASSAGE, text, position, 0, len(text)))
    memories.append(c, source_id, new, 0, storing.first_strength(0))
    c.execute("DELETE FROM outbox")


def _mistyped(question: str, rng: random.Random) -> str:
    """Two letters of a long word change places."""
    long = [word for word in re.findall(r"[A-Za-z]{7,}", question)]
    if not long:
        return question
    word = rng.choice(long)
    at = rng.randrange(1, len(word) - 2)
    return question.replace(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :])


def _foreign(question: str) -> str:
    """The same words with function words of German around them: the memory cannot know better
    and looks for forms and compounds of each."""
    words = [word for word in re.findall(r"\w+", question) if len(word) > 3]
    return f"Wie ist das mit {' '.join(words)} und der"
