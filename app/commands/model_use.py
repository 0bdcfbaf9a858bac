"""`model use`: answer with a model, and see that it works, once it was made ready."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future, wait
from pathlib import Path

from app.commands.model_words import check_words, model_words
from app.commands.output import EXIT_INTERRUPTED, EXIT_OK, Output
from memory.client import Client
from memory.protocol import ModelReply

_LOOK_EVERY_S = 0.3
_STEPS = 100


def use_model(client: Client, name: str, output: Output, *, check_again: bool = False) -> int:
    """Take it into use. Where somebody watches it is loaded too: the first time takes long.

    Args:
        check_again: load it in any case, and make a check anew that failed before.
    """
    if is_file(name):
        reply = client.use_model(str(Path(name).expanduser().absolute()))
    else:
        reply = client.use_model(id=name)
    watched = sys.stderr.isatty() and not output.json
    if not watched and not check_again:
        return show_model(reply, output)
    try:
        return show_model(_load(client, output, check_again), output)
    except KeyboardInterrupt:
        output.line("It is in use; what is done once goes on and need not be waited for.")
        return EXIT_INTERRUPTED


def show_model(reply: ModelReply, output: Output) -> int:
    output.reply(reply)
    for line in model_words(reply.model):
        output.line(line)
    return EXIT_OK


def is_file(name: str) -> bool:
    """Whether a word means a file rather than an id of the list."""
    return name.lower().endswith(".gguf") or os.sep in name or Path(name).is_file()


def _load(client: Client, output: Output, check_again: bool) -> ModelReply:
    """Load it, saying meanwhile what is waited for."""
    loading = _loading(client, check_again)
    with output.progress("Loading") as bar:
        while not loading.done():
            model = client.model().model
            if model is not None and model.check is not None:
                share = round(model.check.share * _STEPS)
                bar.update(share, _STEPS, check_words(model.check))
            wait([loading], _LOOK_EVERY_S)
    return loading.result()


def _loading(client: Client, check_again: bool) -> Future[ModelReply]:
    """The request, on a thread that ends with the program: an interrupt need not wait for it."""
    loading: Future[ModelReply] = Future()

    def load() -> None:
        try:
            loading.set_result(client.load_model(check_again=check_again))
        except Exception as error:
            loading.set_exception(error)

    threading.Thread(target=load, name="load", daemon=True).start()
    return loading
