"""Looking through a whole archive before anything is changed: every line, and what it points at."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from pydantic import ValidationError

from memory.archive import layout
from memory.archive.layout import Row
from memory.archive.reading import Archive, BadArchive
from memory.archive.writing import Progress
from memory.errors import BadRequest, Cancelled
from memory.facts.relations import RELATIONS
from memory.protocol import Citation, MemoryKind, Problem
from memory.store import facts, scopes

_HASH_BYTES = 16
_TOKEN_BYTES = 96
_MOST_DIMENSIONS = 16_384
_LENGTHS = (0.9, 1.1)
_MOST_LINE = 400
_MOST_CORRECTS = 3  # see ``memory.store.migrations``


@dataclass
class Checked:
    """Ids of what an archive holds, by part."""

    folders: dict[str, str] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    memories: set[str] = field(default_factory=set)
    chats: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    of_facts: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    """Memories of these."""
    seen: set[tuple[str, object]] = field(default_factory=set)
    dimensions: dict[str, int] = field(default_factory=dict)


class _Wrong(ValueError):
    pass


def check(
    archive: Archive,
    dimension: Callable[[str], int | None],
    progress: Progress = lambda _what, _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checked:
    """Every line; ``dimension`` tells how long the vectors of a model are, None if not known.

    Raises:
        BadArchive: something is wrong with it.
        Cancelled: it was stopped.
    """
    found = Checked()
    looks = _looks(dimension)
    total = archive.lines
    done = 0
    for part in layout.PARTS:
        look = looks[part.name]
        for number, row in enumerate(archive.rows(part), 1):
            if number % 256 == 0:
                if cancelled():
                    raise stopped()
                progress(f"Checking {part.name}", done + number, total)
            try:
                look(row, found)
            except (_Wrong, ValidationError, BadRequest) as error:
                said = str(error) if isinstance(error, _Wrong) else "does not fit"
                raise BadArchive(
                    f"{part.file}, line {number}: {said}.", str(archive.path)
                ) from None
        if part.file in archive.facts:
            done += archive.facts[part.file].lines
    return found


def stopped() -> Cancelled:
    return Cancelled("Taking in was stopped", "Nothing was changed.", "Start it again.")


_Look = Callable[[Row, Checked], None]


def _looks(dimension: Callable[[str], int | None]) -> dict[str, _Look]:
    def vectors(row: Row, found: Checked) -> None:
        _vector(row, found, dimension)

    return {
        "folders": _folder,
        "sources": _source,
        "documents": _document,
        "memories": _memory,
        "versions": _version,
        "reviews": _review,
        "forgotten": _forgotten,
        "chats": _chat,
        "messages": _message,
        "facts": _fact,
        "statements": _statement,
        "portrait": _line,
        "vectors": vectors,
    }


def _folder(row: Row, found: Checked) -> None:
    id_, path, ignore, _state, _added, _scanned, scope = row
    _once(id_, found.folders.keys())
    found.folders[id_] = path
    _strings(ignore)
    _scope(scope)


def _source(row: Row, found: Checked) -> None:
    said = layout.named(layout.SOURCES, row)
    _once(said["id"], found.sources)
    if said["parent"] is not None and said["parent"] not in found.sources:
        _refuse("comes from a file that is not there")
    if said["problem"] is not None:
        Problem.model_validate_json(str(said["problem"]))
    _scope(said["scope"])
    found.sources.add(str(said["id"]))


def _document(row: Row, found: Checked) -> None:
    source, _text, pages, _markup = row
    _known(source, found.sources)
    _once(source, found.documents)
    for page in json.loads(pages):
        if not isinstance(page, list) or [type(number) for number in page] != [int] * 3:
            _refuse("has a wrong page")
    found.documents.add(source)


def _memory(row: Row, found: Checked) -> None:
    said = layout.named(layout.MEMORIES, row)
    _once(said["id"], found.memories)
    _known(said["source"], found.sources)
    if len(said["text_hash"]) != _HASH_BYTES:
        _refuse("has a wrong text_hash")
    beside = (
        said["kind"] in (MemoryKind.FACT, MemoryKind.TOPIC) and said["position"] == facts.BESIDE
    )
    if (
        not said["text"]
        or not 0 <= said["start"] <= said["end"]
        or not (beside or said["position"] >= 0)
    ):
        _refuse("has no text, or a wrong place")
    if said["version"] < 1 or said["stability_days"] <= 0 or not 1 <= said["difficulty"] <= 10:
        _refuse("has a wrong strength or version")
    if not 0 <= said["importance"] <= 1:
        _refuse("has a wrong importance")
    found.memories.add(said["id"])


def _version(row: Row, found: Checked) -> None:
    _known(row[0], found.memories)
    _first(("version", (row[0], row[1])), found)


def _review(row: Row, found: Checked) -> None:
    _known(row[0], found.memories)


def _forgotten(row: Row, found: Checked) -> None:
    _known(row[0], found.sources)


def _chat(row: Row, found: Checked) -> None:
    said = layout.named(layout.CHATS, row)
    _once(said["id"], found.chats)
    _scope(said["scope"])
    for one in _strings(said["scopes"] or "[]"):
        _scope(one)
    found.chats.add(said["id"])


def _message(row: Row, found: Checked) -> None:
    said = layout.named(layout.MESSAGES, row)
    _once(said["id"], found.messages)
    _known(said["chat"], found.chats)
    for cited in json.loads(said["citations"]):
        Citation.model_validate(cited)
    if said["problem"] is not None:
        Problem.model_validate_json(said["problem"])
    found.messages.add(said["id"])


def _fact(row: Row, found: Checked) -> None:
    said = layout.named(layout.FACTS, row)
    _once(said["id"], found.facts)
    if said["memory"] is not None:
        _known(said["memory"], found.memories)
        _once(said["memory"], found.of_facts)
        found.of_facts.add(said["memory"])
    _topic(said)
    found.facts.add(said["id"])


def _topic(said: dict[str, Any]) -> None:
    if said["relation"] not in RELATIONS or not said["subject_key"]:
        _refuse("is about nothing that is known")
    if not 0 <= said["confidence"] <= 1:
        _refuse("has a wrong confidence")
    if any((said[one] is None) != (said[f"{one}_days"] is None) for one in ("from", "to")):
        _refuse("has half a time")


def _statement(row: Row, found: Checked) -> None:
    said = layout.named(layout.STATEMENTS, row)
    _known(said["memory"], found.memories)
    _topic(said)
    if not 0 <= said["start"] <= said["end"] or not 0 <= said["corrects"] <= _MOST_CORRECTS:
        _refuse("has a wrong place")


def _line(row: Row, found: Checked) -> None:
    said = layout.named(layout.PORTRAIT, row)
    _once(said["id"], found.lines)
    found.lines.add(said["id"])
    if said["fact"] is not None and said["relation"] not in RELATIONS:
        _refuse("is about nothing that is known")
    if len(said["text"]) > _MOST_LINE or not (said["text"] or said["hidden"]):
        _refuse("says nothing")


def _vector(row: Row, found: Checked, dimension: Callable[[str], int | None]) -> None:
    memory, model, vector, tokens = row
    _known(memory, found.memories)
    if model not in found.dimensions:
        found.dimensions[model] = dimension(model) or len(vector) // 2
    wanted = found.dimensions[model]
    if len(vector) != 2 * wanted or not 0 < wanted <= _MOST_DIMENSIONS:
        _refuse("has a vector of another length")
    length = float(np.linalg.norm(np.frombuffer(vector, "<f2").astype(np.float32)))
    if not _LENGTHS[0] <= length <= _LENGTHS[1]:  # NaN too
        _refuse("has a vector that is no direction")
    if tokens is not None and (not tokens or len(tokens) % _TOKEN_BYTES):
        _refuse("has wrong tokens")


# -- what lines have in common


def _once(id_: object, there: Container[object]) -> None:
    if id_ in there:
        _refuse("stands there twice")


def _first(key: tuple[str, object], found: Checked) -> None:
    if key in found.seen:
        _refuse("stands there twice")
    found.seen.add(key)


def _known(id_: object, there: set[str]) -> None:
    if id_ not in there:
        _refuse("points at something that is not there")


def _scope(name: object) -> None:
    if scopes.name(str(name)) != name:
        _refuse("has a wrong scope")


def _strings(text: str) -> Iterator[str]:
    found = json.loads(text)
    if not all(isinstance(one, str) for one in found):
        _refuse("has a wrong list")
    return iter(found)


def _refuse(said: str) -> NoReturn:
    raise _Wrong(said)
