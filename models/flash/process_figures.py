"""What a process has taken of memory and devices. Linux only; proc(5) names the files.

Can be imported anywhere; light.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessFigures:
    """What a process has used, in bytes.

    ``anonymous``, ``shared`` and ``file`` count a page once however often it is mapped, which
    the usual resident size does not: a ring shows one block at many places.

    Attributes:
        anonymous, shared: memory that is nobody's file; blocks of ``SharedBlock`` are shared.
        file: of the file cache, which the system takes back when others need it.
        read_bytes: that came from a device, through page faults too.
        major_faults: page faults that had to wait for a device.
    """

    anonymous: int
    shared: int
    file: int
    read_bytes: int
    major_faults: int

    @property
    def resident(self) -> int:
        return self.anonymous + self.shared + self.file


def process_figures() -> ProcessFigures:
    """Figures of this process from /proc; raises OSError where the kernel shows none."""
    sizes = _numbers("/proc/self/smaps_rollup")
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return ProcessFigures(
        anonymous=sizes.get("Pss_Anon", 0) * 1024,
        shared=sizes.get("Pss_Shmem", 0) * 1024,
        file=sizes.get("Pss_File", 0) * 1024,
        read_bytes=_numbers("/proc/self/io").get("read_bytes", 0),
        major_faults=int(fields[9]),
    )


def own_bytes(pid: int | None = None) -> int | None:
    """Memory of a process that is no file cache: what others cannot have while it runs.

    Args:
        pid: of a process of the same user; None for this one.

    Returns:
        Anonymous and shared memory; None where the kernel does not tell.
    """
    try:
        sizes = _numbers(f"/proc/{'self' if pid is None else pid}/smaps_rollup")
    except OSError:
        return None
    return (sizes.get("Pss_Anon", 0) + sizes.get("Pss_Shmem", 0)) * 1024


def device_bytes() -> int:
    """Bytes this process has read from devices so far, by page faults too; 0 where not told."""
    try:
        return _numbers("/proc/self/io").get("read_bytes", 0)
    except OSError:
        return 0


def _numbers(path: str) -> dict[str, int]:
    """Lines like ``name:  12 kB`` of a file of /proc."""
    with open(path, encoding="ascii", errors="replace") as file:
        lines = [line.split() for line in file]
    return {
        line[0].rstrip(":"): int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()
    }
