"""`forget` and `missing`: what leaves the memory, shown before it goes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from app.commands.output import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Output,
    counted,
    date_argument,
    first_line,
    until_argument,
)
from app.daemon_process import connect
from memory.protocol import ForgetReply, ForgetRequest, MissingChoice, SourceState


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    forget = commands.add_parser(
        "forget", parents=[common], help="forget for good: no byte of it stays"
    )
    forget.add_argument("memory", nargs="*", help="ids of memories")
    forget.add_argument("--source", help="a file, chat or note with all its memories")
    forget.add_argument("--person", metavar="NAME", help="what this person said")
    forget.add_argument("--naming", action="store_true",
                        help="with --person: also what others said that names them")  # fmt: skip
    forget.add_argument("--from", dest="since", type=date_argument, metavar="DATE",
                        help="what happened from this day on")  # fmt: skip
    forget.add_argument("--to", dest="until", type=until_argument, metavar="DATE",
                        help="up to this day and with it")  # fmt: skip
    forget.add_argument("--before", type=date_argument, metavar="DATE", help="older than this")
    forget.add_argument("--all", action="store_true", help="everything")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(run=run_forget)
    missing = commands.add_parser(
        "missing", parents=[common], help="memories of files that are gone: list, keep or forget"
    )
    missing.add_argument("choice", nargs="?", choices=["keep", "forget"])
    missing.add_argument("--source", action="append", default=[], help="id of one; else all")
    missing.add_argument("--yes", action="store_true", help="do not ask")
    missing.set_defaults(run=run_missing)


def run_forget(args: argparse.Namespace, output: Output) -> int:
    if args.naming and args.person is None:
        print("recollect forget: --naming goes with --person", file=sys.stderr)
        return EXIT_USAGE
    span = args.since is not None or args.until is not None
    ways = [bool(args.memory), args.source is not None, args.person is not None]
    if sum([*ways, span, args.before is not None, args.all]) != 1:
        print(
            "recollect forget: give ids, --source, --person, --from and --to, --before or --all,"
            " one of them",
            file=sys.stderr,
        )
        return EXIT_USAGE
    asked = ForgetRequest(
        memories=args.memory,
        source=_source(args.source),
        person=args.person,
        naming=args.naming,
        since=args.since,
        until=args.until,
        before=args.before,
        all=args.all,
    )
    with connect(args.data_dir) as client:
        preview = client.forget(asked.model_copy(update={"preview": True}))
        _show(preview, output)
        if not (preview.memories or preview.sources or preview.chats or preview.messages):
            output.reply(preview)
            if preview.naming:
                output.line("They said nothing themselves; --naming forgets what names them.")
            else:
                output.line("There is nothing to forget.")
            return EXIT_OK
        if not args.yes and not output.ask("Forget this for good?"):
            return _nothing_done(preview, output)
        done = client.forget(asked)
    output.reply(done)
    output.line(f"Forgotten: {_counts(done)}.")
    return EXIT_OK


def _counts(reply: ForgetReply) -> str:
    parts = [counted(reply.memories, "memory"), counted(reply.sources, "source")]
    return ", ".join(parts + ([counted(reply.chats, "chat")] if reply.chats else []))


def _source(text: str | None) -> str | None:
    """A path of the person's folder becomes absolute; names and ids stay."""
    if text is not None and (os.sep in text or Path(text).exists()):
        return str(Path(text).expanduser().absolute())
    return text


def _show(preview: ForgetReply, output: Output) -> None:
    output.line(f"This would go: {_counts(preview)}")
    for title in preview.source_titles[:10]:
        output.line(f"  {title}")
    _quoted(preview.samples, output)
    if preview.derived:
        output.line(f"Of these, made from others: {counted(preview.derived, 'memory')}")
        _quoted(preview.derived_samples, output)
    if preview.answers:
        output.line(f"Answers that used it are emptied: {preview.answers:,}")
    if preview.naming:
        output.line(f"Said by others, with this name: {counted(preview.naming, 'memory')}")
        _quoted(preview.naming_samples, output)
    if preview.still_named:
        output.line("Names that stay: " + ", ".join(preview.still_named[:10]))


def _quoted(samples: list[str], output: Output) -> None:
    for sample in samples[:5]:
        output.line(f"  “{first_line(sample, 80)}”")


def _nothing_done(preview: ForgetReply, output: Output) -> int:
    output.reply(preview)
    output.line("Nothing was forgotten." + ("" if sys.stdin.isatty() else " Add --yes to do it."))
    return EXIT_FAILED


def run_missing(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        if args.choice is None:
            found = client.sources(state=SourceState.MISSING)
            output.reply(found)
            rows = [[s.id, s.location or s.title, str(s.memories)] for s in found.sources]
            output.table(["source", "file", "memories"], rows)
            if not rows:
                output.line("No file is gone.")
            return EXIT_OK
        if args.choice == "forget" and not args.yes and not output.ask("Forget them for good?"):
            output.line("Nothing was forgotten.")
            return EXIT_FAILED
        done = client.decide_missing(MissingChoice(choice=args.choice, sources=args.source))
    output.reply(done)
    word = "Kept" if args.choice == "keep" else "Forgotten"
    output.line(f"{word}: {counted(done.memories, 'memory')} of {counted(done.sources, 'file')}.")
    return EXIT_OK
