"""For every test of the daemon's parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory import index, retrieve
from memory.paths import DataPaths
from models.embedder import Embedder, load_embedder
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.recall_home import Home, open_home


@pytest.fixture(autouse=True)
def patient_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not turn the search by meaning into one by words only, as it does for
    a person who waits; a test of that sets its own limit."""
    monkeypatch.setattr(retrieve, "_MEANING_WAIT_S", LONG_S)
    monkeypatch.setattr(index, "_QUESTION_S", LONG_S)


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    loaded = load_embedder()
    yield loaded
    loaded.close()


@pytest.fixture
def home(paths: DataPaths, clock: FakeClock, embedder: Embedder) -> Iterator[Home]:
    with open_home(paths, clock, embedder) as opened:
        yield opened
