"""The reader server: a small process that loads every parser once and forks a child per file.

Starting Python with its parsers takes 300 ms; a fork of this process takes 2. The server
itself reads no file. Each request comes with a socket of its own; when the daemon closes it,
or dies, the child is killed. One thread, one selector loop.

Run as ``python -m memory.ingest.reader_server FD`` (FD: the control socket), or with
``--once`` for one request on stdin and its answer on stdout, where the system cannot fork.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from memory.ingest import reader_wire as wire
from memory.ingest.extracted import to_json
from memory.ingest.readers.common import Limits
from memory.ingest.sandbox import confine, die_with_parent
from memory.priority import READERS_BEHIND, step_back

Operation = Callable[[dict[str, Any], Limits], bytes]


def read_operation(arguments: dict[str, Any], limits: Limits) -> bytes:
    from memory.ingest.readers import dispatch

    return to_json(dispatch.read(Path(arguments["path"]), limits))


def render_operation(arguments: dict[str, Any], _limits: Limits) -> bytes:
    from memory.ingest.readers.pdf_picture import render

    a = arguments
    picture = render(Path(a["path"]), a["page"], a["start"], a["end"], a["width"])
    value = {
        "width": picture.width,
        "height": picture.height,
        "png": base64.b64encode(picture.png).decode(),
        "marks": picture.marks,
    }
    return json.dumps(value).encode()


OPERATIONS: Mapping[str, Operation] = {"read": read_operation, "render": render_operation}


class _Server:
    """Attributes: children, socket by process id; the sockets wait for the daemon's hang-up."""

    def __init__(self, control: socket.socket, operations: Mapping[str, Operation]):
        self.control = control
        self.operations = operations
        self.children: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.wake_in, self.wake_out = socket.socketpair()
        self.wake_in.setblocking(False)
        self.wake_out.setblocking(False)

    def run(self) -> None:
        """Until the daemon closes the control socket."""
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self.wake_out.fileno(), warn_on_full_buffer=False)
        self.selector.register(self.control, selectors.EVENT_READ, None)
        self.selector.register(self.wake_in, selectors.EVENT_READ, None)
        try:
            while self._step():
                pass
        finally:
            for pid in self.children:
                os.kill(pid, signal.SIGKILL)

    def _step(self) -> bool:
        for key, _ in self.selector.select():
            if key.fileobj is self.control:
                if not self._accept():
                    return False
            elif key.fileobj is self.wake_in:
                try:
                    self.wake_in.recv(4096)
                except BlockingIOError:
                    pass
            else:
                self._hung_up(key.data)
        self._reap()
        return True

    def _accept(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self.control, 4, 1)
        if not data or not fds:
            return False
        while len(data) < 4:
            data += self.control.recv(4 - len(data))
        (length,) = struct.unpack(">I", data)
        request = b""
        while len(request) < length:
            part = self.control.recv(length - len(request))
            if not part:
                return False
            request += part
        connection = socket.socket(fileno=fds[0])
        self._fork(connection, request)
        self.control.sendall(b"k")
        return True

    def _fork(self, connection: socket.socket, request: bytes) -> None:
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                child_main(connection.fileno(), request, self.operations, server)
            finally:
                os._exit(1)
        self.children[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ, pid)

    def _hung_up(self, pid: int) -> None:
        """The daemon wants no more of this child. It is ours until reaped, so the id is safe."""
        connection = self.children.get(pid)
        if connection is None:
            return
        self.selector.unregister(connection)
        os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.children.pop(pid)
            if connection in self.selector.get_map():
                self.selector.unregister(connection)
            try:
                connection.send(wire.status_frame(os.waitstatus_to_exitcode(status)),
                                socket.MSG_DONTWAIT)  # fmt: skip
            except OSError:
                pass  # it has its answer and is gone, or the pipe is full of the answer
            connection.close()


def child_main(
    connection: int, request: bytes, operations: Mapping[str, Operation], server: int
) -> None:
    """The life of a child: confine, read, answer, end."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent(server)
    os.closerange(3, connection)
    os.closerange(connection + 1, 4096)
    _write(connection, answer(request, operations))
    os._exit(0)


def answer(request: bytes, operations: Mapping[str, Operation]) -> bytes:
    """The frame for a request, whatever happens short of a crash."""
    operation, arguments, limits = wire.parse_request(request)
    confine(limits)
    try:
        return wire.frame(wire.RESULT, operations[operation](arguments, limits))
    except Exception as error:
        # MemoryError comes here too: by now the big objects of the reader are gone.
        return wire.frame(wire.ERROR, wire.error_payload(error))


def _write(fd: int, data: bytes) -> None:
    """``write`` and not ``send``: the filter forbids everything a socket can do beyond it."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def preload() -> None:
    """Everything a child may need, loaded once before the forks."""
    import charset_normalizer  # noqa: F401

    from memory.ingest.readers import dispatch, pdf_picture  # noqa: F401

    for codec in ("cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "idna"):
        "".encode(codec)


def main(operations: Mapping[str, Operation] = OPERATIONS) -> None:
    if sys.argv[1:2] == ["--once"]:
        (length,) = struct.unpack(">I", sys.stdin.buffer.read(4))
        data = answer(sys.stdin.buffer.read(length), operations)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    control = socket.socket(fileno=int(sys.argv[1]))
    step_back(READERS_BEHIND)  # before loading: the daemon starts meanwhile
    preload()
    gc.collect()
    gc.freeze()  # shared pages stay shared: the collector does not touch what is frozen
    _Server(control, operations).run()


if __name__ == "__main__":
    main()
