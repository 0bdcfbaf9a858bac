"""`review`: a few memories about to fade, and the person's word on each."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.forget import run_forget
from app.commands.output import EXIT_OK, Output, counted, first_line, local_time
from app.daemon_process import connect
from memory.protocol import FadingAnswer, FadingList, FadingOffer

_SAID = {None: "", FadingAnswer.KEEP: "kept", FadingAnswer.FADE: "may fade"}


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    review = commands.add_parser(
        "review", parents=[common], help="a few memories about to fade: keep them or let them"
    )
    review.set_defaults(run=run_list)
    actions = review.add_subparsers(dest="action", metavar="ACTION")
    for name, answer, text in (
        ("keep", FadingAnswer.KEEP, "keep it: it is strong again"),
        ("fade", FadingAnswer.FADE, "let it fade, and do not ask again"),
        ("undo", None, "take your word back"),
    ):
        decide = actions.add_parser(name, parents=[common], help=text)
        decide.add_argument("memory")
        decide.set_defaults(run=run_decide, answer=answer)
    forget = actions.add_parser("forget", parents=[common], help="forget it for good")
    forget.add_argument("memory", nargs=1)
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(
        run=run_forget, source=None, person=None, naming=False, since=None, until=None,
        before=None, all=False,
    )  # fmt: skip
    year = actions.add_parser("year", parents=[common], help="the year's forgetting and renewal")
    year.set_defaults(run=run_year)


def run_list(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.fading()
    output.reply(found)
    for offer in found.offers:
        _show(offer, output)
    output.line(_state(found))
    return EXIT_OK


def run_decide(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.decide_fading(args.memory, args.answer)
    output.reply(found)
    said = {
        FadingAnswer.KEEP: "Kept: it is strong again.",
        FadingAnswer.FADE: "It may fade, and is not offered again.",
        None: "Taken back.",
    }
    output.line(f"{said[args.answer]} {_state(found)}")
    return EXIT_OK


def run_year(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.fading_year()
    output.reply(found)
    rows = [
        [
            local_time(week.until)[:10],
            *(f"{n:,}" for n in (week.strong, week.fading, week.dormant, week.renewed)),
        ]
        for week in found.weeks
        if week.strong or week.fading or week.dormant
    ]
    output.table(["week to", "strong", "fading", "dormant", "renewed"], rows)
    if not rows:
        output.line("Nothing is remembered yet.")
    return EXIT_OK


def _show(offer: FadingOffer, output: Output) -> None:
    memory = offer.memory
    said = _SAID[offer.answer]
    output.line(f"{memory.id}  {first_line(memory.text, 90)}{f'  ({said})' if said else ''}")
    used = f"used {counted(offer.uses, 'time')}" if offer.uses else "never used"
    days = round(offer.dormant_in_days)
    asleep = f"dormant in {counted(days, 'day', 'days')}" if days else "dormant tonight"
    if offer.answer is FadingAnswer.KEEP:
        asleep = "strong again"
    output.line(f"  {memory.source_title}, {used}, {asleep}")


def _state(found: FadingList) -> str:
    if not found.offers:
        return "Nothing that matters is about to fade today."
    if not found.left:
        return "All of today is decided."
    return f"{found.left} left: keep, fade or forget them."
