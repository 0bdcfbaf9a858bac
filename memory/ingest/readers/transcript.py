"""Chat transcripts: JSON Lines, one turn a line, as the contract says.

``{"conversation", "id", "time" (ISO 8601), "speaker", "text"}``. A line that does not follow
it is left out and reported by its number; the others are read.
"""

from __future__ import annotations

import json
from pathlib import Path

from memory.errors import Unreadable
from memory.ingest.dates import to_ms_or_none
from memory.ingest.extracted import Conversation, Extracted, Turn, clean, one_line
from memory.ingest.readers.common import Limits, read_text, require_words

_FIELDS = ("conversation", "id", "time", "speaker", "text")
_ASSISTANTS = frozenset("assistant ai bot chatgpt claude gemini copilot gpt model".split())
_PERSONS = frozenset("user human me you person".split())
_REPORTED = 20


class _BadLine(ValueError):
    """What is wrong with a line, for people."""


def read(path: Path, limits: Limits) -> Extracted:
    text = require_words(path, read_text(path, limits))
    said: dict[str, list[Turn]] = {}
    seen: dict[tuple[str, str], int] = {}
    bad: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            name, turn = _turn(line)
            first = seen.setdefault((name, turn.ref), number)
            if first != number:
                raise _BadLine(f"the id {one_line(turn.ref, 40)} was used in line {first} already")
            said.setdefault(name, []).append(turn)
        except _BadLine as problem:
            bad.append(f"Line {number}: {problem}.")
    if not said:
        raise Unreadable(
            "Not a chat transcript",
            f"No line of it is a turn. {bad[0]}",
            'Each line must be {"conversation", "id", "time", "speaker", "text"}.',
            item=str(path),
        )
    if len(bad) > _REPORTED:
        bad[_REPORTED:] = [f"{len(bad) - _REPORTED} more lines like these were left out."]
    conversations = tuple(Conversation(n, one_line(n), tuple(t)) for n, t in said.items())
    return Extracted("transcript", path.name, conversations=conversations, warnings=tuple(bad))


def role_of(speaker: str) -> str:
    """person, assistant or other, by the usual names of speakers."""
    word = speaker.strip().lower()
    if word in _PERSONS:
        return "person"
    return "assistant" if word.split(" ")[0].split("-")[0] in _ASSISTANTS else "other"


def _turn(line: str) -> tuple[str, Turn]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _BadLine("it is not JSON") from None
    if not isinstance(row, dict):
        raise _BadLine("it is not an object")
    values = {name: _field(row, name) for name in _FIELDS}
    when = to_ms_or_none(values["time"])
    if when is None:
        raise _BadLine("its time is not ISO 8601")
    speaker = one_line(values["speaker"], 120)
    return values["conversation"], Turn(
        values["id"], speaker, role_of(speaker), when, values["text"]
    )


def _field(row: dict[str, object], name: str) -> str:
    if name not in row:
        raise _BadLine(f"it has no {name}")
    value = row[name]
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _BadLine(f"its {name} is not text")
    tidy = clean(value).strip()
    if not tidy:
        raise _BadLine(f"its {name} is empty")
    return tidy
