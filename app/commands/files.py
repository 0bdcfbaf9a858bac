"""`add`, `remember`, `sources`, `jobs`, `watch`, `unwatch`: what goes into the memory."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from app.commands.output import (
    EXIT_FAILED,
    EXIT_OK,
    Output,
    counted,
    first_line,
    local_time,
    size_text,
)
from app.daemon_process import connect
from memory.client import Client
from memory.protocol import (
    BatchInfo,
    JobAction,
    NoteRequest,
    SourceInfo,
    SourceKind,
    SourceState,
)

SETTLED = {SourceState.READY, SourceState.SKIPPED, SourceState.FAILED, SourceState.MISSING}


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    add = commands.add_parser("add", parents=[common], help="remember files and folders")
    add.add_argument("paths", nargs="+", metavar="PATH")
    add.add_argument("--wait", action="store_true", help="return when everything is recallable")
    add.add_argument("--watch", action="store_true", help="keep following the folders")
    add.set_defaults(run=run_add)
    note = commands.add_parser("remember", parents=[common], help="remember a note")
    note.add_argument("text", nargs="*", help="the words; read from standard input where missing")
    note.add_argument("--title")
    note.add_argument("--scope", help="what it belongs to, such as work")
    note.set_defaults(run=run_remember)
    sources = commands.add_parser("sources", parents=[common], help="list files, chats and notes")
    sources.add_argument("text", nargs="?", default="", help="part of a name")
    sources.add_argument("--state", choices=[s.value for s in SourceState])
    sources.add_argument("--kind", choices=[k.value for k in SourceKind])
    sources.add_argument("--limit", type=int, default=200)
    sources.set_defaults(run=run_sources)
    jobs = commands.add_parser("jobs", parents=[common], help="what is being read; pause, retry")
    jobs.add_argument("action", nargs="?", choices=["pause", "resume", "cancel", "retry"])
    jobs.add_argument("job", nargs="?", help="job or drop; without one, pause and resume hold all")
    jobs.set_defaults(run=run_jobs)
    watch = commands.add_parser("watch", parents=[common], help="follow a folder, or list them")
    watch.add_argument("path", nargs="?")
    watch.add_argument("--ignore", action="append", metavar="PATTERN", help="may be repeated")
    watch.set_defaults(run=run_watch)
    unwatch = commands.add_parser("unwatch", parents=[common], help="stop following a folder")
    unwatch.add_argument("path")
    unwatch.set_defaults(run=run_unwatch)


def run_add(args: argparse.Namespace, output: Output) -> int:
    paths = [str(Path(path).expanduser().absolute()) for path in args.paths]
    with connect(args.data_dir) as client:
        reply = client.add(paths, watch=args.watch)
        for problem in reply.refused:
            output.problem(problem)
        if args.wait:
            _wait(client, reply.batch, output)
        found = _batch_sources(client, reply.batch)
    failed = bool(reply.refused)
    for problem in reply.refused:
        if output.json:
            reason = f"{problem.title}: {problem.message}"
            output.record(
                {"path": problem.item, "state": "failed", "reason": reason, "memories": 0}
            )
    for source in found:
        failed = failed or source.state is SourceState.FAILED
        _print_added(source, output)
    if not args.wait:
        output.line("Reading goes on in the background; `recollect jobs` shows how far it is.")
    return EXIT_FAILED if failed else EXIT_OK


def _print_added(source: SourceInfo, output: Output) -> None:
    reason = f"{source.problem.title}: {source.problem.message}" if source.problem else None
    if output.json:
        output.record(
            {
                "path": source.location,
                "state": source.state.value,
                "reason": reason,
                "memories": source.memories,
            }
        )
        return
    detail = reason if reason else counted(source.memories, "memory")
    output.line(f"{source.state.value:8} {source.location or source.title}  {detail}")
    if source.problem:
        output.line(f"         {source.problem.next_step}")


def _batch_sources(client: Client, batch: str) -> list[SourceInfo]:
    found: list[SourceInfo] = []
    while True:
        page = client.sources(batch=batch, limit=500, offset=len(found))
        found.extend(page.sources)
        if not page.sources or len(found) >= page.total:
            return found


def _wait(client: Client, batch: str, output: Output) -> None:
    """Until every file of the drop is read, and what was read is recallable by meaning."""
    with output.progress("Reading") as bar:
        pause_s = 0.02
        while True:
            info = client.batch(batch)
            bar.update(_finished(info), info.total, f"Reading {info.current or ''}")
            if info.finished_at is not None:
                break
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 0.3)
        while True:
            waiting = client.sources(batch=batch, state=SourceState.INDEXING, limit=1).total
            bar.update(info.total - waiting, info.total, "Making it findable")
            if not waiting:
                return
            time.sleep(pause_s)


def _finished(info: BatchInfo) -> int:
    return info.done + info.skipped + info.failed + info.cancelled


def run_remember(args: argparse.Namespace, output: Output) -> int:
    text = " ".join(args.text) if args.text else sys.stdin.read()
    if not text.strip():
        output.line("There is nothing to remember: the note is empty.")
        return EXIT_FAILED
    with connect(args.data_dir) as client:
        source = client.add_note(NoteRequest(text=text, title=args.title, scope=args.scope))
    output.reply(source)
    output.line(f"Remembered: {first_line(source.title, 70)}")
    return EXIT_OK


def run_sources(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.sources(
            text=args.text,
            state=SourceState(args.state) if args.state else None,
            kind=SourceKind(args.kind) if args.kind else None,
            limit=args.limit,
        )
    if output.json:
        output.record(found.model_dump(mode="json"))
        return EXIT_OK
    rows = [
        [
            s.state.value,
            s.kind.value,
            s.title,
            str(s.memories),
            size_text(s.size_bytes),
            local_time(s.updated_at),
            s.problem.title if s.problem else "",
        ]
        for s in found.sources
    ]
    output.table(["state", "kind", "name", "memories", "size", "changed", "reason"], rows)
    output.line(f"{len(found.sources)} of {found.total}")
    return EXIT_OK


def run_jobs(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        if args.action:
            _act(client, JobAction(args.action), args.job)
        found = client.jobs()
        paused = client.status().paused
    if output.json:
        output.record({**found.model_dump(mode="json"), "paused": paused})
        return EXIT_OK
    if paused:
        output.line("Reading is paused; `recollect jobs resume` goes on.")
    rows = []
    for batch in found.batches:
        left = "" if batch.seconds_left is None else f"{batch.seconds_left:.0f} s left"
        count = f"{_finished(batch)} of {batch.total}"
        rows.append([batch.id, count, f"{batch.failed} failed", batch.current or "", left])
    output.table(["drop", "read", "", "now", ""], rows)
    rows = [
        [job.id, job.state.value, job.name, job.problem.title if job.problem else ""]
        for job in found.jobs
    ]
    output.table(["job", "state", "name", "reason"], rows)
    if not found.batches and not found.jobs:
        output.line("Nothing is being read.")
    return EXIT_OK


def _act(client: Client, action: JobAction, job: str | None) -> None:
    """On one job, on one drop, or on all reading."""
    if job is not None:
        found = client.jobs()
        if any(batch.id == job for batch in found.batches):
            client.batch_action(job, action)
        else:
            client.job_action(job, action)
    elif action in (JobAction.PAUSE, JobAction.RESUME):
        client.pause(action is JobAction.PAUSE)
    else:
        for batch in client.jobs().batches:
            client.batch_action(batch.id, action)


def run_watch(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        if args.path:
            path = str(Path(args.path).expanduser().absolute())
            folder = client.watch(path, ignore=args.ignore)
            output.reply(folder)
            output.line(f"Following {folder.path}")
            return EXIT_OK
        folders = client.folders()
    if output.json:
        output.record({"folders": [f.model_dump(mode="json") for f in folders]})
    rows = [[f.state, f.path, str(f.sources), str(f.missing)] for f in folders]
    output.table(["state", "folder", "files", "gone"], rows)
    if not folders:
        output.line("No folder is followed; `recollect watch DIR` follows one.")
    return EXIT_OK


def run_unwatch(args: argparse.Namespace, output: Output) -> int:
    path = str(Path(args.path).expanduser().absolute())
    with connect(args.data_dir) as client:
        for folder in client.folders():
            if args.path == folder.id or path == folder.path:
                client.unwatch(folder.id)
                if output.json:
                    output.record({"unwatched": folder.path})
                output.line(f"No longer following {folder.path}; its memories stay.")
                return EXIT_OK
    if output.json:
        output.record({"unwatched": None})
    output.line(f"{path} is not followed; `recollect watch` lists the folders.")
    return EXIT_FAILED
