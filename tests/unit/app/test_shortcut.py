"""The global shortcut on a real X server and on a real session bus, where the machine has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.shortcut import GlobalShortcut
from app.shortcut_keys import DEFAULT_KEYS, Keys
from tests.patience import LONG_S

_ROOT = Path(__file__).parents[3]


def _need(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing or not sys.platform.startswith("linux"):
        pytest.skip(f"needs {', '.join(missing) or 'Linux'}")


# -- keys


def test_default_keys_in_every_spelling() -> None:
    keys = Keys.parse(DEFAULT_KEYS)
    assert keys.text() == "Ctrl+Alt+Space"
    assert keys.trigger() == "CTRL+ALT+space"
    assert keys.pynput() == "<ctrl>+<alt>+<space>"


def test_letters_and_function_keys() -> None:
    assert Keys.parse("Shift+Ctrl+k").text() == "Ctrl+Shift+K"
    assert Keys.parse("Meta+J").trigger() == "LOGO+j"
    assert Keys.parse("F9").pynput() == "<f9>"


@pytest.mark.parametrize("text", ["", "K", "Shift+K", "Ctrl", "Hyper+K", "Ctrl+Ctrl+K", "Ctrl+ß"])
def test_keys_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError):
        Keys.parse(text)


# -- X11


@pytest.fixture
def x_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    _need("Xvfb", "xdotool")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        name = ":" + answer.readline().strip()
    monkeypatch.setenv("DISPLAY", name)
    monkeypatch.delenv("XAUTHORITY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("XDG_SESSION_TYPE", "x11")
    yield name
    server.terminate()
    server.wait(LONG_S)


def _type(keys: str) -> None:
    subprocess.run(["xdotool", "key", keys], check=True, timeout=LONG_S)


@pytest.fixture
def shortcut(qtbot: QtBot) -> Iterator[GlobalShortcut]:
    made = GlobalShortcut()
    yield made
    made.stop()


def test_keys_pressed_on_x11(x_display: str, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shortcut.state_changed):
        shortcut.start("Ctrl+Alt+Space")
    assert shortcut.state.active and "Ctrl+Alt+Space" in shortcut.state.words
    with qtbot.waitSignal(shortcut.pressed):
        _type("ctrl+alt+space")


def test_num_lock_and_caps_lock_do_not_matter(
    x_display: str, shortcut: GlobalShortcut, qtbot: QtBot
) -> None:
    shortcut.start("Ctrl+Alt+Space")
    _type("Num_Lock")
    _type("Caps_Lock")
    with qtbot.waitSignal(shortcut.pressed):
        _type("ctrl+alt+space")


def test_held_keys_count_once(x_display: str, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    uses: list[None] = []
    shortcut.pressed.connect(lambda: uses.append(None))
    shortcut.start("Ctrl+Alt+Space")
    subprocess.run(["xdotool", "keydown", "ctrl+alt+space"], check=True, timeout=LONG_S)
    qtbot.wait(1200)  # the server repeats a held key after 660 ms
    subprocess.run(["xdotool", "keyup", "ctrl+alt+space"], check=True, timeout=LONG_S)
    qtbot.waitUntil(lambda: len(uses) == 1)
    with qtbot.waitSignal(shortcut.pressed):
        _type("ctrl+alt+space")
    assert len(uses) == 2


def test_other_keys_are_not_heard_and_changed_keys_are(
    x_display: str, shortcut: GlobalShortcut, qtbot: QtBot
) -> None:
    shortcut.start("Ctrl+Alt+Space")
    shortcut.start("Meta+K")
    with qtbot.assertNotEmitted(shortcut.pressed, wait=200):
        _type("ctrl+alt+space")
    with qtbot.waitSignal(shortcut.pressed):
        _type("super+k")


def test_keys_another_program_has(x_display: str, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    shortcut.start("Ctrl+Alt+Space")
    second = GlobalShortcut()
    with qtbot.waitSignal(second.state_changed):
        second.start("Ctrl+Alt+Space")
    assert not second.state.active
    assert "another program" in second.state.words and "recollect quick" in second.state.words


def test_no_display_at_all(
    monkeypatch: pytest.MonkeyPatch, shortcut: GlobalShortcut, qtbot: QtBot
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    shortcut.start()
    assert not shortcut.state.active
    assert "recollect quick" in shortcut.state.words


def test_keys_that_cannot_be_are_explained(shortcut: GlobalShortcut) -> None:
    shortcut.start("Shift+A")
    assert "Shift+A" in shortcut.state.words and not shortcut.state.active


# -- Wayland: the portal


@pytest.fixture
def session_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _need("dbus-daemon")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    yield
    daemon.terminate()
    daemon.wait(LONG_S)
    daemon.stdout.close()


@pytest.fixture
def portal(request: pytest.FixtureRequest, session_bus: None) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fake_portal", request.param],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    yield
    process.terminate()
    process.wait(LONG_S)
    process.stdout.close()


@pytest.mark.parametrize("portal", ["grant"], indirect=True)
def test_portal_grants(portal: None, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    uses: list[None] = []
    shortcut.pressed.connect(lambda: uses.append(None))
    with qtbot.waitSignals([shortcut.state_changed, shortcut.pressed]):
        shortcut.start()
    assert shortcut.state.active
    assert shortcut.state.keys == "CTRL+ALT+space"
    qtbot.wait(50)
    assert len(uses) == 1  # the other session's use is not ours


@pytest.mark.parametrize("portal", ["decline"], indirect=True)
def test_portal_declines(portal: None, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shortcut.state_changed):
        shortcut.start()
    assert not shortcut.state.active
    assert "declined" in shortcut.state.words and "recollect quick" in shortcut.state.words


@pytest.mark.parametrize("portal", ["none"], indirect=True)
def test_desktop_without_the_portal(portal: None, shortcut: GlobalShortcut, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shortcut.state_changed):
        shortcut.start()
    assert not shortcut.state.active and "recollect quick" in shortcut.state.words


def test_no_bus_at_all(
    monkeypatch: pytest.MonkeyPatch, shortcut: GlobalShortcut, qtbot: QtBot, tmp_path: Path
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    with qtbot.waitSignal(shortcut.state_changed):
        shortcut.start()
    assert not shortcut.state.active and "recollect quick" in shortcut.state.words
