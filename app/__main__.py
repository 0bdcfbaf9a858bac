"""Opens the window: hands over to one that is already there, sets the hooks, runs Qt.

``run`` is what `recollect` and `recollect quick` call. Qt and the daemon's client are imported
here and below, never by the command line's other commands.
"""

from __future__ import annotations

import os
import sys


def run(data_dir: str | None = None, *, quick: bool = False, paths: list[str] | None = None) -> int:
    """Open the window of this data folder, or bring up the one that is open.

    Returns the exit code: 0, or 1 when there is no display to open a window on.
    """
    if not _has_display():
        print(
            "There is no display to open a window on.\n"
            "The command line works without one: `recollect --help`.",
            file=sys.stderr,
        )
        return 1
    from PySide6.QtWidgets import QApplication

    from app import window_log
    from app.application import Application
    from app.single_instance import Handover, SingleInstance, Verb
    from memory.client import data_paths

    places = data_paths(data_dir)
    places.create()
    qt = QApplication([sys.argv[0]])
    qt.setApplicationName("Recollect")
    qt.setDesktopFileName("recollect")
    window_log.start(places.logs)
    verb = Verb.QUICK if quick else Verb.ADD if paths else Verb.OPEN
    wanted = Handover(verb, [os.path.abspath(path) for path in paths or []])
    instance = SingleInstance(places)
    if not instance.claim_or_hand_over(wanted):
        return 0
    application = Application(places, qt)
    _live(application, instance, wanted)
    code = int(qt.exec())
    application.close()
    instance.close()
    return code


def _live(application: object, instance: object, wanted: object) -> None:
    """Window first; whatever is not needed to see it follows when it has been painted."""
    from PySide6.QtCore import QTimer

    from app import hooks
    from app.application import Application
    from app.crash_dialog import CrashReporter
    from app.single_instance import Handover, SingleInstance, Verb

    assert isinstance(application, Application)
    assert isinstance(instance, SingleInstance)
    assert isinstance(wanted, Handover)
    reporter = CrashReporter(lambda: application.window)
    hooks.install(reporter.report, application.context.link.deliver_later)

    def obey(asked: Handover) -> None:
        match asked.verb:
            case Verb.OPEN:
                application.bring_up()
            case Verb.QUICK:
                application.desk.quick_recall()
            case Verb.ADD:
                application.open_paths(asked.paths)
            case Verb.QUIT:
                application.quit()

    instance.asked.connect(obey)
    if wanted.verb is not Verb.QUICK:
        application.window.show()

    def later() -> None:
        application.start()
        application.desk.start()
        if wanted.verb is not Verb.OPEN:
            obey(wanted)
        if os.environ.get("RECOLLECT_DEBUG"):
            _watch(application)

    QTimer.singleShot(0, application, later)


def _watch(application: object) -> None:
    from PySide6.QtCore import QObject

    from app.watchdog import StackWatch, Watchdog

    assert isinstance(application, QObject)
    watchdog = Watchdog(application)
    watchdog.start()
    StackWatch(watchdog).start()


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(run())
