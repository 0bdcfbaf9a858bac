"""packaging/check_system.py: what is missing is named, with one command."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "check_system.py"


@pytest.fixture
def check_system() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_system", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_missing_tools_and_libraries_are_named_with_one_command(
    check_system: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = check_system.shutil.which
    gone = {"cmake", "c++", "g++", "clang++"}
    monkeypatch.setattr(
        check_system.shutil,
        "which",
        lambda name: (
            "/usr/bin/apt-get" if name == "apt-get" else None if name in gone else real(name)
        ),
    )
    monkeypatch.setattr(check_system.platform, "system", lambda: "Linux")
    monkeypatch.setattr(check_system, "has_library", lambda name: name != "libxcb-cursor.so.0")

    assert check_system.main([]) == 1

    said = capsys.readouterr().err
    assert "libxcb-cursor.so.0" in said
    command = next(line.strip() for line in said.splitlines() if "apt-get" in line)
    assert command == "sudo apt-get install -y cmake g++ libxcb-cursor0"


def test_an_absent_library_is_noticed(check_system: ModuleType) -> None:
    assert not check_system.has_library("librecollect-is-not-here.so.9")


def test_macos_names_its_own_commands(check_system: ModuleType) -> None:
    gone = {"c++": ("g++", "gcc-c++"), "cmake": ("cmake", "cmake")}
    assert check_system.command(gone, "Darwin") == "xcode-select --install && brew install cmake"


def test_it_needs_nothing_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--command"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
