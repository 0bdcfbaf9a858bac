"""`model`: which language model words the answers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.commands.output import EXIT_OK, EXIT_USAGE, Output, size_text
from app.daemon_process import connect
from memory.protocol import ModelInfo


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    model = commands.add_parser("model", parents=[common], help="show, use or drop the model")
    model.add_argument("action", nargs="?", choices=["use", "none"])
    model.add_argument("path", nargs="?", help="a GGUF file, for use")
    model.set_defaults(run=run_model)


def run_model(args: argparse.Namespace, output: Output) -> int:
    if (args.action == "use") != (args.path is not None):
        output.line("recollect model use PATH takes a GGUF file; without words it shows the model.")
        return EXIT_USAGE
    with connect(args.data_dir) as client:
        if args.action == "use":
            found = client.use_model(str(Path(args.path).expanduser().absolute())).model
        elif args.action == "none":
            found = client.no_model().model
        else:
            found = client.model().model
    if output.json:
        output.record({"model": found.model_dump(mode="json") if found else None})
    output.line(_described(found))
    return EXIT_OK


def _described(model: ModelInfo | None) -> str:
    if model is None:
        return (
            "No model: answers quote your memories. `recollect model use PATH` takes a GGUF file."
        )
    parts = [model.name, size_text(model.size_bytes), model.state, model.path]
    return "  ".join(part for part in parts if part)
