"""Answers by quotation: XQuAD in English, do the quoted sentences hold the exact answer?"""

from __future__ import annotations

import statistics
import time

from memory import quote
from memory.protocol import RecallRequest
from tests.bench import data
from tests.bench.home import Home, home


def run() -> None:
    """All passages in one memory; each question recalled and answered by quotation."""
    path = data.folder("xquad-en")
    rows: list[dict[str, float]] = []
    times: list[float] = []
    with home() as memory:
        memory.add_passages(data.passages(path))
        for asked in data.questions(path):
            start = time.perf_counter()
            rows.append(_ask(memory, asked))
            times.append((time.perf_counter() - start) * 1000)
    for name in rows[0]:
        print(f"{name:44} {100 * statistics.mean(row[name] for row in rows):6.1f} %")
    print(f"{len(rows)} questions, median {statistics.median(times):.0f} ms,", end=" ")
    print(f"95 % {sorted(times)[int(0.95 * len(times))]:.0f} ms each")


def _ask(memory: Home, asked: data.Asked) -> dict[str, float]:
    done = memory.recall.find(RecallRequest(question=asked.question, limit=10))
    refs = [found.row.memory.ref for found in done.found]
    weights = {term.text: term.idf * term.weight for term in done.terms.terms}
    tools = (weights, memory.recall.stems, memory.embedder.embed)
    quotes = quote.choose(done.question, done.asked, done.found, *tools)
    row = {
        "right passage first": float(refs[:1] == [asked.evidence[0]]),
        "right passage among three": float(asked.evidence[0] in refs[:3]),
        "one sentence holds the answer": 0.0,
        "two sentences hold the answer": 0.0,
        "the quotation as shown holds the answer": float(
            any(_holds(one.text, asked.answers) for one in quotes)
        ),
        "nothing quoted": float(not quotes),
    }
    if done.found:
        text = done.found[0].row.memory.text
        spans = quote.best_sentences(done.question, done.asked, done.found[0], *tools)
        best = [text[start:end] for start, end in spans[:2]]
        row["one sentence holds the answer"] = float(_holds(best[0], asked.answers))
        row["two sentences hold the answer"] = float(
            any(_holds(one, asked.answers) for one in best)
        )
    return row


def _holds(text: str, answers: tuple[str, ...]) -> bool:
    return any(answer.casefold() in text.casefold() for answer in answers)
