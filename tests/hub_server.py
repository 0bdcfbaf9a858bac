"""A real HTTP server on this machine that speaks as much of the hub's protocol as is used.

``/api/models/OWNER/NAME?blobs=true`` describes a repository, ``/OWNER/NAME/resolve/COMMIT/FILE``
sends on to ``/cdn/SHA256``, which gives ranges. Its misdeeds are set per server, before or while
it runs. The shapes of the answers are those of huggingface_hub's documentation of model_info
and of file metadata.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIECE = 16 * 1024


@dataclass
class Misdeeds:
    """What goes wrong. Counts go down as they are used up; None and 0 mean never.

    Attributes:
        cut_after: bytes of an answer after which the connection is cut, ``cuts`` times.
        refuse_api: status and error code of every description.
        refuse_file: status of every file asked of the hub itself.
        cdn_errors: how many times the content host answers 403, as an address that ran out.
        claim_sha256, claim_bytes: told instead of the truth.
        ignore_ranges: always the whole file.
        spell: the file's name as listed, if not as it was put there.
        redirect: where to send on to instead of this server, ``{path}`` filled in.
        hold_after: bytes after which an answer stalls until ``go_on`` is set.
        slow_s: a wait after each piece.
    """

    cut_after: int | None = None
    cuts: int = 0
    refuse_api: tuple[int, str] | None = None
    refuse_file: int | None = None
    cdn_errors: int = 0
    claim_sha256: str | None = None
    claim_bytes: int | None = None
    ignore_ranges: bool = False
    spell: str | None = None
    redirect: str | None = None
    hold_after: int | None = None
    slow_s: float = 0.0
    go_on: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Request:
    path: str
    first_byte: int | None
    authorization: str | None


class HubServer:
    """``with HubServer() as hub: hub.put(...)``; ``hub.url`` is its HF_ENDPOINT."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.misdeeds = Misdeeds()
        self.requests: list[Request] = []
        self._files: dict[str, dict[str, bytes]] = {}
        self._lock = threading.Lock()
        hub = self

        class Handler(_Handler):
            server_of = hub

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="hub-server"
        )
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def put(self, repository: str, file: str, content: bytes | Path) -> str:
        """Offer a file; returns its SHA-256."""
        data = content.read_bytes() if isinstance(content, Path) else content
        with self._lock:
            self._files.setdefault(repository, {})[file] = data
        return hashlib.sha256(data).hexdigest()

    def asked_for(self, prefix: str) -> list[Request]:
        """Requests whose path begins so, in order."""
        with self._lock:
            return [request for request in self.requests if request.path.startswith(prefix)]

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.misdeeds.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- for the handler

    def note(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def files(self, repository: str) -> dict[str, bytes] | None:
        with self._lock:
            return self._files.get(repository)

    def content(self, sha256: str) -> bytes | None:
        with self._lock:
            for files in self._files.values():
                for data in files.values():
                    if hashlib.sha256(data).hexdigest() == sha256:
                        return data
        return None

    def use_up(self, name: str) -> bool:
        """Whether one of a counted misdeed was left; it is one less now."""
        with self._lock:
            left = getattr(self.misdeeds, name)
            if left:
                setattr(self.misdeeds, name, left - 1)
            return bool(left)


class _Handler(BaseHTTPRequestHandler):
    server_of: HubServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        path = unquote(urlsplit(self.path).path)
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(found[1]) if found else None
        self.server_of.note(Request(path, first, self.headers.get("Authorization")))
        try:
            if path.startswith("/api/models/"):
                self._describe(path.removeprefix("/api/models/"))
            elif path.startswith("/cdn/"):
                self._give(path.removeprefix("/cdn/"), first)
            elif "/resolve/" in path:
                self._resolve(path)
            else:
                self._refuse(404, "RepoNotFound")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        pass

    def _describe(self, repository: str) -> None:
        bad = self.server_of.misdeeds
        files = self.server_of.files(repository)
        if bad.refuse_api is not None:
            self._refuse(*bad.refuse_api)
            return
        if files is None:
            self._refuse(404, "RepoNotFound")
            return
        siblings = [{"rfilename": "README.md", "size": 5, "blobId": "0" * 40}]
        for name, data in files.items():
            size = bad.claim_bytes or len(data)
            sha256 = bad.claim_sha256 or hashlib.sha256(data).hexdigest()
            siblings.append(
                {
                    "rfilename": bad.spell or name,
                    "size": size,
                    "blobId": "1" * 40,
                    "lfs": {"sha256": sha256, "size": size, "pointerSize": 135},
                }
            )
        body = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": siblings}
        self._answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _resolve(self, path: str) -> None:
        bad = self.server_of.misdeeds
        if bad.refuse_file is not None:
            self._refuse(bad.refuse_file, "GatedRepo")
            return
        repository, _resolve, rest = path.strip("/").partition("/resolve/")
        commit, _slash, name = rest.partition("/")
        files = self.server_of.files(repository) or {}
        data = files.get(name) or next(
            (d for n, d in files.items() if n.lower() == name.lower()), None
        )
        if data is None or commit != COMMIT:
            self._refuse(404, "EntryNotFound")
            return
        place = f"/cdn/{hashlib.sha256(data).hexdigest()}"
        target = bad.redirect.format(path=place) if bad.redirect else place
        self._answer(302, b"", {"Location": target, "X-Repo-Commit": COMMIT})

    def _give(self, sha256: str, first: int | None) -> None:
        bad = self.server_of.misdeeds
        data = self.server_of.content(sha256)
        if data is None or self.server_of.use_up("cdn_errors"):
            self._answer(403, b"expired", {})
            return
        if first is not None and not bad.ignore_ranges:
            if first >= len(data):
                self._answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
                return
            place = f"bytes {first}-{len(data) - 1}/{len(data)}"
            self._send(206, data[first:], {"Content-Range": place})
        else:
            self._send(200, data, {})

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        """The body piece by piece, cut or held as asked for."""
        bad = self.server_of.misdeeds
        cut = bad.cut_after if bad.cut_after is not None and self.server_of.use_up("cuts") else None
        self._head(status, len(data), headers)
        for start in range(0, len(data), PIECE):
            if cut is not None and start >= cut:
                self.close_connection = True
                return
            if bad.hold_after is not None and start >= bad.hold_after:
                self.wfile.flush()
                bad.go_on.wait(60)
            self.wfile.write(data[start : start + PIECE])
            if bad.slow_s:
                time.sleep(bad.slow_s)

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, b'{"error": "no"}', {"X-Error-Code": code})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(body), headers)
        self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
