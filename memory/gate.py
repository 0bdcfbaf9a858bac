"""What every request must pass before any handler sees it: host, origin, token, size.

A web page can make a browser send requests to loopback. It cannot know the token, its requests
carry its ``Origin`` or ``Sec-Fetch-Site``, and a name rebound to loopback shows in ``Host``.
Runs on the event loop, before the body is read.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory.api.replies import problem_response
from memory.protocol import ErrorCode, Problem

MOST_BYTES = 16 * 1024 * 1024
"""Largest body: the longest note, every character escaped."""

_WHERE = "Use the program's own window or command line."


class TooLarge(Exception):
    """The body grew past ``MOST_BYTES`` while it was read."""


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, token: str, port: int):
        self._app = app
        self._token = f"Bearer {token}".encode()
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        problem = self._objection(scope)
        if problem is not None:
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, _counted(receive), send)

    def _objection(self, scope: Scope) -> Problem | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if scope["type"] != "http" or _all(headers, b"host") not in ([h] for h in self._hosts):
            return _forbidden("The request was meant for another host.")
        if any(origin not in self._origins for origin in _all(headers, b"origin")):
            return _forbidden("Web pages may not talk to the memory.")
        if any(s not in (b"none", b"same-origin") for s in _all(headers, b"sec-fetch-site")):
            return _forbidden("Web pages may not talk to the memory.")
        given = _all(headers, b"authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0], self._token):
            return Problem(
                code=ErrorCode.UNAUTHORIZED,
                title="Not allowed",
                message="The request did not carry the token of this memory.",
                next_step=_WHERE,
            )
        return _too_large() if _announced_size(headers) > MOST_BYTES else None


def too_large() -> Problem:
    return _too_large()


def _too_large() -> Problem:
    return Problem(
        code=ErrorCode.TOO_LARGE,
        title="This is too much at once",
        message=f"A request may hold {MOST_BYTES // 1024 // 1024} MB.",
        next_step="Save it as a file and add the file.",
    )


def _forbidden(message: str) -> Problem:
    return Problem(code=ErrorCode.FORBIDDEN, title="Not allowed", message=message, next_step=_WHERE)


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _announced_size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    try:
        return max((int(value) for value in _all(headers, b"content-length")), default=0)
    except ValueError:
        return MOST_BYTES + 1


def _counted(receive: Receive) -> Receive:
    """The same messages; raises ``TooLarge`` where a body without a length grows too long."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise TooLarge
        return message

    return counted
