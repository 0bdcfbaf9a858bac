"""`status`, `memories`, `show`: what the memory holds."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, first_line, local_time, positive, size_text
from app.daemon_process import connect
from memory.protocol import MemoryKind, MemoryQuery, MemoryState


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    status = commands.add_parser("status", parents=[common], help="counts, state, model, sizes")
    status.set_defaults(run=run_status)
    memories = commands.add_parser("memories", parents=[common], help="list memories, newest first")
    memories.add_argument("text", nargs="*", help="words they hold")
    memories.add_argument("--kind", action="append", choices=[k.value for k in MemoryKind])
    memories.add_argument("--state", choices=[s.value for s in MemoryState], default="active")
    memories.add_argument("--limit", type=positive, default=20)
    memories.set_defaults(run=run_memories)
    show = commands.add_parser("show", parents=[common], help="one memory with place and strength")
    show.add_argument("memory")
    show.set_defaults(run=run_show)


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
