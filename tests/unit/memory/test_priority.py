"""Background threads give way; the others keep their priority."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from memory.priority import BEHIND, step_back


@pytest.mark.skipif(sys.platform != "linux", reason="threads have their own priority on Linux")
def test_only_the_calling_thread_steps_back() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen: list[int] = []

    def work() -> None:
        step_back()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [BEHIND]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
