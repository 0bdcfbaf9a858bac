"""Background threads give way; the others keep their priority."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from memory.priority import BEHIND, GROUP_BEHIND, Standing, step_back


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


def test_the_group_stands_back_while_any_part_works(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    standing = Standing(group, leads=True)
    standing.work("index")
    standing.work("reading")
    assert group.read_text() == str(GROUP_BEHIND)
    standing.rest("index")
    assert group.read_text() == str(GROUP_BEHIND), "reading still goes on"
    standing.rest("reading")
    assert group.read_text() == "0"


def test_a_change_that_was_refused_is_made_later(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    standing = Standing(group, leads=True)
    standing.work("index")
    group.unlink()
    group.mkdir()  # writing fails, as it does when the kernel wants a pause
    standing.rest("index")
    group.rmdir()
    standing.rest("index")
    assert group.read_text() == "0"


def test_a_group_of_others_is_left_alone(tmp_path: Path) -> None:
    standing = Standing(tmp_path / "autogroup", leads=False)
    standing.work("index")
    assert not (tmp_path / "autogroup").exists()


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="the kernel has no groups")
def test_a_session_of_its_own_is_told_to_the_kernel() -> None:
    code = (
        "from pathlib import Path; from memory.priority import standing\n"
        "said = lambda: Path('/proc/self/autogroup').read_text().split()[-1]\n"
        "standing.work('x'); print(said())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, start_new_session=True
    )
    assert done.stdout.split() == [str(GROUP_BEHIND)], done.stderr
