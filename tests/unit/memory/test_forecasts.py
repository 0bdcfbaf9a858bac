"""Forecasts of models on a machine whose speeds are given, and the measuring of this one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memory.clock import SystemClock
from memory.events import Events
from memory.forecasts import Forecasts
from memory.machine_speed import MachineSpeed
from memory.options import Options
from memory.paths import DataPaths
from memory.protocol import ModelMode, ModelVerdict
from memory.store.db import Database
from models.catalogue import find
from models.errors import BadModelFile
from models.hardware import Hardware
from tests.tiny_gguf import make_tiny_gguf

SPEEDS: dict[str, Any] = {
    "threads": 2,
    "memory_bytes_s": 1e10,
    "node_s": 5e-6,
    "plain": {"F16": [8e9, 2e10], "Q4_K": [6e9, 3e10], "Q8_0": [8e9, 3e10]},
    "repacked": {},
    "flash_bytes_s": 1e9,
    "flash_burst_bytes_s": 8e8,
    "flash_small_bytes_s": 5e7,
    "flash_direct": True,
}


@pytest.fixture
def hardware() -> Hardware:
    found = Hardware.from_json(SPEEDS)
    assert found is not None
    return found


@pytest.fixture
def forecasts(paths: DataPaths) -> Any:
    database = Database(paths, SystemClock())
    options = Options(database, Events())
    options.edit({"model_forecasts": False})
    speed = MachineSpeed(paths.models, paths.engine / "machine.json")
    yield Forecasts(options, speed)
    speed.close()
    database.close()


def _until(done: Callable[[], Any], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_more_memory_is_never_slower(forecasts: Forecasts, hardware: Hardware) -> None:
    for model_id in ("qwen3-4b", "qwen3-30b-a3b"):
        model = find(model_id)
        assert model is not None
        subject = forecasts.of_entry(model)
        budgets = [model.size_bytes * share // 100 for share in (30, 60, 90, 200)]
        found = forecasts.predict(subject, budgets, None, hardware)
        speeds = [one.tokens_per_s or 0.0 for one in found]
        assert speeds == sorted(speeds) and speeds[0] > 0
        assert found[-1].verdict is ModelVerdict.FITS and found[-1].mode is ModelMode.FITS
        assert all(one.first_token_s and one.reason for one in found)
        if sys.platform == "linux":
            assert found[0].verdict is not ModelVerdict.FITS and speeds[0] < speeds[-1]


def test_the_systems_own_paging_is_slower_than_streaming(
    forecasts: Forecasts, hardware: Hardware
) -> None:
    model = find("qwen3-8b")
    assert model is not None
    budget = [model.size_bytes // 2]
    (own,) = forecasts.predict(forecasts.of_entry(model), budget, None, hardware)
    (plain,) = forecasts.predict(forecasts.of_entry(model), budget, ModelMode.MMAP, hardware)
    assert plain.mode is ModelMode.MMAP and plain.verdict is ModelVerdict.TOO_SLOW
    if sys.platform == "linux":
        assert (own.tokens_per_s or 0) > 3 * (plain.tokens_per_s or 0)


def test_without_figures_only_the_size_speaks(forecasts: Forecasts) -> None:
    model = find("gemma-3-1b")
    assert model is not None
    small, big = forecasts.predict(forecasts.of_entry(model), [10_000_000, 10**11])
    assert big.verdict is ModelVerdict.FITS and small.verdict is ModelVerdict.TOO_SLOW
    assert small.tokens_per_s is None and big.first_token_s is None
    assert not forecasts.measuring(), "the person said not to measure"


def test_a_file_is_forecast_from_its_own_tables(
    forecasts: Forecasts, hardware: Hardware, tmp_path: Path
) -> None:
    file = make_tiny_gguf(tmp_path / "tiny.gguf")
    subject = forecasts.of_file(file)
    assert subject.load.parts.total_bytes < file.stat().st_size
    assert forecasts.of_file(file) is subject, "read once"
    (found,) = forecasts.predict(subject, [10**9], None, hardware)
    assert found.mode is ModelMode.FITS and (found.tokens_per_s or 0) > 100
    make_tiny_gguf(file, layers=3)
    assert forecasts.of_file(file) is not subject, "another file now"
    file.write_bytes(b"no model")
    with pytest.raises(BadModelFile):
        forecasts.of_file(file)


# -- measuring ----------------------------------------------------------------------------

# Stands in for the measuring, which takes a quarter of a minute: writes given figures.
_MEASURE = f"""
import sys
from pathlib import Path
from models import hardware
disk, cache = Path(sys.argv[1]), Path(sys.argv[2])
threads = int(sys.argv[4]) if len(sys.argv) > 4 else hardware.default_threads()
made = hardware.Hardware.from_json({SPEEDS!r})
hardware._remember(cache, hardware._machine(disk, threads), made)
"""
_NEVER_ENDS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[2] + ".pid", "w") as file: file.write(str(child.pid))
time.sleep(600)
"""


def test_the_machine_is_measured_once_and_remembered(tmp_path: Path) -> None:
    changes: list[bool] = []
    command = [sys.executable, "-c", _MEASURE]
    cache = tmp_path / "machine.json"
    speed = MachineSpeed(
        tmp_path, cache, command=command, on_change=lambda: changes.append(speed.measuring())
    )
    assert speed.known() is None
    speed.want()
    _until(lambda: changes == [True, False])
    found = speed.known()
    assert found is not None and found.flash_bytes_s == 1e9
    speed.want()
    assert not speed.measuring()
    speed.want(1)
    _until(lambda: speed.known(1) is not None and not speed.measuring())
    speed.close()
    assert MachineSpeed(tmp_path, cache).known() == found


def test_measuring_waits_while_there_is_other_work(tmp_path: Path) -> None:
    working = threading.Event()
    working.set()
    speed = MachineSpeed(
        tmp_path,
        tmp_path / "machine.json",
        busy=working.is_set,
        command=[sys.executable, "-c", _MEASURE],
    )
    speed.want()
    assert speed.measuring() and not (tmp_path / "machine.json").exists()
    working.clear()
    _until(lambda: speed.known() is not None)
    speed.close()


def test_a_failed_measurement_is_not_tried_again_and_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    speed = MachineSpeed(
        tmp_path,
        tmp_path / "machine.json",
        command=[sys.executable, "-c", "import sys; sys.exit('no room')"],
    )
    speed.want()
    _until(lambda: not speed.measuring())
    assert speed.known() is None and "no room" in caplog.text
    speed.want()
    assert not speed.measuring()
    speed.close()


@pytest.mark.skipif(sys.platform == "win32", reason="looks at process groups")
def test_the_end_of_the_daemon_ends_it_with_all_it_started(tmp_path: Path) -> None:
    import psutil

    cache = tmp_path / "machine.json"
    speed = MachineSpeed(tmp_path, cache, command=[sys.executable, "-c", _NEVER_ENDS])
    speed.want()
    noted = Path(f"{cache}.pid")
    _until(lambda: noted.exists() and noted.read_text())
    child = int(noted.read_text())
    speed.close()
    assert not speed.measuring()
    _until(
        lambda: (
            not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
        )
    )
    speed.want()
    assert not speed.measuring(), "after the end nothing begins"
