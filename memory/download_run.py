"""One download while it runs: how far, how fast, and whether anyone still wants it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from memory.progress import Pace
from memory.protocol import DownloadInfo, ModelState

if TYPE_CHECKING:
    from models.download import Fetch
    from models.model_folder import Record

SEND_EVERY_MS = 250


class Running:
    """The thread ``downloads`` moves it; others read it and may stop it.

    Attributes:
        record: what is known of the model by now.
        checking: what was there before is being summed up.
        wanted: False from the moment it was stopped.
        discard: what is there is to be deleted when it has stopped.
    """

    def __init__(self, record: Record, done_bytes: int, now_ms: int) -> None:
        self.record = record
        self.checking = False
        self.wanted = True
        self.discard = False
        self._done = done_bytes
        self._pace = Pace(now_ms)
        self._counted_from = done_bytes
        self._sent_ms = 0
        self._fetch: Fetch | None = None
        self._lock = threading.Lock()

    def take(self, fetch: Fetch) -> bool:
        """What to stop when nobody wants it any more; False if that is so already."""
        with self._lock:
            self._fetch = fetch
            return self.wanted

    def stop(self) -> None:
        with self._lock:
            self.wanted = False
            fetch = self._fetch
        if fetch is not None:
            fetch.stop()

    def moved(self, done: int, now_ms: int) -> bool:
        """Count what came; whether it is time to tell."""
        if self.checking or done < self._counted_from:
            self._done = self._counted_from = done  # it was there before, or goes from the start
            return False
        self._done = done
        if now_ms - self._sent_ms < SEND_EVERY_MS:
            return False
        self._pace.finished(done - self._counted_from, now_ms)
        self._counted_from = done
        self._sent_ms = now_ms
        return True

    def info(self, now_ms: int) -> DownloadInfo:
        total = self.record.size_bytes
        rate = self._pace.rate_per_s(now_ms)
        left = None if total is None else total - self._done
        state = ModelState.CHECKING if self.checking else ModelState.DOWNLOADING
        return DownloadInfo(
            id=self.record.id,
            state=state,
            done_bytes=self._done,
            total_bytes=total,
            rate_bytes_per_s=rate,
            seconds_left=left / rate if rate and left is not None else None,
        )
