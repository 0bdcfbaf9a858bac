"""Fetches one model file from the hub, because a person asked for it.

``models.hub`` says what the file is: commit, size, SHA-256. The bytes are read here, because
they must be paused, continued, counted and checked on their way; what is there stays on disk
until the file is whole or given up.

Source: RFC 9110, section 14, for ranges.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from models.download_errors import (
    HubUnreachable,
    WrongContent,
    led_astray,
    no_room,
    refused,
    unreachable,
    wrong_content,
)
from models.hub import (
    RemoteFile,
    host_of,
    look_up,
    may_follow,
    on_line,
    own_token,
    proxy_hosts,
)

if TYPE_CHECKING:
    import httpx2

RESERVE_BYTES = 500_000_000
"""Kept free on the disk: a full one harms more than the download."""
CHUNK_BYTES = 1 << 20
CONNECT_S, READ_S = 15.0, 30.0
WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Before each further attempt while none brought a byte; after the last it is given up."""
MOST_REDIRECTS = 5

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Opened = Callable[[Iterable[str]], AbstractContextManager[None]]
"""Opens the way to hosts for the length of a ``with``; the daemon gives its guard's."""


class Stopped(Exception):
    """``stop`` was called; what is there stays."""


class _Broken(Exception):
    """This attempt failed in a way that another one may not."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Fetch:
    """One run of a download, by one thread; ``stop`` may come from any.

    Attributes:
        done_bytes: of the file, on disk now.
    """

    def __init__(
        self,
        repository: str,
        file: str,
        part: Path,
        *,
        hub: str,
        opened: Opened,
        on_found: Callable[[RemoteFile], None] = lambda _remote: None,
        on_bytes: Callable[[int], None] = lambda _done: None,
        on_checking: Callable[[bool], None] = lambda _checking: None,
        free: Callable[[Path], int] = free_bytes,
        waits_s: tuple[float, ...] = WAITS_S,
    ) -> None:
        """Nothing is done yet.

        Args:
            part: the file to write; what it holds already is continued.
            opened: see ``Opened``.
            on_found: what the hub said, before the first byte is written.
            on_bytes: how many are there, after every piece.
            on_checking: a checksum of what is there begins, and ends.
            free: reads the free bytes of a folder's disk.
        """
        self.done_bytes = 0
        self._repository = repository
        self._file = file
        self._part = part
        self._hub = hub
        self._opened = opened
        self._on_found, self._on_bytes, self._on_checking = on_found, on_bytes, on_checking
        self._free = free
        self._waits_s = waits_s
        self._stopping = threading.Event()
        self._response: httpx2.Response | None = None
        self._digest = hashlib.sha256()

    def stop(self) -> None:
        """Make ``run`` end soon with ``Stopped``."""
        self._stopping.set()
        response = self._response
        if response is not None:  # a shut socket wakes the thread that reads it
            stream = response.extensions.get("network_stream")
            found = stream.get_extra_info("socket") if stream is not None else None
            if found is not None:
                with contextlib.suppress(OSError):
                    found.shutdown(socket.SHUT_RDWR)

    def run(self, known: RemoteFile | None = None) -> RemoteFile:
        """Bring the file whole and checked into ``part``.

        Args:
            known: what the hub said when ``part`` was begun; another file now begins anew.

        Raises:
            Stopped: ``stop`` was called.
            DownloadError: it cannot be had; all but ``WrongContent`` leave ``part`` as it is.
            OSError: ``part`` cannot be written.
        """
        with on_line(), self._opened([host_of(self._hub), *proxy_hosts()]):
            remote = self._look_up()
            self._check_stop()
            self._on_found(remote)
            self._take_up(remote, known)
            self._check_room(remote)
            try:
                self._transfer(remote)
                self._check_content(remote)
            except WrongContent:
                self._part.unlink(missing_ok=True)
                raise
        return remote

    # -- what the hub says ----------------------------------------------------------------

    def _look_up(self) -> RemoteFile:
        tries = 0
        while True:
            try:
                return look_up(self._repository, self._file, self._hub)
            except HubUnreachable:
                if tries >= min(2, len(self._waits_s)):
                    raise
            self._pause(self._waits_s[tries])
            tries += 1

    # -- what is there already ------------------------------------------------------------

    def _take_up(self, remote: RemoteFile, known: RemoteFile | None) -> None:
        """Continue what is there if it is a beginning of this very file."""
        size = self._part.stat().st_size if self._part.exists() else 0
        same = known is not None and known.sha256.lower() == remote.sha256.lower()
        if not size or not same or size > remote.size_bytes:
            self._begin_anew()
            return
        self._on_checking(True)
        try:
            with self._part.open("rb") as file:
                while piece := file.read(CHUNK_BYTES):
                    self._check_stop()
                    self._digest.update(piece)
        finally:
            self._on_checking(False)
        self.done_bytes = size
        self._on_bytes(size)

    def _begin_anew(self) -> None:
        self._part.unlink(missing_ok=True)
        self._digest = hashlib.sha256()
        self.done_bytes = 0
        self._on_bytes(0)

    def _check_room(self, remote: RemoteFile) -> None:
        needed = remote.size_bytes - self.done_bytes
        free = self._free(self._part.parent)
        if free < needed + RESERVE_BYTES:
            raise no_room(
                f"{_gb(needed)} are still to come, and {_gb(free)} are free; "
                f"{_gb(RESERVE_BYTES)} of that stay free for everything else."
            )

    def _check_content(self, remote: RemoteFile) -> None:
        if self._digest.hexdigest() != remote.sha256.lower():
            raise wrong_content(
                f"The SHA-256 of {remote.file} is not the one the hub gives for it."
            )

    # -- the bytes ------------------------------------------------------------------------

    def _transfer(self, remote: RemoteFile) -> None:
        fruitless = 0
        while self.done_bytes < remote.size_bytes:
            self._check_stop()
            before = self.done_bytes
            try:
                self._attempt(remote)
            except _Broken as error:
                fruitless = 0 if self.done_bytes > before else fruitless + 1
                if fruitless > len(self._waits_s):
                    raise unreachable(str(error)) from error
                self._pause(self._waits_s[max(0, fruitless - 1)] if self._waits_s else 0.0)

    def _attempt(self, remote: RemoteFile) -> None:
        import httpx2

        try:
            with self._answer(remote) as response:
                self._response = response
                self._check_stop()  # one that came before there was something to shut
                self._take(remote, response)
        except httpx2.TransportError as error:
            self._check_stop()
            raise _Broken(type(error).__name__) from error
        finally:
            self._response = None

    @contextlib.contextmanager
    def _answer(self, remote: RemoteFile) -> Iterator[httpx2.Response]:
        """The answer that carries the bytes, from wherever the hub sends us for them."""
        from huggingface_hub import get_session, hf_hub_url

        session = get_session()
        url = hf_hub_url(
            remote.repository, remote.file, revision=remote.revision, endpoint=self._hub
        )
        with contextlib.ExitStack() as open_hosts:
            for hop in range(MOST_REDIRECTS):
                request = session.build_request(
                    "GET", url, headers=self._headers(url), timeout=_timeout()
                )
                response = session.send(request, stream=True, follow_redirects=False)
                open_hosts.callback(response.close)
                if not response.has_redirect_location:
                    self._check_status(response, remote, sent_on=hop > 0)
                    yield response
                    return
                url = urljoin(url, response.headers["location"])
                if not may_follow(self._hub, url):
                    raise led_astray(
                        f"It sends us on to {host_of(url)}, which is not a part of it."
                    )
                open_hosts.enter_context(self._opened([host_of(url)]))
        raise led_astray("It sends us in circles.")

    def _headers(self, url: str) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.done_bytes:
            headers["Range"] = f"bytes={self.done_bytes}-"
        if (token := own_token()) and host_of(url) == host_of(self._hub):
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _check_status(
        self, response: httpx2.Response, remote: RemoteFile, *, sent_on: bool
    ) -> None:
        """Raises unless the answer holds bytes; goes back to the start where it must."""
        status = response.status_code
        if status == 206 and _starts_at(response) == self.done_bytes:
            return
        if status in (200, 206, 416):
            self._begin_anew()  # it will not continue where we are
            if status == 200:
                return
            raise _Broken("the range was not given")
        if status in (401, 403, 404, 410) and not sent_on:
            raise refused(status, remote.repository, remote.file)
        raise _Broken(f"HTTP {status}")  # a redirect that ran out among them

    def _take(self, remote: RemoteFile, response: httpx2.Response) -> None:
        """Write what comes, piece by piece, each counted, hashed and on disk."""
        with self._part.open("ab", buffering=0) as file:
            for piece in response.iter_raw():  # as they come: a larger one could be lost
                self._check_stop()
                if self.done_bytes + len(piece) > remote.size_bytes:
                    raise wrong_content(f"{remote.file} is longer than the hub says.")
                self._check_room(remote)
                _write(file, piece)
                self._digest.update(piece)
                self.done_bytes += len(piece)
                self._on_bytes(self.done_bytes)

    # -- stopping -------------------------------------------------------------------------

    def _check_stop(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopped


def _timeout() -> httpx2.Timeout:
    import httpx2

    return httpx2.Timeout(READ_S, connect=CONNECT_S)


def _starts_at(response: httpx2.Response) -> int | None:
    """The first byte of a partial answer: ``Content-Range: bytes 500-999/1000``."""
    unit, _space, rest = response.headers.get("content-range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _write(file: Any, piece: bytes) -> None:
    """All of it; an unbuffered file may take less at a time."""
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise no_room("The system took no more bytes.") from error
        raise


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 100_000_000 else f"{count / 1e6:.1f} MB"
