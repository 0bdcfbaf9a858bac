"""A daemon process for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.client import Client
from tests.daemon_fixture import RunningDaemon, running_daemon


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningDaemon]:
    """The daemon's process, client and folder."""
    with running_daemon(tmp_path / "data") as found:
        yield found


@pytest.fixture
def daemon(running: RunningDaemon) -> Client:
    """A client connected to a fresh daemon."""
    return running.client
