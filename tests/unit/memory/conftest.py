"""For every test of the daemon's parts."""

from __future__ import annotations

import pytest

from memory import index, retrieve
from tests.patience import LONG_S


@pytest.fixture(autouse=True)
def patient_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not turn the search by meaning into one by words only, as it does for
    a person who waits; a test of that sets its own limit."""
    monkeypatch.setattr(retrieve, "_MEANING_WAIT_S", LONG_S)
    monkeypatch.setattr(index, "_QUESTION_S", LONG_S)
