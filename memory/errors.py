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
    if hasattr(error, "title") and hasattr(error, "next_step"):  # models.errors.ModelError
        return Problem(
            code=ErrorCode.MODEL,
            title=str(error.title),
            message=str(getattr(error, "message", error)),
            next_step=str(error.next_step),
            item=item,
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(
            code=ErrorCode.DISK_FULL,
            title="The disk is full",
            message="There is no room left to store more. Nothing already stored is lost.",
            next_step="Free some space, then retry.",
            item=item,
        )
    if isinstance(error, FileNotFoundError):
        return Problem(
            code=ErrorCode.NOT_FOUND,
            title="The file is not there",
            message="It was moved or deleted before it could be read.",
            next_step="Check the path, or remove it from the list.",
            item=item,
        )
    if isinstance(error, PermissionError):
        return Problem(
            code=ErrorCode.UNREADABLE,
            title="No permission to read this",
            message="The system does not let Recollect open it.",
            next_step="Change the permissions of the file, then retry.",
            item=item,
        )
    if type(error).__module__ == "sqlite3":
        full = "full" in str(error)
        return Problem(
            code=ErrorCode.DISK_FULL if full else ErrorCode.STORE,
            title="The disk is full" if full else "The database reported an error",
            message="The last change was not made; everything before it is safe.",
            next_step="Free some space, then retry."
            if full
            else "Retry; if it happens again, see the log.",
            item=item,
        )
    return Problem(
        code=ErrorCode.INTERNAL,
        title="Something went wrong inside Recollect",
        message=f"{type(error).__name__}. Your memories are not affected.",
        next_step="Retry; if it happens again, see the log.",
        item=item,
    )
