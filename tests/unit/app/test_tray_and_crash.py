"""Tray, crash report, list of shortcuts, curve and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app import icons, words
from app.crash_dialog import CrashReporter, crash_report
from app.curve import StrengthCurve, curve_in_words
from app.keyboard_help import KeyboardHelp
from app.shortcuts import SHORTCUTS
from app.tray import Tray, TrayState, tray_icon, tray_words
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import NOW, batch, detail, problem, status

# -- tray


def test_menu_tells_what_was_chosen(desk: Desk, qtbot: QtBot) -> None:
    tray = Tray(desk.theme)
    entries = {a.text(): a for a in tray.menu.actions() if a.text()}
    for text, signal in (
        ("Open Recollect", tray.opened),
        ("Quick recall", tray.quick_recall_asked),
        ("Add files …", tray.add_files_asked),
        ("Settings", tray.settings_asked),
        ("Quit", tray.quit_asked),
    ):
        with qtbot.waitSignal(signal):
            entries[text].trigger()


def test_pause_becomes_resume(desk: Desk, qtbot: QtBot) -> None:
    tray = Tray(desk.theme)
    with qtbot.waitSignal(tray.pause_asked) as asked:
        tray._pause.trigger()
    assert asked.args == [True]
    tray.show_state(TrayState.PAUSED, "reading is paused")
    assert tray._pause.text() == "Resume reading"
    with qtbot.waitSignal(tray.pause_asked) as asked:
        tray._pause.trigger()
    assert asked.args == [False]


def test_each_state_has_its_drawing(qtbot: QtBot) -> None:
    pictures = set()
    for state in TrayState:
        image = tray_icon(state, "#000000").pixmap(22, 22).toImage()
        pictures.add(bytes(image.constBits()))
    assert len(pictures) == len(TrayState)


@pytest.mark.parametrize(
    ("given", "found", "trouble", "state", "said"),
    [
        (status(), None, None, TrayState.IDLE, "48,210 memories"),
        (None, None, None, TrayState.BUSY, "starting"),
        (None, None, problem(title="It is not running"), TrayState.PROBLEM, "It is not running"),
        (
            status(paused=True, jobs_waiting=3),
            None,
            None,
            TrayState.PAUSED,
            "reading is paused, 3 files waiting",
        ),
        (
            status(jobs_running=1),
            batch(),
            None,
            TrayState.BUSY,
            "reading 48 of 120 files, 22 seconds left",
        ),
        (status(index="rebuilding"), None, None, TrayState.BUSY, "putting its index in order"),
    ],
)
def test_words_of_the_tray(
    given: p.Status | None,
    found: p.BatchInfo | None,
    trouble: p.Problem | None,
    state: TrayState,
    said: str,
) -> None:
    assert tray_words(given, found, trouble) == (state, said)


# -- crash


def _fault() -> Exception:
    secret = "the deposit is two months"
    try:
        {}[secret]  # type: ignore[index]
    except KeyError as error:
        return error
    raise AssertionError


def test_report_holds_places_but_no_content() -> None:
    text = crash_report(_fault())
    assert "test_tray_and_crash.py" in text and "KeyError" in text and "PySide6" in text
    assert "deposit" not in text and str(Path.home()) not in text


def test_dialog_copies_and_shows_a_fault_once(qtbot: QtBot) -> None:
    reporter = CrashReporter(lambda: None)
    fault = _fault()
    reporter.report(fault)
    dialog = reporter.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    dialog.copy()
    assert "KeyError" in QGuiApplication.clipboard().text()
    dialog.accept()
    assert reporter.dialog is None
    reporter.report(fault)
    assert reporter.dialog is None


# -- the rest


def test_help_lists_every_shortcut(desk: Desk, qtbot: QtBot) -> None:
    dialog = KeyboardHelp(desk.theme, None, "Ctrl+Alt+Space")
    dialog.open()
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert all(s.words in texts for s in SHORTCUTS) and "Ctrl+Alt+Space" in texts
    dialog.accept()


def test_curve_is_drawn_and_said(desk: Desk, qtbot: QtBot) -> None:
    found = detail()
    curve = StrengthCurve(desk.theme)
    qtbot.addWidget(curve)
    curve.resize(320, 170)
    curve.show()
    curve.show_curve(found.curve, found.reviews)
    qtbot.waitUntil(lambda: curve._plot is not None)
    assert "now" in curve.accessibleDescription()
    desk.theme.changed.emit()
    assert curve.grab().toImage().pixelColor(160, 80).isValid()


def test_curve_without_points() -> None:
    assert curve_in_words([], NOW) == "No strength is known yet."


def test_every_icon_can_be_drawn(qtbot: QtBot) -> None:
    for name in icons.names():
        assert not icons.pixmap(name, "#123456").toImage().isNull()


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 byte"), (20_480, "20 kB"), (1_500_000, "1.5 MB"), (2_019_000_000, "2.0 GB")],
)
def test_sizes(number: int, said: str) -> None:
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("ago", "said"), [(0, "today"), (1, "yesterday"), (700, "31 March 2024"), (20, "9 February")]
)
def test_days(ago: int, said: str) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert words.date(now - timedelta(days=ago), now) == said


def test_spans() -> None:
    assert words.duration(4) == "a few seconds" and words.duration(130) == "2 minutes"
    assert words.days(0.5) == "12 hours" and words.days(12.5) == "12 days"
    assert words.days(400) == "13 months" and words.days(800) == "2 years"
