"""The disk under a file: its read-ahead, and a scratch file system with the usual one.

How well plain mapping does depends on how far the system reads ahead: 128 KB on most
machines, megabytes on some servers. Root can have a file system of its own on a loop device,
which has the usual 128 KB; it is unmounted and deleted afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

USUAL_KB = 128
# A file system's own tables, in bytes for each gigabyte, and for itself.
_TABLES, _LEAST = 0.02, 64 << 20


class NoScratch(Exception):
    """No loop device or no file system could be had; says which step failed."""


def read_ahead_kb(path: Path) -> int | None:
    """How far the system reads ahead in files of the disk under ``path``; None if not said."""
    try:
        device = os.stat(path).st_dev
        name = f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb"
        return int(Path(name).read_text("ascii"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def scratch_disk(beside: Path, size_bytes: int) -> Iterator[Path]:
    """A folder on a fresh file system with 128 KB of read-ahead, on the disk of ``beside``.

    Everything goes again at the end, however it comes.

    Raises:
        NoScratch: not root, no loop devices, or no mkfs.ext4.
    """
    with tempfile.TemporaryDirectory(prefix="recollect-bench-", dir=beside) as folder:
        image, point = Path(folder) / "image", Path(folder) / "mounted"
        point.mkdir()
        with open(image, "wb") as file:
            file.truncate(int(size_bytes * (1 + _TABLES)) + _LEAST)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", str(image))
        device = _run("losetup", "--find", "--show", "--direct-io=on", str(image))
        try:
            _run("blockdev", "--setra", str(USUAL_KB * 2), device)  # in sectors of 512 bytes
            _run("mount", "-o", "noatime", device, str(point))
            try:
                yield point
            finally:
                _unmount(point)
        finally:
            _run("losetup", "--detach", device)


def _unmount(point: Path) -> None:
    """A process that just ended may hold it for a moment longer."""
    for _ in range(50):
        with contextlib.suppress(NoScratch):
            _run("umount", str(point))
            return
        time.sleep(0.1)
    _run("umount", "--lazy", str(point))


def _run(*command: str) -> str:
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin:/sbin")
    if program is None:
        raise NoScratch(f"{command[0]} is not there")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoScratch(f"{command[0]}: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


def drop_cached(path: Path) -> None:
    """Takes the file out of the system's cache, so that whoever reads it next pays for it.

    Pages that are cached already would not count for the control group that uses them.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # what is not written yet stays
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
