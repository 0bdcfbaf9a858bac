"""How every reply is written: models as JSON, errors as a ``Problem`` with its HTTP status."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from memory import errors
from memory.log import describe
from memory.protocol import ErrorCode, Problem

_log = logging.getLogger(__name__)

_JSON = "application/json"
_STATUS: dict[ErrorCode, int] = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.UNREADABLE: 422,
    ErrorCode.VERSION_MISMATCH: 426,
    ErrorCode.CANCELLED: 499,
    ErrorCode.INTERNAL: 500,
    ErrorCode.STORE: 500,
    ErrorCode.INDEX: 503,
    ErrorCode.MODEL: 503,
    ErrorCode.STOPPING: 503,
    ErrorCode.DISK_FULL: 507,
}


def reply(model: BaseModel) -> Response:
    """A model as JSON. Written once, not validated again on its way out."""
    return Response(model.model_dump_json(), media_type=_JSON)


def reply_list(models: Sequence[BaseModel]) -> Response:
    return Response(f"[{','.join(m.model_dump_json() for m in models)}]", media_type=_JSON)


def nothing() -> Response:
    return Response(status_code=204)


def problem_response(problem: Problem) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if problem.code is ErrorCode.UNAUTHORIZED else None
    return Response(
        problem.model_dump_json(),
        status_code=_STATUS[problem.code],
        media_type=_JSON,
        headers=headers,
    )


def failure(error: BaseException, place: str) -> Response:
    """The reply to any exception."""
    return problem_response(logged_problem(error, place))


def logged_problem(error: BaseException, place: str) -> Problem:
    """An exception in words; what is our fault is logged, once, without content."""
    problem = errors.problem_from(error)
    if problem.code in (ErrorCode.INTERNAL, ErrorCode.STORE, ErrorCode.INDEX):
        _log.error("%s failed\n%s", place, describe(error))
    return problem


def invalid(error: ValidationError | Sequence[object]) -> Problem:
    """What is wrong with a request, field by field; values are not repeated."""
    found = error.errors() if isinstance(error, ValidationError) else error
    told = [_one(entry) for entry in found if isinstance(entry, dict)]
    return Problem(
        code=ErrorCode.BAD_REQUEST,
        title="The request does not fit",
        message="; ".join(told[:5]) or "It could not be read.",
        next_step="Check the values and try again.",
    )


def _one(entry: dict[str, object]) -> str:
    place = entry.get("loc", ())
    names = [str(part) for part in place if part != "body"] if isinstance(place, tuple) else []
    return f"{'.'.join(names) or 'body'}: {entry.get('msg', 'wrong')}"
