"""Tells the daemon what the weights do: once after loading, four times a second at work.

A thread "meter" runs while an answer is made, because the main thread may be in native code
for long. It reads counters and touches nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from models.worker.pipe import Pipe
from models.worker.residence import Residence
from models.worker.tempo import Tempo

PERIOD_S = 0.25


class Metering:
    """Sends ``meter`` events."""

    def __init__(self, residence: Residence, pipe: Pipe) -> None:
        self._residence = residence
        self._pipe = pipe
        # Of the answer under way, or of the last one of which there was something to say.
        self._tokens_per_s: float | None = None
        self._bytes_per_token: float | None = None

    def send(self) -> None:
        meter = self._residence.meter(self._tokens_per_s, self._bytes_per_token)
        self._pipe.send("meter", id=0, **asdict(meter))

    @contextmanager
    def running(self, tempo: Callable[[], Tempo]) -> Iterator[None]:
        """Sends while the body runs, and once after it; ``tempo`` is that of its answer."""
        ended = threading.Event()
        thread = threading.Thread(target=self._run, args=(tempo, ended), name="meter", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._note(tempo())
            self.send()

    def _run(self, tempo: Callable[[], Tempo], ended: threading.Event) -> None:
        while not ended.wait(PERIOD_S):
            self._note(tempo())
            self.send()

    def _note(self, tempo: Tempo) -> None:
        if tempo.tokens > 1:
            self._tokens_per_s = tempo.per_s or self._tokens_per_s
            self._bytes_per_token = tempo.per_token(self._residence.streamed_bytes)
