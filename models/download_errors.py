"""What can go wrong when a model is downloaded, in words for a person. Light to import."""

from __future__ import annotations

from models.errors import ModelError


class DownloadError(ModelError):
    """A download ended before its file was whole; what is there stays for the next try."""


class HubUnreachable(DownloadError):
    """No connection, or it breaks again and again."""


class AccessRefused(DownloadError):
    """The hub wants a login, or terms to be accepted first."""


class NotOnHub(DownloadError):
    """There is no such repository or file."""


class WrongContent(DownloadError):
    """What came is not what the hub said it was; it was deleted."""


class LedAstray(DownloadError):
    """The hub sends us to a place that is not a part of it."""


class NoRoom(DownloadError):
    """The disk is full, or would be."""


class DownloadsOff(DownloadError):
    """The person switched the library off line in the environment."""


def unreachable(detail: str) -> HubUnreachable:
    return HubUnreachable(
        "The hub cannot be reached",
        f"There is no connection, or it breaks again and again ({detail}).",
        "Check the connection, then resume; what was downloaded is kept.",
    )


def refused(status: int, repository: str, file: str | None = None) -> DownloadError:
    """For an answer of 401, 403, 404 or 410."""
    if status in (401, 403):
        return AccessRefused(
            "The hub does not give this model to everyone",
            f"{repository} asks to log in and to accept its terms (HTTP {status}), or is gone.",
            "Choose another model; or accept the terms on its page there, start the memory with"
            " HF_TOKEN set to a token of yours, and resume.",
        )
    what = f"{file} in {repository}" if file else repository
    return NotOnHub(
        "The hub does not have this model any more",
        f"There is no {what} (HTTP {status}).",
        "Choose another model, or download the file yourself and use it by its path.",
    )


def wrong_content(message: str) -> WrongContent:
    return WrongContent(
        "The download is not what it should be",
        f"{message} It was deleted, not used.",
        "Try again; if it happens again, choose another model.",
    )


def led_astray(message: str) -> LedAstray:
    return LedAstray(
        "The hub points to a strange place",
        f"{message} Nothing was fetched from there.",
        "Try again later, or choose another model.",
    )


def no_room(message: str) -> NoRoom:
    return NoRoom(
        "There is not enough room on the disk",
        message,
        "Free some space, then resume; what was downloaded is kept.",
    )


def switched_off() -> DownloadsOff:
    return DownloadsOff(
        "Downloads are switched off",
        "HF_HUB_OFFLINE is set in the environment of the memory.",
        "Remove it, restart the memory, and try again.",
    )
