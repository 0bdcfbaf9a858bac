"""Pages of a model file in this process's memory: found, advised, replaced. Linux only.

llama.cpp maps a model file and computes straight from the mapping. Here other memory is laid
over parts of that mapping at the same addresses (``MAP_FIXED``), which needs no privilege:
anonymous pages that the kernel never drops in favour of the file cache, or a window onto a
shared block that several places of the mapping have in common. The bytes come by direct reads
that leave the file cache alone.

Nothing is checked by native code: a wrong address here is a crash or a wrong answer. So spans
come from ``models.flash.spans``, and every call checks that they lie inside the mapping.
Functions may be called from any thread; who lays pages makes sure that nobody computes on them.
The module can be imported anywhere; ``require`` tells whether it can be used.
See mmap(2), madvise(2), memfd_create(2), open(2) for O_DIRECT, proc(5) for maps and smaps.
"""

from __future__ import annotations

import contextlib
import ctypes
import enum
import functools
import mmap
import os
import sys
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.flash.spans import Span, around

PAGE = mmap.PAGESIZE
# One read; more is cut up by the kernel anyway, less costs calls.
READ_BYTES = 1 << 20

_READ, _WRITE = 1, 2
_SHARED, _PRIVATE, _FIXED, _ANONYMOUS, _NORESERVE, _POPULATE = 1, 2, 0x10, 0x20, 0x4000, 0x8000
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_UNLESS_TAKEN = 0x100000
_MAY_MOVE, _TO_FIXED, _LEAVE_EMPTY = 1, 2, 4
_FAILED = ctypes.c_void_p(-1).value


class PagesUnavailable(Exception):
    """This system does not let us place pages; the text says what is missing."""


class Advice(enum.IntEnum):
    """What the kernel should expect of some pages; numbers of madvise(2)."""

    NORMAL = 0
    RANDOM = 1
    SEQUENTIAL = 2
    WILL_NEED = 3
    DO_NOT_NEED = 4
    HUGE_PAGES = 14
    NO_HUGE_PAGES = 15
    COLD = 20
    POPULATE_READ = 22
    POPULATE_WRITE = 23


def require() -> None:
    """Raises PagesUnavailable where weights cannot be placed: not Linux, or 32 bits."""
    if not sys.platform.startswith("linux"):
        raise PagesUnavailable("placing weights in memory works on Linux only so far")
    if sys.maxsize < 1 << 32:
        raise PagesUnavailable("placing weights in memory needs a 64-bit system")
    if not hasattr(os, "O_DIRECT") or not hasattr(os, "memfd_create"):
        raise PagesUnavailable("this Python lacks direct reads or memory files")


@functools.cache
def _libc() -> Any:
    """The C library; its calls let other threads of Python run meanwhile."""
    require()
    library = ctypes.CDLL(None, use_errno=True)
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    library.mmap.argtypes = [pointer, size, number, number, number, ctypes.c_int64]
    library.mmap.restype = pointer
    library.munmap.argtypes = [pointer, size]
    library.madvise.argtypes = [pointer, size, number]
    library.mremap.argtypes = [pointer, size, size, number, pointer]
    library.mremap.restype = pointer
    library.pread.argtypes = [number, pointer, size, ctypes.c_int64]
    library.pread.restype = ctypes.c_ssize_t
    library.fallocate.argtypes = [number, number, ctypes.c_int64, ctypes.c_int64]
    return library


def _failure(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")


def _map(address: int | None, length: int, protection: int, flags: int, fd: int, at: int) -> int:
    made = _libc().mmap(address, length, protection, flags, fd, at)
    if made == _FAILED or made is None:
        raise _failure("mmap")
    return int(made)


# -- a file's mapping --------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Segment:
    """A piece of a file in this process's memory: file bytes ``offset``.. at ``address``.."""

    offset: int
    address: int
    length: int


def segments_of(path: Path) -> tuple[Segment, ...]:
    """Where this process has mapped ``path``, in the order of the file.

    Raises:
        OSError: the file cannot be examined.
        PagesUnavailable: not on this system.
    """
    require()
    identity, name = os.stat(path), os.path.realpath(path)
    found = []
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields = line.rstrip("\n").split(None, 5)
            if len(fields) < 6 or int(fields[4]) != identity.st_ino:
                continue
            # Some file systems show another device here, so the name will do as well.
            if fields[5].replace("\\012", "\n") != name and _device(fields[3]) != identity.st_dev:
                continue
            start, end = (int(part, 16) for part in fields[0].split("-"))
            found.append(Segment(int(fields[2], 16), start, end - start))
    return tuple(sorted(found))


def _device(text: str) -> int:
    major, _, minor = text.partition(":")
    return os.makedev(int(major, 16), int(minor, 16))


class FileMapping:
    """The mapping llama.cpp made of one model file, and what is laid over it.

    To be created after the model is loaded and before anything is laid over. It owns no memory:
    llama.cpp unmaps the whole range, with all that lies in it, when the model is closed.

    Attributes:
        segments: where the file was mapped, without gaps as far as a segment goes.
    """

    def __init__(self, path: Path, before: Iterable[Segment] = ()) -> None:
        """
        Args:
            before: mappings of this file that were there before the model was loaded.

        Raises:
            PagesUnavailable: the file is not mapped, or more than once.
        """
        known = set(before)
        found = [one for one in segments_of(path) if one not in known]
        if not found:
            raise PagesUnavailable("llama.cpp has not mapped the model file")
        self.path = path
        # Kept open: another file may get this name while the model is loaded.
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)
        self.segments = tuple(_joined(found))
        for first, second in zip(self.segments, self.segments[1:], strict=False):
            if second.offset < first.offset + first.length:
                raise PagesUnavailable("the model file is mapped more than once")

    def holds(self, span: Span) -> bool:
        """All pages of ``span`` are in one piece of the mapping."""
        return self._segment(around(span, PAGE)) is not None

    def address(self, span: Span) -> int:
        """Where the bytes of ``span`` lie; raises ValueError where they are not mapped whole."""
        segment = self._segment(span)
        if segment is None:
            raise ValueError(f"{span} is not mapped")
        return segment.address + span.offset - segment.offset

    def _segment(self, span: Span) -> Segment | None:
        for one in self.segments:
            if one.offset <= span.offset and span.end <= one.offset + one.length:
                return one
        return None

    def _pages(self, span: Span) -> int:
        if span.offset % PAGE or span.length % PAGE or span.length <= 0:
            raise ValueError(f"{span} are no whole pages")
        return self.address(span)

    def advise(self, span: Span, advice: Advice) -> None:
        """Tells the kernel what to expect of all pages that ``span`` touches."""
        pages = around(span, PAGE)
        advise(self._pages(pages), pages.length, advice)

    def lay_private(self, span: Span, *, huge: bool = True) -> int:
        """Puts empty anonymous pages over ``span`` and returns their address."""
        flags = _PRIVATE | _FIXED | _ANONYMOUS | _NORESERVE
        address = _map(self._pages(span), span.length, _READ | _WRITE, flags, -1, 0)
        if huge:
            _advise_quietly(address, span.length, Advice.HUGE_PAGES)
        return address

    def lay_window(self, span: Span, block: SharedBlock, at: int) -> None:
        """Lets ``span`` show the bytes of ``block`` from ``at`` on, for reading."""
        if at % PAGE or at < 0 or at + span.length > block.length:
            raise ValueError(f"{at} with {span.length} bytes is not inside the block")
        _map(self._pages(span), span.length, _READ, _SHARED | _FIXED, block.fd, at)

    def lay_file(self, span: Span) -> None:
        """Puts the file itself back over ``span``."""
        _map(self._pages(span), span.length, _READ, _SHARED | _FIXED, self._fd, span.offset)


def _joined(found: list[Segment]) -> list[Segment]:
    """Neighbours in file and memory as one piece; the kernel splits what has other advice."""
    made: list[Segment] = []
    for one in found:
        last = made[-1] if made else None
        if (
            last is not None
            and last.offset + last.length == one.offset
            and last.address + last.length == one.address
        ):
            made[-1] = Segment(last.offset, last.address, last.length + one.length)
        else:
            made.append(one)
    return made


def advise(address: int, length: int, advice: Advice) -> None:
    """madvise(2) on whole pages; raises OSError."""
    if _libc().madvise(address, length, int(advice)) != 0:
        raise _failure(f"madvise {advice.name}")


def _advise_quietly(address: int, length: int, advice: Advice) -> None:
    """The same where the kernel may not know the advice and it does not matter."""
    _libc().madvise(address, length, int(advice))


def move(source: int, target: int, length: int) -> None:
    """Takes the anonymous pages at ``source`` over to ``target``, in place of what was there;
    what is read at ``source`` afterwards is zeros. mremap(2), Linux 5.7 or newer.

    Both must lie in one piece of memory each (a line of /proc/self/maps).

    Raises:
        OSError: not moved; ``target`` is empty pages.
    """
    flags = _MAY_MOVE | _TO_FIXED | _LEAVE_EMPTY
    if _libc().mremap(source, length, length, flags, target) == target:
        return
    failure = _failure("mremap")
    # What lay at the target may be gone already, and nothing else must come to lie there.
    hole = _PRIVATE | _ANONYMOUS | _NORESERVE | _UNLESS_TAKEN
    with contextlib.suppress(FileExistsError):  # it is still there
        _map(target, length, _READ | _WRITE, hole, -1, 0)
    raise failure


def most_pieces() -> int:
    """Into how many pieces the system lets a process's memory fall; 0 if it does not say."""
    try:
        return int(Path("/proc/sys/vm/max_map_count").read_text())
    except (OSError, ValueError):
        return 0


class SharedBlock:
    """Memory that several places of a mapping can show: a memory file and our own view of it.

    Attributes:
        fd: of the memory file.
        length: in bytes; pages take memory once they are written.
        address: of the view through which it is written.
    """

    def __init__(self, length: int, name: str = "weights") -> None:
        """Raises PagesUnavailable where the system gives no memory file of this length."""
        require()
        if length <= 0 or length % PAGE:
            raise ValueError(f"{length} bytes are no whole pages")
        try:
            self.fd = os.memfd_create(name, os.MFD_CLOEXEC)
        except OSError as error:
            raise PagesUnavailable(f"no memory file: {error.strerror}") from error
        try:
            os.ftruncate(self.fd, length)
            self.address = _map(None, length, _READ | _WRITE, _SHARED, self.fd, 0)
        except OSError as error:
            os.close(self.fd)
            raise PagesUnavailable(f"no memory file: {error.strerror}") from error
        self.length = length

    def give_back(self, at: int, length: int) -> None:
        """Frees whole pages; they read as zeros afterwards."""
        if length and _libc().fallocate(self.fd, _KEEP_SIZE | _PUNCH_HOLE, at, length) != 0:
            raise _failure("fallocate")

    def close(self) -> None:
        """Ends our view. Windows onto the block keep its memory until something replaces them."""
        if self.fd >= 0:
            _libc().munmap(self.address, self.length)
            os.close(self.fd)
            self.fd = -1


# -- reading ------------------------------------------------------------------------------


class DirectFile:
    """A file read straight into memory, past the file cache where the file system allows.

    Any number of threads may read at the same time.

    Attributes:
        direct: whether the file cache is really passed by.
        read_bytes: so far; approximate while others read.
    """

    def __init__(self, path: Path) -> None:
        require()
        self.path = path
        self.read_bytes = 0
        self.direct = True
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
        except OSError:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self.direct = False
        self.size = os.fstat(self._fd).st_size

    def read(self, address: int, offset: int, length: int) -> None:
        """Fills ``length`` bytes at ``address`` with the file from ``offset`` on.

        All three are multiples of a page. What lies behind the end of the file is left alone.

        Raises:
            OSError: the device failed, or the file has become shorter.
        """
        pread, done = _libc().pread, 0
        wanted = min(length, self.size - offset)
        while done < wanted:
            count = min(length - done, READ_BYTES)
            got = pread(self._fd, address + done, count, offset + done)
            if got < 0:
                raise _failure("pread")
            if done + got < wanted:
                got -= got % PAGE  # direct reads go on at a page
            if got == 0:
                raise OSError(f"{self.path.name} ends too early")
            done += got
        self.read_bytes += max(0, wanted)
        if not self.direct:
            os.posix_fadvise(self._fd, offset, length, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def drop_cached(path: Path, span: Span | None = None) -> None:
    """Asks the kernel to drop the file's cached pages; mapped ones stay."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        offset, length = (span.offset, span.length) if span else (0, 0)
        os.posix_fadvise(fd, offset, length, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)
