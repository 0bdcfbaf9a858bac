"""Answers by quotation: XQuAD in English, do the quoted sentences hold the exact answer?"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Sequence

from memory import quote
from memory.protocol import RecallRequest
from memory.quote import Quote
from memory.quoting import rarity
from memory.recall.found import Recalled
from models.embedder import TokenVectors
from tests.bench import data
from tests.bench.home import Home, home

LIMIT = 8  # memories an answer looks at, as the program asks


def run() -> None:
    """All passages in one memory; each question recalled and answered by quotation."""
    path = data.folder("xquad-en")
    rows: list[dict[str, float]] = []
    times: list[float] = []
    with home() as memory:
        memory.add_passages(data.passages(path))
        for asked in data.questions(path):
            start = time.perf_counter()
            done = memory.recall.find(RecallRequest(question=asked.question, limit=LIMIT))
            seen: dict[str, TokenVectors] = {}
            quotes = _quoted(memory, done, quote.MOST_SENTENCES, seen)
            times.append((time.perf_counter() - start) * 1000)
            fewer = [_quoted(memory, done, most, seen) for most in (1, 2)]
            rows.append(_row(asked, done, quotes, *fewer))
    for name in rows[0]:
        mean = statistics.mean(row[name] for row in rows)
        print(
            f"{name:44} {mean:6.2f}" if name.endswith("each") else f"{name:44} {100 * mean:6.1f} %"
        )
    print(f"{len(rows)} questions, median {statistics.median(times):.0f} ms,", end=" ")
    print(f"95 % {sorted(times)[int(0.95 * len(times))]:.0f} ms each")


def _quoted(memory: Home, done: Recalled, most: int, seen: dict[str, TokenVectors]) -> list[Quote]:
    """What the program quotes where it may choose so many sentences."""

    def look(texts: Sequence[str]) -> list[TokenVectors]:
        new = [text for text in texts if text not in seen]
        seen.update(zip(new, memory.embedder.embed_tokens(new), strict=True))
        return [seen[text] for text in texts]

    weights, stems = rarity(done.terms), memory.recall.stems
    return quote.choose(done.question, done.found, weights, stems, look, most)


def _row(
    asked: data.Asked, done: Recalled, quotes: list[Quote], one: list[Quote], two: list[Quote]
) -> dict[str, float]:
    """Of ``quotes`` as shown, and of those where it may be one sentence or two at most."""
    refs = [found.row.memory.ref for found in done.found]
    return {
        "right passage first": float(refs[:1] == [asked.evidence[0]]),
        "right passage among three": float(asked.evidence[0] in refs[:3]),
        "the quoted answer, one sentence": _holds(one[:1], asked.answers),
        "the quoted answer, at most two": _holds(_first_two(two), asked.answers),
        "the quoted answer as shown": _holds(quotes, asked.answers),
        "nothing quoted": float(not quotes),
        "quotes shown, each": float(len(quotes)),
        "characters shown, each": float(sum(len(one.text) for one in quotes)),
    }


def _first_two(quotes: list[Quote]) -> list[Quote]:
    """Neighbours that were joined count as the sentences they are."""
    counts = itertools.accumulate(one.sentences for one in quotes)
    return [one for one, count in zip(quotes, counts, strict=True) if count <= 2]


def _holds(quotes: list[Quote], answers: tuple[str, ...]) -> float:
    shown = [one.text.casefold() for one in quotes]
    return float(any(answer.casefold() in text for answer in answers for text in shown))
