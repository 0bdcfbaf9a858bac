"""`diary`: a day, a week or a month in a few lines; `folds`: what says the same, and undoing it."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from app.commands.output import EXIT_OK, Output, counted, first_line, positive
from app.daemon_process import connect
from memory.protocol import DiaryEntry, DiaryLine, DiaryZoom

_DAYS = 7


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    diary = commands.add_parser(
        "diary", parents=[common], help="what days, weeks and months were about"
    )
    which = diary.add_mutually_exclusive_group()
    for zoom, text in (
        (DiaryZoom.DAY, "one day"),
        (DiaryZoom.WEEK, "the week that holds a day"),
        (DiaryZoom.MONTH, "the month that holds a day, or YYYY-MM"),
    ):
        which.add_argument(f"--{zoom.value}", type=_day, metavar="D", help=text)
    diary.add_argument("--limit", type=positive, default=_DAYS, help="the last days so many")
    diary.set_defaults(run=run_diary)
    folds = commands.add_parser(
        "folds", parents=[common], help="memories that stand behind others that say the same"
    )
    folds.add_argument("--night", metavar="D", help="of one night")
    folds.add_argument("--undo", metavar="MEMORY", help="take the group of a memory apart")
    folds.add_argument("--undo-night", metavar="D", help="take apart what a night folded")
    folds.add_argument("--limit", type=positive, default=50)
    folds.set_defaults(run=run_folds)


def run_diary(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        for zoom in DiaryZoom:
            day = getattr(args, zoom.value)
            if day is not None:
                entry = client.diary_entry(day, zoom)
                output.reply(entry)
                _show(entry, output)
                return EXIT_OK
        found = client.diary(limit=args.limit)
    output.reply(found)
    for entry in reversed(found.entries):
        _show(entry, output)
    if not found.entries:
        output.line("Nothing yet: a diary begins with the first chat, note or file.")
    return EXIT_OK


def run_folds(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        if args.undo or args.undo_night:
            done = client.undo_folds(memory=args.undo, night=args.undo_night)
            output.reply(done)
            output.line(f"{counted(done.memories, 'memory')} again shown by itself.")
            return EXIT_OK
        found = client.folds(night=args.night, limit=args.limit)
    output.reply(found)
    for group in found.groups:
        output.line(f"{group.night}  {first_line(group.shown.text)}   [{group.shown.id}]")
        for other in group.others:
            output.line(f"            also in {other.source_title}   [{other.id}]")
    output.line(f"{counted(found.total, 'group')} of memories that say the same.")
    return EXIT_OK


def _show(entry: DiaryEntry, output: Output) -> None:
    output.line(_name(entry))
    if not entry.memories:
        output.line("  Nothing is known of it.")
    for told in entry.told:
        output.line(f"  {told.text}   [{' '.join(told.memories)}]")
    for line in entry.lines:
        day = f"{line.day.isoformat()}  " if entry.zoom is not DiaryZoom.DAY else ""
        output.line(f"  {day}{line.text}   [{_cited(line)}]")
    files = sum(1 for line in entry.lines if line.opening.startswith("You added"))
    if entry.files > files:
        output.line(f"  {counted(entry.files, 'file')} added.")
    output.line()


def _cited(line: DiaryLine) -> str:
    return " ".join(quote.memory for quote in line.quotes)


def _name(entry: DiaryEntry) -> str:
    if entry.zoom is DiaryZoom.DAY:
        return entry.first.strftime("%A, %Y-%m-%d")
    if entry.zoom is DiaryZoom.MONTH:
        return entry.first.strftime("%B %Y")
    return f"{entry.first.isoformat()} – {entry.last.isoformat()}"


def _day(text: str) -> date:
    """A day as people type it; YYYY-MM is its first."""
    today = date.today()
    if text in ("today", "yesterday"):
        return today if text == "today" else date.fromordinal(today.toordinal() - 1)
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("takes a day such as 2025-03-31") from error
