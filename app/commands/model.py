"""`model`: which language model words the answers; the list to choose from, and downloads."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.commands.interrupts import noted_interrupts
from app.commands.model_use import is_file, show_model, use_model
from app.commands.model_words import forecast_words, state_words
from app.commands.output import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Output,
    size_text,
)
from app.daemon_process import connect
from memory.client import Client
from memory.protocol import (
    CatalogueEntry,
    DownloadAction,
    ModelLibrary,
    ModelState,
)

_ACTIONS = ("list", "get", "use", "none", "remove", "bench")
_TAKE_A_MODEL = ("get", "use", "remove", "bench")
_UNFINISHED = {
    ModelState.WAITING,
    ModelState.DOWNLOADING,
    ModelState.CHECKING,
    ModelState.PAUSED,
    ModelState.FAILED,
}
_LOOK_EVERY_S = 0.3


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    model = commands.add_parser(
        "model",
        parents=[common],
        help="list, download, use, try out or remove language models",
        description="Without an action: the model in use. list: all that can be had, and what "
        "this machine would make of them. get ID: download one, or go on; Ctrl+C pauses. "
        "use ID or FILE.gguf: answer with it. none: answer with quotations. remove ID: delete "
        "a download, or take a file off the list. bench ID or FILE.gguf: measure its speed.",
    )
    model.add_argument("action", nargs="?", choices=_ACTIONS)
    model.add_argument("model", nargs="?", metavar="MODEL", help="an id of the list, or a file")
    model.add_argument("--yes", action="store_true", help="remove: do not ask")
    model.add_argument(
        "--budget",
        metavar="SHARES",
        help="bench: memory to give it, in percent of its size (50%% or 50%%,75%%)",
    )
    model.add_argument(
        "--check-again",
        action="store_true",
        help="use: load it now, and make a check anew that failed before",
    )
    model.set_defaults(run=run_model)


def run_model(args: argparse.Namespace, output: Output) -> int:
    if (args.action in _TAKE_A_MODEL) != (args.model is not None):
        print(
            "recollect model: get, use, remove and bench take a model; list and none do not",
            file=sys.stderr,
        )
        return EXIT_USAGE
    if args.action == "bench":
        return _bench(args, output)
    with connect(args.data_dir) as client:
        if args.action == "list":
            return _list(client, output)
        if args.action == "get":
            return _get(client, args.model, output)
        if args.action == "remove":
            return _remove(client, args.model, args.yes, output)
        if args.action == "use":
            return use_model(client, args.model, output, check_again=args.check_again)
        return show_model(client.no_model() if args.action == "none" else client.model(), output)


# -- the list -----------------------------------------------------------------------------


def _list(client: Client, output: Output) -> int:
    library = client.models()
    if output.json:
        output.record(library.model_dump(mode="json"))
        return EXIT_OK
    heads = ["", "id", "size", "state", "on this machine", "licence", "good for"]
    rows = [
        [
            "*" if one.in_use else "",
            one.id,
            size_text(one.size_bytes),
            state_words(one),
            forecast_words(one.prediction),
            one.licence,
            one.good_for,
        ]
        for one in library.catalogue
    ]
    output.table(heads, rows)
    own = [one for one in library.local if one.origin == "added"]
    rows = [
        [
            "*" if one.in_use else "",
            one.id,
            size_text(one.size_bytes),
            one.problem.title if one.problem else "",
            forecast_words(one.prediction),
            one.path,
        ]
        for one in own
    ]
    output.table(["", "id", "size", "", "on this machine", "file of yours"], rows)
    _footer(library, output)
    return EXIT_OK


def _footer(library: ModelLibrary, output: Output) -> None:
    budget = library.budget
    how = "automatic" if budget.automatic else "set by you"
    output.line(
        f"Memory for a model: {size_text(budget.budget_bytes)} ({how});"
        " `recollect settings model_memory_mb=4000` sets it."
    )
    output.line(
        f"`recollect model get ID` downloads from {library.hub};"
        f" {size_text(library.free_bytes)} are free on the disk."
    )
    if library.measuring:
        output.line(
            "This machine is being measured; a little later the list says how fast each is."
        )


# -- downloads ----------------------------------------------------------------------------


def _get(client: Client, model_id: str, output: Output) -> int:
    entry = _entry(client, model_id)
    if entry is None or entry.state is not ModelState.READY:
        client.download(model_id, DownloadAction.DOWNLOAD)
        try:
            entry = _follow(client, model_id, output)
        except KeyboardInterrupt:
            client.download(model_id, DownloadAction.PAUSE)
            output.line(f"Paused; `recollect model get {model_id}` goes on.")
            return EXIT_INTERRUPTED
    problem = entry.download.problem if entry.download else None
    if output.json:
        output.record(
            {
                "id": entry.id,
                "state": entry.state.value,
                "path": entry.path,
                "size_bytes": entry.size_bytes,
                "problem": problem.model_dump(mode="json") if problem else None,
            }
        )
    if entry.state is ModelState.READY:
        output.line(f"{entry.name} is here: {entry.path}")
        output.line(f"`recollect model use {entry.id}` answers with it.")
        return EXIT_OK
    if problem is not None:
        if not output.json:
            output.problem(problem)
        return EXIT_FAILED
    output.line(f"The download was paused; `recollect model get {model_id}` goes on.")
    return EXIT_FAILED


def _entry(client: Client, model_id: str) -> CatalogueEntry | None:
    return next((one for one in client.models().catalogue if one.id == model_id), None)


def _follow(client: Client, model_id: str, output: Output) -> CatalogueEntry:
    """Until it is whole, failed, or somebody else paused or cancelled it."""
    with output.progress(model_id, of_bytes=True) as bar, noted_interrupts() as interrupts:
        while True:
            interrupts.check()
            entry = _entry(client, model_id)
            assert entry is not None, "it was found when it began"
            found = entry.download
            if found is None or found.state in (ModelState.PAUSED, ModelState.FAILED):
                return entry
            words = {ModelState.WAITING: "Waiting", ModelState.CHECKING: "Checking"}
            text = words.get(found.state, "Downloading")
            bar.update(found.done_bytes, found.total_bytes, f"{text} {entry.name}")
            time.sleep(_LOOK_EVERY_S)


def _remove(client: Client, model_id: str, yes: bool, output: Output) -> int:
    library = client.models()
    local = next((one for one in library.local if one.id == model_id), None)
    entry = next((one for one in library.catalogue if one.id == model_id), None)
    unfinished = entry is not None and entry.state in _UNFINISHED
    if local is not None or unfinished:
        question = (
            f"Take {local.name} off the list? The file stays."
            if local is not None and local.origin == "added"
            else f"Delete {local.name if local else f'what is there of {model_id}'}?"
        )
        if not yes and not output.ask(question):
            output.line("Nothing was removed." + ("" if sys.stdin.isatty() else " Add --yes."))
            return EXIT_FAILED
    if unfinished:
        done = client.download(model_id, DownloadAction.CANCEL)
        if output.json:
            output.record({"id": done.id, "path": None, "deleted": True, "freed_bytes": 0})
        output.line("The download was given up, and what was there of it is deleted.")
        return EXIT_OK
    removed = client.remove_model(model_id)
    if output.json:
        output.record(removed.model_dump(mode="json"))
    if removed.deleted:
        output.line(f"Deleted: {removed.path}. {size_text(removed.freed_bytes)} are free again.")
    else:
        output.line(f"Off the list: {removed.path}. The file stays.")
    return EXIT_OK


# -- measuring ----------------------------------------------------------------------------


def _bench(args: argparse.Namespace, output: Output) -> int:
    """The benchmark is a program of its own: it loads engines, which the window never does."""
    path = args.model if is_file(args.model) else _path_of(args, output)
    if path is None:
        return EXIT_FAILED
    command = [sys.executable, "-P", "-m", "models.flash_bench", str(Path(path).expanduser())]
    command += ["--budget", args.budget] if args.budget else []
    command += ["--json"] if output.json else []
    root = str(Path(__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, before] if before else [root]),
    }
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()  # it was interrupted as well, and cleans up
            return EXIT_INTERRUPTED


def _path_of(args: argparse.Namespace, output: Output) -> str | None:
    """The file of a model of the list; says so if it is not here."""
    with connect(args.data_dir) as client:
        found = next((one for one in client.models().local if one.id == args.model), None)
    if found is None:
        print(f"{args.model} is not on this machine", file=sys.stderr)
        print(f"  `recollect model get {args.model}` downloads it.", file=sys.stderr)
        return None
    return found.path
