"""Measuring this machine for real, on small matrices, and what is kept of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.flash_speed import flash_speed, read_speed
from models.hardware import (
    Hardware,
    MeasuringFailed,
    Speed,
    default_threads,
    known,
    measure,
    safe_to_repack,
)

SMALL = (
    "from models.hardware_probe import *; print(json.dumps(measured(int(sys.argv[1]), 1 << 25)))"
)
MADE_UP = Hardware(
    threads=2,
    memory_bytes_s=1e10,
    node_s=1e-5,
    plain={"Q4_0": Speed(8e9, 1e11), "F16": Speed(1.6e10, 9e10)},
    repacked={"Q4_0": Speed(9e9, 2e11)},
    flash_bytes_s=2e9,
    flash_burst_bytes_s=1.6e9,
    flash_small_bytes_s=1e9,
    flash_direct=True,
)


@pytest.fixture(scope="module")
def big_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("disk") / "model.gguf"
    path.write_bytes(bytes(65 << 20))
    return path


def test_this_machine_is_measured_and_remembered(tmp_path: Path, big_file: Path) -> None:
    cache = tmp_path / "deep" / "hardware.json"
    assert known(cache, big_file) is None
    made = measure(big_file, 1, cache, command=[sys.executable, "-c", SMALL])
    assert made.threads == 1
    assert {"F16", "Q4_0", "Q4_K", "Q6_K", "Q8_0"} <= made.plain.keys()
    assert set(made.repacked) <= set(made.plain)
    assert min(one.bytes_s for one in made.plain.values()) > 1e6
    assert known(cache, big_file, 1) == made
    assert known(cache, big_file, 3) is None  # that would be another measurement
    assert not [one for one in cache.parent.iterdir() if one != cache]


@pytest.mark.parametrize(
    "code",
    ["import os; os.abort()", "print('rubbish')", "print('[]')", "print('{\"threads\": 1}')"],
)
def test_a_measuring_process_that_fails(big_file: Path, tmp_path: Path, code: str) -> None:
    cache = tmp_path / "hardware.json"
    with pytest.raises(MeasuringFailed) as caught:
        measure(big_file, 1, cache, command=[sys.executable, "-c", code])
    assert "run all the same" in caught.value.message
    assert not cache.exists()


def test_a_disk_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MeasuringFailed):
        measure(tmp_path / "nowhere" / "model.gguf", 1)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', b"\xff\xfe"])
def test_a_spoilt_cache_means_measuring_again(tmp_path: Path, content: str | bytes) -> None:
    cache = tmp_path / "hardware.json"
    cache.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert known(cache, tmp_path) is None


def test_figures_survive_the_file_and_senseless_ones_do_not() -> None:
    written = json.loads(json.dumps(MADE_UP.as_json()))
    assert Hardware.from_json(written) == MADE_UP
    for name, value in (("node_s", 0), ("flash_bytes_s", -1), ("plain", {}), ("plain", [1])):
        assert Hardware.from_json({**written, name: value}) is None
    assert Hardware.from_json(None) is None


def test_kinds_that_were_not_measured_are_like_others() -> None:
    assert MADE_UP.speed("Q4_0") == Speed(8e9, 1e11)
    assert MADE_UP.speed("Q4_0", repacked=True) == Speed(9e9, 2e11)
    assert MADE_UP.speed("F16", repacked=True) == Speed(1.6e10, 9e10)
    assert MADE_UP.speed("Q4_1") == MADE_UP.speed("Q4_0")
    assert MADE_UP.speed("F32") == MADE_UP.speed("F16")
    assert MADE_UP.speed("TQ9") == MADE_UP.speed("Q4_0")
    only = replace(MADE_UP, plain={"F16": Speed(1.0, 1.0)}, repacked={})
    assert only.speed("Q4_K", repacked=True) == Speed(1.0, 1.0)


def test_the_processor_is_known() -> None:
    assert default_threads() >= 1
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "amx_int8" in flags.read_text():
        assert not safe_to_repack()
    else:
        assert safe_to_repack()


# -- the disk ---------------------------------------------------------------------------


def test_a_big_file_is_read_itself(big_file: Path) -> None:
    speed = flash_speed(big_file, seconds=0.1)
    assert speed.bytes_s > 0 and speed.small_bytes_s > 0
    assert [one.name for one in big_file.parent.iterdir()] == [big_file.name]


def test_a_folder_gets_a_scratch_file_that_goes_again(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    for where in (tmp_path, small):
        assert flash_speed(where, seconds=0.1).bytes_s > 0
        assert list(tmp_path.iterdir()) == [small]


def test_a_file_smaller_than_a_piece_is_refused(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x" * 100)
    with pytest.raises(OSError, match="too small"):
        read_speed(tmp_path / "small", 4096, 2, 0.1)
