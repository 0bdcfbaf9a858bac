"""Catches what nobody caught: on the GUI thread, in workers, and in Qt's own warnings.

A fault is logged with its stack and shown in the crash dialog; the window goes on.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger("recollect.window")
_QUIET = ("propagateSizeHints", "This plugin supports grabbing the mouse only")


def install(report: Callable[[BaseException], None], later: Callable[..., None]) -> None:
    """``report`` shows a fault, on the GUI thread; ``later`` runs a call there from anywhere."""

    def on_main(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit(130)
        _log.critical("uncaught", exc_info=error)
        report(error)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        name = args.thread.name if args.thread is not None else "?"
        _log.critical("uncaught in thread %s", name, exc_info=error)
        later(lambda: report(error))

    sys.excepthook = on_main
    threading.excepthook = in_thread
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if any(part in text for part in _QUIET):
        return
    level = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    logging.getLogger("recollect.qt").log(level, text)
