"""How fast the disk under a file reads, past the system's file cache.

Reads the file itself, in 1 MB pieces by several threads: what a ring (into huge pages, where the
system has them) or a cache of experts does, and so the bandwidth their share is taken of. Any
thread; nothing is written except a scratch file where there is none to read, and that is deleted.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1 << 20
SMALL_BYTES = 128 << 10
HUGE_PAGE = 2 << 20
READERS = 4
# Pieces ordered at once, about as many as a layer's absent experts have.
BURST = 8
SCRATCH_BYTES = 256 << 20
LEAST_FILE_BYTES = 64 << 20


@dataclass(frozen=True)
class FlashSpeed:
    """Bytes a second.

    Attributes:
        bytes_s: 1 MB pieces, several at a time.
        burst_bytes_s: the same into small pages, in bursts of BURST pieces, each waited for
            before the next.
        small_bytes_s: 128 KB pieces, one after the other, as the system reads ahead.
        direct: past the file cache. Where the system cannot (not Linux, or a file system in
            memory), what it has cached may have been read instead, and the figures are high.
    """

    bytes_s: float
    burst_bytes_s: float
    small_bytes_s: float
    direct: bool


def flash_speed(path: Path, seconds: float = 0.7) -> FlashSpeed:
    """Measures each for about ``seconds`` each.

    Args:
        path: a big file to read, or a folder to write a scratch file into.

    Raises:
        OSError: nothing can be read or written there.
    """
    with _readable(path) as file:
        large, direct = read_speed(file, CHUNK_BYTES, READERS, seconds)
        burst, _direct = read_speed(file, CHUNK_BYTES, READERS, seconds, burst=BURST)
        small, _direct = read_speed(file, SMALL_BYTES, 1, seconds)
    return FlashSpeed(large, burst, small, direct)


def read_speed(
    path: Path,
    chunk_bytes: int,
    readers: int,
    seconds: float,
    start: int = 0,
    *,
    burst: int = 0,
) -> tuple[float, bool]:
    """Bytes a second over the file from ``start`` on, over and over, and whether directly.

    Args:
        burst: so many pieces are ordered at a time, a multiple of ``readers``; 0: no end.

    Raises:
        OSError: it cannot be read.
    """
    size = os.path.getsize(path) // chunk_bytes * chunk_bytes
    if not size:
        raise OSError(f"{path.name} is too small to measure with")
    descriptor, direct = _open(path)
    cursor = _Cursor(start // chunk_bytes * chunk_bytes % size, size, chunk_bytes)
    pace = _Pace(time.perf_counter() + seconds, readers if burst else 1)
    failed: list[OSError] = []

    def read() -> None:
        try:
            with _buffer(chunk_bytes, huge=not burst) as buffer:
                while pace.goes_on():
                    for _ in range(burst // readers or 1):
                        _read(descriptor, buffer, cursor.next())
        except OSError as error:
            failed.append(error)
            pace.abort()

    threads = [threading.Thread(target=read, name="flash-speed") for _ in range(readers)]
    begun = time.perf_counter()
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - begun
    finally:
        os.close(descriptor)
    if failed:
        raise failed[0]
    return cursor.count * chunk_bytes / spent, direct


@contextlib.contextmanager
def _buffer(size: int, huge: bool) -> Iterator[memoryview]:
    """Memory aligned as direct reads want it."""
    with mmap.mmap(-1, size + HUGE_PAGE) as memory, memoryview(memory) as view:
        start = -ctypes.addressof(ctypes.c_char.from_buffer(view)) % HUGE_PAGE
        if huge and hasattr(mmap, "MADV_HUGEPAGE"):
            with contextlib.suppress(OSError):  # a kernel without them
                memory.madvise(mmap.MADV_HUGEPAGE)
        with view[start : start + size] as part:
            yield part


class _Pace:
    """Until when readers go on, each by itself or all ``together``."""

    def __init__(self, until: float, together: int) -> None:
        self._until = until
        self._going = True
        self._barrier = threading.Barrier(together, self._look)

    def goes_on(self) -> bool:
        with contextlib.suppress(threading.BrokenBarrierError):
            self._barrier.wait()
            return self._going
        return False

    def abort(self) -> None:
        self._barrier.abort()

    def _look(self) -> None:
        self._going = time.perf_counter() < self._until


class _Cursor:
    """Hands out the next piece to whichever thread asks."""

    def __init__(self, start: int, size: int, step: int) -> None:
        self._lock = threading.Lock()
        self._at, self._size, self._step = start, size, step
        self.count = 0

    def next(self) -> int:
        with self._lock:
            at = self._at
            self._at = (at + self._step) % self._size
            self.count += 1
            return at


def _open(path: Path) -> tuple[int, bool]:
    """A descriptor past the file cache if that can be had, and whether it is one."""
    direct = getattr(os, "O_DIRECT", 0)
    if direct:
        with contextlib.suppress(OSError):
            return os.open(path, os.O_RDONLY | direct), True
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    uncached = False
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_NOCACHE, 1)  # type: ignore[attr-defined]
        uncached = True
    return descriptor, uncached


def _read(descriptor: int, buffer: memoryview, at: int) -> None:
    if hasattr(os, "preadv"):
        if os.preadv(descriptor, [buffer], at) <= 0:
            raise OSError("the file became shorter")
        return
    with _one_at_a_time:
        os.lseek(descriptor, at, os.SEEK_SET)
        os.read(descriptor, len(buffer))


_one_at_a_time = threading.Lock()


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """The file itself, or a scratch file in that folder or beside a small file."""
    if path.is_file() and path.stat().st_size >= LEAST_FILE_BYTES:
        yield path
        return
    folder = path if path.is_dir() else path.parent
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".speed-", delete=False) as file:
        scratch = Path(file.name)
        try:
            piece = os.urandom(1 << 20)
            for _ in range(SCRATCH_BYTES >> 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            scratch.unlink(missing_ok=True)
            raise
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)
