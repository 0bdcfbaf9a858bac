"""Entry of the daemon, ``recollectd``: options, private files, lock, log, then ``Daemon.run``.

Exit codes: 0 stopped as asked, 1 it could not start or failed (the log says why), 2 wrong
usage, 4 another daemon serves this data folder.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from memory import garbage, guard, log
from memory.errors import problem_from
from memory.lock import DaemonLock, Taken
from memory.paths import ENVIRONMENT_VARIABLE, DataPaths, data_paths
from memory.protocol import ErrorCode, Problem

EXIT_OK, EXIT_FAILED, EXIT_RUNNING = 0, 1, 4
_WAIT_S = 20.0
"""For a daemon that holds the lock and is just starting or stopping."""

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon of one data folder until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="recollectd", description="Recollect's background program: the memory itself."
    )
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help=f"the folder that holds everything (default: ${ENVIRONMENT_VARIABLE} or your own)",
    )
    paths = data_paths(parser.parse_args(arguments).data_dir)
    os.umask(0o077)  # whatever we write is this person's alone
    # Read when numpy is first imported, later than this. Its matrices here are small: a second
    # thread that waits for the next one, spinning, took as much time as half the embedder.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        paths.create()
    except OSError as error:
        return _give_up(paths, _unusable(paths, error))
    held = DaemonLock(paths)
    taken = held.take(_WAIT_S)
    if taken is Taken.RUNNING:
        print(f"recollectd: another one serves {paths.root}", file=sys.stderr)
        return EXIT_RUNNING
    if taken is Taken.HELD:
        return _give_up(paths, _held(paths), EXIT_RUNNING)
    with contextlib.ExitStack() as leaving:
        leaving.callback(held.release)
        log.start(paths.logs)
        guard.install()
        garbage.search_seldom()
        return _run(paths)


def _run(paths: DataPaths) -> int:
    try:
        paths.start_problem.unlink(missing_ok=True)
        from memory.daemon import Daemon

        daemon = Daemon(paths)
        _stop_on_signals(daemon.stop)
        daemon.run()
    except Exception as error:
        _log.critical("the daemon failed", exc_info=error)
        return _give_up(paths, problem_from(error))
    return EXIT_OK


def _stop_on_signals(stop: Callable[[], None]) -> None:
    def asked(_number: int, _frame: FrameType | None) -> None:
        stop()

    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), asked)


def _give_up(paths: DataPaths, problem: Problem, code: int = EXIT_FAILED) -> int:
    """Say why, on the terminal and for the program that started us."""
    print(f"recollectd: {problem.title}. {problem.message} {problem.next_step}", file=sys.stderr)
    with contextlib.suppress(OSError):
        paths.start_problem.write_text(problem.model_dump_json(), "utf-8")
    return code


def _unusable(paths: DataPaths, error: OSError) -> Problem:
    return Problem(
        code=ErrorCode.STORE,
        title="The data folder cannot be used",
        message=f"{paths.root}: {error.strerror or type(error).__name__}.",
        next_step="Check its permissions, or choose another folder with --data-dir.",
        item=str(paths.root),
    )


def _held(paths: DataPaths) -> Problem:
    return Problem(
        code=ErrorCode.CONFLICT,
        title="Another process holds this memory",
        message="It does not answer, so it can neither be used nor asked to stop.",
        next_step="End the other recollectd, or restart the computer.",
        item=str(paths.root),
    )


if __name__ == "__main__":
    sys.exit(main())
