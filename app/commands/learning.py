"""`learning` and `mark`: what recall learnt from use, starting over, and a person's verdicts."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, counted, local_time
from app.daemon_process import connect
from memory.protocol import LearningInfo, ReviewReason

_VERDICTS = {
    "opened": ReviewReason.OPENED,
    "helpful": ReviewReason.HELPFUL,
    "wrong": ReviewReason.WRONG,
}


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    learning = commands.add_parser(
        "learning", parents=[common], help="what recall learnt from what you open"
    )
    learning.add_argument(
        "what", nargs="?", choices=["show", "reset"], default="show",
        help="show it, or forget it and rank as shipped",
    )  # fmt: skip
    learning.set_defaults(run=run_learning)
    mark = commands.add_parser(
        "mark", parents=[common], help="say that a memory was opened, helpful or wrong"
    )
    mark.add_argument("memory")
    mark.add_argument("verdict", choices=sorted(_VERDICTS))
    mark.add_argument(
        "--recall", metavar="ID", help="the `recall` of the reply of --json that listed it"
    )
    mark.set_defaults(run=run_mark)


def run_learning(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        info = client.reset_learning() if args.what == "reset" else client.learning()
    output.reply(info)
    if args.what == "reset":
        output.line("Started over: recall ranks as shipped.")
        return EXIT_OK
    output.line(_state(info))
    if info.looked_at is not None and info.gain is not None and info.choices >= info.needed:
        output.line(
            f"Looked at {local_time(info.looked_at)}: learnt weights change 1/place of choices"
            f" they had not seen by {info.gain:+.4f}, give or take {info.error or 0.0:.4f}."
        )
    weights = info.personal.weights if info.personal is not None else []
    rows = [
        [w.name, f"{w.shipped:.2f}", f"{w.now:.2f}", f"x {w.now / w.shipped:.2f}"] for w in weights
    ]
    output.table(["weight", "shipped", "learnt", "factor"], rows)
    return EXIT_OK


def _state(info: LearningInfo) -> str:
    choices = counted(info.choices, "choice")
    if info.state == "off":
        return f"Learning is switched off; {choices} kept."
    if info.state == "personal" and info.personal is not None:
        return f"Weights learnt from {info.personal.choices:,} of your choices; {choices} kept."
    if info.state == "gathering" and info.choices < info.needed:
        return f"{choices} of at least {info.needed}: weights as shipped."
    if info.state == "gathering":
        return f"{choices}, not looked at before the next night: weights as shipped."
    return f"{choices}: weights as shipped, which do as well."


def run_mark(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        memory = client.review(args.memory, _VERDICTS[args.verdict], recall=args.recall)
    output.reply(memory)
    output.line(f"Noted: {args.verdict}.")
    return EXIT_OK
