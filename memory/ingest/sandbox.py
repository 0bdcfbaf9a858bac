"""Takes from a reader child what a reader does not need: memory, time, files, network.

Runs in the child, right after it began and before it opens the untrusted file. What the
system offers decides how tight it is: resource limits on every Unix; on Linux a seccomp
filter too (no sockets, no processes, no writing); everywhere an audit hook against code that
stays within Python.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from typing import Any

from memory.ingest.readers.common import Limits

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_MODE_FILTER = 2
_SIGKILL = 9
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# Numbers of system calls that a reader never needs: sockets, processes, signals, changes to
# the file system, other ways round (io_uring, openat2, bpf). Linux, asm/unistd_64.h and
# asm-generic/unistd.h.
_DENIED = {
    "x86_64": (
        41, 42, 43, 44, 46, 49, 50, 53, 56, 57, 58, 59, 62, 76, 77, 82, 83, 84, 85, 86, 87, 88,
        90, 91, 92, 93, 94, 101, 133, 155, 160, 161, 165, 188, 189, 190, 200, 234, 235, 246, 250,
        258, 259, 260, 261, 263, 264, 265, 266, 268, 272, 280, 288, 302, 307, 308, 310, 311, 313,
        316, 321, 322, 424, 425, 426, 427, 434, 435, 437, 438,
    ),
    "aarch64": (
        5, 6, 7, 33, 34, 35, 36, 37, 38, 40, 41, 45, 46, 51, 52, 53, 54, 55, 88, 97, 117, 129,
        130, 131, 164, 198, 199, 200, 201, 202, 203, 206, 211, 219, 220, 221, 242, 261, 268, 269,
        270, 271, 273, 276, 280, 281, 424, 425, 426, 427, 434, 435, 437, 438,
    ),
}  # fmt: skip
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OPEN_CALLS = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
"""Number of each ``open`` call and which argument holds the flags."""

_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # errno 1: EPERM

_DENIED_EVENTS = frozenset(
    "socket.__new__ socket.connect socket.bind socket.getaddrinfo socket.sendto subprocess.Popen"
    " os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty os.kill os.remove os.rename"
    " os.rmdir os.mkdir os.link os.symlink os.truncate os.chmod os.chown pty.spawn".split()
)


def die_with_parent(expected_parent: int) -> None:
    """Linux: be killed when the parent process ends. Elsewhere the closed pipe must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != expected_parent:  # it ended before the call
            os._exit(1)


def confine(limits: Limits) -> None:
    """All of it, for good. Cheap: well under a millisecond."""
    _limit_resources(limits)
    sys.addaudithook(_refuse_event)
    if sys.platform == "linux":
        _filter_calls()


def _limit_resources(limits: Limits) -> None:
    if sys.platform == "win32":
        return
    import resource

    def lower(which: int, value: int) -> None:
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS on some versions
            pass

    lower(resource.RLIMIT_AS, _mapped_bytes() + limits.memory_bytes)
    soft = limits.seconds + 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 5))
    except (ValueError, OSError):
        pass
    lower(resource.RLIMIT_FSIZE, 0)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, 64)


def _mapped_bytes() -> int:
    """What the libraries already map: the limit counts on top of it."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError):
        return 512 << 20


def _refuse_event(event: str, args: tuple[Any, ...]) -> None:
    if event in _DENIED_EVENTS:
        raise PermissionError(1, "not allowed in a reader")
    if event == "open" and len(args) >= 3 and isinstance(args[2], int) and args[2] & _WRITING:
        raise PermissionError(1, "a reader does not write")


def _filter_calls() -> None:
    """Install the seccomp filter; a kernel without it leaves the other limits."""
    program = filter_program(platform.machine())
    if program is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: count of instructions, padding, address
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        holder = ctypes.create_string_buffer(header, len(header))
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(holder), 0, 0)


def filter_program(machine: str) -> bytes | None:
    """Classic BPF over ``struct seccomp_data`` (linux/seccomp.h), or None for other machines."""
    if machine not in _DENIED:
        return None
    load, jump_equal, jump_set, jump_more, give = 0x20, 0x15, 0x45, 0x35, 0x06
    code: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4),  # architecture
        (jump_equal, 1, 0, _AUDIT_ARCH[machine]),
        (give, 0, 0, _KILL),
        (load, 0, 0, 0),  # number of the call
    ]
    if machine == "x86_64":  # the x32 numbers would be a way round
        code += [(jump_more, 0, 1, 0x40000000), (give, 0, 0, _KILL)]
    for number in _DENIED[machine]:
        code += [(jump_equal, 0, 1, number), (give, 0, 0, _REFUSE)]
    for number, argument in _OPEN_CALLS[machine]:
        code += [
            (jump_equal, 0, 4, number),
            (load, 0, 0, 16 + 8 * argument),
            (jump_set, 0, 1, _WRITING),
            (give, 0, 0, _REFUSE),
            (give, 0, 0, _ALLOW),
        ]
    code.append((give, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)
