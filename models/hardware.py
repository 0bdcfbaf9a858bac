"""What this machine can do, measured once and remembered: multiplying weights, reading flash.

The multiplying is measured by a child process (``models.hardware_probe``), the disk here
(``models.flash_speed``). It takes about fifteen seconds of a machine that is otherwise idle,
so the figures are kept in a JSON file and used again until the processor, the memory, the
version of llama.cpp or the disk is another one. Any thread; light to import.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from models.errors import ModelError
from models.flash_speed import flash_speed
from models.worker_link import child_environment

# Raised when the figures mean something else than before.
VERSION = 2
TIMEOUT_S = 240.0
# Kinds of weights that are not measured, by one that costs about as much.
_LIKE = {
    "Q4_1": "Q4_0", "Q5_0": "Q5_K", "Q5_1": "Q5_K", "Q8_1": "Q8_0", "Q2_K": "Q4_K",
    "Q3_K": "Q4_K", "Q8_K": "Q8_0", "IQ4_NL": "IQ4_XS", "MXFP4": "IQ4_XS", "F32": "F16",
}  # fmt: skip


class MeasuringFailed(ModelError):
    """The measuring process ended without figures."""


class Speed(NamedTuple):
    """How fast one kind of weights is multiplied.

    Attributes:
        bytes_s: bytes of weights a second, for one token of an answer.
        multiplies_s: multiplications with their additions a second, for rows of a prompt.
    """

    bytes_s: float
    multiplies_s: float


@dataclass(frozen=True)
class Hardware:
    """One machine with one disk.

    Attributes:
        threads: that multiplied.
        memory_bytes_s: what one thread reads from memory.
        node_s: seconds of one small operation of llama.cpp, threads meeting before and after.
        plain, repacked: by kind of weights, as they lie in the file and as llama.cpp rearranges
            them in memory where it can.
        flash_bytes_s, flash_burst_bytes_s, flash_small_bytes_s, flash_direct: see ``FlashSpeed``.
    """

    threads: int
    memory_bytes_s: float
    node_s: float
    plain: dict[str, Speed]
    repacked: dict[str, Speed]
    flash_bytes_s: float
    flash_burst_bytes_s: float
    flash_small_bytes_s: float
    flash_direct: bool

    def speed(self, kind: str, repacked: bool = False) -> Speed:
        """Of one kind of weights, by its name ("Q4_K"); unknown ones as slow as the slowest."""
        name = kind if kind in self.plain else _LIKE.get(kind, "")
        if repacked and name in self.repacked:
            return self.repacked[name]
        found = self.plain.get(name)
        return found or min(self.plain.values(), key=lambda speed: speed.bytes_s)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Any) -> Hardware | None:
        """What was written down, or None if it makes no sense."""
        try:
            made = cls(
                threads=int(found["threads"]),
                memory_bytes_s=float(found["memory_bytes_s"]),
                node_s=float(found["node_s"]),
                plain=_speeds(found["plain"]),
                repacked=_speeds(found["repacked"]),
                flash_bytes_s=float(found["flash_bytes_s"]),
                flash_burst_bytes_s=float(found["flash_burst_bytes_s"]),
                flash_small_bytes_s=float(found["flash_small_bytes_s"]),
                flash_direct=bool(found["flash_direct"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        figures = [made.memory_bytes_s, made.flash_bytes_s]
        figures += [made.flash_burst_bytes_s, made.flash_small_bytes_s]
        figures += [
            one for speed in (*made.plain.values(), *made.repacked.values()) for one in speed
        ]
        sound = made.plain and all(0 < one < 1e15 for one in figures) and 0 < made.node_s < 1
        return made if sound else None


def _speeds(found: dict[str, Any]) -> dict[str, Speed]:
    return {str(name): Speed(float(one[0]), float(one[1])) for name, one in found.items()}


def default_threads() -> int:
    """Cores that compute; their second halves do not make multiplying faster."""
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def safe_to_repack() -> bool:
    """llama.cpp may rearrange weights in memory on this processor.

    WORKAROUND: on Intel processors with AMX it rearranges them for that unit, and the first
    prompt then ends the process: the compiler drops the unit's configuration as unused
    (github.com/ggml-org/llama.cpp, number 20824 and 26954).
    """
    try:
        return "amx_int8" not in Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return True


def known(cache: Path, disk: Path, threads: int | None = None) -> Hardware | None:
    """What was measured before on this machine and disk; None if nothing was.

    Args:
        cache: the JSON file.
        disk: the model file, or the folder that models lie in.
    """
    try:
        found = json.loads(cache.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    entry = found.get(_machine(disk, threads or default_threads()))
    return Hardware.from_json(entry.get("hardware")) if isinstance(entry, dict) else None


def measure(
    disk: Path,
    threads: int | None = None,
    cache: Path | None = None,
    *,
    command: Sequence[str] | None = None,
) -> Hardware:
    """Measures now, and remembers it in ``cache`` if there is one.

    Args:
        disk: a big model file, or a folder to write a scratch file of 256 MB into.
        command: how to start the measuring process, for packaged builds.

    Raises:
        MeasuringFailed: no figures came, with the reason for a person.
    """
    threads = threads or default_threads()
    try:
        flash = flash_speed(disk)
    except OSError as error:
        raise _failed(f"The disk of {disk.name} cannot be read ({error})") from error
    made = Hardware.from_json(
        {
            **_probed([*(command or default_command()), str(threads)]),
            "flash_bytes_s": flash.bytes_s,
            "flash_burst_bytes_s": flash.burst_bytes_s,
            "flash_small_bytes_s": flash.small_bytes_s,
            "flash_direct": flash.direct,
        }
    )
    if made is None:
        raise _failed("The measuring process gave figures that make no sense")
    if cache is not None:
        _remember(cache, _machine(disk, threads), made)
    return made


def default_command() -> list[str]:
    """How the measuring process is started from a source checkout or an installed package."""
    return [sys.executable, "-P", "-m", "models.hardware_probe"]


def _probed(command: list[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=True,
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise _failed(f"The measuring process ended early ({type(error).__name__})") from error
    return found if isinstance(found, dict) else {}


def _failed(what: str) -> MeasuringFailed:
    return MeasuringFailed(
        "The speed of this machine could not be measured",
        f"{what}. Models run all the same; only the forecasts are missing.",
        "Try again when other programs leave it some memory and time.",
    )


def _machine(disk: Path, threads: int) -> str:
    """What the figures hold for: processor, memory, library, disk and threads."""
    folder = disk if disk.exists() else disk.parent
    parts = [
        str(VERSION),
        platform.machine(),
        _processor(),
        str(psutil.cpu_count()),
        str(round(psutil.virtual_memory().total / 1e9)),
        _library_version(),
        str(os.stat(folder).st_dev) if folder.exists() else "",
        str(threads),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor()
    return next((line for line in text.splitlines() if line.startswith("model name")), "")


def _library_version() -> str:
    try:
        return importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        return ""


def _remember(cache: Path, machine: str, made: Hardware) -> None:
    """Adds it to the file; losing it only means measuring again."""
    try:
        found = json.loads(cache.read_text("utf-8"))
    except (OSError, ValueError):
        found = {}
    kept = found if isinstance(found, dict) else {}
    kept[machine] = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                     "hardware": made.as_json()}  # fmt: skip
    scratch = cache.with_name(f".{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(kept, indent=1), "utf-8")
        os.replace(scratch, cache)
    except OSError:
        scratch.unlink(missing_ok=True)
