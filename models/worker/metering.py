"""Tells the daemon what the weights do: once after loading, four times a second at work.

A thread "meter" runs while an answer is made, because the main thread may be in native code
for long. It reads counters and touches nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from models.worker.pipe import Pipe
from models.worker.residence import Residence

PERIOD_S = 0.25


class Metering:
    """Sends ``meter`` events."""

    def __init__(self, residence: Residence, pipe: Pipe) -> None:
        self._residence = residence
        self._pipe = pipe
        self._tokens = 0
        self._seconds = 0.0

    def send(self) -> None:
        meter = self._residence.meter(self._tokens, self._seconds)
        self._pipe.send("meter", id=0, **asdict(meter))

    @contextmanager
    def running(self, made: Callable[[], int]) -> Iterator[None]:
        """Sends while the body runs, and once after it; ``made`` counts the answer's tokens."""
        self._residence.begin()
        ended = threading.Event()
        thread = threading.Thread(target=self._run, args=(made, ended), name="meter", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.send()

    def _run(self, made: Callable[[], int], ended: threading.Event) -> None:
        """Time counts from the first token on, so that reading the prompt does not."""
        began: float | None = None
        while not ended.wait(PERIOD_S):
            self._note(made(), began)
            if began is None and made():
                began = time.monotonic()
            self.send()
        self._note(made(), began)

    def _note(self, made: int, began: float | None) -> None:
        if began is not None and made:
            self._tokens, self._seconds = made, time.monotonic() - began
