"""`daemon start | stop | status`: the background program of one data folder."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_FAILED, EXIT_OK, Output
from app.daemon_process import Stopped, ensure_daemon, stop_daemon
from memory.client import DaemonUnreachable, connect


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    daemon = commands.add_parser("daemon", parents=[common], help="start, stop, status")
    daemon.add_argument("action", choices=["start", "stop", "status"])
    daemon.set_defaults(run=run_daemon)


def run_daemon(args: argparse.Namespace, output: Output) -> int:
    if args.action == "start":
        return _said(ensure_daemon(args.data_dir).value, True, output)
    if args.action == "stop":
        outcome = stop_daemon(args.data_dir)
        return _said(outcome.value, outcome is not Stopped.KILLED, output)
    try:
        with connect(args.data_dir) as client:
            health = client.health()
    except DaemonUnreachable:
        return _said("not running", False, output)
    return _said(f"running, process {health.pid}, version {health.version}", True, output)


def _said(text: str, good: bool, output: Output) -> int:
    if output.json:
        output.record({"daemon": text})
    output.line(text.capitalize() + ".")
    return EXIT_OK if good else EXIT_FAILED
