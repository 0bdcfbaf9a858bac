"""Data folders with many memories, built in minutes: what the benchmarks of speed ask.

Sentences of public texts are put together anew. A memory's vector is the mean of its sentences'
own, and a turn has the tokens of all of them; that saves hours of embedding and keeps the index
as hard to search as a real one. With ``varied``, invented words stand among the real ones, as
names and rare words do: their frequencies follow the law of Zipf and Mandelbrot, so the
vocabulary grows with the memory and posting lists are as long as real ones; chats have days.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memory.clock import DAY_MS, SystemClock
from memory.index import Index
from memory.ingest import storing
from memory.ingest.sentences import sentences
from memory.paths import DataPaths
from memory.protocol import MemoryKind, SourceKind, SourceState
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.embeddings import pack
from memory.store.rows import NewMemory
from models.embedder import load_embedder
from tests.bench import data

MODEL = "all-MiniLM-L6-v2/int8-1"
SPEAKERS = (
    "Ann", "Bob", "Chidi", "Dora", "Emil", "Fatima", "Goran", "Hana", "Igor", "June",
    "Kemal", "Lena", "Mateo", "Nora", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tomoko",
)  # fmt: skip

_BATCH = 5_000
_YEARS = 5
# One word in so many is an invented one, of this many; the law's shift leaves out the places of
# function words, which the real sentences have.
_EVERY = 8
_INVENTED, _SHIFT = 1_000_000, 25
_SYLLABLES = [a + b for a in "bdfghjklmnprstvwz" for b in "aeiou"]
_LONGEST_S = 6 * 3600
_LISTS = ("chat", "prose", "lengths")


@dataclass
class Material:
    """Sentences of real texts with their vectors, those of chats with their tokens' too."""

    chat: list[str]
    prose: list[str]
    chat_vectors: NDArray[np.float32]
    chat_tokens: list[bytes]
    prose_vectors: NDArray[np.float32]


class Made(NamedTuple):
    """One memory to be: its text, its vector of unit length, and a turn's token vectors."""

    text: str
    vector: NDArray[np.float32]
    tokens: bytes | None


@dataclass(frozen=True)
class Times:
    """Seconds that the parts of a build took."""

    rows: float
    index: float


def gather(kept: Path | None = None) -> Material:
    """Read the public texts and embed their sentences with the real embedder, which takes
    minutes: a file named by ``kept`` holds what was gathered for the next time."""
    if kept is None:
        return _gathered()
    if not kept.exists():
        _keep(_gathered(), kept)
    with np.load(kept) as held:
        chat, prose, lengths = (json.loads(held[name].tobytes()) for name in _LISTS)
        vectors, flat = (held["chat_vectors"], held["prose_vectors"]), held["tokens"].tobytes()
    ends = np.cumsum(lengths).tolist()
    tokens = [flat[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    return Material(chat, prose, vectors[0], tokens, vectors[1])


def _keep(material: Material, file: Path) -> None:
    lengths = [len(one) for one in material.chat_tokens]
    lists = dict(zip(_LISTS, (material.chat, material.prose, lengths), strict=True))
    part = file.with_suffix(".part.npz")
    np.savez(
        part,
        chat_vectors=material.chat_vectors,
        prose_vectors=material.prose_vectors,
        tokens=np.frombuffer(b"".join(material.chat_tokens), np.uint8),
        **{name: np.frombuffer(json.dumps(one).encode(), np.uint8) for name, one in lists.items()},
    )
    part.replace(file)


def _gathered() -> Material:
    chat: list[str] = []
    for path in sorted(data.folder("locomo-dev").iterdir()):
        for turn in data.turns(path):
            chat += _sentences(turn["text"])
    prose: list[str] = []
    for path in _prose_folders():
        for passage in data.passages(path):
            prose += _sentences(passage.text)
    embedder = load_embedder(threads=2)
    chat_vectors, told = embedder.embed_with_tokens(chat)
    tokens = [b"" if one is None else one.tobytes() for one in told]
    prose_vectors = embedder.embed(prose)
    embedder.close()
    return Material(chat, prose, chat_vectors, tokens, prose_vectors)


def questions(count: int) -> list[str]:
    """Real questions about the public texts, in no order."""
    folders = [*sorted(data.folder("locomo-dev").iterdir()), *_prose_folders()]
    asked = [one.question for path in folders for one in data.questions(path)]
    random.Random(1).shuffle(asked)
    return asked[:count]


def _prose_folders() -> Iterator[Path]:
    return map(data.folder, ("multihop-dev/musique", "multihop-dev/hotpotqa", "xquad-en"))


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def build(
    paths: DataPaths, material: Callable[[], Material], size: int, *, varied: bool = False
) -> Times:
    """A data folder with ``size`` memories: half chats, half files.

    What a build that was cut off has stored stays, and is gone on from.
    """
    paths.create()
    clock = SystemClock()
    database = Database(paths, clock)
    begun = time.monotonic()
    with database.read() as c:
        made = sum(memories.counts(c).values())
    if made < size:
        _fill(database, material(), made, size, varied)
    database.optimize()
    stored = time.monotonic()
    # It finds the vectors in SQLite and no index, and writes one.
    index = Index(database, paths, clock, lambda: load_embedder(threads=1))
    index.start()
    if not index.settled(_LONGEST_S):
        raise RuntimeError("the index did not settle")
    index.stop()
    database.close()
    return Times(stored - begun, time.monotonic() - stored)


def _fill(database: Database, material: Material, made: int, size: int, varied: bool) -> None:
    while made < size:
        maker = _Maker(material, random.Random(f"{size} {made}"), varied)
        batch = list(maker.sources(min(_BATCH, size - made)))
        now_ms = SystemClock().now_ms()
        made += database.write(lambda c, batch=batch, now_ms=now_ms: _store(c, batch, now_ms))  # type: ignore[misc]


def samples(material: Material, size: int, count: int) -> list[str]:
    """Texts as those of such a memory, made the same way."""
    maker = _Maker(material, random.Random(f"samples {size}"), varied=True)
    return [maker.memory(bool(number % 2)).text for number in range(count)]


@dataclass
class _Source:
    """A chat or a file; ``begun_ms`` is when a chat began, None where nobody knows."""

    is_chat: bool
    speakers: tuple[str, str]
    begun_ms: int | None
    made: list[Made]


class _Maker:
    """Makes memories by throwing dice."""

    def __init__(self, material: Material, dice: random.Random, varied: bool) -> None:
        self._material = material
        self._dice = dice
        self._varied = varied

    def sources(self, count: int) -> Iterator[_Source]:
        """Chats and files with ``count`` memories in all."""
        while count > 0:
            is_chat = self._dice.random() < 0.5
            length = min(self._dice.randint(10, 60), count)
            made = [self.memory(is_chat) for _ in range(length)]
            yield _Source(is_chat, self._speakers(), self._begun_ms(is_chat), made)
            count -= length

    def memory(self, is_chat: bool) -> Made:
        known, dice = self._material, self._dice
        texts = known.chat if is_chat else known.prose
        vectors = known.chat_vectors if is_chat else known.prose_vectors
        most, least = (3, 1) if is_chat else (6, 2)
        picked = [dice.randrange(len(texts)) for _ in range(dice.randint(least, most))]
        vector = vectors[picked].mean(axis=0)
        tokens = b"".join(known.chat_tokens[at] for at in picked) if is_chat else b""
        text = " ".join(texts[at] for at in picked)
        return Made(
            self._with_invented(text) if self._varied else text,
            vector / np.linalg.norm(vector),
            tokens or None,
        )

    def _with_invented(self, text: str) -> str:
        words = text.split(" ")
        for _ in range(max(1, len(words) // _EVERY)):
            words.insert(self._dice.randrange(len(words) + 1), invented(self._dice.random()))
        return " ".join(words)

    def _speakers(self) -> tuple[str, str]:
        if not self._varied:
            return "Ann", "Bob"
        first, second = self._dice.sample(SPEAKERS, 2)
        return first, second

    def _begun_ms(self, is_chat: bool) -> int | None:
        if not (self._varied and is_chat):
            return None
        days = self._dice.random() * 365 * _YEARS
        return SystemClock().now_ms() - int(days * DAY_MS) - DAY_MS


def invented(share: float) -> str:
    """An invented word for a number from 0 to 1, evenly drawn: of rank r comes with a
    probability of about 1 / (r + shift) (Mandelbrot, 1953)."""
    rank = (_SHIFT + 1) * ((_INVENTED + _SHIFT) / (_SHIFT + 1)) ** share - _SHIFT
    left, word = int(rank) + len(_SYLLABLES), ""
    while left:
        left, syllable = divmod(left, len(_SYLLABLES))
        word = _SYLLABLES[syllable] + word
    return word.capitalize()


def _store(c: Connection, batch: list[_Source], now_ms: int) -> int:
    stored = 0
    for number, source in enumerate(batch):
        name = f"{now_ms}-{number}"
        source_id = sources.insert(
            c, kind=SourceKind.CONVERSATION if source.is_chat else SourceKind.FILE, title=name,
            location=f"/bench/{name}", state=SourceState.READY, now_ms=now_ms,
        )  # fmt: skip
        new = [_new(source, position) for position in range(len(source.made))]
        ids = memories.append(c, source_id, new, now_ms, storing.first_strength(now_ms))
        c.executemany(
            "INSERT INTO embeddings (memory, model, vector, tokens)"
            " SELECT rowid, ?2, ?3, ?4 FROM memories WHERE id = ?1",
            [
                (id_, MODEL, pack(one.vector), one.tokens)
                for id_, one in zip(ids, source.made, strict=True)
            ],
        )
        stored += len(ids)
    c.execute("DELETE FROM outbox")
    return stored


def _new(source: _Source, position: int) -> NewMemory:
    text = source.made[position].text
    if not source.is_chat:
        return NewMemory(MemoryKind.PASSAGE, text, position, 0, len(text))
    begun = source.begun_ms
    return NewMemory(
        MemoryKind.TURN, text, position, 0, len(text), ref=str(position),
        speaker=source.speakers[position % 2],
        happened_ms=None if begun is None else begun + position * 60_000,
    )  # fmt: skip
