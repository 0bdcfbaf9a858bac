"""`facts`: what is known, since when, where it was said; and the person's word on doubtful ones."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, counted, date_argument, first_line, local_time
from app.daemon_process import connect
from memory.protocol import FactChoice, FactDetail, FactEdit, FactSource, FactState

_SHOWN = [FactState.CURRENT, FactState.PAST]


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    facts = commands.add_parser(
        "facts", parents=[common], help="facts with their dates: list, show, review, decide"
    )
    facts.set_defaults(run=run_list, state=None, about="", relation="", words=[], limit=200)
    actions = facts.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", parents=[common], help="what holds and what held")
    listing.add_argument("words", nargs="*", help="words they hold")
    listing.add_argument("--state", action="append", choices=[s.value for s in FactState])
    listing.add_argument("--about", default="", metavar="WHO", help='"you" or a name')
    listing.add_argument("--relation", default="")
    listing.add_argument("--limit", type=int, default=200)
    listing.set_defaults(run=run_list)
    show = actions.add_parser("show", parents=[common], help="one with its line and its sources")
    show.add_argument("fact")
    show.set_defaults(run=run_show)
    review = actions.add_parser("review", parents=[common], help="doubtful ones, for your word")
    review.set_defaults(run=run_review)
    for choice, text in (
        (FactChoice.ACCEPT, "it is true"),
        (FactChoice.REJECT, "it is not true"),
        (FactChoice.BOTH, "it is true beside what it seems to contradict"),
        (FactChoice.UNDECIDED, "take back what you said of it"),
    ):
        decide = actions.add_parser(choice.value, parents=[common], help=text)
        decide.add_argument("fact")
        decide.set_defaults(run=run_decide, choice=choice)
    edit = actions.add_parser("edit", parents=[common], help="put your own words in its place")
    edit.add_argument("fact")
    edit.add_argument("--value")
    edit.add_argument("--from", dest="since", type=date_argument, metavar="DATE")
    edit.add_argument("--to", dest="until", type=date_argument, metavar="DATE")
    edit.set_defaults(run=run_edit)
    learn = actions.add_parser("learn", parents=[common], help="learn from all chats now")
    learn.set_defaults(run=run_learn)


def run_list(args: argparse.Namespace, output: Output) -> int:
    states = [FactState(one) for one in args.state] if args.state else _SHOWN
    with connect(args.data_dir) as client:
        found = client.facts(
            states=states, subject=args.about, relation=args.relation,
            text=" ".join(args.words), limit=args.limit,
        )  # fmt: skip
    output.reply(found)
    rows = [[fact.id, fact.state.value, first_line(fact.text, 110)] for fact in found.facts]
    output.table(["fact", "state", "what it says"], rows)
    waiting = f", {found.doubtful} wait for your word (`recollect facts review`)"
    output.line(f"{counted(found.total, 'fact')}{waiting if found.doubtful else ''}")
    return EXIT_OK


def run_show(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        detail = client.fact(args.fact)
    _show(detail, output)
    return EXIT_OK


def run_review(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.fact_review()
    output.reply(found)
    for doubt in found.doubts:
        output.line(f"{doubt.fact.id}  {doubt.fact.text}  ({doubt.fact.doubt})")
        if doubt.against is not None:
            output.line(f"  against  {doubt.against.text}")
        _sources(doubt.sources, output)
    output.line(
        f"{counted(found.total, 'doubtful fact')}: accept, reject, both or edit them."
        if found.total
        else "Nothing is doubtful."
    )
    return EXIT_OK


def run_decide(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        detail = client.decide_fact(args.fact, args.choice)
    _show(detail, output)
    return EXIT_OK


def run_edit(args: argparse.Namespace, output: Output) -> int:
    change = FactEdit(value=args.value, valid_from=args.since, valid_to=args.until)
    with connect(args.data_dir) as client:
        detail = client.edit_fact(args.fact, change)
    _show(detail, output)
    return EXIT_OK


def run_learn(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        done = client.learn_facts()
    output.reply(done)
    output.line(
        f"{counted(done.memories, 'memory')} read, {counted(done.statements, 'statement')} found,"
        f" {counted(done.changed, 'fact')} changed."
    )
    return EXIT_OK


def _show(detail: FactDetail, output: Output) -> None:
    output.reply(detail)
    output.line(f"{detail.fact.text}  ({detail.fact.state.value})")
    for fact in detail.line:
        output.line(
            f"  {'*' if fact.id == detail.fact.id else ' '} {fact.state.value:9}{fact.text}"
        )
    _sources(detail.sources, output)


def _sources(sources: list[FactSource], output: Output) -> None:
    for one in sources:
        who = f"{one.speaker}, " if one.speaker else ""
        said = f"{who}{local_time(one.said_at)}, {one.source_title}"
        output.line(f"  “{first_line(one.text, 90)}”  {said}")
