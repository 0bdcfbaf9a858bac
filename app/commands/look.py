"""`recall`, `status`, `memories`, `show`: what the memory holds."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from app.commands.output import EXIT_FAILED, EXIT_OK, Output, first_line, local_time, size_text
from app.daemon_process import connect
from memory.client import Client, DaemonError, DaemonUnreachable
from memory.protocol import (
    Hit,
    MemoryKind,
    MemoryQuery,
    MemoryState,
    RecallFilter,
    RecallReply,
    RecallRequest,
)

CONTRACT_FIELDS = ("memory", "source", "ref", "page", "start", "end", "text", "score")


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    recall = commands.add_parser("recall", parents=[common], help="find memories")
    recall.add_argument("question", nargs="*", help="what you want to find")
    recall.add_argument("--stdin", action="store_true", help="one question a line, from stdin")
    recall.add_argument("--limit", type=_positive, default=10)
    recall.add_argument("--explain", action="store_true", help="why each came, and what it cost")
    recall.add_argument("--kind", action="append", choices=[k.value for k in MemoryKind])
    recall.add_argument("--source", help="only from this file, chat or note")
    recall.add_argument("--since", type=date_argument, metavar="DATE")
    recall.add_argument("--until", type=date_argument, metavar="DATE")
    recall.set_defaults(run=run_recall)
    status = commands.add_parser("status", parents=[common], help="counts, state, model, sizes")
    status.set_defaults(run=run_status)
    memories = commands.add_parser("memories", parents=[common], help="list memories, newest first")
    memories.add_argument("text", nargs="*", help="words they hold")
    memories.add_argument("--kind", action="append", choices=[k.value for k in MemoryKind])
    memories.add_argument("--state", choices=[s.value for s in MemoryState], default="active")
    memories.add_argument("--limit", type=_positive, default=20)
    memories.set_defaults(run=run_memories)
    show = commands.add_parser("show", parents=[common], help="one memory with place and strength")
    show.add_argument("memory")
    show.set_defaults(run=run_show)


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 200:
        raise argparse.ArgumentTypeError("takes a number from 1 to 200")
    return value


def date_argument(text: str) -> datetime:
    """A date or time as people type it; local where it names no zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("takes a date such as 2025-03-31") from error
    return (when if when.tzinfo else when.astimezone()).astimezone(UTC)


def run_recall(args: argparse.Namespace, output: Output) -> int:
    question = " ".join(args.question).strip()
    if bool(question) == args.stdin:
        print("recollect recall: give a question, or --stdin", file=sys.stderr)
        return 2
    with connect(args.data_dir) as client:
        if not args.stdin:
            _print_reply(client.recall(_request(question, args)), args, output)
            return EXIT_OK
        return _recall_lines(client, args, output)


def _recall_lines(client: Client, args: argparse.Namespace, output: Output) -> int:
    """One reply a line, in order; a question that fails does not end the run."""
    code = EXIT_OK
    for line in sys.stdin:
        question = line.strip()
        try:
            reply = client.recall(_request(question, args)) if question else _nothing()
        except DaemonUnreachable:
            raise
        except DaemonError as error:
            code = EXIT_FAILED
            if output.json:
                problem = error.problem.model_dump(mode="json")
                output.record({"hits": [], "took_ms": 0.0, "error": problem})
            else:
                output.problem(error.problem)
            continue
        _print_reply(reply, args, output)
    return code


def _nothing() -> RecallReply:
    return RecallReply(hits=[], took_ms=0.0, searched=0)


def _request(question: str, args: argparse.Namespace) -> RecallRequest:
    chosen = RecallFilter(
        kinds=[MemoryKind(kind) for kind in args.kind or []],
        source=args.source,
        since=args.since,
        until=args.until,
    )
    return RecallRequest(
        question=question[:20_000], limit=args.limit, explain=args.explain, filter=chosen
    )


def _print_reply(reply: RecallReply, args: argparse.Namespace, output: Output) -> None:
    for problem in reply.problems:
        output.problem(problem)
    if output.json:
        record = {
            "hits": [_hit_record(hit, args.explain) for hit in reply.hits],
            "took_ms": round(reply.took_ms, 3),
            "searched": reply.searched,
            "problems": [problem.model_dump(mode="json") for problem in reply.problems],
            "confidence": reply.confidence,
            "nearest_only": reply.nearest_only,
        }
        if reply.confidence_why is not None:
            record["confidence_why"] = reply.confidence_why
        if reply.trace is not None:
            record["trace"] = [step.model_dump(mode="json") for step in reply.trace]
        output.record(record)
        return
    if reply.nearest_only and reply.hits:
        output.line("Nothing found that answers this. Nearest:")
    for number, hit in enumerate(reply.hits, 1):
        output.line(f"{number:2}. {_place(hit)}")
        output.line(f"    {first_line(hit.text, 220)}")
        if hit.why:
            output.line("    " + "  ".join(f"{k} {v:.2f}" for k, v in hit.why.items()))
    if reply.confidence is not None and reply.confidence_why is not None:
        made_of = "  ".join(f"{k} {v:+.2f}" for k, v in reply.confidence_why.items())
        output.line(f"confidence {reply.confidence:.2f}: {made_of}")
    for step in reply.trace or []:
        output.line(f"{step.ms:8.1f} ms  {step.name}  {step.candidates}  {step.note or ''}")
    if not reply.hits:
        output.line("Nothing found.")


def _hit_record(hit: Hit, explain: bool) -> dict[str, Any]:
    record = {name: getattr(hit, name) for name in CONTRACT_FIELDS}
    record["happened_at"] = hit.happened_at
    record["kind"] = hit.kind.value
    record["strength"] = round(hit.strength, 4)
    record["similar"] = hit.similar
    if explain:
        record["why"] = hit.why
    return record


def _place(hit: Hit) -> str:
    parts = [hit.source_title]
    if hit.page is not None:
        parts.append(f"page {hit.page}")
    if hit.speaker:
        parts.append(hit.speaker)
    if hit.happened_at:
        parts.append(local_time(hit.happened_at))
    return " · ".join(parts) + f"   [{hit.memory}]"


def run_status(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        status = client.status()
    if output.json:
        output.record(status.model_dump(mode="json"))
        return EXIT_OK
    states = ", ".join(f"{count} {state.value}" for state, count in status.sources.items() if count)
    output.line(f"memories   {status.memories} ({status.dormant} dormant)")
    output.line(f"sources    {states or 'none yet'}")
    output.line(f"reading    {_reading(status.paused, status.jobs_running, status.jobs_waiting)}")
    output.line(f"meaning    {status.index}, {status.waiting_for_meaning} still to come")
    change = status.embedder_change
    output.line(f"embedder   {status.embedder}")
    if change is not None:
        why = f": {change.problem.message}" if change.problem else ""
        output.line(f"           {change.name} {change.state}, {change.done}/{change.total}{why}")
    output.line(f"model      {status.model.name if status.model else 'none; answers quote'}")
    sizes = f"{size_text(status.database_bytes)} database, {size_text(status.index_bytes)} index"
    output.line(f"on disk    {sizes}")
    output.line(f"folder     {status.data_dir}")
    if status.index_problem:
        output.problem(status.index_problem)
    return EXIT_OK


def _reading(paused: bool, running: int, waiting: int) -> str:
    if paused:
        return f"paused, {waiting} waiting"
    return f"{running} now, {waiting} waiting" if running or waiting else "nothing"


def run_memories(args: argparse.Namespace, output: Output) -> int:
    query = MemoryQuery(
        text=" ".join(args.text),
        kinds=[MemoryKind(kind) for kind in args.kind or []],
        states=[MemoryState(args.state)],
        limit=args.limit,
    )
    with connect(args.data_dir) as client:
        found = client.memories(query)
    if output.json:
        output.record(found.model_dump(mode="json"))
        return EXIT_OK
    rows = [
        [m.id, f"{m.strength:.2f}", m.kind.value, m.source_title, first_line(m.text, 70)]
        for m in found.memories
    ]
    output.table(["memory", "strength", "kind", "source", "text"], rows)
    output.line(f"{len(found.memories)} of {found.total}")
    return EXIT_OK


def run_show(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        detail = client.memory(args.memory)
    if output.json:
        output.record(detail.model_dump(mode="json"))
        return EXIT_OK
    memory = detail.memory
    output.line(memory.text)
    output.line()
    place = memory.location or memory.source_title
    page = f", page {memory.page}" if memory.page else ""
    output.line(f"from       {place}{page}, characters {memory.start}-{memory.end}")
    output.line(f"happened   {local_time(memory.happened_at)}")
    output.line(f"learnt     {local_time(memory.learnt_at)}")
    output.line(f"strength   {memory.strength:.2f}, stability {memory.stability_days:.1f} days")
    for review in detail.reviews:
        output.line(f"used       {local_time(review.at)}  {review.reason.value}")
    return EXIT_OK
