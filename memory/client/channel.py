"""Requests and streams over HTTP, and what is wrong with them as problems.

Any thread sends; a stream belongs to the thread that reads it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from memory import protocol as p
from memory.client.address import DaemonAddress
from memory.client.errors import DaemonError, DaemonUnreachable

_Reply = TypeVar("_Reply", bound=BaseModel)


class Channel:
    """One daemon over HTTP: typed replies, streams that can be interrupted."""

    def __init__(self, address: DaemonAddress, *, timeout_s: float = 60.0):
        self.address = address
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{address.port}",
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=httpx.Timeout(timeout_s, connect=5.0),
            trust_env=False,
        )
        self._streams: set[httpx.Response] = set()

    def close(self) -> None:
        self._http.close()

    def interrupt(self) -> None:
        """Wake every thread that waits on a stream; it sees ``DaemonUnreachable``.

        Closing a socket does not wake a thread that reads it; shutting it down does.
        """
        for response in list(self._streams):
            stream = response.extensions.get("network_stream")
            found = stream.get_extra_info("socket") if stream is not None else None
            if found is not None:
                with suppress(OSError):
                    found.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _stream(
        self, method: str, path: str, timeout: httpx.Timeout, body: str | None = None
    ) -> Iterator[httpx.Response]:
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            with self._http.stream(
                method, path, content=body, headers=headers, timeout=timeout
            ) as response:
                _raise_for_problem(response)
                self._streams.add(response)
                try:
                    yield response
                finally:
                    self._streams.discard(response)
        except httpx.TransportError as error:
            raise DaemonUnreachable(type(error).__name__) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _get(self, path: str, reply: type[_Reply], params: dict[str, str] | None = None) -> _Reply:
        return reply.model_validate_json(self._send("GET", path, None, params))

    def _get_list(self, path: str, reply: type[_Reply]) -> list[_Reply]:
        return TypeAdapter(list[reply]).validate_json(self._send("GET", path, None, None))  # type: ignore[valid-type]

    def _post(
        self,
        path: str,
        body: BaseModel | None,
        reply: type[_Reply],
        timeout_s: float | None = -1,
    ) -> _Reply:
        return self._send_for("POST", path, body, reply, timeout_s)

    def _send_for(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        reply: type[_Reply],
        timeout_s: float | None = -1,
    ) -> _Reply:
        return reply.model_validate_json(self._send(method, path, body, None, timeout_s))

    def _send(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        params: dict[str, str] | None,
        timeout_s: float | None = -1,
    ) -> bytes:
        """``timeout_s`` None waits for ever, -1 takes the client's own."""
        content = None if body is None else body.model_dump_json()
        headers = {"Content-Type": "application/json"} if content is not None else None
        timeout = self._http.timeout if timeout_s == -1 else httpx.Timeout(timeout_s, connect=5.0)
        try:
            response = self._http.request(
                method, path, content=content, params=params, headers=headers, timeout=timeout
            )
        except httpx.TransportError as error:
            raise DaemonUnreachable(type(error).__name__) from error
        _raise_for_problem(response)
        return response.content


def _raise_for_problem(response: httpx.Response) -> None:
    if response.is_success:
        return
    response.read()
    try:
        problem = p.Problem.model_validate_json(response.content)
    except ValueError:
        problem = p.Problem(
            code=p.ErrorCode.INTERNAL,
            title="The memory gave an answer that cannot be read",
            message=f"HTTP {response.status_code}.",
            next_step="Run `recollect daemon stop`, then try again.",
        )
    raise DaemonError(problem)


def server_sent(response: httpx.Response) -> Iterator[str]:
    """Data of each server-sent event; comments (heartbeats) are skipped."""
    lines: list[str] = []
    for line in response.iter_lines():
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []
