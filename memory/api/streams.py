"""Server-sent events whose reader may leave at any moment.

``EventStream`` runs what sends and what notices a client's leaving side by side, so that the
sender ends at once, also while it has nothing to send.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT_S = 15.0
HEARTBEAT = b": alive\n\n"


def as_event(model: BaseModel, name: str) -> bytes:
    """One server-sent event; JSON holds no line break, so a single data line is enough."""
    seq = getattr(model, "seq", None)
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}event: {name}\ndata: {model.model_dump_json()}\n\n".encode()


class EventStream(Response):
    """Sends the pieces of a generator; closes the generator when the client is gone."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes, None]):
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._pieces.aclose()
        if not sending.cancelled() and (error := sending.exception()) is not None:
            raise error

    async def _send(self, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        async with contextlib.aclosing(self._pieces):
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
