"""Figures the system keeps of a process: what it read from disk, and its memory. Linux."""

from __future__ import annotations

from pathlib import Path


def read_bytes(pid: int | str = "self") -> int:
    """Bytes it caused to be read from disk; 0 where the system does not say."""
    return _field(Path(f"/proc/{pid}/io"), "read_bytes")


def held_bytes(pid: int | str = "self") -> int | None:
    """Memory it has now, files it maps included; None where the system does not say.

    A page that shows at several addresses, as those of a ring do, counts once: the resident
    size would count it as often as it shows.
    """
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Pss") * 1024 or None


def _field(path: Path, name: str) -> int:
    try:
        for line in path.read_text("ascii", "replace").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return 0
