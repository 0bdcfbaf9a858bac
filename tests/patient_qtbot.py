"""pytest-qt's bot with patience: its own waits end after 5 s, which a busy machine may need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.patience import LONG_MS


class PatientBot(QtBot):
    """Waits as ``QtBot`` does, for ``LONG_MS`` where no other time is given."""

    def waitUntil(  # noqa: N802 - Qt's manner
        self, callback: Callable[[], bool | None], *, timeout: int = LONG_MS
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = LONG_MS, **more: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitSignals(self, signals: Any, *, timeout: int = LONG_MS, **more: Any) -> Any:  # noqa: N802
        return super().waitSignals(signals, timeout=timeout, **more)

    def waitExposed(self, widget: Any, *, timeout: int = LONG_MS) -> Any:  # noqa: N802
        return super().waitExposed(widget, timeout=timeout)

    def waitActive(self, widget: Any, *, timeout: int = LONG_MS) -> Any:  # noqa: N802
        return super().waitActive(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """For a ``conftest.py`` to import, in place of the plugin's own."""
    return PatientBot(request)
