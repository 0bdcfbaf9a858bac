"""What is found out about a model once: told from the worker's first pass on, and not again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.errors import ModelError
from models.llm import ChatMessage, EngineOptions, LanguageModel
from models.meter import FirstCheck
from tests.patience import until
from tests.synthetic_models import TINY_DENSE, write_model
from tests.tiny_gguf import make_tiny_gguf

Make = Callable[..., LanguageModel]


class Told:
    """What was said of the check, and the state at that moment."""

    def __init__(self) -> None:
        self.checks: list[FirstCheck | None] = []
        self.states: list[str] = []
        self.model: LanguageModel | None = None

    def note(self, check: FirstCheck | None) -> None:
        self.checks.append(check)
        self.states.append(self.model.state if self.model else "")

    def of(self, stage: str) -> list[float]:
        return [one.share for one in self.checks if one is not None and one.stage == stage]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", layers=2)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LanguageModel] = []

    def make(path: Path, told: Told, **options: object) -> LanguageModel:
        given = EngineOptions(folder=tmp_path, **options)  # type: ignore[arg-type]
        model = LanguageModel(path, 1024, threads=1, options=given, on_check=told.note)
        told.model = model
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


def _say(model: LanguageModel) -> str:
    return "".join(model.generate([ChatMessage("user", "Hello")], max_tokens=5, temperature=0.0))


def _rises(shares: list[float]) -> bool:
    return len(shares) > 3 and shares[0] == 0.0 and shares[-1] == 1.0 and shares == sorted(shares)


def test_measuring_is_told_until_it_is_loaded_and_once_only(make: Make, tiny: Path) -> None:
    told = Told()
    model = make(tiny, told)
    model.load()
    assert told.of("comparing") == [] and _rises(told.of("measuring"))
    assert told.checks[-1] is None and None not in told.checks[:-1]
    assert set(told.states[:-1]) == {"loading"} and told.states[-1] == "loaded"
    assert model.check is None and model.describe().check is None
    count = len(told.checks)
    model.unload()
    assert _say(model)
    assert len(told.checks) == count


@pytest.mark.skipif(sys.platform != "linux", reason="weights stream on Linux only")
def test_a_model_from_flash_is_compared_first(make: Make, tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.gguf", TINY_DENSE, gain=0.5).path
    told = Told()
    model = make(path, told, mode="ring", budget_bytes=1 << 40)
    model.load()
    assert _rises(told.of("comparing")) and _rises(told.of("measuring"))
    stages = [one.stage for one in told.checks if one is not None]
    assert stages == sorted(stages)  # comparing, then measuring
    assert model.meter is not None and model.meter.mode == "ring"
    count = len(told.checks)
    model.unload()
    model.load()
    assert len(told.checks) == count and model.meter.mode == "ring"


@pytest.mark.skipif(sys.platform != "linux", reason="weights stream on Linux only")
def test_a_check_that_failed_is_made_again_when_asked_for(make: Make, tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.gguf", TINY_DENSE, gain=0.5).path
    told = Told()
    model = make(path, told, mode="ring", budget_bytes=1 << 40)
    model.load()
    said = _say(model)
    model.unload()
    _spoil(tmp_path / "self_checks.json")
    model.load()
    assert model.meter is not None and model.meter.mode == "mmap" and model.meter.check_failed
    assert "self-check failed" in model.meter.reason
    count = len(told.of("comparing"))
    model.load(check_again=True)
    assert model.meter is not None and model.meter.mode == "ring" and not model.meter.check_failed
    assert len(told.of("comparing")) > count
    assert _say(model) == said
    model.unload()
    model.load()  # what it came to is remembered
    assert model.meter is not None and model.meter.mode == "ring"


def _spoil(checks: Path) -> None:
    """As if the check had failed when it was made."""
    held = json.loads(checks.read_text("utf-8"))
    assert held
    for verdict in held.values():
        verdict.update(passed=False, detail="1 of 24 tokens differ, first number 3")
    checks.write_text(json.dumps(held), "utf-8")


def test_a_check_ends_with_a_load_that_is_broken_off(make: Make, tiny: Path) -> None:
    """However loading ends, nothing claims to be checked afterwards."""
    told = Told()
    model = make(tiny, told)
    seen: list[FirstCheck | None] = []

    def kill(check: FirstCheck | None) -> None:
        told.note(check)
        if not seen and check is not None:
            seen.append(model.describe().check)
            link = model._lending._worker
            assert link is not None
            link._process.kill()

    model._on_check = kill
    with pytest.raises(ModelError):
        model.load()
    until(lambda: told.checks[-1] is None)
    assert seen == told.checks[:1] and seen[0] is not None
    assert model.check is None and model.state == "failed"
