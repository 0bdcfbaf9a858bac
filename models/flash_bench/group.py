"""A memory control group for one measured process, where the system lets us make one.

With it a process really has no more memory than its budget, file cache included, as on a
smaller machine; without it the budget is only kept. Both versions of the kernel's interface;
no privilege is asked for, it is simply tried (cgroup-v1/memory.rst, cgroup-v2.rst).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.budget import group_folders

PREFIX = "recollect-bench-"
GONE_WITHIN_S = 10.0


@dataclass(frozen=True)
class Group:
    """One group with a limit.

    Attributes:
        version: of the interface, 1 or 2.
    """

    folder: Path
    version: int
    limit_bytes: int

    def joining(self, command: Sequence[str]) -> list[str]:
        """The command, run as a process that first joins the group."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", script, str(self.folder / "cgroup.procs"), *command]

    def peak_bytes(self) -> int | None:
        """Most memory its processes had at once, file cache included."""
        try:
            return int(self._peak.read_text("ascii"))
        except (OSError, ValueError):
            return None  # version 2 has it since Linux 5.19

    def forget_peak(self) -> None:
        """Counts the peak from now on: what was read while loading has gone again by then."""
        _write(self._peak, "0")  # version 2 can since Linux 6.12

    @property
    def _peak(self) -> Path:
        name = "memory.max_usage_in_bytes" if self.version == 1 else "memory.peak"
        return self.folder / name


@contextlib.contextmanager
def limited(limit_bytes: int | None, root: Path = Path("/")) -> Iterator[Group | None]:
    """A group with this limit for the body; None where none may be made, or none is wanted.

    Its processes must have ended by then; the group is removed in any case.
    """
    group = _made(limit_bytes, root) if limit_bytes is not None else None
    try:
        yield group
    finally:
        if group is not None:
            remove(group)


def can_limit() -> int:
    """Version of the interface a group can be made with; 0 if none can."""
    with limited(1 << 30) as group:
        return group.version if group is not None else 0


def remove(group: Group) -> None:
    """Ends what still runs in it and removes it."""
    until = time.monotonic() + GONE_WITHIN_S
    while group.folder.exists():
        for pid in _processes(group.folder):
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        with contextlib.suppress(OSError):
            group.folder.rmdir()
            return
        if time.monotonic() > until:
            raise OSError(f"the control group {group.folder} could not be removed")
        time.sleep(0.02)  # a process that just ended leaves it a moment later


def _made(limit_bytes: int, root: Path) -> Group | None:
    name = PREFIX + secrets.token_hex(4)
    for version, above in _places(root):
        folder = above / name
        try:
            folder.mkdir()
        except OSError:
            continue
        group = Group(folder, version, limit_bytes)
        if _limit(group):
            return group
        with contextlib.suppress(OSError):
            folder.rmdir()
    return None


def _places(root: Path) -> Iterator[tuple[int, Path]]:
    """Groups that one could be made in, the nearest first.

    In version 2 a group with processes has no limited groups below it, except the topmost: so
    a neighbour is made there.
    """
    for version, folder in group_folders(root):
        if version == 1:
            yield version, folder
            continue
        control = _text(folder / "cgroup.subtree_control").split()
        if "memory" in control:
            yield version, folder


def _limit(group: Group) -> bool:
    """Sets the limit; memory and swap together where swap is counted."""
    limit = str(group.limit_bytes)
    folder = group.folder
    if group.version == 1:
        done = _write(folder / "memory.limit_in_bytes", limit)
        _write(folder / "memory.memsw.limit_in_bytes", limit)
        return done and os.access(folder / "cgroup.procs", os.W_OK)
    done = _write(folder / "memory.max", limit)
    _write(folder / "memory.swap.max", "0")
    return done and os.access(folder.parent / "cgroup.procs", os.W_OK)


def _processes(folder: Path) -> list[int]:
    return [int(one) for one in _text(folder / "cgroup.procs").split()]


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:
        return ""


def _write(path: Path, text: str) -> bool:
    try:
        path.write_text(text, "ascii")
    except OSError:
        return False
    return True
