"""`reindex`, `backup`, `night`, `settings`: keeping the memory in good order."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from app.commands.output import EXIT_FAILED, EXIT_OK, EXIT_USAGE, Output, counted, size_text
from app.daemon_process import connect
from memory.protocol import SettingsEdit


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    reindex = commands.add_parser(
        "reindex", parents=[common], help="rebuild the search by meaning from the database"
    )
    reindex.set_defaults(run=run_reindex)
    backup = commands.add_parser("backup", parents=[common], help="copy the database now")
    backup.set_defaults(run=run_backup)
    night = commands.add_parser("night", parents=[common], help="do the nightly upkeep now")
    night.set_defaults(run=run_night)
    settings = commands.add_parser("settings", parents=[common], help="show or change settings")
    settings.add_argument("change", nargs="*", metavar="NAME=VALUE")
    settings.set_defaults(run=run_settings)


def run_reindex(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        done = client.reindex()
    output.reply(done)
    output.line(f"Rebuilt for {counted(done.memories, 'memory')} in {done.took_ms / 1000:.1f} s.")
    return EXIT_OK


def run_backup(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        done = client.backup()
    output.reply(done)
    output.line(f"{done.path}  {size_text(done.bytes)}")
    return EXIT_OK


def run_night(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        run = client.run_night()
    output.reply(run)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in run.counts.items())
    output.line(f"Night of {run.night}: {run.state}. {counts}")
    return EXIT_OK if run.state == "finished" else EXIT_FAILED


def run_settings(args: argparse.Namespace, output: Output) -> int:
    changes: dict[str, Any] = {}
    for change in args.change:
        name, equals, value = change.partition("=")
        if not equals:
            print("recollect settings: changes are written NAME=VALUE", file=sys.stderr)
            return EXIT_USAGE
        changes[name] = _value(value)
    with connect(args.data_dir) as client:
        found = client.edit_settings(SettingsEdit(values=changes)) if changes else client.settings()
    output.reply(found)
    rows = [
        [s.name, f"{s.value} {s.unit or ''}".strip(), s.title + ". " + s.help]
        for s in found.settings
    ]
    output.table(["name", "value", "what it does"], rows)
    return EXIT_OK


def _value(text: str) -> Any:
    """Numbers and true or false as such, everything else as text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
