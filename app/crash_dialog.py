"""What a person sees after a fault of ours: calm words, and a report they may copy.

The report names versions and the places in our code, no values of variables and no content of
memories; it is never sent anywhere. GUI thread only, made to work when little else does.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

_PACKAGES = ("recollect", "PySide6_Essentials", "pydantic", "httpx")
# only these word their messages from names in the code; others may quote what a person wrote
_SAFE = (AttributeError, NameError, TypeError, ImportError, IndexError, ArithmeticError)
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def crash_report(error: BaseException) -> str:
    """Text to copy: versions, then where it happened.

    The message of an exception may hold what a person wrote, so most are left out, and in the
    rest what stands in quotation marks; the home folder is written ``~``.
    """
    lines = [f"Recollect {_version('recollect')}", f"{platform.system()} {platform.release()}"]
    lines.append(f"Python {platform.python_version()}")
    lines += [f"{name} {_version(name)}" for name in _PACKAGES[1:]]
    lines += ["", "Where it happened:"]
    lines += [_frame(f) for f in traceback.extract_tb(error.__traceback__)]
    lines.append(f"{type(error).__name__}{_without_content(error)}")
    cause = error.__cause__ or error.__context__
    if cause is not None:
        lines.append(f"after {type(cause).__name__}")
    return "\n".join(lines).replace(str(Path.home()), "~")


def _frame(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    return f"  {'/'.join(path.parts[-2:])}:{frame.lineno} {frame.name}"


def _without_content(error: BaseException) -> str:
    if not isinstance(error, _SAFE):
        return ""
    return ": " + _QUOTED.sub("'…'", str(error).partition("\n")[0][:200])


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


class CrashDialog(QDialog):
    """Shown without waiting for it; the window goes on as far as it can."""

    def __init__(self, report: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._report = report
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        title = QLabel("Something went wrong in the window")
        title.setProperty("role", "title")
        text = QLabel(
            "This is a fault of ours. Your memories are kept by another program and are not "
            "affected. You can go on, or start Recollect again if it behaves oddly."
        )
        text.setWordWrap(True)
        note = QLabel(
            "This report helps to find the fault. It holds no memories and is never sent; "
            "copy it if you want to tell us."
        )
        note.setWordWrap(True)
        note.setProperty("role", "muted")
        self._text = QPlainTextEdit(report)
        self._text.setReadOnly(True)
        self._text.setAccessibleName("Report")
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addWidget(note)
        layout.addWidget(self._text, 1)
        layout.addLayout(self._buttons())
        self.resize(620, 440)

    def _buttons(self) -> QHBoxLayout:
        self._copy = QPushButton("Copy report")
        self._copy.clicked.connect(self.copy)
        close = QPushButton("Go on")
        close.setProperty("kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self._copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.setText("Copied")


class CrashReporter:
    """Shows one dialog at a time; a fault that repeats is counted, not shown again.

    ``report`` may be called from any thread that holds a Qt event loop's ``post``.
    """

    def __init__(self, parent: Callable[[], QWidget | None]):
        self._parent = parent
        self._seen: set[str] = set()
        self.dialog: CrashDialog | None = None

    def report(self, error: BaseException) -> None:
        """On the GUI thread: show the fault, unless it was shown before."""
        text = crash_report(error)
        if text in self._seen or self.dialog is not None:
            return
        self._seen.add(text)
        self.dialog = CrashDialog(text, self._parent())
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def hook(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """For ``sys.excepthook``."""
        if isinstance(error, KeyboardInterrupt):
            QTimer.singleShot(0, QGuiApplication.quit)
            return
        if not os.environ.get("RECOLLECT_QUIET"):
            traceback.print_exception(error, file=sys.stderr)
        self.report(error)

    def _closed(self) -> None:
        self.dialog = None
