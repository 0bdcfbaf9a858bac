"""Memory limits of both kinds of control group, the default budget, the budget that follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.budget import (
    GB,
    GROW_AFTER_S,
    LEAST_BUDGET,
    Elastic,
    GroupMemory,
    Memory,
    default_budget,
    follow,
    narrowest,
    read_groups,
    read_memory,
    reserve_bytes,
)

V1_MOUNT = "35 31 0:32 {root} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
V2_MOUNT = "41 31 0:38 {root} /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
OTHERS = (
    "30 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
)
UNLIMITED_V1 = "9223372036854771712"


def _system(root: Path, own: str, mounts: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(own)
    (root / "proc/self/mountinfo").write_text(OTHERS + mounts)
    return root


def _group(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")


def test_the_narrowest_of_nested_groups_counts_in_version_2(tmp_path: Path) -> None:
    root = _system(tmp_path, "0::/user.slice/app.scope\n", V2_MOUNT.format(root="/"))
    top = root / "sys/fs/cgroup"
    _group(top, memory__stat="anon 1")  # the root group has no limit files
    _group(top / "user.slice", memory__max=3 * GB, memory__high="max", memory__current=GB)
    _group(
        top / "user.slice/app.scope",
        memory__max=8 * GB,
        memory__high=5 * GB,
        memory__current=2 * GB,
        memory__stat=f"anon 5\ninactive_file {GB // 2}\nactive_file {GB // 4}",
    )
    assert list(read_groups(root)) == [
        GroupMemory(5 * GB, 2 * GB - GB // 2 - GB // 4),
        GroupMemory(3 * GB, GB),
    ]
    assert read_memory(root).limit_bytes == 3 * GB


def test_version_1_counts_limits_above_what_the_mount_shows(tmp_path: Path) -> None:
    own = "8:pids:/x\n4:cpu,memory:/docker/abc/inner\n0::/elsewhere\n"
    root = _system(tmp_path, own, V1_MOUNT.format(root="/docker/abc"))
    _group(
        root / "sys/fs/cgroup/memory/inner",
        memory__limit_in_bytes=UNLIMITED_V1,
        memory__usage_in_bytes=700,
        memory__stat=f"hierarchical_memory_limit {2 * GB}\ntotal_inactive_file 200",
    )
    _group(root / "sys/fs/cgroup/memory", memory__limit_in_bytes=UNLIMITED_V1)
    assert list(read_groups(root)) == [GroupMemory(2 * GB, 500)]


def test_a_container_that_sees_itself_as_the_top(tmp_path: Path) -> None:
    """The path of the group means nothing inside; the mount is the group."""
    root = _system(tmp_path, "0::/../../host/path\n", V2_MOUNT.format(root="/"))
    _group(root / "sys/fs/cgroup", memory__max=GB, memory__current=1)
    assert list(read_groups(root)) == [GroupMemory(GB, 1)]


def test_a_mount_with_a_space_in_its_path(tmp_path: Path) -> None:
    mount = V2_MOUNT.format(root="/").replace("/sys/fs/cgroup", "/sys/my\\040groups")
    root = _system(tmp_path, "0::/a\n", mount)
    _group(root / "sys/my groups/a", memory__max=GB, memory__current=7)
    assert list(read_groups(root)) == [GroupMemory(GB, 7)]


@pytest.mark.parametrize(
    ("own", "mounts"),
    [
        ("", ""),
        ("rubbish\n::\n0:\n", "one two - \n - cgroup2\n\n"),
        ("0::/a\n4:memory:/b\n", V1_MOUNT.format(root="/") + V2_MOUNT.format(root="/")),
    ],
)
def test_no_limit_is_no_group(tmp_path: Path, own: str, mounts: str) -> None:
    root = _system(tmp_path, own, mounts)
    _group(root / "sys/fs/cgroup/memory/b", memory__limit_in_bytes=UNLIMITED_V1)
    _group(root / "sys/fs/cgroup/a", memory__max="max", memory__current="not a number")
    assert list(read_groups(root)) == []
    assert read_memory(root).limit_bytes is None


def test_other_systems_have_no_groups(tmp_path: Path) -> None:
    assert list(read_groups(tmp_path)) == []
    memory = read_memory(tmp_path)
    assert 0 < memory.available_bytes <= memory.total_bytes


def test_this_process_is_read() -> None:
    memory = read_memory()
    assert 0 < memory.available_bytes <= memory.total_bytes
    assert 0 < default_budget(memory) <= memory.total_bytes


# -- the default ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "available", "expected"),
    [
        (8 * GB, 5 * GB, 3 * GB),
        (16 * GB, 12 * GB, 8 * GB),
        (64 * GB, 60 * GB, 56 * GB),
        (4 * GB, int(0.5 * GB), LEAST_BUDGET),
    ],
)
def test_the_default_leaves_a_quarter_of_the_machine(
    total: int, available: int, expected: int
) -> None:
    assert default_budget(Memory(total, available)) == expected


def test_a_group_counts_as_the_machine() -> None:
    memory = narrowest(64 * GB, 60 * GB, [GroupMemory(4 * GB, GB), GroupMemory(9 * GB, 0)])
    assert memory.limit_bytes == 4 * GB and memory.group_room_bytes == 3 * GB
    assert default_budget(memory) == 3 * GB - 4 * GB // 20
    assert default_budget(memory, own_bytes=GB) == 4 * GB - 4 * GB // 20


def test_a_wide_group_on_a_full_machine_does_not_count() -> None:
    memory = narrowest(8 * GB, 4 * GB, [GroupMemory(64 * GB, 0)])
    assert default_budget(memory) == 4 * GB - reserve_bytes(8 * GB)


# -- the budget that follows ------------------------------------------------------------

MACHINE = 16 * GB
RESERVE = reserve_bytes(MACHINE)


def _memory(spare: int) -> Memory:
    return Memory(MACHINE, max(0, RESERVE + spare))


def test_it_shrinks_at_once_and_gives_back_all_that_others_should_have() -> None:
    state = Elastic(6 * GB, most_bytes=6 * GB)
    after = follow(state, Memory(MACHINE, RESERVE // 4), 6 * GB, 0.0)
    assert after.budget_bytes == 6 * GB - RESERVE * 3 // 4
    assert follow(state, Memory(MACHINE, 0), GB, 0.0).budget_bytes == LEAST_BUDGET


def test_between_the_two_bounds_nothing_moves() -> None:
    state = Elastic(6 * GB, most_bytes=8 * GB)
    for spare in (-RESERVE // 2 + 1, -GB, 0, GB // 2):
        assert follow(state, _memory(spare), 6 * GB, 9.0) is state


def test_it_grows_half_way_and_only_after_a_while() -> None:
    state = Elastic(2 * GB, most_bytes=8 * GB)
    roomy = _memory(6 * GB)
    waiting = follow(state, roomy, 2 * GB, 100.0)
    assert waiting.budget_bytes == 2 * GB
    assert follow(waiting, roomy, 2 * GB, 100.0 + GROW_AFTER_S - 1) is waiting
    grown = follow(waiting, roomy, 2 * GB, 100.0 + GROW_AFTER_S)
    assert grown.budget_bytes == 5 * GB
    interrupted = follow(waiting, _memory(0), 2 * GB, 101.0)
    assert interrupted.roomy_since_s is None and interrupted.budget_bytes == 2 * GB


def test_it_reaches_what_the_person_allowed() -> None:
    state, now = Elastic(GB, most_bytes=8 * GB), 0.0
    for _ in range(20):
        state = follow(state, _memory(9 * GB), state.budget_bytes, now)
        now += GROW_AFTER_S
    assert state.budget_bytes == 8 * GB


@given(
    st.lists(st.integers(0, MACHINE), min_size=1, max_size=40),
    st.integers(LEAST_BUDGET, 8 * GB),
)
def test_it_stays_within_its_bounds_and_settles(others: list[int], begin: int) -> None:
    """Whatever other programs take: least <= budget <= most, and then it comes to rest."""
    state, now = Elastic(begin, most_bytes=8 * GB), 0.0
    for taken in others + [others[-1]] * 60:
        free = max(0, MACHINE - taken - state.budget_bytes)
        before = state.budget_bytes
        state = follow(state, Memory(MACHINE, free), state.budget_bytes, now)
        assert LEAST_BUDGET <= state.budget_bytes <= 8 * GB
        if state.budget_bytes < before:
            assert free < RESERVE / 2
        now += GROW_AFTER_S / 2
    free = max(0, MACHINE - others[-1] - state.budget_bytes)
    assert follow(state, Memory(MACHINE, free), state.budget_bytes, now).budget_bytes == (
        state.budget_bytes
    )
