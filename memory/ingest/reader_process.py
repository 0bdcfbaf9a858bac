"""Reads one file in one child process, from the daemon's side. Any thread may call it.

The children come from the reader server (``reader_server``), started on first use and again
if it died. A file that crashes, hangs or eats memory costs its child; here it becomes an
``Unreadable`` with reason and next step. Answers are JSON and checked before use.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import memory
from memory.errors import Cancelled, RecollectError, Unreadable
from memory.ingest import reader_wire as wire
from memory.ingest.extracted import BadAnswer, Extracted, from_json
from memory.ingest.readers.common import Limits, too_large
from memory.settings import Settings

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds")
_START_S = 60.0  # a slow disk may need this long to load the parsers
_POLL_S = 0.05  # how soon a cancel is noticed


@dataclass(frozen=True, slots=True)
class PageImage:
    """One PDF page as PNG; marks are (left, top, width, height) in pixels of the picture."""

    page: int
    width: int
    height: int
    png: bytes
    marks: tuple[tuple[float, float, float, float], ...]


class CannotStart(RecollectError):
    """The reader server does not come up: a fault of the installation."""

    def __init__(self) -> None:
        super().__init__(
            "Files cannot be read at the moment",
            "The process that reads files did not start.",
            "Restart Recollect; if it happens again, install it anew.",
        )


class ReaderServer:
    """The server process and the calls to it.

    ``module`` is what Python runs; tests give one with operations of their own.
    """

    def __init__(
        self, module: str = "memory.ingest.reader_server", *, fork: bool = CAN_FORK
    ) -> None:
        self._module = module
        self._fork = fork
        self._lock = threading.Lock()  # guards the two below and the control socket's use
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def call(
        self,
        operation: str,
        arguments: dict[str, Any],
        limits: Limits,
        cancel: threading.Event | None = None,
    ) -> bytes:
        """Run one operation in one child and return its payload.

        Raises:
            Unreadable, NotFound, OSError: what the child reported, or how it ended.
            Cancelled: ``cancel`` was set.
            CannotStart: there is no server to be had.
        """
        path = str(arguments.get("path", ""))
        data = wire.request(operation, arguments, limits)
        if not self._fork:
            return self._call_once(data, limits, path, cancel or threading.Event())
        connection = self._send(data)
        try:
            return _receive(connection, limits, path, cancel or threading.Event())
        finally:
            connection.close()  # the server takes this as the order to kill what still runs

    def start(self) -> None:
        """Have it load its parsers now, so that the first file need not wait for that (0.4 s).

        Returns at once; where it does not start, the first call says so.
        """
        if self._fork:
            with self._lock, contextlib.suppress(OSError):
                self._running()

    def stop(self) -> None:
        """End the server; children go with it. A later call starts a new one."""
        with self._lock:
            self._discard()

    def _send(self, data: bytes) -> socket.socket:
        """Hand the request over. A server that died is replaced once."""
        for attempt in (1, 2):
            mine, theirs = socket.socketpair()
            try:
                with self._lock:
                    control = self._running()
                    socket.send_fds(control, [data[:4]], [theirs.fileno()])
                    control.sendall(data[4:])
                    if control.recv(1) != b"k":
                        raise BrokenPipeError
                return mine
            except OSError as error:
                mine.close()
                with self._lock:
                    self._discard()
                if attempt == 2:
                    raise CannotStart from error
            finally:
                theirs.close()
        raise AssertionError("unreachable")

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None:
            if self._process.poll() is None:
                return self._control
            self._discard()
        mine, theirs = socket.socketpair()
        mine.settimeout(_START_S)
        with theirs:
            # close_fds is the default: none of the daemon's sockets or files goes along.
            self._process = subprocess.Popen(
                [*_python(), self._module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                # A group of its own keeps the terminal's signals away. Not a session: the
                # scheduler would weigh it as one more program (see ``memory.priority``).
                process_group=0,
                **_surroundings(),
            )
        self._control = mine
        return mine

    def _discard(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None

    def _call_once(self, data: bytes, limits: Limits, path: str, cancel: threading.Event) -> bytes:
        """One process for one request, where the system cannot fork. Slower, same promises."""
        surroundings = _surroundings()
        surroundings.update(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        deadline = time.monotonic() + limits.seconds + 5
        with subprocess.Popen([*_python(), self._module, "--once"], **surroundings) as process:
            sent: bytes | None = data
            while True:
                try:
                    output, _ = process.communicate(sent, timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    sent = None
                    if cancel.is_set() or time.monotonic() > deadline:
                        process.kill()
                        process.communicate()
                        if cancel.is_set():
                            raise _cancelled(path) from None
                        raise wire.out_of_time(path, limits.seconds) from None
        found = wire.parse_frame(bytearray(output[:1])) if not output else None
        found = wire.parse_frame(bytearray(output)) if output else found
        if found is None:
            raise _ended(process.returncode, limits, path)
        return _payload(*found, limits, path)


def _python() -> list[str]:
    """How to start a module. ``-P``: no folder of the person's is searched for modules."""
    return [sys.executable, "-P", "-m"]


def _surroundings() -> dict[str, Any]:
    root = str(Path(memory.__file__).resolve().parent.parent)
    keep = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "HOME", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    return {
        "env": {**environment, "PYTHONPATH": root, "PYTHONUTF8": "1"},
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,  # libraries may print parts of a file
        "cwd": os.path.abspath(os.sep),
    }


def _receive(
    connection: socket.socket, limits: Limits, path: str, cancel: threading.Event
) -> bytes:
    """The answer, or how the child ended without one."""
    buffer = bytearray()
    most = (32 << 20) + 6 * limits.text_chars
    deadline = time.monotonic() + limits.seconds
    while True:
        if cancel.is_set():
            raise _cancelled(path)
        if time.monotonic() > deadline:
            raise wire.out_of_time(path, limits.seconds)
        if not select.select([connection], [], [], _POLL_S)[0]:
            continue
        try:
            part = connection.recv(1 << 20)
        except ConnectionError:
            part = b""
        buffer += part
        try:
            found = wire.parse_frame(buffer)
        except ValueError:
            raise wire.crashed(path, "it sent nonsense") from None
        if found is not None:
            return _payload(*found, limits, path)
        if not part:
            raise wire.crashed(path, "without a word")
        if len(buffer) > most:
            raise wire.out_of_memory(path)


def _payload(kind: bytes, payload: bytes, limits: Limits, path: str) -> bytes:
    if kind == wire.RESULT:
        return payload
    if kind == wire.STATUS:
        raise _ended(struct.unpack(">i", payload)[0], limits, path)
    raise wire.parse_error(payload, path)


def _ended(code: int, limits: Limits, path: str) -> Unreadable:
    """Words for the exit code of a child that gave no answer; negative: killed by a signal."""
    if code == -getattr(signal, "SIGXCPU", 0) != 0:
        return wire.out_of_time(path, limits.seconds)
    if code == -getattr(signal, "SIGKILL", 0) != 0:  # not by us: the system was short of memory
        return wire.out_of_memory(path)
    try:
        reason = signal.Signals(-code).name if code < 0 else f"code {code}"
    except ValueError:
        reason = f"signal {-code}"
    return wire.crashed(path, reason)


def _cancelled(path: str) -> Cancelled:
    return Cancelled("Cancelled", "Reading was stopped.", "Retry when you want it read.", item=path)


_server = ReaderServer()
"""One per process: it holds no state but the child."""


def limits_of(settings: Settings) -> Limits:
    return Limits(
        file_bytes=settings.max_file_mb << 20,
        text_chars=settings.max_text_mb << 20,
        seconds=settings.read_seconds,
        memory_bytes=settings.read_memory_mb << 20,
    )


def read_file(
    path: Path,
    settings: Settings,
    cancel: threading.Event | None = None,
    server: ReaderServer | None = None,
) -> Extracted:
    """Read ``path`` in a child and return what it found.

    Raises:
        Unreadable: empty, too large, binary, encrypted, damaged, or the child crashed, ran
            out of time or of memory; ``skipped`` tells whether anything is wrong.
        Cancelled: ``cancel`` was set; the child is gone.
        OSError: the file cannot be opened (gone, no permission).
        CannotStart: no child to be had; says nothing about the file.
    """
    limits = limits_of(settings)
    _check_before(path, limits)
    data = (server or _server).call("read", {"path": str(path.absolute())}, limits, cancel)
    try:
        return from_json(data)
    except BadAnswer as error:
        raise wire.crashed(str(path), "its answer made no sense") from error


def _check_before(path: Path, limits: Limits) -> None:
    """What can be said without opening the file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(
            "Not a file",
            "It is a device, a pipe or a socket.",
            "Nothing to do.",
            item=str(path),
            skipped=True,
        )
    if status.st_size == 0:
        raise Unreadable(
            "The file is empty",
            "There is nothing in it.",
            "Nothing to do.",
            item=str(path),
            skipped=True,
        )
    if status.st_size > limits.file_bytes:
        raise too_large(path, limits.file_bytes)


def render_page(
    path: Path,
    page: int,
    start: int,
    end: int,
    width: int,
    settings: Settings,
    cancel: threading.Event | None = None,
) -> PageImage:
    """Picture of a PDF page, ``width`` pixels wide, with a passage marked.

    ``start`` and ``end`` count from the beginning of the page's text, that is: place in the
    document minus ``PageSpan.start`` of the page. What lies outside of the page is ignored.

    Raises:
        Unreadable: as ``read_file``.
        NotFound: no such page.
    """
    arguments = {
        "path": str(path.absolute()),
        "page": page,
        "start": start,
        "end": end,
        "width": width,
    }
    data = _server.call("render", arguments, limits_of(settings), cancel)
    try:
        value = json.loads(data)
        png = base64.b64decode(value["png"], validate=True)
        marks = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in value["marks"])
        if not png.startswith(b"\x89PNG"):
            raise ValueError("no picture")
        return PageImage(page, int(value["width"]), int(value["height"]), png, marks)
    except (ValueError, KeyError, TypeError) as error:
        raise wire.crashed(str(path), "its answer made no sense") from error


def start() -> None:
    """Start the server process ahead of the first file; see ``ReaderServer.start``."""
    _server.start()


def stop() -> None:
    """End the server process and with it every child. The daemon calls it when it stops."""
    _server.stop()
