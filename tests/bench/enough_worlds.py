"""The memories of the benchmark "enough", each with questions it answers and questions it does
not; ``memory/recall/enough_weights.py`` is fitted on the same.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from memory.ingest import chunker, reader_process, storing
from memory.protocol import MemoryKind, SourceKind, SourceState
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection
from memory.store.rows import NewMemory
from memory.understand import understand
from tests.bench import changed, data
from tests.bench.data import Passage
from tests.bench.enough_questions import HOUSEHOLD, SAMPLES, SMALL, SMALL_FILES, UNANSWERED
from tests.bench.enough_world import NOTES, PAPERS, TALKS
from tests.bench.home import Home
from tests.bench.ranker import SETS

PAPERS_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "sample"
SEED = 7
# Questions of every other set, asked where nothing can answer them.
FOREIGN_CHATS, FOREIGN_SETS = 30, 60
EVERY = 4  # of the many questions of XQuAD
ADVERSARIAL = "5"


@dataclass(frozen=True)
class Asked:
    """``kind`` tells why it has an answer or none; ``evidence`` are refs, where known."""

    question: str
    answered: bool
    kind: str
    evidence: tuple[str, ...] = ()


Fill = Callable[[Home], list[Asked]]


def worlds() -> dict[str, Fill]:
    """Each fills an empty memory and returns what is asked of it, by name.

    Raises:
        NoData: the public sets are not here.
    """
    found: dict[str, Fill] = {}
    for folder in sorted(one for one in data.folder("locomo-dev").iterdir() if one.is_dir()):
        found[folder.name] = partial(talk_of_two, folder=folder)
    for name in SETS:
        found[name] = partial(passages, name=name)
    return found | OWN


def talk_of_two(memory: Home, folder: Path) -> list[Asked]:
    """A conversation of LoCoMo with its own questions, those of category 5 ask one speaker for
    what the other said; and questions about quite other things."""
    memory.add_transcript(folder / "transcript.jsonl")
    asked = [
        Asked(one.question, False, "the other speaker", one.evidence)
        if one.category == ADVERSARIAL
        else Asked(one.question, True, "answered", one.evidence)
        for one in data.questions(folder)
    ]
    return asked + _of_others(["hotpotqa", "xquad"], FOREIGN_CHATS)


def passages(memory: Home, name: str) -> list[Asked]:
    """A set of passages with its own questions, and with those of the other sets."""
    folder = data.folder(SETS[name])
    memory.add_passages(data.passages(folder))
    own = data.questions(folder)[:: EVERY if name == "xquad" else 1]
    asked = [Asked(one.question, True, "answered", one.evidence) for one in own]
    return asked + _of_others([other for other in SETS if other != name], FOREIGN_SETS)


def _of_others(names: Sequence[str], count: int) -> list[Asked]:
    rng = random.Random(SEED)
    return [
        Asked(one.question, False, "of another set")
        for name in names
        for one in rng.sample(data.questions(data.folder(SETS[name])), count)
    ]


# -- own writing


def household(memory: Home) -> list[Asked]:
    """The made-up household and the sample papers in one memory."""
    for path in sorted(PAPERS_FOLDER.iterdir()):
        _read(memory, path)
    memory.add_passages(
        [
            Passage(f"{title}:{number}", title, text)
            for title, texts in PAPERS.items()
            for number, text in enumerate(texts)
        ]
    )
    _put(memory, "Notes", MemoryKind.NOTE, [(None, text) for text in NOTES])
    for name, said in TALKS.items():
        _put(memory, name, MemoryKind.TURN, said)
    memory.settle()
    return [Asked(one, True, "answered") for one in HOUSEHOLD + SAMPLES] + [
        Asked(one, False, kind) for kind, many in UNANSWERED.items() for one in many
    ]


def small(memory: Home) -> list[Asked]:
    """A memory of three files: somebody's first hour. It is asked about the rest, too."""
    for name in SMALL_FILES:
        _read(memory, PAPERS_FOLDER / name)
    memory.settle()
    return [Asked(one, True, "answered") for one in SMALL] + [
        Asked(one, False, "of the household") for one in HOUSEHOLD
    ]


def keywords(memory: Home) -> list[Asked]:
    """The same, asked with content words alone, as people type them into a search field."""

    def words(asked: Asked) -> Asked:
        content = " ".join(understand(asked.question, 0).words)
        return Asked(content, asked.answered, asked.kind)

    return [words(one) for one in household(memory)]


def facts(memory: Home) -> list[Asked]:
    """The facts of ``tests.bench.changed`` about eight people, each told of half of them, as
    turns of chats and notes in turn; asked about everybody."""
    rng = random.Random(SEED)
    asked, told = [], list[str]()
    for fact in changed.FACTS:
        knows = set(rng.sample(range(len(changed.PEOPLE)), len(changed.PEOPLE) // 2))
        for at, (person, (value, _later)) in enumerate(
            zip(changed.PEOPLE, fact.values, strict=True)
        ):
            if at in knows:
                text = fact.first.format(p=person, v=value)
                told.append(text[0].upper() + text[1:])
            kind = "answered" if at in knows else "another person"
            asked.append(Asked(fact.asked.format(p=person), at in knows, kind))
    told += [text.format(p=person) for person in changed.PEOPLE for text in changed.OTHERS]
    rng.shuffle(told)
    for start in range(0, len(told), 20):
        kind = MemoryKind.NOTE if start % 40 else MemoryKind.TURN
        said = [("Me" if kind is MemoryKind.TURN else None, text) for text in told[start:][:20]]
        _put(memory, f"facts {start}", kind, said)
    memory.settle()
    return asked


OWN: dict[str, Fill] = {
    "household": household, "keywords": keywords, "small": small, "facts": facts
}  # fmt: skip


def _put(memory: Home, name: str, kind: MemoryKind, said: Sequence[tuple[str | None, str]]) -> None:
    """Texts in order as one source."""
    now_ms = memory.clock.now_ms()
    chat = kind is MemoryKind.TURN

    def work(c: Connection) -> None:
        source = sources.insert(
            c, kind=SourceKind.CONVERSATION if chat else SourceKind.NOTE, title=name,
            location=f"/bench/{name}", state=SourceState.READY, now_ms=now_ms,
        )  # fmt: skip
        new, at = [], 0
        for number, (speaker, text) in enumerate(said):
            new.append(
                NewMemory(kind, text, number, at, at + len(text), ref=f"{name}:{number}",
                          speaker=speaker, happened_ms=now_ms)
            )  # fmt: skip
            at += len(text) + 1
        memories.append(c, source, new, now_ms, storing.first_strength(now_ms))

    memory.database.write(work)


def _read(memory: Home, path: Path) -> None:
    """A file as the program reads it: in a child, cut, stored."""
    extracted = reader_process.read_file(path, Settings(), threading.Event())
    now_ms, count = memory.clock.now_ms(), memory.embedder.count_tokens

    def work(c: Connection) -> None:
        source = sources.insert(
            c, kind=SourceKind.FILE, title=path.name, location=str(path), now_ms=now_ms
        )
        if extracted.conversations:
            for talk in extracted.conversations:
                turns = tuple(chunker.turns(talk, count))
                text = chunker.document_text(talk)
                storing.put_talk(
                    c, source, storing.Talk(talk.name, talk.title, text, turns), now_ms
                )
        else:
            storing.put_memories(c, source, chunker.chunk(extracted, count), now_ms)

    memory.database.write(work)
