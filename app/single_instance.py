"""One window per data folder: a second start hands over to the first and ends.

A lock file in the data folder's runtime folder decides who is first, a local socket carries
what the second one was asked to do. Runs on the main thread; ``hand_over`` needs no event
loop, so a command line can use it too. Nothing of the content of memories travels here.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from memory.client import DataPaths

_LONGEST_MESSAGE = 1_000_000
_LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
_TAKEN = b"taken\n"


class Verb(StrEnum):
    """What a later start can ask of the window that is already there."""

    OPEN = "open"
    QUICK = "quick"
    ADD = "add"
    QUIT = "quit"


@dataclass(frozen=True)
class Handover:
    """One request to the running window; ``paths`` are absolute."""

    verb: Verb
    paths: list[str] = field(default_factory=list)

    def encoded(self) -> bytes:
        return json.dumps({"verb": self.verb.value, "paths": self.paths}).encode() + b"\n"

    @staticmethod
    def decoded(line: bytes) -> Handover | None:
        """The request in ``line``, or None when it is not one of ours."""
        try:
            found = json.loads(line)
            paths = found.get("paths", [])
            if not isinstance(paths, list) or not all(isinstance(p, str) for p in paths):
                return None
            return Handover(Verb(found["verb"]), paths)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def socket_name(paths: DataPaths) -> str:
    """Where the window of this data folder listens: a path in its private runtime folder, or,
    where the system has no such paths or this one is too long, a name made from it."""
    path = str(paths.runtime / "window.sock")
    if os.name == "posix" and len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(str(paths.root))).hexdigest()[:24]
    return f"recollect-{digest}"


def hand_over(paths: DataPaths, request: Handover, *, wait_s: float = 2.0) -> bool:
    """Give ``request`` to the window already running for this data folder.

    Returns True once it has taken it; False when there is no window, or none that answers
    within ``wait_s``.
    """
    socket = QLocalSocket()
    socket.connectToServer(socket_name(paths))
    if not socket.waitForConnected(300):
        return False
    deadline = time.monotonic() + wait_s
    socket.write(request.encoded())
    socket.flush()
    answer = b""
    while not answer.endswith(b"\n"):
        left_ms = round((deadline - time.monotonic()) * 1000)
        if left_ms <= 0 or not socket.waitForReadyRead(left_ms):
            break
        answer += bytes(socket.readAll().data())
    socket.abort()
    return answer == _TAKEN


class SingleInstance(QObject):
    """Holds the lock of the first window and listens for later starts.

    Signals:
        asked: a ``Handover`` from a later start, on the main thread.
    """

    asked = Signal(object)

    def __init__(self, paths: DataPaths, parent: QObject | None = None):
        super().__init__(parent)
        self._paths = paths
        self._lock = QLockFile(str(paths.runtime / "window.lock"))
        # the lock lives as long as the window; only a dead process makes it stale
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """True if this is the first window of the data folder; it listens from now on."""
        if not self._lock.tryLock(0):
            return False
        name = socket_name(self._paths)
        QLocalServer.removeServer(name)  # left behind by a window that was killed
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._welcome)
        if server.listen(name):
            self._server = server
        return True

    def claim_or_hand_over(self, request: Handover, *, wait_s: float = 3.0) -> bool:
        """True if this is the first window; otherwise the first one was given ``request``.

        A first window that is still starting is waited for, up to ``wait_s``.
        """
        deadline = time.monotonic() + wait_s
        while True:
            if self.claim():
                return True
            if hand_over(self._paths, request) or time.monotonic() > deadline:
                return False
            time.sleep(0.05)  # no event loop runs yet, and the other process needs the time

    def close(self) -> None:
        """Stop listening and let the next window be first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _welcome(self) -> None:
        server = self._server
        while server is not None and (socket := server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _LONGEST_MESSAGE:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        request = Handover.decoded(bytes(socket.readLine().data()))
        if request is None:
            socket.abort()
            return
        socket.write(_TAKEN)
        socket.flush()
        self.asked.emit(request)
