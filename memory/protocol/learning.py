"""What recall learnt from one person's use."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from memory.protocol.base import Model


class LearntWeight(Model):
    """One weight of the ranking; ``now`` is between half and twice ``shipped``."""

    name: str
    shipped: float
    now: float


class PersonalRanking(Model):
    """Weights learnt from so many choices; those that differ, the most changed first."""

    choices: int
    weights: list[LearntWeight]


class LearningInfo(Model):
    """``state``: switched off; not enough choices yet, or none looked at; weights as shipped,
    because others did not do better on choices they had not seen; weights learnt."""

    state: Literal["off", "gathering", "shipped", "personal"]
    choices: int = Field(description="choices kept now")
    needed: int = Field(description="choices before anything is learnt")
    personal: PersonalRanking | None = None
    looked_at: datetime | None = Field(default=None, description="when it last learnt")
    gain: float | None = Field(
        default=None, description="what learnt weights gain on unseen choices: mean of 1/place"
    )
    error: float | None = Field(default=None, description="standard error of the gain")
