"""Marks of memories a person should know of: orders to an assistant, and contradictions."""

from __future__ import annotations

from enum import StrEnum

from memory.protocol.base import Model


class FlagName(StrEnum):
    ORDERS = "orders"  # gives orders to an assistant; treated as text only
    CONTRADICTS = "contradicts"  # says what several other memories deny


class Flag(Model):
    """``reason`` is told to people, behind "gives orders:" for one that gives orders."""

    flag: FlagName
    reason: str
