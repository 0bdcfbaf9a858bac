"""The portrait: who the person is, in lines made from facts and in their own words."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from memory.protocol.base import Model
from memory.protocol.facts import FactSource

_Text = Annotated[str, Field(max_length=400)]


class PortraitLine(Model):
    id: str = Field(description="of its fact, or its own where the person wrote it")
    fact: str | None = Field(description="the fact it is made of; none of the person's own")
    text: str = Field(description="as it is shown")
    made: str = Field(description="as made from the fact; differs where the person changed it")
    edited: bool
    hidden: bool = Field(description="neither shown nor told to a model")
    told: bool = Field(description="whether answers by a model may use it")
    sources: list[FactSource]


class PortraitSection(Model):
    name: str
    title: str
    lines: list[PortraitLine]


class PortraitPage(Model):
    on: bool = Field(description="off: neither shown nor used")
    sections: list[PortraitSection]
    hidden: int = Field(description="how many of the lines are hidden")


class PortraitAdd(Model):
    text: _Text


class PortraitEdit(Model):
    """What is left out stays; an empty text puts back what was made from the fact."""

    text: _Text | None = None
    hidden: bool | None = None
