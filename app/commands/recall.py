"""`recall`: the memories that answer a question, and what was understood of it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app.commands.output import (
    EXIT_FAILED,
    EXIT_OK,
    Output,
    counted,
    date_argument,
    first_line,
    local_time,
    positive,
)
from app.daemon_process import connect
from memory.client import Client, DaemonError, DaemonUnreachable
from memory.protocol import (
    FlagName,
    Hit,
    HitUnit,
    MemoryKind,
    PersonalRanking,
    RecallFilter,
    RecallReply,
    RecallRequest,
    RecallUnit,
    Understood,
    UnderstoodKind,
)

CONTRACT_FIELDS = ("memory", "source", "ref", "page", "start", "end", "text", "score")


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    recall = commands.add_parser("recall", parents=[common], help="find memories")
    recall.add_argument("question", nargs="*", help="what you want to find")
    recall.add_argument("--stdin", action="store_true", help="one question a line, from stdin")
    recall.add_argument("--limit", type=positive, default=10)
    recall.add_argument("--by", choices=[unit.value for unit in RecallUnit], default="memory",
                        help="find single memories, sessions of a chat, or days")  # fmt: skip
    recall.add_argument("--ignore", action="append", metavar="WORDS",
                        help="words of the question to take as words only")  # fmt: skip
    recall.add_argument("--explain", action="store_true", help="why each came, and what it cost")
    recall.add_argument("--kind", action="append", choices=[k.value for k in MemoryKind])
    recall.add_argument("--source", help="only from this file, chat or note")
    recall.add_argument("--since", type=date_argument, metavar="DATE")
    recall.add_argument("--until", type=date_argument, metavar="DATE")
    recall.add_argument("--scope", action="append", help="use nothing but this; may be repeated")
    recall.set_defaults(run=run_recall)


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
        question=question[:20_000],
        limit=args.limit,
        explain=args.explain,
        filter=chosen,
        unit=RecallUnit(args.by),
        ignore=args.ignore or [],
        scopes=args.scope,
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
            "understood": [one.model_dump(mode="json") for one in reply.understood],
            "timeline": reply.timeline,
            "confidence": reply.confidence,
            "nearest_only": reply.nearest_only,
        }
        if reply.recall is not None:
            record["recall"] = reply.recall
        if reply.personal is not None:
            record["personal"] = reply.personal.model_dump(mode="json")
        if reply.confidence_why is not None:
            record["confidence_why"] = reply.confidence_why
        if reply.trace is not None:
            record["trace"] = [step.model_dump(mode="json") for step in reply.trace]
        output.record(record)
        return
    if reply.understood:
        output.line(f"Understood: {'; '.join(map(_taken_for, reply.understood))}")
    if reply.nearest_only and reply.hits:
        output.line("Nothing found that answers this. Nearest:")
    for number, hit in enumerate(reply.hits, 1):
        output.line(f"{number:2}. {_place(hit)}")
        output.line(f"    {first_line(hit.text, 220)}")
        for flag in hit.flags:
            said = "gives orders: " if flag.flag is FlagName.ORDERS else ""
            output.line(f"    {said}{flag.reason}")
        if args.explain and hit.similar:
            output.line(f"    also said in {counted(len(hit.similar), 'other')}")
        if hit.why:
            output.line("    " + "  ".join(f"{k} {v:.2f}" for k, v in hit.why.items()))
    if reply.confidence is not None and reply.confidence_why is not None:
        made_of = "  ".join(f"{k} {v:+.2f}" for k, v in reply.confidence_why.items())
        output.line(f"confidence {reply.confidence:.2f}: {made_of}")
    if reply.personal is not None:
        output.line(_learnt(reply.personal))
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
    record["flags"] = [flag.model_dump(mode="json") for flag in hit.flags]
    if hit.unit is not None:
        record["unit"] = hit.unit.model_dump(mode="json")
    if explain:
        record["why"] = hit.why
    return record


def _place(hit: Hit) -> str:
    if hit.unit is not None:
        return f"{_unit_place(hit.unit)}   [{hit.memory}]"
    parts = [hit.source_title]
    if hit.page is not None:
        parts.append(f"page {hit.page}")
    if hit.speaker:
        parts.append(hit.speaker)
    if hit.happened_at:
        parts.append(local_time(hit.happened_at))
    return " · ".join(parts) + f"   [{hit.memory}]"


def _unit_place(unit: HitUnit) -> str:
    """The session or day a hit stands for: title, when, and how much it holds."""
    parts = [unit.title]
    if unit.since is not None and unit.until is not None:
        since, until = local_time(unit.since), local_time(unit.until)
        same_day = since[:10] == until[:10]
        later = until[11:] if same_day else until
        parts.append(since if since == until else f"{since} – {later}")
    parts.append(counted(unit.memories, "memory"))
    return " · ".join(parts)


def _learnt(personal: PersonalRanking) -> str:
    """Weights that are this person's own, and how they differ from those shipped."""
    moved = (f"{one.name} {one.shipped:.2f} to {one.now:.2f}" for one in personal.weights)
    return f"weights learnt from {personal.choices:,} of your choices: {'  '.join(moved)}"


def _taken_for(one: Understood) -> str:
    """Words of the question and what they were taken for: "last week" as 2 – 8 March 2026."""
    if one.kind is UnderstoodKind.SPEAKER:
        return f'"{one.text}" as said by {one.label}'
    if one.kind is UnderstoodKind.PHRASE:
        return f"{one.label} in these words"
    # What is told from an event repeats its words before the days.
    return f'"{one.text}" as {one.label.removeprefix(one.text).lstrip(" :")}'
