"""Questions of several sizes, with filters and without, for ``tests.bench.scale``."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from memory.protocol import MemoryKind, RecallFilter, RecallRequest
from tests.bench import large_memory

_MANY, _FEW = 220, 120
_LONG_WORDS = 80
_LIMIT = 10


@dataclass(frozen=True)
class Series:
    """Questions of one kind; the first ones warm up."""

    name: str
    requests: list[RecallRequest]


def openings(samples: Sequence[str]) -> Iterator[str]:
    """A new question every time, for as long as somebody waits."""
    dice = random.Random(3)
    while True:
        yield " ".join(_words(dice, dice.choice(samples), 4))


def all_series(samples: Sequence[str]) -> list[Series]:
    """``samples`` are texts like those in the memory: questions are made of their words."""
    dice = random.Random(2)
    real = large_memory.questions(_MANY + 5 * _FEW)
    rest = iter(real[_MANY:])

    def made(name: str, words: int, slip: bool = False) -> Series:
        chosen = [_words(dice, dice.choice(samples), words) for _ in range(_FEW)]
        return _series(name, [" ".join(_slipped(one) if slip else one) for one in chosen])

    def filtered(name: str, chosen: RecallFilter) -> Series:
        return _series(name, [next(rest) for _ in range(_FEW)], chosen)

    now = datetime.now(UTC)
    return [
        _series("real questions", real[:_MANY]),
        made("one word", 1),
        made("three words", 3),
        made("eighty words", _LONG_WORDS),
        made("a slip of the fingers", 3, slip=True),
        filtered("filter: kind", RecallFilter(kinds=[MemoryKind.TURN])),
        filtered("filter: speaker", RecallFilter(speaker="Hana")),
        filtered("filter: one month", RecallFilter(since=_ago(now, 400), until=_ago(now, 370))),
        filtered("filter: since two years", RecallFilter(since=_ago(now, 730))),
        filtered("filter: kind and year", RecallFilter(
            kinds=[MemoryKind.TURN], since=_ago(now, 800), until=_ago(now, 435))),
    ]  # fmt: skip


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _series(name: str, asked: Sequence[str], chosen: RecallFilter | None = None) -> Series:
    filter_ = chosen or RecallFilter()
    return Series(
        name, [RecallRequest(question=one, limit=_LIMIT, filter=filter_) for one in asked]
    )


def _words(dice: random.Random, text: str, count: int) -> list[str]:
    """Words of the text in their order, none too short to mean something."""
    words = [word for word in text.split() if len(word) > 3]
    places = sorted(dice.sample(range(len(words)), min(count, len(words))))
    return [words[place] for place in places]


def _slipped(words: list[str]) -> list[str]:
    """The longest word with two letters swapped."""
    at = max(range(len(words)), key=lambda place: len(words[place]))
    word = words[at]
    return [*words[:at], word[:2] + word[3:4] + word[2:3] + word[4:], *words[at + 1 :]]
