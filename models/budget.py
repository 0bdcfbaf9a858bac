"""How much memory the model may take: what the machine has, what a control group allows.

Readings (of /proc, /sys and psutil) are small and stand apart from the arithmetic, which is
pure and takes the time as an argument. Any thread; light to import; the daemon uses it too.
Formats: proc(5) for cgroup and mountinfo, the kernel's cgroup-v1/memory.rst and cgroup-v2.rst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import psutil

GB = 1_000_000_000
# A limit at or above this is the kernel's way of saying there is none (version 1).
NO_LIMIT = 1 << 62
LEAST_BUDGET = 600_000_000
# Of a control group's limit: near its last bytes the kernel starts to kill.
GROUP_RESERVE = 0.05
# Elastic: a budget grows only when this much more was free for this long, and only half way.
GROW_SHARE = 0.10
GROW_AFTER_S = 30.0
# It shrinks at once, when others have less than this share of the room they should have.
SHRINK_BELOW = 0.5


@dataclass(frozen=True)
class GroupMemory:
    """One memory control group that this process is in, in bytes.

    Attributes:
        limit_bytes: what its processes may use together.
        used_bytes: what they use now, file cache that can be dropped at once taken off.
    """

    limit_bytes: int
    used_bytes: int


@dataclass(frozen=True)
class Memory:
    """What there is, in bytes.

    Attributes:
        total_bytes, available_bytes: of the machine; available could be had now without
            swapping.
        limit_bytes: of the narrowest control group, None where there is none.
        group_room_bytes: what the fullest group leaves, None where there is none.
    """

    total_bytes: int
    available_bytes: int
    limit_bytes: int | None = None
    group_room_bytes: int | None = None

    @property
    def spare_bytes(self) -> int:
        """Free beyond the reserves of machine and group; below 0 where others lack room."""
        spare = self.available_bytes - reserve_bytes(self.total_bytes)
        if self.limit_bytes is None or self.group_room_bytes is None:
            return spare
        return min(spare, self.group_room_bytes - int(self.limit_bytes * GROUP_RESERVE))

    @property
    def tight(self) -> bool:
        """Others have less than half of the room they should have."""
        if self.available_bytes < reserve_bytes(self.total_bytes) * SHRINK_BELOW:
            return True
        if self.limit_bytes is None or self.group_room_bytes is None:
            return False
        return self.group_room_bytes < self.limit_bytes * GROUP_RESERVE * SHRINK_BELOW


def read_memory(root: Path = Path("/")) -> Memory:
    """The machine's memory and the limits on this process.

    Args:
        root: where /proc and the mounted groups are looked for; another one for tests.
    """
    machine = psutil.virtual_memory()
    return narrowest(int(machine.total), int(machine.available), list(read_groups(root)))


def narrowest(total_bytes: int, available_bytes: int, groups: list[GroupMemory]) -> Memory:
    """Machine and groups together: the smallest limit counts, and the smallest room."""
    rooms = [max(0, group.limit_bytes - group.used_bytes) for group in groups]
    return Memory(
        total_bytes=total_bytes,
        available_bytes=available_bytes,
        limit_bytes=min([group.limit_bytes for group in groups], default=None),
        group_room_bytes=min(rooms, default=None),
    )


# -- the default ------------------------------------------------------------------------


def reserve_bytes(total_bytes: int) -> int:
    """What stays free for the person's other programs: a quarter, at least 1, at most 4 GB."""
    return max(GB, min(4 * GB, total_bytes // 4))


def default_budget(memory: Memory, own_bytes: int = 0) -> int:
    """A budget for the worker that leaves room for the person's other programs, in bytes.

    What is available now already leaves the running programs what they have. On top of that a
    quarter of the machine (1 to 4 GB) is left free for what they will open next; of a control
    group 5 %, since nobody else opens programs in it. A budget is never under 600 MB, because
    with less no model is worth starting, and never above what machine or group have.

    Args:
        own_bytes: memory the worker holds already; it may keep that.
    """
    budget = max(memory.spare_bytes + own_bytes, LEAST_BUDGET)
    if memory.limit_bytes is not None:
        budget = min(budget, int(memory.limit_bytes * (1 - GROUP_RESERVE)))
    return min(budget, memory.total_bytes)


# -- elastic ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Elastic:
    """A budget that follows the machine's free memory.

    Attributes:
        budget_bytes: now.
        most_bytes: what the person allowed, or the default at the start; never more.
        least_bytes: what the loaded mode cannot do without; never less.
        roomy_since_s: since when there was room to grow; None while there is not.
    """

    budget_bytes: int
    most_bytes: int
    least_bytes: int = LEAST_BUDGET
    roomy_since_s: float | None = None


def follow(state: Elastic, memory: Memory, own_bytes: int, now_s: float) -> Elastic:
    """The budget after one reading of the memory; the same object while nothing changes.

    It shrinks at once when others have under half of the room they should have, far enough to
    give them all of it; it grows half way, when 10 % more were free for 30 seconds on end.
    Between the two lies a band in which nothing moves, so that it does not swing.

    Args:
        own_bytes: memory of the worker that is not file cache, which counts as available.
        now_s: any clock that never goes back.
    """
    target = max(state.least_bytes, min(memory.spare_bytes + own_bytes, state.most_bytes))
    if memory.tight and target < state.budget_bytes:
        return replace(state, budget_bytes=target, roomy_since_s=None)
    worth_it = target >= min(state.budget_bytes * (1 + GROW_SHARE), state.most_bytes)
    if not worth_it or target <= state.budget_bytes:
        return state if state.roomy_since_s is None else replace(state, roomy_since_s=None)
    if state.roomy_since_s is None:
        return replace(state, roomy_since_s=now_s)
    if now_s - state.roomy_since_s < GROW_AFTER_S:
        return state
    step = target - state.budget_bytes
    if step > state.most_bytes * GROW_SHARE:
        step //= 2
    return replace(state, budget_bytes=state.budget_bytes + step, roomy_since_s=None)


# -- control groups ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Mount:
    """A mounted hierarchy: ``root`` is the group that shows at ``point``."""

    root: PurePosixPath
    point: PurePosixPath
    version: int


def read_groups(root: Path = Path("/")) -> Iterator[GroupMemory]:
    """Every limited memory group this process is in, from its own up; none on other systems."""
    for version, folder in group_folders(root):
        group = _read_group(folder, version)
        if group is not None:
            yield group


def group_folders(root: Path = Path("/")) -> Iterator[tuple[int, Path]]:
    """Version and folder of the memory groups this process is in, from its own up."""
    try:
        own = (root / "proc/self/cgroup").read_text("utf-8")
        mounts = (root / "proc/self/mountinfo").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for mount in _mounts(mounts):
        for inside in _own_paths(own, mount.version):
            for folder in _upwards(mount, inside):
                yield mount.version, root / folder.relative_to("/")


def _mounts(text: str) -> Iterator[_Mount]:
    """Where memory groups are mounted, of either version."""
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if not dash or len(left) < 5 or len(right) < 2:
            continue
        kind, options = right[0], right[-1].split(",")
        version = 2 if kind == "cgroup2" else 1 if kind == "cgroup" and "memory" in options else 0
        if version:
            yield _Mount(_path(left[3]), _path(left[4]), version)


def _path(escaped: str) -> PurePosixPath:
    """A path of mountinfo, which writes spaces and the like in octal."""
    plain = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), escaped)
    return PurePosixPath("/" + plain.strip("/"))


def _own_paths(text: str, version: int) -> Iterator[PurePosixPath]:
    """This process's group in the hierarchy of memory; a line is ``number:controllers:path``."""
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) != 3:
            continue
        number, controllers, path = parts
        of_ours = (number == "0" and not controllers) if version == 2 else (
            "memory" in controllers.split(",")
        )  # fmt: skip
        if of_ours:
            yield PurePosixPath("/" + path.strip("/"))


def _upwards(mount: _Mount, inside: PurePosixPath) -> Iterator[PurePosixPath]:
    """Folders of the group and all above it that the mount shows."""
    try:
        below = inside.relative_to(mount.root)
    except ValueError:
        below = PurePosixPath()  # a container that sees its own group as the top
    if ".." in below.parts:
        below = PurePosixPath()
    folder = mount.point / below
    while True:
        yield folder
        if folder == mount.point or folder == folder.parent:
            return
        folder = folder.parent


def _read_group(folder: Path, version: int) -> GroupMemory | None:
    """Limit and use of one group; None where it has no limit or cannot be read."""
    stat = _fields(folder / "memory.stat")
    if version == 2:
        limits = [_number(folder / "memory.max"), _number(folder / "memory.high")]
        used = _number(folder / "memory.current")
        droppable = stat.get("inactive_file", 0) + stat.get("active_file", 0)
    else:
        # The second one counts groups above that the mount does not show.
        limits = [_number(folder / "memory.limit_in_bytes"), stat.get("hierarchical_memory_limit")]
        used = _number(folder / "memory.usage_in_bytes")
        droppable = stat.get("total_inactive_file", 0) + stat.get("total_active_file", 0)
    known = [limit for limit in limits if limit is not None and limit < NO_LIMIT]
    if not known:
        return None
    return GroupMemory(min(known), max(0, (used or 0) - droppable))


def _number(path: Path) -> int | None:
    """A file with one number; None for ``max``, or where it is not there."""
    try:
        text = path.read_text("ascii").strip()
        return int(text)
    except (OSError, ValueError):
        return None


def _fields(path: Path) -> dict[str, int]:
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return {}
    pairs = [line.split() for line in lines]
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
