"""`portrait`: who you are, in lines made from facts and in your own words."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, counted
from app.daemon_process import connect
from memory.protocol import PortraitEdit, PortraitPage, SettingsEdit

_LINE = "its id as `recollect portrait --ids` shows it"


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    portrait = commands.add_parser(
        "portrait", parents=[common], help="what is known about you: show, change, add, hide"
    )
    portrait.add_argument("--ids", action="store_true", help="show the id of each line")
    portrait.add_argument("--hidden", action="store_true", help="show hidden lines too")
    portrait.set_defaults(run=run_show)
    actions = portrait.add_subparsers(dest="action", metavar="ACTION")
    add = actions.add_parser("add", parents=[common], help="a line in your own words")
    add.add_argument("text", nargs="+")
    add.set_defaults(run=run_add)
    edit = actions.add_parser("edit", parents=[common], help="put your own words into a line")
    edit.add_argument("line", help=_LINE)
    edit.add_argument("text", nargs="*", help="without any, what the facts say is put back")
    edit.set_defaults(run=run_edit)
    for name, hidden, text in (
        ("hide", True, "neither show a line nor use it"),
        ("show", False, "put a hidden line back"),
    ):
        made = actions.add_parser(name, parents=[common], help=text)
        made.add_argument("line", help=_LINE)
        made.set_defaults(run=run_hide, hide=hidden)
    remove = actions.add_parser("remove", parents=[common], help="delete a line you wrote")
    remove.add_argument("line", help=_LINE)
    remove.set_defaults(run=run_remove)
    for name, on, text in (
        ("on", True, "make the portrait and use it"),
        ("off", False, "neither show nor use it; your words in it are kept"),
    ):
        made = actions.add_parser(name, parents=[common], help=text)
        made.set_defaults(run=run_switch, on=on)


def run_show(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        page = client.portrait()
    _show(page, output, ids=args.ids, hidden=args.hidden)
    return EXIT_OK


def run_add(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        page = client.add_portrait_line(" ".join(args.text))
    _show(page, output)
    return EXIT_OK


def run_edit(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        page = client.edit_portrait_line(args.line, PortraitEdit(text=" ".join(args.text)))
    _show(page, output)
    return EXIT_OK


def run_hide(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        page = client.edit_portrait_line(args.line, PortraitEdit(hidden=args.hide))
    _show(page, output)
    return EXIT_OK


def run_remove(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        page = client.remove_portrait_line(args.line)
    _show(page, output)
    return EXIT_OK


def run_switch(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        client.edit_settings(SettingsEdit(values={"portrait": args.on}))
        page = client.portrait()
    _show(page, output)
    return EXIT_OK


def _show(page: PortraitPage, output: Output, *, ids: bool = True, hidden: bool = True) -> None:
    output.reply(page)
    if not page.on:
        output.line("The portrait is off: `recollect portrait on`.")
        return
    for section in page.sections:
        lines = [line for line in section.lines if hidden or not line.hidden]
        if lines:
            output.line(section.title)
        for line in lines:
            marks = ", ".join(
                word
                for word, given in (("your words", line.edited), ("hidden", line.hidden))
                if given
            )
            name = f"{line.id}  " if ids else ""
            output.line(f"  {name}{line.text}{f'  ({marks})' if marks else ''}")
    count = sum(len(section.lines) for section in page.sections)
    if not count:
        output.line("Nothing is known about you yet. Tell it in a chat: I live in …, I work as …")
    elif page.hidden and not hidden:
        output.line(f"{counted(page.hidden, 'line')} hidden (`--hidden`).")
