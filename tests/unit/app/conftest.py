"""Fixtures of the window's unit tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from memory.client import DataPaths
from tests.patient_qtbot import qtbot
from tests.unit.app.channel import Desk

__all__ = ["qtbot"]


@pytest.fixture
def desk(qtbot: QtBot, paths: DataPaths) -> Iterator[Desk]:
    """The parts of a window, connected to a stand-in for the daemon."""
    made = Desk(paths)
    made.start(qtbot)
    yield made
    made.close()
