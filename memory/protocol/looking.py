"""Later looks at the memories, for questions that one look does not answer."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from memory.protocol.base import Model


class HardReason(StrEnum):
    """What makes a question hard."""

    UNSURE = "unsure"  # what was found probably does not answer it
    PARTS = "parts"  # it asks several things
    COMPARES = "compares"
    LINKED = "linked"  # among the best is a memory that only a name in another one led to


class LookEnd(StrEnum):
    """Why no further look followed."""

    ENOUGH = "enough"  # the model says that the memories hold the answer
    NOTHING_TO_ASK = "nothing_to_ask"  # of what the model drafted nothing was of use
    NOTHING_NEW = "nothing_new"
    MOST = "most"  # as often as the settings allow
    TIME = "time"
    STOPPED = "stopped"  # by the person
    MODEL_FAILED = "model_failed"


class Look(Model):
    """One later look: what was drafted for it, and what it found."""

    number: int = Field(description="2 for the first look after the plain one")
    questions: list[str]
    clues: list[str]
    dropped: int = Field(description="drafts that were of no use")
    new: list[str] = Field(description="memories that came new, by id, best first")
    draft_ms: float
    recall_ms: float


class Looked(Model):
    """All later looks of one question."""

    hard: list[HardReason]
    looks: list[Look]
    end: LookEnd
    took_ms: float
