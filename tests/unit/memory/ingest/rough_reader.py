"""A reader server whose operations misbehave on purpose. Run by test_reader_process."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

from memory.ingest.reader_server import OPERATIONS, main
from memory.ingest.readers.common import Limits


def crash(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    ctypes.string_at(1)
    return b""


def hang(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    while True:
        time.sleep(1)


def spin(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    while True:
        pass


def hoard(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    kept = []
    while True:
        kept.append(bytearray(16 << 20))


def flood(_arguments: dict[str, Any], limits: Limits) -> bytes:
    return b"x" * (6 * limits.text_chars + (40 << 20))


def nonsense(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    for fd in range(3, 64):
        try:
            os.write(fd, b"GET / HTTP/1.1\r\n\r\n" * 10)
        except OSError:
            continue
    time.sleep(5)
    return b""


def lie(_arguments: dict[str, Any], _limits: Limits) -> bytes:
    return json.dumps({"format": "text", "title": "t", "text": "ab", "pages": [], "markup": None,
                       "blocks": [[0, 99, "paragraph", None, None, None]], "conversations": [],
                       "happened_ms": None, "warnings": []}).encode()  # fmt: skip


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        return f"worked: {attempt()!r}"
    except OSError as error:
        return type(error).__name__


def escape(arguments: dict[str, Any], _limits: Limits) -> bytes:
    """Try what a reader must not be able to do; answers what came of it."""
    libc = ctypes.CDLL(None, use_errno=True)

    def bare(call: Callable[..., int], *args: object) -> str:
        return "worked" if call(*args) >= 0 else f"errno {ctypes.get_errno()}"

    target = arguments["target"].encode()
    found = {
        "socket": _outcome(lambda: socket.socket()),
        "process": _outcome(lambda: subprocess.run(["/bin/true"])),
        "fork": _outcome(os.fork),
        "write": _outcome(lambda: open(arguments["target"], "w")),
        "remove": _outcome(lambda: os.remove(arguments["victim"])),
        "bare socket": bare(libc.socket, 2, 1, 0),
        "bare fork": bare(libc.fork),
        "bare write": bare(libc.open, target, os.O_WRONLY | os.O_CREAT, 0o600),
        "bare remove": bare(libc.unlink, arguments["victim"].encode()),
        "bare kill": bare(libc.kill, os.getppid(), 0),
        "files": sorted(os.readlink(f"/proc/self/fd/{n}") for n in _open_files()),
        "environment": sorted(os.environ),
    }
    return json.dumps(found).encode()


def _open_files() -> list[str]:
    return [n for n in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{n}")]


if __name__ == "__main__":
    main({**OPERATIONS, "crash": crash, "hang": hang, "spin": spin, "hoard": hoard,
          "flood": flood, "nonsense": nonsense, "lie": lie, "escape": escape})  # fmt: skip
