"""Errors meant for people, and the one place where library errors become them.

Every error has a title, a message and a next step. Light to import: nothing big is loaded
here. ``problem_from`` is the only conversion from foreign exceptions.
"""

from __future__ import annotations

import errno

from memory.protocol import ErrorCode, Problem


class RecollectError(Exception):
    """Base of the family; carries a ``Problem``."""

    code = ErrorCode.INTERNAL

    def __init__(self, title: str, message: str, next_step: str, *, item: str | None = None):
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message
        self.next_step = next_step
        self.item = item

    def problem(self) -> Problem:
        return Problem(
            code=self.code,
            title=self.title,
            message=self.message,
            next_step=self.next_step,
            item=self.item,
        )


class BadRequest(RecollectError):
    code = ErrorCode.BAD_REQUEST


class NotFound(RecollectError):
    code = ErrorCode.NOT_FOUND


class Conflict(RecollectError):
    code = ErrorCode.CONFLICT


class Unreadable(RecollectError):
    """A file that cannot be read; ``skipped`` when nothing is wrong with it."""

    code = ErrorCode.UNREADABLE

    def __init__(
        self,
        title: str,
        message: str,
        next_step: str,
        *,
        item: str | None = None,
        skipped: bool = False,
    ):
        super().__init__(title, message, next_step, item=item)
        self.skipped = skipped


class StoreError(RecollectError):
    code = ErrorCode.STORE


class DiskFull(StoreError):
    code = ErrorCode.DISK_FULL


class IndexUnavailable(RecollectError):
    code = ErrorCode.INDEX


class ModelUnavailable(RecollectError):
    code = ErrorCode.MODEL


class Cancelled(RecollectError):
    code = ErrorCode.CANCELLED


class Stopping(RecollectError):
    code = ErrorCode.STOPPING


def problem_from(error: BaseException, *, item: str | None = None) -> Problem:
    """Turn any exception into words for a person.

    Our own errors keep theirs; faults of the world (disk full, no permission) get a calm
    text; everything else is a fault of ours and says so.
    """
    if isinstance(error, RecollectError):
        problem = error.problem()
        return problem if problem.item or not item else problem.model_copy(update={"item": item})
    code, title, message, next_step = _words(error)
    return Problem(code=code, title=title, message=message, next_step=next_step, item=item)


_Words = tuple[ErrorCode, str, str, str]
_FULL: _Words = (
    ErrorCode.DISK_FULL,
    "The disk is full",
    "There is no room left to store more. Nothing already stored is lost.",
    "Free some space, then retry.",
)
_AGAIN = "Retry; if it happens again, see the log."


def _words(error: BaseException) -> _Words:
    """Code, title, message and next step of an error that brings none of its own kind."""
    if hasattr(error, "title") and hasattr(error, "next_step"):  # models.errors.ModelError
        message = str(getattr(error, "message", error))
        return ErrorCode.MODEL, str(error.title), message, str(error.next_step)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _FULL
    if isinstance(error, FileNotFoundError):
        return (
            ErrorCode.NOT_FOUND,
            "The file is not there",
            "It was moved or deleted before it could be read.",
            "Check the path, or remove it from the list.",
        )
    if isinstance(error, PermissionError):
        return (
            ErrorCode.UNREADABLE,
            "No permission to read this",
            "The system does not let Recollect open it.",
            "Change the permissions of the file, then retry.",
        )
    if type(error).__module__ == "sqlite3":
        safe = "The last change was not made; everything before it is safe."
        if "full" in str(error):
            return _FULL[0], _FULL[1], safe, _FULL[3]
        return ErrorCode.STORE, "The database reported an error", safe, _AGAIN
    said = f"{type(error).__name__}. Your memories are not affected."
    return ErrorCode.INTERNAL, "Something went wrong inside Recollect", said, _AGAIN
