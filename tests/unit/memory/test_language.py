"""The model in use: loaded when asked for, and what it says meanwhile is passed on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.events import Events
from memory.language import Language
from memory.options import Options
from memory.paths import DataPaths
from memory.protocol import ModelCheck
from memory.store.db import Database
from tests.fakes import FakeClock
from tests.tiny_gguf import make_tiny_gguf


class Noting(Events):
    """Keeps every word of a check; a stream would merge them."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[ModelCheck | None] = []

    def check(self, check: ModelCheck | None) -> None:
        self.checks.append(check)
        super().check(check)


@pytest.fixture
def events() -> Noting:
    return Noting()


@pytest.fixture
def language(
    paths: DataPaths, clock: FakeClock, tmp_path: Path, events: Noting
) -> Iterator[Language]:
    database = Database(paths, clock)
    made = Language(Options(database, events), events, tmp_path / "engine")
    made.use(str(make_tiny_gguf(tmp_path / "tiny.gguf", layers=2)))
    yield made
    made.close()
    database.close()


def _state(language: Language) -> str:
    info = language.info()
    assert info is not None
    return info.state


def test_a_first_check_is_passed_on_with_its_end(language: Language, events: Noting) -> None:
    language.load()
    assert _state(language) == "loaded"
    *told, last = events.checks
    assert last is None and len(told) > 3
    assert {one.stage for one in told if one} == {"measuring"}
    assert [one.share for one in told if one][-1] == 1.0
    count = len(events.checks)
    language.load(check_again=True)  # nothing had failed
    assert _state(language) == "loaded" and len(events.checks) == count


def test_nobody_waits_for_a_model_when_the_daemon_leaves(language: Language) -> None:
    language.stop_loading()
    language.load()
    assert _state(language) == "idle"


def test_without_a_model_there_is_nothing_to_load(language: Language) -> None:
    language.use_none()
    language.load()
    assert language.info() is None
