"""Says which system packages are missing, and the one command that installs them.

Runs before anything of Recollect is installed, so it uses the standard library alone.
Exit code 0: all there. 1: something is missing; what and the command are on stderr.
``--command`` prints only the installing command (empty when nothing is missing).
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import importlib.util
import platform
import shutil
import sys

MINIMUM_PYTHON = (3, 11)

# What is looked for -> Debian/Ubuntu package, Fedora package.
TOOLS = {
    "c++": ("g++", "gcc-c++"),
    "cmake": ("cmake", "cmake"),
    "make": ("make", "make"),
}
QT_LIBRARIES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-xinerama.so.0": ("libxcb-xinerama0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
}


def has_library(name: str) -> bool:
    """Can the system's loader open this library?"""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing(system: str) -> dict[str, tuple[str, str]]:
    """Missing things by name, each with its Debian and Fedora package."""
    gone = {tool: names for tool, names in TOOLS.items() if not _has_tool(tool)}
    if system == "Linux":
        gone |= {lib: names for lib, names in QT_LIBRARIES.items() if not has_library(lib)}
        if importlib.util.find_spec("ensurepip") is None:
            version = f"python3.{sys.version_info[1]}-venv"
            gone["Python's venv"] = (version, "python3")
    return gone


def _has_tool(tool: str) -> bool:
    names = ("c++", "g++", "clang++") if tool == "c++" else (tool,)
    return any(shutil.which(name) for name in names)


def command(gone: dict[str, tuple[str, str]], system: str) -> str:
    """The one command that installs what is missing on this system."""
    if not gone:
        return ""
    if system == "Darwin":
        steps = ["xcode-select --install"] if {"c++", "make"} & set(gone) else []
        return " && ".join(steps + (["brew install cmake"] if "cmake" in gone else []))
    if shutil.which("apt-get"):
        packages = sorted({debian for debian, _ in gone.values()})
        return "sudo apt-get install -y " + " ".join(packages)
    if shutil.which("dnf"):
        return "sudo dnf install -y " + " ".join(sorted({fedora for _, fedora in gone.values()}))
    return "install: " + ", ".join(sorted(gone))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", action="store_true", help="print the command alone")
    only_command = parser.parse_args(arguments).command
    system = platform.system()
    if sys.version_info < MINIMUM_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        print(
            f"Recollect needs Python 3.11 or newer; this is {found}.\n"
            "Install a newer Python, then run: make run PYTHON=python3.11",
            file=sys.stderr,
        )
        return 1
    gone = missing(system)
    install = command(gone, system)
    if only_command:
        print(install)
        return 0
    if not gone:
        return 0
    print("Recollect needs a few things of this system that are not there yet:", file=sys.stderr)
    for name in sorted(gone):
        print(f"  {name}", file=sys.stderr)
    print(f"\nThis installs them:\n\n  {install}\n\nThen run make again.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
