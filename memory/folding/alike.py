"""Which memories say the same for good, so that one may stand for the others. Pure.

The rule is that of a single list of results (``memory.recall.duplicates``) and stricter: it must
be the same kind of thing, said by the same person under the same heading, long enough to stand
for itself, a question both or neither; and where a text names a time, both times must be the
same one: "I see the doctor tomorrow" is another day every time it is said.

Who is compared with whom is found by MinHash (Broder, "On the resemblance and containment of
documents", 1997): texts that share nine tenths of their words agree in one of four marks with a
probability of 0.95 or more. What must be equal is part of the marks, so that it never costs a
comparison.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory.recall import duplicates
from memory.understand import fold, is_question, understand

MARKS = 4
_ROWS = 6
_MIX = np.uint64(0x9E3779B97F4A7C15)

# Words whose day is another one every time they are said; questions name none of the future.
_TOLD_FROM_NOW = frozenset(
    fold(
        "today tonight tomorrow yesterday now soon later next this last ago morning evening"
        " weekend currently recently"
        " heute morgen gestern übermorgen vorgestern jetzt bald später nächste nächsten nächster"
        " nächstes diese diesen dieser dieses letzte letzten letzter letztes vorhin gerade"
        " aujourd'hui demain hier maintenant bientôt prochain prochaine dernier dernière ce cet"
        " cette soir matin"
        " hoy mañana ayer ahora pronto luego próximo próxima pasado pasada este esta anoche"
    ).split()
)

Marks = NDArray[np.uint64]


def _odd(count: int) -> Marks:
    dice = np.random.default_rng(20_260_301)
    return dice.integers(1, 2**63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


_TIMES, _PLUS = _odd(MARKS * _ROWS), _odd(MARKS * _ROWS)


@dataclass(frozen=True)
class Told:
    """A memory as folding sees it. ``when_ms`` is when it was said, or learnt."""

    rowid: int
    kind: str
    text: str
    role: str | None
    speaker: str | None
    heading: str | None
    when_ms: int
    pinned: bool = False
    zone: tzinfo | None = None

    @cached_property
    def gist(self) -> duplicates.Gist:
        return duplicates.gist(self.text)

    @cached_property
    def kept(self) -> tuple[object, ...]:
        """What two memories must have in common whatever their words are."""
        asks = is_question(self.text)
        heading = fold(self.heading or "")
        return (self.kind, self.role or "", fold(self.speaker or ""), heading, asks,
                self.gist.numbers, self.gist.telling)  # fmt: skip

    @cached_property
    def times(self) -> frozenset[object]:
        """The times it names, as they were when it was said; its day, if a word is told from it."""
        said = understand(self.text, self.when_ms, self.zone).times
        found: set[object] = {(one.span.start_ms, one.span.end_ms) for one in said}
        if not self.gist.words.isdisjoint(_TOLD_FROM_NOW):
            moment = datetime.fromtimestamp(self.when_ms / 1000, UTC)
            found.add(moment.astimezone(self.zone).date())
        return frozenset(found)


def marks(told: Told) -> Marks | None:
    """Its marks, (MARKS,); None for a text too short to stand for itself."""
    gist = told.gist
    if len(gist.words) < duplicates.LEAST_WORDS:
        return None
    words = np.array([zlib.crc32(word.encode()) for word in gist.words], dtype=np.uint64)
    with np.errstate(over="ignore"):
        hashed = (words[None, :] * _TIMES[:, None] + _PLUS[:, None]) >> np.uint64(32)
        least = hashed.min(axis=1).reshape(MARKS, _ROWS)
        found = np.full(MARKS, zlib.crc32(repr(told.kept).encode()), dtype=np.uint64)
        for row in least.T:
            found = (found ^ row) * _MIX
            found ^= found >> np.uint64(29)
    return found


def says_the_same(one: Told, other: Told) -> bool:
    """Whether one may stand for the other; see the head of this module."""
    if one.kept != other.kept or not duplicates.same(one.gist, other.gist):
        return False
    return one.times == other.times


def groups(told: Iterable[Told], most: int = 40) -> list[list[Told]]:
    """Those that say the same as another one, together; each is compared with the first of
    every group, the ``most`` newest groups at most."""
    found: list[list[Told]] = []
    exact: dict[tuple[str, ...], list[list[Told]]] = {}
    for one in told:
        near = exact.setdefault(one.gist.order, [])
        others = [*near[-most:], *(group for group in found[-most:] if group not in near)]
        group = next((group for group in others if says_the_same(group[0], one)), None)
        if group is None:
            group = []
            found.append(group)
            near.append(group)
        group.append(one)
    return [group for group in found if len(group) > 1]


def shown_first(one: Told, is_shown: bool) -> tuple[bool, bool, int, int]:
    """For sorting: who shall stand for a group comes first. A pinned one, then one that stands
    for others already, then what was said last."""
    return (not one.pinned, not is_shown, -one.when_ms, -one.rowid)
