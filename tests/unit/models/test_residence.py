"""Weights from flash, end to end: a real worker whose budget is less than its model."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.errors import WorkerDied
from models.flash.needs import compute_bytes, kv_bytes, parts_of
from models.gguf_file import read_header
from models.gguf_tensors import read_tensors
from models.llm import ChatMessage, EngineOptions, LanguageModel, Meter
from tests.synthetic_models import TINY_DENSE, TINY_EXPERTS, Shape, write_model

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="weights stream on Linux only")

CONTEXT = 1024
DENSE = replace(TINY_DENSE, layers=9, width=256, ff=1024, head_width=64)
EXPERTS = replace(TINY_EXPERTS, layers=4, width=256, ff=512, head_width=64, expert_ff=256)
QUESTION = [ChatMessage("user", "What was said about the deposit, and by whom?")]

LONG = [ChatMessage("user", "other words " * 70)]  # two passes


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory, DENSE)


@pytest.fixture(scope="module")
def experts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory, EXPERTS)


def _made(factory: pytest.TempPathFactory, shape: Shape) -> Path:
    return write_model(factory.mktemp("models") / "model.gguf", shape, gain=0.5).path


def _budget(path: Path, share: float) -> int:
    """What leaves this share of the model's size for its weights."""
    table, header = read_tensors(path), read_header(path)
    overhead = kv_bytes(table, header, CONTEXT) + compute_bytes(table, header, CONTEXT)
    return overhead + int(parts_of(table).total_bytes * share)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., LanguageModel]]:
    made: list[LanguageModel] = []

    def make(path: Path, share: float, on_meter: Any = None, **more: Any) -> LanguageModel:
        options = EngineOptions(budget_bytes=_budget(path, share), folder=tmp_path, **more)
        model = LanguageModel(path, CONTEXT, threads=1, options=options, on_meter=on_meter)
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


def _say(model: LanguageModel, count: int = 40, **more: Any) -> str:
    return "".join(model.generate(QUESTION, max_tokens=count, temperature=0.0, **more))


def _mode(model: LanguageModel) -> str:
    assert model.meter is not None
    return model.meter.mode


def _wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize("mode", ["ring", "advise", "slots"])
@pytest.mark.parametrize("lookup", ["always", "never"])
def test_answers_are_those_of_plain_mapping(
    make: Callable[..., LanguageModel], dense: Path, experts: Path, mode: str, lookup: str
) -> None:
    path = dense if mode == "ring" else experts
    model = make(path, 0.5, mode=mode, lookup=lookup)
    # The same passes over plain mapping: every pass as wide as where weights are streamed.
    plain = make(path, 0.5, mode="mmap", lookup=lookup)
    said = _say(model)
    assert said == _say(plain) and len(said) > 40
    assert (_mode(model), _mode(plain)) == (mode, "mmap")
    assert _say(model, several=False) == said
    meter = model.meter
    assert meter is not None and meter.reason and meter.budget_bytes == _budget(path, 0.5)
    if mode == "ring":
        assert meter.streamed_bytes > 0 and meter.pinned_bytes > 0


def test_a_model_that_fits_is_left_alone(make: Callable[..., LanguageModel], dense: Path) -> None:
    model = make(dense, 2.0)
    assert _say(model)
    assert _mode(model) == "fits"


def test_the_meter_is_read_while_it_answers(
    make: Callable[..., LanguageModel], dense: Path
) -> None:
    seen: list[Meter] = []
    model = make(dense, 0.5, on_meter=seen.append, mode="ring")
    model.load()
    _wait_for(lambda: len(seen) == 1)  # once after loading
    assert model.meter == seen[0] and seen[0].tokens_per_s is None
    stream = model.generate(QUESTION, max_tokens=800, temperature=0.0)
    next(stream)
    _wait_for(lambda: len(seen) > 2)
    stream.close()  # type: ignore[attr-defined]
    _wait_for(lambda: seen[-1].tokens_per_s is not None)
    assert (seen[-1].bytes_per_token or 0) > 0
    assert model.describe().meter == seen[-1]
    model.unload()
    assert model.meter is None


def test_two_tokens_have_a_speed_and_prompts_cost_no_token(
    make: Callable[..., LanguageModel], dense: Path
) -> None:
    """A prompt of many passes streams much; of that nothing counts as the answer's."""
    model = make(dense, 0.5, mode="ring", lookup="never")
    model.load()
    assert model.meter is not None and model.meter.tokens_per_s is None
    _say(model, 1)
    assert (model.meter.tokens_per_s, model.meter.bytes_per_token) == (None, None)
    before = model.meter.streamed_bytes
    assert "".join(model.generate(LONG, max_tokens=2, temperature=0.0))
    meter = model.meter
    assert (meter.tokens_per_s or 0) > 0 and (meter.bytes_per_token or 0) > 0
    # Three passes, of which the last was for the second token.
    assert meter.streamed_bytes - before > 2.2 * (meter.bytes_per_token or 0)


def test_the_budget_changes_while_it_answers(
    make: Callable[..., LanguageModel], dense: Path
) -> None:
    plain = _say(make(dense, 0.5, mode="mmap"), 200)
    model = make(dense, 0.5, mode="ring")
    pinned: list[int] = []
    pieces: list[str] = []
    for number, piece in enumerate(model.generate(QUESTION, max_tokens=200, temperature=0.0)):
        pieces.append(piece)
        if number % 20 == 0:
            model.set_budget(_budget(dense, 0.8 if number % 40 else 0.3))
    assert "".join(pieces) == plain
    for share in (0.3, 0.8):
        model.set_budget(_budget(dense, share))
        assert _say(model, 200) == plain
        assert model.meter is not None and model.meter.budget_bytes == _budget(dense, share)
        pinned.append(model.meter.pinned_bytes)
    assert pinned[0] < pinned[1]


def test_another_budget_may_mean_another_mode(
    make: Callable[..., LanguageModel], dense: Path
) -> None:
    model = make(dense, 2.0)
    said = _say(model, several=False)
    assert _mode(model) == "fits"
    model.set_budget(_budget(dense, 0.5))
    _wait_for(lambda: model.worker_pid is None)
    assert _say(model) and _mode(model) == "ring"
    model.set_budget(_budget(dense, 2.0))
    _wait_for(lambda: model.worker_pid is None)
    assert _say(model, several=False) == said and _mode(model) == "fits"


def test_cancelled_in_the_middle_of_a_pass_the_next_answer_is_right(
    make: Callable[..., LanguageModel], dense: Path
) -> None:
    model = make(dense, 0.4, mode="ring")
    expected = _say(model)
    pid = model.worker_pid
    long = [ChatMessage("user", "word " * 150)]
    for delay_s in (0.0, 0.003, 0.01, 0.02, 0.04):
        cancel = threading.Event()
        timer = threading.Timer(delay_s, cancel.set)
        timer.start()
        list(model.generate(long, max_tokens=300, cancel=cancel))
        timer.join()
        assert _say(model) == expected
    assert model.worker_pid == pid


def test_killed_in_the_middle_of_an_answer(make: Callable[..., LanguageModel], dense: Path) -> None:
    model = make(dense, 0.5, mode="ring")
    expected = _say(model)
    stream = model.generate(QUESTION, max_tokens=800)
    next(stream)
    assert model.worker_pid is not None
    os.kill(model.worker_pid, signal.SIGKILL)
    with pytest.raises(WorkerDied):
        list(stream)
    assert model.meter is None
    assert _say(model) == expected
    assert _mode(model) == "ring"
