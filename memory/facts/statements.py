"""What one sentence claims: the grain that facts are made of. Pure data.

Statements are only ever added, or deleted with the turn they were said in. Facts are folded from
them anew (``memory.facts.fold``), so nothing is overwritten and the order of reading is of no
matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from memory.facts.values import key_of

YOU = "you"
"""The person whose memory this is, as a subject."""
SURE = 0.6
"""Statements less sure than this are put to the person."""


class Mode(StrEnum):
    IS = "is"  # holds from then on
    WAS = "was"  # held once: "used to live in"
    ENDED = "ended"  # held until then: "no longer work at"
    NOT = "not"  # does not hold; ends what is known and adds nothing: "sold my car"


class Verdict(StrEnum):
    """What the person said of it."""

    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BOTH = "both"  # true beside what it seems to contradict


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was said: UTC milliseconds, and how many days it is wide (a month is 30)."""

    ms: int
    days: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim of one sentence.

    Attributes:
        subject: ``YOU``, a name, or "your mother".
        relation: one of ``memory.facts.relations``.
        slot: what a favourite is of, else empty; facts of other slots never contradict.
        value: as said, without article; empty where only an end is told ("I quit my job").
        detail: the role or kind beside the value: sister, dog.
        begins, ends: when it came to hold and ceased to, where that was said.
        said_ms: when it was said.
        confidence: 0 to 1; below ``SURE`` it is put to the person.
        corrects: it says that what was said before was wrong, not that it changed.
        changes: it tells of a change: "moved", "now", "a new".
        start, end: characters of the sentence in the text of its memory.
        id, learnt_ms, verdict: as stored.
        own: said by the person, or by whom it is about; not read in a file or told by others.
        origin: its source and day: two of one origin are not independent of each other.
    """

    subject: str
    relation: str
    value: str
    mode: Mode
    said_ms: int
    confidence: float
    slot: str = ""
    detail: str = ""
    begins: Moment | None = None
    ends: Moment | None = None
    corrects: bool = False
    changes: bool = False
    start: int = 0
    end: int = 0
    id: int = 0
    learnt_ms: int = 0
    verdict: Verdict = Verdict.NONE
    own: bool = True
    origin: str = ""
    value_key: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_key", key_of(self.value))

    @property
    def topic(self) -> tuple[str, str, str]:
        """What it is about: statements of one topic are folded together."""
        return key_of(self.subject), self.relation, key_of(self.slot)
