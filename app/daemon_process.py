"""Starts the daemon of a data folder, waits until it answers, stops it.

Everything here blocks: the window calls it off the GUI thread. The daemon outlives the
program that started it; it is found again through ``daemon.json``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from enum import Enum
from pathlib import Path

from memory import client as memory_client
from memory.client import Client, DaemonError, DaemonUnreachable
from memory.protocol import ErrorCode, Problem

# A slow disk takes a minute to load it; a new version may write the keyword index anew first, two
# minutes for a million memories. A daemon that ends is told at once.
START_SECONDS = 300.0
STOP_SECONDS = 30.0
ANSWER_SECONDS = 20.0


class Started(Enum):
    ALREADY_RUNNING = "already running"
    STARTED = "started"


class Stopped(Enum):
    NOT_RUNNING = "not running"
    STOPPED = "stopped"
    KILLED = "killed"


class DaemonNotStarted(DaemonError):
    """The daemon could not be started; the problem says what its log holds."""


def ensure_daemon(data_dir: str | os.PathLike[str] | None) -> Started:
    """Make sure that a daemon answers for this data folder.

    Raises:
        DaemonNotStarted: it ended at once or did not answer in time.
        DaemonError: a daemon of another version is running.
    """
    if _answers(data_dir):
        return Started.ALREADY_RUNNING
    paths = memory_client.data_paths(data_dir)
    process = subprocess.Popen(
        [*_daemon_command(), "--data-dir", str(paths.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=os.name == "posix",
    )
    # reaps it when it ends: it may end long before the window does
    threading.Thread(target=process.wait, name="daemon-reaper", daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(data_dir):
            return Started.STARTED
        code = process.poll()
        if code is not None and not _answers(data_dir):
            raise DaemonNotStarted(
                memory_client.start_problem(paths)
                or _not_started(f"It ended with code {code}.", paths.logs)
            )
        time.sleep(0.02)
    raise DaemonNotStarted(
        _not_started(f"It did not answer within {START_SECONDS:.0f} s.", paths.logs)
    )


def connect(data_dir: str | os.PathLike[str] | None, *, start: bool = True) -> Client:
    """A client of this data folder's daemon, started first if it is not there.

    Raises:
        DaemonError: see ``ensure_daemon``; ``DaemonUnreachable`` with ``start=False``.
    """
    if start:
        ensure_daemon(data_dir)
    return memory_client.connect(data_dir)


def stop_daemon(data_dir: str | os.PathLike[str] | None) -> Stopped:
    """Ask politely, wait until the process is gone, kill it only if it never ends."""
    paths = memory_client.data_paths(data_dir)
    try:
        address = memory_client.read_address(paths)
        with Client(address) as client:
            client.health()
            client.stop()
    except DaemonUnreachable:
        return Stopped.NOT_RUNNING
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not _alive(address.pid):
            return Stopped.STOPPED
        time.sleep(0.05)
    import psutil

    psutil.Process(address.pid).kill()
    return Stopped.KILLED


def _answers(data_dir: str | os.PathLike[str] | None) -> bool:
    try:
        memory_client.connect(data_dir, timeout_s=ANSWER_SECONDS).close()
    except DaemonUnreachable:
        return False
    return True


def _alive(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _daemon_command() -> list[str]:
    """The second entry point: beside a packaged program, else through this interpreter.

    ``-P`` keeps the present folder out of the search path, where a folder of the same name
    could stand in for the daemon's package.
    """
    if getattr(sys, "frozen", False):
        return [str(Path(sys.executable).with_name("recollectd"))]
    return [sys.executable, "-P", "-m", "memory"]


def _not_started(what: str, logs: Path) -> Problem:
    return Problem(
        code=ErrorCode.STOPPING,
        title="The memory could not be started",
        message=what,
        next_step=f"Look at the newest log in {logs}, then try again.",
    )
