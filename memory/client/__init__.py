"""Client of the daemon: one method a request, typed replies, event streams.

Light to import: httpx and the protocol, no engine. A ``Client`` may be used from several
threads; each stream belongs to the thread that reads it.
"""

from __future__ import annotations

import os

from memory import protocol as p
from memory.client.address import DaemonAddress, read_address, start_problem
from memory.client.errors import DaemonError, DaemonUnreachable
from memory.client.requests import AnswerStream, Client
from memory.paths import ENVIRONMENT_VARIABLE, DataPaths, data_paths
from memory.version import program_version

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "AnswerStream",
    "Client",
    "DaemonAddress",
    "DaemonError",
    "DaemonUnreachable",
    "DataPaths",
    "connect",
    "data_paths",
    "program_version",
    "read_address",
    "start_problem",
]


def connect(data_dir: str | os.PathLike[str] | None = None, *, timeout_s: float = 60.0) -> Client:
    """A client for the daemon of this data folder; checks that it is alive and fits.

    Raises:
        DaemonUnreachable: no daemon answers.
        DaemonError: it speaks another protocol version (``version_mismatch``).
    """
    client = Client(read_address(data_paths(data_dir)), timeout_s=timeout_s)
    try:
        health = client.health()
    except BaseException:
        client.close()
        raise
    if health.protocol != p.PROTOCOL_VERSION:
        client.close()
        raise DaemonError(
            p.Problem(
                code=p.ErrorCode.VERSION_MISMATCH,
                title="The running memory is another version",
                message=f"It speaks version {health.protocol}, this program {p.PROTOCOL_VERSION}.",
                next_step="Run `recollect daemon stop`, then try again.",
            )
        )
    return client
