"""The hub that models come from: its address, its hosts, and what it says of a file.

With ``models.download`` the only place of the project that reaches another machine, and only
while a download runs that a person asked for. ``huggingface_hub`` asks the questions; between
downloads it is off line. It sends no telemetry, uses no stored login and no transfer format of
its own (xet). Source: huggingface_hub's documentation of its environment variables.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from models.download_errors import led_astray, refused, switched_off, unreachable

HUB = "https://huggingface.co"
# Files lie with content networks; the hub sends clients on to hosts below these names.
HUB_DOMAINS = ("huggingface.co", "hf.co")
LOOK_UP_S = 30.0

_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

_speaking = threading.Lock()


@dataclass(frozen=True)
class RemoteFile:
    """One file as the hub describes it.

    Attributes:
        repository: owner/name.
        file: path within it, as the hub spells it.
        revision: the commit it was looked up at.
        sha256: of its content, in hexadecimal.
    """

    repository: str
    file: str
    revision: str
    size_bytes: int
    sha256: str


def hub_address() -> str:
    """Where files come from: ``HF_ENDPOINT`` or the hub itself, without a slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def may_follow(hub: str, target: str) -> bool:
    """Whether the hub may send us on to ``target``: to itself, or to a content network's host.

    Never from an encrypted connection to an open one.
    """
    here, there = urlsplit(hub), urlsplit(target)
    if there.scheme not in ("http", "https") or (here.scheme == "https" != there.scheme):
        return False
    host = (there.hostname or "").lower()
    if host == (here.hostname or "").lower():
        return True
    of_hub = any(host == name or host.endswith("." + name) for name in HUB_DOMAINS)
    return of_hub and there.scheme == "https"


def look_up(repository: str, file: str, hub: str) -> RemoteFile:
    """What the hub says of a file. Its name counts without regard to upper and lower case.

    Raises:
        DownloadError: it cannot be reached, refuses, or does not have the file.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi(endpoint=hub, token=own_token() or False, library_name="recollect")
    try:
        found = api.model_info(repository, files_metadata=True, timeout=LOOK_UP_S)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403, 404, 410):
            raise refused(status, repository) from error
        raise unreachable(f"HTTP {status}") from error
    except httpx2.TransportError as error:
        raise unreachable(type(error).__name__) from error
    except ValueError as error:
        raise unreachable("its answer cannot be read") from error
    listed = {s.rfilename: s for s in found.siblings or []}
    alike = [name for name in listed if name.lower() == file.lower()]
    if not alike:
        raise refused(404, repository, file)
    name = file if file in listed else alike[0]
    lfs, revision = listed[name].lfs, found.sha
    if lfs is None or not revision:
        raise led_astray(f"It gives no checksum for {name}.")
    return RemoteFile(repository, name, revision, int(lfs.size), str(lfs.sha256))


@contextlib.contextmanager
def on_line() -> Iterator[None]:
    """Lets the library speak, for the length of a ``with``."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    with _speaking:
        from huggingface_hub import close_session, constants

        if _asked_off_line():
            raise switched_off()
        constants.HF_HUB_OFFLINE = False
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = True
            close_session()


def _asked_off_line() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def own_token() -> str | None:
    """A login of the person's own, for terms they have accepted; only from the environment."""
    return os.environ.get("HF_TOKEN") or None


def proxy_hosts() -> list[str]:
    return [host for name in _PROXIES if (host := host_of(os.environ.get(name, "")))]


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
