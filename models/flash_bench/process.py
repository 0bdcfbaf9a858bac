"""Figures the system keeps of a process: what it read from disk, and its memory. Linux."""

from __future__ import annotations

from pathlib import Path


def read_bytes(pid: int | str = "self") -> int:
    """Bytes it caused to be read from disk; 0 where the system does not say."""
    return _field(Path(f"/proc/{pid}/io"), "read_bytes")


def peak_bytes(pid: int | str = "self") -> int | None:
    """Most memory it had at once, of files it maps too; None where the system does not say."""
    return _field(Path(f"/proc/{pid}/status"), "VmHWM") * 1024 or None


def _field(path: Path, name: str) -> int:
    try:
        for line in path.read_text("ascii", "replace").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return 0
