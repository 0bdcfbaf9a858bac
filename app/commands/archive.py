"""`export` and `import`: everything, or one scope, in one open file, and back."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import Any, TypeVar

from app.commands.output import EXIT_OK, Output, counted, size_text
from app.daemon_process import connect
from memory.client import Client
from memory.protocol import ExportReply, ImportReply

T = TypeVar("T")

_LOOK_S = 0.25


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    export = commands.add_parser(
        "export", parents=[common], help="write all memories, or one scope, to an archive"
    )
    export.add_argument("path", help="zip file to write")
    export.add_argument("--scope", help="only what belongs to this scope")
    export.add_argument("--no-vectors", action="store_true",
                        help="smaller; taking it in makes them anew")  # fmt: skip
    export.set_defaults(run=run_export)
    take_in = commands.add_parser(
        "import", parents=[common], help="take an archive in; what is there stays"
    )
    take_in.add_argument("path", help="an archive that `export` wrote")
    take_in.set_defaults(run=run_import)


def run_export(args: argparse.Namespace, output: Output) -> int:
    path = str(Path(args.path).expanduser().absolute())
    with connect(args.data_dir) as client:
        done: ExportReply = _followed(
            client,
            lambda: client.export(path, scope=args.scope, vectors=not args.no_vectors),
            output,
        )
    output.reply(done)
    said = f"{counted(done.memories, 'memory')}, {size_text(done.bytes)}"
    output.line(f"{said} written to {done.path} in {done.took_ms / 1000:.1f} s")
    return EXIT_OK


def run_import(args: argparse.Namespace, output: Output) -> int:
    path = str(Path(args.path).expanduser().absolute())
    with connect(args.data_dir) as client:
        done: ImportReply = _followed(client, lambda: client.take_in(path), output)
    output.reply(done)
    for line in _said(done):
        output.line(line)
    return EXIT_OK


def _said(done: ImportReply) -> list[str]:
    took = f"{done.took_ms / 1000:.1f} s"
    new = f"{counted(done.memories_new, 'memory')}, {counted(done.sources_new, 'source')}"
    lines = [f"New: {new}, {counted(done.chats_new, 'chat')}, in {took}."]
    if done.memories_known or done.sources_known:
        known = f"{counted(done.memories_known, 'memory')}, {counted(done.sources_known, 'source')}"
        lines.append(f"There already: {known}.")
    if done.sources_differ:
        differ = counted(done.sources_differ, "source")
        lines.append(f"Here in another version, which stays: {differ}.")
    if done.memories_left_out:
        left = counted(done.memories_left_out, "memory")
        lines.append(f"Left out, as forgotten here or of another version: {left}.")
    if done.folders:
        lines.append("Folders followed there; `recollect watch` follows one here:")
        lines += [f"  {folder}" for folder in done.folders]
    return lines


def _followed(client: Client, request: Callable[[], T], output: Output) -> T:
    """The reply to a long request, with a bar meanwhile."""
    with ThreadPoolExecutor(1) as pool, output.progress("Looking") as bar:
        future: Future[T] = pool.submit(request)
        while True:
            try:
                return future.result(_LOOK_S)
            except NotYet:
                at = client.archive()
                if at.active:
                    bar.update(at.done, at.total, at.stage)
