"""Where the daemon of a data folder listens, and why it could not be started. Light."""

from __future__ import annotations

import json
from dataclasses import dataclass

from memory import protocol as p
from memory.client.errors import DaemonUnreachable
from memory.paths import DataPaths


@dataclass(frozen=True)
class DaemonAddress:
    """What ``daemon.json`` says: where the daemon listens and the token it expects."""

    port: int
    token: str
    pid: int
    version: str
    protocol: int


def read_address(paths: DataPaths) -> DaemonAddress:
    """Read ``daemon.json``.

    Raises:
        DaemonUnreachable: there is none, or it cannot be read.
    """
    try:
        found = json.loads(paths.daemon_json.read_text("utf-8"))
        return DaemonAddress(
            int(found["port"]),
            str(found["token"]),
            int(found["pid"]),
            str(found["version"]),
            int(found["protocol"]),
        )
    except FileNotFoundError as error:
        raise DaemonUnreachable("not started") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DaemonUnreachable(f"daemon.json: {type(error).__name__}") from error


def start_problem(paths: DataPaths) -> p.Problem | None:
    """Why the daemon could not be started the last time it was tried, if it said so."""
    try:
        return p.Problem.model_validate_json(paths.start_problem.read_bytes())
    except (OSError, ValueError):
        return None
