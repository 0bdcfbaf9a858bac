"""The kind of route every router here uses: whatever a handler raises becomes a ``Problem``.

Done inside the route, so that no error travels on into the server, which would log its message
and with it, perhaps, a memory.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from memory.api.replies import failure, invalid, problem_response
from memory.gate import TooLarge, too_large


class Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_explain(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return problem_response(invalid(error.errors()))
            except HTTPException as error:  # the body could not be read
                if _caused_by_size(error):
                    return problem_response(too_large())
                return problem_response(invalid([]))
            except Exception as error:
                return failure(error, f"{request.method} {self.path}")

        return handle_or_explain


def new_router() -> APIRouter:
    return APIRouter(route_class=Route)


def _caused_by_size(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, TooLarge):
            return True
        error = error.__cause__
    return False
