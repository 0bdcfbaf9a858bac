"""A real daemon for tests: its own process and data folder, always gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from memory.client import Client, DaemonUnreachable, connect
from memory.paths import data_paths
from tests.patience import LONG_S


class RunningDaemon:
    """One daemon process; ``client`` is connected. ``kill`` and ``start`` for crash tests."""

    def __init__(self, data_dir: Path, environment: dict[str, str] | None = None):
        self.paths = data_paths(data_dir)
        self._environment = {**os.environ, **(environment or {})}
        self._clients: list[Client] = []
        self.process: subprocess.Popen[bytes]
        self.client: Client

    def start(self) -> Client:
        """Start the process and wait until it answers; returns a fresh client."""
        self.paths.root.mkdir(parents=True, exist_ok=True)
        with (self.paths.root.parent / f"{self.paths.root.name}.stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "memory", "--data-dir", str(self.paths.root)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=self._environment,
            )
        self.client = self._wait_for_answer()
        return self.client

    def connect(self) -> Client:
        """One more client, closed with the daemon."""
        client = connect(self.paths.root)
        self._clients.append(client)
        return client

    def stop(self) -> int:
        """Stop politely; returns the exit code."""
        if self.process.poll() is None:
            with contextlib.suppress(DaemonUnreachable):
                self.client.stop()
        return self.wait()

    def wait(self) -> int:
        """Wait until the process has ended by itself; returns the exit code."""
        code = self.process.wait(LONG_S)
        self._close_clients()
        return code

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(LONG_S)
        self._close_clients()

    def log(self) -> str:
        file = self.paths.logs / "daemon.log"
        return file.read_text("utf-8") if file.exists() else ""

    def _wait_for_answer(self) -> Client:
        deadline = time.monotonic() + LONG_S
        while True:
            try:
                return self.connect()
            except DaemonUnreachable:
                code = self.process.poll()
                if code is not None or time.monotonic() > deadline:
                    self.process.kill()
                    self.process.wait(LONG_S)
                    raise AssertionError(
                        f"the daemon did not start (code {code}):\n{self.log()}"
                    ) from None
            time.sleep(0.02)

    def _close_clients(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()


@contextlib.contextmanager
def running_daemon(
    data_dir: Path, environment: dict[str, str] | None = None
) -> Iterator[RunningDaemon]:
    """A daemon that answers; stopped politely at the end, killed if that fails."""
    daemon = RunningDaemon(data_dir, environment)
    daemon.start()
    try:
        yield daemon
        assert daemon.stop() == 0, daemon.log()
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait(LONG_S)
        daemon._close_clients()
