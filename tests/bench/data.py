"""Where the public benchmark data lies, and how it is read. Nothing of it is in the project.

``RECOLLECT_BENCH_DATA`` names the folder; without it a benchmark says so and is skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "RECOLLECT_BENCH_DATA"


class NoData(Exception):
    """The data is not here; says what to do."""


@dataclass(frozen=True)
class Asked:
    """One question with the ids that hold its answer; ``answers`` are exact texts, if known."""

    question: str
    evidence: tuple[str, ...]
    category: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    id: str
    title: str
    text: str


def folder(name: str) -> Path:
    """A part of the data.

    Raises:
        NoData: the variable is not set, or the part is not there.
    """
    root = os.environ.get(VARIABLE)
    if not root:
        raise NoData(f"Skipped: {VARIABLE} does not say where the benchmark data is.")
    found = Path(root) / name
    if not found.is_dir():
        raise NoData(f"Skipped: there is no folder {name} in {VARIABLE}.")
    return found


def questions(path: Path) -> list[Asked]:
    """The questions of ``questions.jsonl`` in this folder."""
    return [_asked(line) for line in _lines(path / "questions.jsonl")]


def passages(path: Path) -> list[Passage]:
    """The passages of ``passages.jsonl`` in this folder."""
    return [
        Passage(line["id"], line["title"], line["text"]) for line in _lines(path / "passages.jsonl")
    ]


def turns(path: Path) -> list[dict[str, str]]:
    """The turns of ``transcript.jsonl`` in this folder, as they stand there."""
    return list(_lines(path / "transcript.jsonl"))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _asked(line: dict[str, Any]) -> Asked:
    answer = line.get("answer")
    answers = answer if isinstance(answer, list) else [] if answer is None else [answer]
    return Asked(
        line["question"],
        tuple(line["evidence"]),
        str(line["category"]),
        tuple(str(one) for one in answers),
    )
