"""`recollect` and `recollect quick`: the window. Qt is imported only here."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import Output


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    quick = commands.add_parser("quick", parents=[common], help="open quick recall")
    quick.set_defaults(run=lambda args, _output: open_window(args, quick=True))
    window = commands.add_parser("window", parents=[common], help="open the window")
    window.set_defaults(run=lambda args, _output: open_window(args))


def open_window(
    args: argparse.Namespace, _output: Output | None = None, *, quick: bool = False
) -> int:
    from app.__main__ import run

    return int(run(data_dir=args.data_dir, quick=quick))
