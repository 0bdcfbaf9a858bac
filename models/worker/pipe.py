"""The worker's end of the pipe to the daemon: one JSON object a line, both ways."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

Order = dict[str, Any]


class Failed(Exception):
    """An order that cannot be carried out; ``kind`` tells the daemon which words to use."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class Pipe:
    """Orders in, events out, on descriptors that native code does not know. Any thread sends."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._sending = threading.Lock()

    def orders(self) -> Iterator[Order]:
        for line in self._source:
            yield json.loads(line)

    def send(self, event: str, **more: Any) -> None:
        line = json.dumps({"event": event, **more}, ensure_ascii=True).encode() + b"\n"
        with self._sending:
            self._sink.write(line)
            self._sink.flush()


def private_pipe() -> Pipe:
    """Moves the pipe away from 0 and 1, so that no stray print can break the lines."""
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return Pipe(os.fdopen(source, "rb"), os.fdopen(sink, "wb"))
