"""Figures of processes: pages are counted once, and shared memory is one's own."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from models.flash.pages import PAGE, SharedBlock
from models.flash.process_figures import own_bytes, process_figures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PAGES = 4096  # far more than a test's other doings
FILL = """
import mmap, os, sys
fd = os.memfd_create("weights")
os.ftruncate(fd, int(sys.argv[1]))
first, second = mmap.mmap(fd, 0), mmap.mmap(fd, 0)
if sys.argv[2] == "fill":
    for view in (first, second):
        for at in range(0, len(view), mmap.PAGESIZE):
            view[at] = 1
print("ready", flush=True)
sys.stdin.read()
"""


def _own() -> int:
    found = own_bytes()
    assert found is not None
    return found


def test_figures_of_the_process() -> None:
    before, own_before = process_figures(), _own()
    block = SharedBlock(PAGES * PAGE)
    ctypes.memset(block.address, 1, PAGES * PAGE)
    after, own_after = process_figures(), _own()
    block.close()
    assert after.shared - before.shared >= 0.9 * PAGES * PAGE
    assert own_after - own_before >= 0.9 * PAGES * PAGE
    assert own_after >= after.anonymous > 0 and after.resident >= after.anonymous
    assert _own() < own_after - 0.9 * PAGES * PAGE


def _child_owns(how: str) -> int:
    arguments = [sys.executable, "-c", FILL, str(PAGES * PAGE), how]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        found = own_bytes(child.pid)
        assert found is not None
        child.communicate()
    return found


def test_a_block_shown_at_two_places_counts_once() -> None:
    filled = _child_owns("fill") - _child_owns("leave")
    assert 0.9 * PAGES * PAGE <= filled <= 1.5 * PAGES * PAGE


def test_a_process_that_is_not_there() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert own_bytes(child.pid) is None
    assert own_bytes(os.getpid()) is not None
