"""`ask`: an answer from the memories, streamed, with its sources."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app import look_words
from app.commands.output import EXIT_FAILED, EXIT_OK, Output, local_time
from app.daemon_process import connect
from memory.protocol import (
    AskDelta,
    AskDone,
    AskEvent,
    AskFailed,
    AskRequest,
    AskSources,
    AskStage,
    Citation,
)


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    ask = commands.add_parser("ask", parents=[common], help="ask a question")
    ask.add_argument("question", nargs="+")
    ask.add_argument("--quote", action="store_true", help="quote only, even with a model")
    ask.add_argument("--anew", action="store_true",
                     help="not from what was answered before")  # fmt: skip
    ask.add_argument("--explain", "--trace", action="store_true",
                     help="tell what was looked for, and why")  # fmt: skip
    ask.add_argument("--chat", help="id of a chat that the question belongs to")
    ask.add_argument("--scope", action="append", help="use nothing but this; may be repeated")
    ask.set_defaults(run=run_ask)


def run_ask(args: argparse.Namespace, output: Output) -> int:
    request = AskRequest(
        question=" ".join(args.question)[:20_000],
        chat=args.chat,
        use_model=not args.quote,
        anew=args.anew,
        scopes=args.scope,
    )
    streamed = False
    with connect(args.data_dir) as client, client.ask(request) as stream:
        for event in stream:
            if isinstance(event, AskDelta):
                streamed = _print_part(event.text, output) or streamed
            elif isinstance(event, AskFailed):
                output.problem(event.problem)
                return EXIT_FAILED
            elif isinstance(event, AskDone):
                _print_done(event, streamed, args.explain, output)
                return EXIT_OK
            else:
                _print_progress(event, output)
    return EXIT_FAILED


def _print_progress(event: AskEvent, output: Output) -> None:
    if isinstance(event, AskSources):
        for problem in event.problems:
            output.problem(problem)
    elif isinstance(event, AskStage):
        _print_stage(event, output)


def _print_part(text: str, output: Output) -> bool:
    if not output.json:
        print(text, end="", flush=True)
    return True


def _print_stage(event: AskStage, output: Output) -> None:
    if output.json or not sys.stderr.isatty():
        return
    if event.stage == "loading":
        print(f"{event.detail or 'loading the model'} ...", file=sys.stderr)
    elif event.stage == "looking":
        print("looking again ...", file=sys.stderr)


def _print_done(done: AskDone, streamed: bool, explain: bool, output: Output) -> None:
    if output.json:
        output.record(
            {
                "answer": done.answer,
                "citations": [_citation_record(citation) for citation in done.citations],
                "model": done.model,
                "stopped": done.stopped,
                "took_ms": round(done.took_ms, 3),
                "answered_before": done.answered_before,
                "looked": done.looked.model_dump(mode="json") if done.looked else None,
            }
        )
        return
    output.line("" if streamed else done.answer)
    for citation in done.citations:
        output.line(f"  [{citation.n}] {_place(citation)}")
    if done.answered_before is not None:
        when = local_time(done.answered_before)
        output.line(f"Answered before, {when}; --anew asks again.")
    if explain:
        for line in look_words.lines(done.looked) if done.looked else ["Looked once."]:
            output.line(line)


def _citation_record(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "memory": citation.memory,
        "source": citation.source,
        "ref": citation.ref,
        "quote": citation.quote,
        "page": citation.page,
        "start": citation.quote_start,
        "end": citation.quote_end,
    }


def _place(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    when = f", {local_time(citation.happened_at)}" if citation.happened_at else ""
    return f"{citation.source_title}{page}{when}"
