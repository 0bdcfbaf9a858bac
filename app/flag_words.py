"""What the window says of memories that give orders or that others contradict. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from memory.protocol import Flag, FlagName

ORDERS = "This text gives orders to an assistant. Recollect treats it as text only."
CONTRADICTS = "Several other memories say otherwise. Recollect takes nothing from it as true."
_SHORT = {FlagName.ORDERS: "gives orders", FlagName.CONTRADICTS: "others say otherwise"}
_WHOLE = {FlagName.ORDERS: ORDERS, FlagName.CONTRADICTS: CONTRADICTS}


def short(flags: Sequence[Flag]) -> list[str]:
    """For the lower line of a row."""
    return [_SHORT[flag.flag] for flag in flags]


def whole(flags: Sequence[Flag]) -> str:
    """One plain sentence or two for each mark, with what speaks for it."""
    return "\n".join(_sentence(flag) for flag in flags)


def gives_orders(flags: Sequence[Flag]) -> bool:
    return any(flag.flag is FlagName.ORDERS for flag in flags)


def _sentence(flag: Flag) -> str:
    if flag.flag is not FlagName.ORDERS:
        return _WHOLE[flag.flag]
    return f"{ORDERS} Found: {flag.reason}."
