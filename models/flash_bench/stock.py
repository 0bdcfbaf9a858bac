"""A child process that runs a model as llama-cpp-python does by itself, or naively.

``python -P -m models.flash_bench.stock`` reads one JSON order from its input, answers the prompt
greedily, and prints one JSON object. ``naive``: all weights are read again from disk, past the
file cache, in 1 MB pieces by one thread, before every pass.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.chat_template import Message
from models.flash_bench.outcome import Moment
from models.flash_bench.process import held_bytes, read_bytes

PIECE_BYTES = 1 << 20
BATCH = 512


def main() -> None:
    order = json.loads(sys.stdin.readline())
    sink = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints is not our answer
    print(json.dumps(answer(order)), file=sink, flush=True)
    os._exit(0)


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Times of the tokens, the text, and the memory it took."""
    import llama_cpp
    from llama_cpp import llama_cpp as library

    from models.worker.engine import Native
    from models.worker.vocabulary import Vocabulary

    if not order["repack"]:
        _do_not_repack(library)
    model = llama_cpp.Llama(
        order["path"],
        n_ctx=order["context_tokens"],
        n_batch=BATCH,
        n_ubatch=BATCH,
        n_threads=order["threads"],
        n_threads_batch=order["threads"],
        verbose=False,
    )
    vocabulary = Vocabulary(Native(library, model.model, model.ctx))
    messages = [Message("user", order["prompt"])]
    prompt, _written = vocabulary.prompt(messages)
    again = Reread(Path(order["path"])) if order["naive"] else None
    began = time.perf_counter()
    moments: list[Moment] = []
    pieces: list[bytes] = []
    stream = model.generate(prompt, temp=0.0)
    while len(moments) < order["tokens"]:
        if again is not None:
            again.read()
        token = next(stream)
        if vocabulary.ends(token):
            break
        pieces.append(vocabulary.piece(token))
        moments.append(Moment(time.perf_counter() - began, len(moments) + 1, read_bytes()))
    return {
        "moments": [asdict(one) for one in moments],
        "text": b"".join(pieces).decode("utf-8", "replace"),
        "prompt_tokens": len(prompt),
        "held_bytes": held_bytes(),
    }


class Reread:
    """Reads a whole file again and again, past the file cache where the system can."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDONLY | getattr(os, "O_DIRECT", 0)
        try:
            self._descriptor = os.open(path, flags)
        except OSError:
            self._descriptor = os.open(path, os.O_RDONLY)
        self._buffer = mmap.mmap(-1, PIECE_BYTES)

    def read(self) -> None:
        at = 0
        while (count := os.preadv(self._descriptor, [self._buffer], at)) > 0:
            at += count


def _do_not_repack(library: Any) -> None:
    """The wrapper has no argument for it, so its defaults are changed."""
    defaults = library.llama_model_default_params

    def plain() -> Any:
        options = defaults()
        options.use_extra_bufts = False
        return options

    library.llama_model_default_params = plain


if __name__ == "__main__":
    main()
