"""The HTTP side of the daemon: the application, and uvicorn on a loopback socket.

Runs on the main thread (the event loop); plain handlers run in its thread pool. Knows nothing
of what the handlers do. ``Server.stop`` may be called from anywhere.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from memory.api.replies import problem_response
from memory.gate import Gate
from memory.protocol import ErrorCode, Problem

_log = logging.getLogger(__name__)

_LAST_REPLIES_S = 10
"""How long replies under way may take once the daemon stops."""
_NO_TELEMETRY = dict.fromkeys(("tracing", "metrics", "logs", "auto_configure"), False)


def application(routers: Sequence[APIRouter], *, token: str, port: int) -> Gate:
    """The whole application behind its gate. No page that describes it is served."""
    app = FastAPI(
        telemetry=_NO_TELEMETRY,  # type: ignore[arg-type]  # a dict by its documentation
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _no_such_place},
    )
    for router in routers:
        app.include_router(router)
    return Gate(app, token=token, port=port)


async def _no_such_place(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return problem_response(
        Problem(
            code=ErrorCode.NOT_FOUND if status == 404 else ErrorCode.BAD_REQUEST,
            title="There is no such request",
            message=f"{request.method} is not known for this address.",
            next_step="Check that the program and the memory are the same version.",
        )
    )


def listen() -> socket.socket:
    """A loopback socket on a port the system chose."""
    # The protocol is named because asyncio sends small replies at once (TCP_NODELAY) only on
    # sockets that say they are TCP; without it every reply waits 40 ms for an acknowledgement.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.bind(("127.0.0.1", 0))
    return found


class Server(uvicorn.Server):
    """uvicorn that tells when it answers, and leaves signals and logging to the daemon."""

    def __init__(self, app: Gate, *, on_ready: Callable[[], None], on_leave: Callable[[], None]):
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                loop="asyncio",
                http="httptools",
                ws="none",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=_LAST_REPLIES_S,
            )
        )
        self._on_ready = on_ready
        self._on_leave = on_leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_leave()  # open streams end, so that the wait for their end is short
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # uvicorn would raise the signal again at the end, and the exit code with it

    def stop(self) -> None:
        """End ``run`` soon; from any thread or signal handler."""
        self.should_exit = True
