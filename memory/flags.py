"""What is told to people of a memory that gives orders or that most others contradict. Pure."""

from __future__ import annotations

from memory.protocol import Flag, FlagName
from memory.store.rows import MemoryWithSource
from memory.suspicion.judge import told

CONTRADICTS = "several others say otherwise"


def flags_of(row: MemoryWithSource) -> list[Flag]:
    """The marks of a memory, none for most."""
    found = []
    if row.orders is not None:
        found.append(Flag(flag=FlagName.ORDERS, reason=told(row.orders.split(","))))
    if row.outvoted:
        found.append(Flag(flag=FlagName.CONTRADICTS, reason=CONTRADICTS))
    return found
