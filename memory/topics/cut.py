"""Cuts a talk where it turns to something else. Pure.

After TextTiling (Hearst 1997, Computational Linguistics 23(1)): at every gap between two turns
the few turns before are compared with the few after, by meaning and by the names they share. A
gap that lies clearly below the hills to its left and right is where one topic ends. A long pause
ends a topic too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from memory.understand import content_words

Vector = NDArray[np.float32]
Floats = NDArray[np.float32]

REACH = 3
"""Turns compared on each side of a gap."""
PAUSE_MS = 6 * 3_600_000
"""After so long a silence something new begins."""
SHORTEST = 2
LONGEST = 24
"""Turns of a topic; what goes on for longer is cut at its deepest gap."""
_NAMES = 0.25
_DEPTH = 0.22
_SPREAD = 0.5
# So little in common with what went before is another topic, however flat the talk around it.
_NOTHING = 0.08


@dataclass(frozen=True, slots=True)
class Said:
    """A turn as it is cut.

    Attributes:
        vector: of unit length, (dimension,); None where there is none, then words are compared.
        names: folded, of those it names.
        own: whether it is the person's own, or of a talk in which nobody is the program.
    """

    id: str
    text: str
    when_ms: int
    vector: Vector | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    own: bool = True


def cut(turns: Sequence[Said]) -> list[tuple[int, int]]:
    """Spans of the topics, in order, without gaps between them."""
    spans: list[tuple[int, int]] = []
    for first, end in _between_pauses(turns):
        part = turns[first:end]
        places = [0, *_boundaries(cohesion(part)), len(part)]
        spans += [(first + a, first + b) for a, b in zip(places, places[1:], strict=False)]
    return spans


def cohesion(turns: Sequence[Said]) -> Floats:
    """How much the turns before each gap have in common with those after it, (n - 1,)."""
    vectors, weights = _vectors(turns), _weights(turns)
    found = np.zeros(max(len(turns) - 1, 0), dtype=np.float32)
    for gap in range(1, len(turns)):
        before, after = slice(max(0, gap - REACH), gap), slice(gap, gap + REACH)
        left, right = (weights[part] @ vectors[part] for part in (before, after))
        norm = float(np.linalg.norm(left) * np.linalg.norm(right))
        alike = float(left @ right) / norm if norm > 0 else 0.0
        found[gap - 1] = alike + _NAMES * _shared(turns[before], turns[after])
    return found


def depths(found: Floats) -> Floats:
    """How far each gap lies below the nearest hills on both sides, (n,)."""
    deep = np.zeros(len(found), dtype=np.float32)
    for at, here in enumerate(found):
        left, right = at, at
        while left > 0 and found[left - 1] >= found[left]:
            left -= 1
        while right + 1 < len(found) and found[right + 1] >= found[right]:
            right += 1
        deep[at] = (found[left] - here) + (found[right] - here)
    return deep


def _between_pauses(turns: Sequence[Said]) -> list[tuple[int, int]]:
    cuts = [
        at for at in range(1, len(turns)) if turns[at].when_ms - turns[at - 1].when_ms > PAUSE_MS
    ]
    places = [0, *cuts, len(turns)]
    return [(a, b) for a, b in zip(places, places[1:], strict=False) if a < b]


def _boundaries(found: Floats) -> list[int]:
    """Turns that begin a new topic, ascending."""
    if not len(found):
        return []
    deep = depths(found)
    least = max(_DEPTH, float(deep.mean() + _SPREAD * deep.std()))
    wanted = [at for at in range(len(found)) if deep[at] >= least or found[at] <= _NOTHING]
    chosen: list[int] = []
    for at in sorted(wanted, key=lambda at: (-float(deep[at]), at)):
        _choose(chosen, at + 1, len(found) + 1)
    return _no_longer_than(sorted(chosen), found)


def _choose(chosen: list[int], place: int, turns: int) -> None:
    """Take a boundary unless it leaves a topic shorter than ``SHORTEST``."""
    if all(abs(place - other) >= SHORTEST for other in (0, turns, *chosen)):
        chosen.append(place)


def _no_longer_than(chosen: list[int], found: Floats) -> list[int]:
    places = [0, *chosen, len(found) + 1]
    for a, b in zip(places, places[1:], strict=False):
        if b - a > LONGEST:
            inside = found[a + SHORTEST - 1 : b - SHORTEST]
            return _no_longer_than(sorted([*chosen, a + SHORTEST + int(inside.argmin())]), found)
    return chosen


def _shared(before: Sequence[Said], after: Sequence[Said]) -> float:
    left = frozenset(name for turn in before for name in turn.names)
    right = frozenset(name for turn in after for name in turn.names)
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def _weights(turns: Sequence[Said]) -> Floats:
    """ "Yes, do" says little of what a talk is about."""
    return np.array([math.log(1.5 + len(content_words(t.text))) for t in turns], dtype=np.float32)


def _vectors(turns: Sequence[Said]) -> Floats:
    """A line for each turn: its vector, or where one has none the words of all."""
    known = [turn.vector for turn in turns if turn.vector is not None]
    if known and len(known) == len(turns):
        return np.stack(known).astype(np.float32)
    return _by_words([content_words(turn.text) for turn in turns])


def _by_words(said: Sequence[Sequence[str]]) -> Floats:
    """TF-IDF among these turns, lines of unit length."""
    held = Counter(word for words in said for word in set(words))
    column = {word: at for at, word in enumerate(sorted(held))}
    found = np.zeros((len(said), max(len(column), 1)), dtype=np.float32)
    for line, words in enumerate(said):
        for word, count in Counter(words).items():
            rarity = math.log(1 + len(said) / held[word])
            found[line, column[word]] = (1 + math.log(count)) * rarity
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(norms > 0, norms, 1), dtype=np.float32)
