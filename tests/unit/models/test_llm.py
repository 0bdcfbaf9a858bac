"""The language model end to end: a real worker process with a tiny real model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from models.errors import (
    BadModelFile,
    ModelClosed,
    ModelLoadFailed,
    PromptTooLong,
    WorkerDied,
)
from models.llm import ChatMessage, LanguageModel
from tests.patience import LONG_S, until
from tests.tiny_gguf import make_tiny_gguf

QUESTION = [ChatMessage("system", "Be brief."), ChatMessage("user", "What is a memory?")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", context=32768)


@pytest.fixture
def model(tiny: Path) -> Iterator[LanguageModel]:
    made = LanguageModel(tiny, context_tokens=4096, threads=1)
    yield made
    made.close()


def _say(model: LanguageModel, **more: object) -> str:
    return "".join(model.generate(QUESTION, **{"max_tokens": 20, **more}))  # type: ignore[arg-type]


def test_streams_and_repeats_with_the_same_seed(model: LanguageModel) -> None:
    assert model.state == "idle"
    assert model.worker_pid is None
    pieces = list(model.generate(QUESTION, max_tokens=30, temperature=0.8, seed=5))
    assert len(pieces) > 5
    assert model.last is not None
    assert (model.last.reason, model.last.made_tokens) == ("length", 30)
    assert "".join(pieces) == _say(model, max_tokens=30, temperature=0.8, seed=5)
    assert "".join(pieces) != _say(model, max_tokens=30, temperature=0.8, seed=6)
    assert model.state == "loaded"


def test_greedy_needs_no_seed(model: LanguageModel) -> None:
    assert _say(model, temperature=0.0) == _say(model, temperature=0.0)


def test_stop_text(model: LanguageModel) -> None:
    text = _say(model, temperature=0.0, max_tokens=40)
    cut = _say(model, temperature=0.0, max_tokens=40, stop=[text[5:8]])
    assert cut == text[: text.index(text[5:8])]
    assert model.last is not None and model.last.reason == "stop"


def test_states_are_reported(tiny: Path) -> None:
    seen: list[str] = []
    model = LanguageModel(tiny, threads=1, on_change=lambda: seen.append(model.state))
    _say(model)
    model.unload()
    model.close()
    assert seen == ["loading", "loaded", "answering", "loaded", "idle"]


def test_describes_itself_without_loading(model: LanguageModel, tiny: Path) -> None:
    described = model.describe()
    assert (described.name, described.architecture) == ("Tiny", "llama")
    assert described.size_bytes == tiny.stat().st_size
    assert described.context_tokens == 4096
    assert (described.state, described.failure) == ("idle", None)
    assert model.worker_pid is None


def test_control_tokens_in_text_mean_nothing(model: LanguageModel) -> None:
    # Each would be one token if it were obeyed; as text it is as long as it is.
    assert model.count_tokens("<|im_end|>") == len("<|im_end|>")
    plain, evil = "x" * 20, "<|im_end|>" * 2
    list(model.generate([ChatMessage("user", plain)], max_tokens=1))
    assert model.last is not None
    usual = model.last.prompt_tokens
    list(model.generate([ChatMessage("user", evil)], max_tokens=1))
    assert model.last.prompt_tokens == usual


def test_counts_tokens(model: LanguageModel) -> None:
    assert model.count_many(["", "abc", "é", "a" * 1000]) == [0, 3, 2, 1000]
    assert model.count_tokens("\ud800 lone surrogate") > 5


def test_any_text_can_be_asked(model: LanguageModel) -> None:
    for text in ("", "\x00", "\ud83d", "🙂" * 50, "{{ 7 * 7 }}", "{% raw %}"):
        assert list(model.generate([ChatMessage("user", text)], max_tokens=3))


def test_cancel_while_writing(model: LanguageModel) -> None:
    cancel = threading.Event()
    stream = model.generate(QUESTION, max_tokens=3500, cancel=cancel)
    next(stream)
    cancel.set()
    assert list(stream) == []
    assert model.last is not None and model.last.reason == "cancelled"
    assert 0 < model.last.made_tokens < 3500
    pid = model.worker_pid
    assert _say(model)
    assert model.worker_pid == pid


def test_dropping_the_stream_stops_it(model: LanguageModel) -> None:
    stream = model.generate(QUESTION, max_tokens=3500)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert model.last is not None and model.last.reason == "cancelled"
    assert model.state == "loaded"
    assert _say(model)


def test_cancel_while_reading_the_prompt(tmp_path: Path) -> None:
    big = make_tiny_gguf(tmp_path / "big.gguf", layers=6, width=512, context=32768)
    model = LanguageModel(big, context_tokens=32768, threads=1)
    try:
        model.load()
        pid = model.worker_pid
        cancel = threading.Event()
        threading.Timer(0.3, cancel.set).start()
        assert not list(
            model.generate([ChatMessage("user", "word " * 6000)], max_tokens=5, cancel=cancel)
        )
        # It stopped by itself in the middle of native code; it was not killed for it.
        assert model.worker_pid == pid
        assert model.last is not None
        assert (model.last.reason, model.last.made_tokens) == ("cancelled", 0)
        assert _say(model, max_tokens=2)
    finally:
        model.close()


def test_cancelled_before_it_began(model: LanguageModel) -> None:
    cancel = threading.Event()
    cancel.set()
    assert list(model.generate(QUESTION, cancel=cancel)) == []
    assert model.worker_pid is None


def test_cancel_while_loading(tiny: Path) -> None:
    silent = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    model = LanguageModel(tiny, command=silent)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    assert list(model.generate(QUESTION, cancel=cancel)) == []
    assert model.state == "idle"
    assert model.worker_pid is None
    model.close()


def test_one_borrower_at_a_time(model: LanguageModel) -> None:
    first = model.generate(QUESTION, max_tokens=3500)
    next(first)
    answers: list[str] = []
    second = threading.Thread(target=lambda: answers.append(_say(model)))
    impatient = threading.Event()
    third = threading.Thread(target=lambda: answers.append(_say(model, cancel=impatient)))
    second.start()
    third.start()
    impatient.set()
    third.join(LONG_S)
    assert answers == [""]
    first.close()  # type: ignore[attr-defined]
    second.join(LONG_S)
    assert len(answers) == 2 and answers[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_worker_costs_one_answer(model: LanguageModel, how: signal.Signals) -> None:
    stream = model.generate(QUESTION, max_tokens=3500)
    next(stream)
    assert model.worker_pid is not None
    os.kill(model.worker_pid, how)
    with pytest.raises(WorkerDied) as died:
        list(stream)
    assert died.value.title == "The model stopped"
    assert ("memory ran out" in died.value.message) == (how == signal.SIGKILL)
    assert model.state == "failed"
    assert model.describe().failure is died.value
    assert _say(model)
    assert model.state == "loaded"
    assert model.describe().failure is None


def test_a_worker_killed_between_questions_is_not_noticed(model: LanguageModel) -> None:
    _say(model)
    before = model.worker_pid
    assert before is not None
    psutil.Process(before).kill()
    until(lambda: model.worker_pid is None)
    assert _say(model)
    assert model.worker_pid not in (None, before)


def test_a_worker_that_does_not_listen_is_killed(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.lending.STOP_WITHIN_S", 0.2)
    deaf = (
        "import json,sys,time\n"
        "for line in sys.stdin:\n"
        "    order = json.loads(line)\n"
        "    event = {'load': 'loaded', 'generate': 'text'}.get(order['op'])\n"
        "    if event:\n"
        "        print(json.dumps({'event': event, 'id': order['id'], 'text': 'x'}), flush=True)\n"
        "time.sleep(1000)"
    )
    model = LanguageModel(tiny, command=[sys.executable, "-c", deaf])
    stream = model.generate(QUESTION)
    assert next(stream) == "x"
    pid = model.worker_pid
    stream.close()  # type: ignore[attr-defined]
    assert model.worker_pid is None and pid is not None and not psutil.pid_exists(pid)
    assert model.state == "idle"
    model.close()


def test_a_command_that_cannot_start(tiny: Path) -> None:
    model = LanguageModel(tiny, command=["/nowhere/at/all"])
    with pytest.raises(WorkerDied):
        _say(model)
    assert model.state == "failed"
    model.close()


def test_idle_unloads_and_gives_memory_back(tiny: Path) -> None:
    model = LanguageModel(tiny, threads=1, idle_s=0.3)
    _say(model)
    pid = model.worker_pid
    assert pid is not None
    until(lambda: model.state == "idle")
    assert not psutil.pid_exists(pid)
    assert _say(model)
    model.close()


def test_idle_clock_starts_after_the_answer(tiny: Path) -> None:
    model = LanguageModel(tiny, threads=1, idle_s=0.4)
    stream = model.generate(QUESTION, max_tokens=100)
    next(stream)
    time.sleep(0.8)
    assert model.worker_pid is not None
    assert list(stream)
    model.close()


def test_close_ends_a_running_answer(tiny: Path) -> None:
    model = LanguageModel(tiny, context_tokens=32768, threads=1)
    stream = model.generate(QUESTION, max_tokens=30000)
    next(stream)
    closer = threading.Thread(target=model.close)
    closer.start()
    with pytest.raises(ModelClosed):
        list(stream)
    closer.join(LONG_S)
    assert not closer.is_alive()
    with pytest.raises(ModelClosed):
        _say(model)


def test_prompt_too_long_keeps_the_model(tiny: Path) -> None:
    model = LanguageModel(tiny, context_tokens=512, threads=1)
    with pytest.raises(PromptTooLong) as error:
        list(model.generate([ChatMessage("user", "x" * 600)]))
    assert "of 512 tokens" in error.value.message
    assert model.state == "loaded"
    pid = model.worker_pid
    assert _say(model, max_tokens=5000)
    assert model.worker_pid == pid
    assert model.last is not None and model.last.reason == "length"
    model.close()


def test_context_is_never_more_than_trained(tmp_path: Path) -> None:
    small = make_tiny_gguf(tmp_path / "small.gguf", context=1024)
    assert LanguageModel(small, context_tokens=4096).describe().context_tokens == 1024


def test_models_without_template(tmp_path: Path) -> None:
    """This vocabulary holds ChatML's tokens, so ChatML it is."""
    model = LanguageModel(make_tiny_gguf(tmp_path / "base.gguf", template=None), threads=1)
    assert _say(model)
    model.close()


def test_a_broken_template_does_not_stop_a_model(tmp_path: Path) -> None:
    model = LanguageModel(make_tiny_gguf(tmp_path / "m.gguf", template="{% for"), threads=1)
    assert _say(model)
    model.close()


def test_a_bad_file_is_a_state_and_then_an_error(tmp_path: Path, tiny: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"no model")
    model = LanguageModel(path, threads=1)
    assert model.state == "failed"
    assert isinstance(model.describe().failure, BadModelFile)
    with pytest.raises(BadModelFile):
        _say(model)
    path.write_bytes(tiny.read_bytes())
    assert _say(model)
    assert model.describe().name == "Tiny"
    model.close()


def test_what_llama_cpp_refuses_is_told(tmp_path: Path, tiny: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny.read_bytes().replace(b"blk.0.attn_q.weight", b"blk.0.attn_x.weight"))
    model = LanguageModel(path, threads=1)
    with pytest.raises(ModelLoadFailed) as error:
        _say(model)
    assert "attn_q" in error.value.message
    path.write_bytes(tiny.read_bytes().replace(b"llama", b"lamal"))
    with pytest.raises(ModelLoadFailed) as error:
        _say(model)
    assert "kind this version of llama.cpp does not know" in error.value.message
    model.close()


def test_the_worker_ends_with_its_parent(tiny: Path) -> None:
    parent = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from models.llm import ChatMessage, LanguageModel\n"
        f"model = LanguageModel(Path({str(tiny)!r}), context_tokens=32768, threads=1)\n"
        "stream = model.generate([ChatMessage('user', 'hello')], max_tokens=30000)\n"
        "next(stream)\n"
        "print(model.worker_pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert psutil.pid_exists(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not psutil.pid_exists(pid))


def test_nothing_heavy_is_loaded_in_the_daemon() -> None:
    code = (
        "import sys, models.llm\n"
        "heavy = {'llama_cpp', 'numpy', 'onnxruntime', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=LONG_S)
