"""A thread that works in idle time: in rounds, in slices, and never before a person."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from memory.errors import Stopping
from memory.giving_way import GiveWay
from memory.log import describe
from memory.priority import step_back

_log = logging.getLogger(__name__)

_BUSY_S = 0.2


class IdleThread:
    """Calls ``look`` every ``round_s`` seconds, and at once when woken.

    Attributes:
        give_way: to be called by ``look`` between two slices; raises Stopping at the end.
        stopping: set once the thread is to end.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], object],
        failed: str,
        *,
        round_s: float,
        busy: Callable[[], bool],
    ) -> None:
        """
        Args:
            name: of the thread.
            failed: what the log says where a round fails; the next one tries again.
            busy: says that a person, or other work, goes first.
        """
        self._look, self._failed, self._round_s = look, failed, round_s
        self.stopping = threading.Event()
        self.give_way = GiveWay(busy, self.stopping, look_s=_BUSY_S)
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the slice under way; it goes on at the next start."""
        self.stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def wake(self) -> None:
        """Something came: look now, not at the next round."""
        self._wake.set()

    def _run(self) -> None:
        step_back()
        while not self.stopping.is_set():
            try:
                self._look()
            except Stopping:
                return
            except Exception as error:
                _log.error("%s\n%s", self._failed, describe(error))
            self._wake.wait(self._round_s)
            self._wake.clear()
