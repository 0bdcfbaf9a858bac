"""`orders`: memories that give orders to an assistant, and the word that one is fine."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, counted, first_line, positive
from app.daemon_process import connect
from memory.protocol import FlagName, MemoryInfo, MemoryQuery, MemoryState

_SHOWN = [MemoryState.ACTIVE, MemoryState.DORMANT]


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    orders = commands.add_parser(
        "orders", parents=[common], help="memories that give orders to an assistant"
    )
    orders.add_argument("--fine", metavar="ID", action="append",
                        help="this one is fine: treat it like any other")  # fmt: skip
    orders.add_argument("--limit", type=positive, default=50)
    orders.set_defaults(run=run_orders)


def run_orders(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        if args.fine:
            for memory_id in args.fine:
                info = client.call_fine(memory_id)
                if output.json:
                    output.record(_record(info))
                else:
                    output.line(f"Treated like any other from now on: {first_line(info.text, 80)}")
            return EXIT_OK
        found = client.memories(
            MemoryQuery(flagged=True, states=_SHOWN, limit=min(args.limit, 500))
        )
    for info in found.memories:
        if output.json:
            output.record(_record(info))
        else:
            output.line(f"{info.source_title}   [{info.id}]")
            output.line(f"    gives orders: {_reason(info)}")
            output.line(f"    {first_line(info.text, 200)}")
    if not output.json:
        output.line(f"{counted(found.total, 'memory')} in all. Each is treated as text only;"
                    " `--fine ID` says that one is fine." if found.total
                    else "No memory gives orders to an assistant.")  # fmt: skip
    return EXIT_OK


def _reason(info: MemoryInfo) -> str:
    return "; ".join(flag.reason for flag in info.flags if flag.flag is FlagName.ORDERS)


def _record(info: MemoryInfo) -> dict[str, Any]:
    flags = [flag.model_dump(mode="json") for flag in info.flags]
    return {"memory": info.id, "source": info.source_title, "text": info.text, "flags": flags}
