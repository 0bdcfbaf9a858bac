"""The command line: `recollect` opens the window, `recollect COMMAND` talks to the daemon.

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 the memory cannot be reached,
130 interrupted. Every command takes ``--json`` and ``--data-dir``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from app.commands import (
    archive,
    ask,
    daemon,
    diary,
    facts,
    files,
    forget,
    learning,
    look,
    model,
    notes,
    orders,
    portrait,
    recall,
    review,
    scope,
    upkeep,
    window,
)
from app.commands.output import EXIT_INTERRUPTED, EXIT_UNREACHABLE, Output
from memory.client import ENVIRONMENT_VARIABLE, DaemonError, DaemonUnreachable

GROUPS = (
    window, files, recall, look, ask, facts, portrait, diary, review, notes, forget, orders,
    archive, scope, learning, model, upkeep, daemon,
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recollect",
        description="A private memory for one person, on their own computer. "
        "Without a command, the window opens.",
        epilog="`recollect COMMAND --help` explains a command.",
    )
    from memory.client import program_version

    parser.add_argument("--version", action="version", version=f"recollect {program_version()}")
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help=f"the folder that holds everything (default: ${ENVIRONMENT_VARIABLE} or your own)",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON")
    common.add_argument(
        "--data-dir", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for group in GROUPS:
        group.register(commands, common)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code and never lets a traceback reach the person."""
    parser = build_parser()
    args = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    if args.command is None:
        return window.open_window(args)
    output = Output(json=args.json)
    try:
        return int(args.run(args, output))
    except DaemonUnreachable as error:
        output.problem(error.problem)
        return EXIT_UNREACHABLE
    except DaemonError as error:
        output.problem(error.problem)
        return 1
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `recollect sources | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
