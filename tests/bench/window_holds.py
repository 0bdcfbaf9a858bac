"""One run of the hold measurement, in a process of its own: see ``tests.bench.window``.

``python -m tests.bench.window_holds FOLDER`` opens the real window on an empty memory in
FOLDER, with the daemon started by the window itself, drops 1,000 files on it and asks again and
again until they are read. Prints what was seen as one line of JSON.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app import daemon_process
from app.application import Application
from app.drop import sort_paths
from app.link import LinkState
from app.watchdog import Hold, StackWatch, Watchdog
from memory.paths import data_paths
from memory.protocol import Status
from tests.tiny_gguf import make_tiny_gguf

FILES = 1_000
LIMIT_MS = 50.0
_LONGEST_S = 300.0

_IDLE = """
import sys, threading, time
waits, stop = [], threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.is_set():
    before = time.perf_counter()
    time.sleep(0.005)
    waits.append((time.perf_counter() - before) * 1000 - 5)
print(max(waits))
"""
"""A process that only sleeps, beside the window: what it waits, the machine made it wait."""


@dataclass
class Seen:
    """One run. Times in ms where nothing else is said.

    Attributes:
        holds: every hold of over 20 ms.
        idle_ms: longest wait of an idle process beside the window.
        stolen_ms: processor time the host of a virtual machine gave to others meanwhile.
        stacks: how long the thread was held so far, and its stack, for holds over the limit.
    """

    longest_ms: float
    holds: list[Hold]
    beats: int
    answers: int
    seconds: float
    idle_ms: float
    stolen_ms: float
    load: float
    stacks: list[tuple[float, str]] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Seen:
        value: dict[str, Any] = json.loads(line)
        value["holds"] = [Hold(**hold) for hold in value["holds"]]
        value["stacks"] = [(held, stack) for held, stack in value["stacks"]]
        return cls(**value)


class _Run:
    """One window, watched while files are read and answers stream."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._papers = _write_papers(folder / "papers")
        self._qt = QApplication.instance() or QApplication([])
        paths = data_paths(folder / "data")
        paths.create()
        self._application = Application(paths, self._qt)  # type: ignore[arg-type]
        self._watchdog = Watchdog(self._application)
        self._stacks = StackWatch(self._watchdog, over_ms=LIMIT_MS)
        self._answers = 0
        self._deadline = time.monotonic() + _LONGEST_S
        self._busy = True
        self._problem = ""

    def see(self) -> Seen:
        self._make_ready()
        idle = subprocess.Popen(
            [sys.executable, "-c", _IDLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._run_a_while(1.0)
        stolen_ms = _stolen_ms()
        self._watchdog.start()
        self._stacks.start()
        began = time.monotonic()
        self._application.add(sort_paths([str(f) for f in sorted(self._papers.iterdir())]))
        self._ask_until_read()
        seconds = time.monotonic() - began
        self._watchdog.stop()
        self._stacks.stop()
        waited = idle.communicate()[0]
        seen = Seen(
            longest_ms=self._watchdog.longest_ms,
            holds=self._watchdog.holds,
            beats=self._watchdog.beats,
            answers=self._answers,
            seconds=seconds,
            idle_ms=float(waited),
            stolen_ms=_stolen_ms() - stolen_ms,
            load=_load(),
            stacks=self._stacks.seen[:5],
        )
        self._application.close()
        if self._busy:
            raise RuntimeError(f"not every file was read within {_LONGEST_S:.0f} s")
        return seen

    def _make_ready(self) -> None:
        """The window on the screen, its daemon up, a tiny real model in use."""
        application = self._application
        model = self._folder / "tiny.gguf"
        make_tiny_gguf(model)
        application.window.show()
        application.start()
        self._until(lambda: application.context.link.state is LinkState.READY)
        used: list[object] = []
        using = application.context.ops.use_model(str(model)).then(used.append)
        using.otherwise(lambda problem: self._give_up(str(problem))).start(application)
        self._until(lambda: bool(used))

    def _give_up(self, why: str) -> None:
        self._problem, self._deadline = why, 0.0

    def _ask_until_read(self) -> None:
        """Ask again as soon as an answer has ended, until every file is ready."""
        page = self._application.chat_page
        while self._busy and time.monotonic() < self._deadline:
            view = page.current_view()
            if view is None or not view.answering:
                self._answers += 1
                page.ask(f"What do the papers say about number {self._answers}?")
                self._until(lambda: (v := page.current_view()) is not None and v.answering)
            self._application.context.ops.status().then(self._look).start(self._application)
            self._run_a_while(0.4)

    def _look(self, status: Status) -> None:
        waiting = status.jobs_waiting + status.jobs_running + status.waiting_for_meaning
        self._busy = bool(waiting or status.memories < FILES)

    def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            if time.monotonic() > self._deadline:
                raise RuntimeError(self._problem or f"nothing came within {_LONGEST_S:.0f} s")
            self._run_a_while(0.02)

    def _run_a_while(self, seconds: float) -> None:
        """The real event loop, not a pumped one: timers fire as they would for a person."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()


def _stolen_ms() -> float:
    """Time stolen from all processors so far (Linux), else 0."""
    import psutil

    return float(getattr(psutil.cpu_times(), "steal", 0.0)) * 1000


def _load() -> float:
    import psutil

    return float(psutil.getloadavg()[0])


def _write_papers(folder: Path) -> Path:
    folder.mkdir()
    for number in range(FILES):
        lines = [
            f"Paper {number}, part {part}. The caretaker wrote down reading {number * 7 + part} "
            f"and went on to house {part * 3 + 1} before the evening bell."
            for part in range(6)
        ]
        (folder / f"paper-{number:04d}.txt").write_text("\n\n".join(lines) + "\n", "utf-8")
    return folder


def main(folder: str) -> None:
    logging.getLogger("recollect").setLevel(logging.CRITICAL)  # the stacks are in the result
    try:
        print(_Run(Path(folder)).see().to_json())
    finally:
        daemon_process.stop_daemon(Path(folder) / "data")


if __name__ == "__main__":
    main(sys.argv[1])
