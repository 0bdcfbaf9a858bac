"""What fades: a few memories a day for the person's word, and a year of forgetting and renewal."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from memory.protocol.base import Model
from memory.protocol.memories import MemoryInfo


class FadingAnswer(StrEnum):
    """What the person says of a memory about to fade. Forgetting is a request of its own."""

    KEEP = "keep"  # a review: it is strong again
    FADE = "fade"  # it may fade, and is not offered again


class FadingOffer(Model):
    memory: MemoryInfo
    uses: int = Field(description="reviews it was used or marked at")
    dormant_in_days: float = Field(description="until it goes dormant if it is not used, from 0")
    answer: FadingAnswer | None = Field(description="the person's word today, if given")


class FadingList(Model):
    """Today's memories, five at most, those decided on included."""

    offers: list[FadingOffer]
    left: int = Field(description="still to decide on")


class FadingDecision(Model):
    """None takes the person's word back."""

    answer: FadingAnswer | None


class FadingWeek(Model):
    """How the memories of now stood at the end of one week; the last week ends now."""

    until: datetime
    strong: int
    fading: int = Field(description="below 70 %, above the mark of dormancy")
    dormant: int
    renewed: int = Field(description="memories used, or kept, in this week")


class FadingYear(Model):
    weeks: list[FadingWeek]
    dormant_below: float = Field(description="the mark, 0 where nothing goes dormant")
    sampled: int | None = Field(
        default=None, description="counted from so many memories, where there are very many"
    )
