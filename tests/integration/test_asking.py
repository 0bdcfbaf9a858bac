"""Answers over the channel: streamed, stopped, and what a crash of the model's process costs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from memory.client import AnswerStream, Client, DaemonError
from memory.protocol import (
    AskDelta,
    AskDone,
    AskEvent,
    AskFailed,
    AskRequest,
    AskSources,
    AskStage,
    ChatCreate,
    ErrorCode,
    NoteRequest,
    ReviewReason,
)
from tests.daemon_fixture import RunningDaemon, running_daemon
from tests.patience import until
from tests.tiny_gguf import make_tiny_gguf

NOTE = "The deposit is two months' rent, 1,840 euros, and comes back within 30 days."
QUESTION = "How much is the deposit?"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough to be slower than a test, small enough to be made in a moment."""
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", layers=6, width=512)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    with running_daemon(tmp_path_factory.mktemp("memory") / "data") as found:
        found.client.add_note(NoteRequest(text=NOTE))
        yield found


@pytest.fixture
def daemon(running: RunningDaemon, model: Path) -> Iterator[Client]:
    running.client.use_model(str(model))
    yield running.client
    running.client.no_model()


def _read_to_first_word(stream: AnswerStream) -> tuple[str, Iterator[AskEvent]]:
    """The request's id, and the events after the first delta."""
    events = iter(stream)
    for event in events:
        if isinstance(event, AskDelta):
            return event.request, events
        assert not isinstance(event, AskFailed), event
    raise AssertionError("no word came")


def _worker(running: RunningDaemon) -> psutil.Process:
    children = psutil.Process(running.process.pid).children(recursive=True)
    (found,) = [c for c in children if any("llm_worker" in part for part in c.cmdline())]
    return found


def test_without_a_model_the_answer_quotes(running: RunningDaemon) -> None:
    with running.client.ask(AskRequest(question=QUESTION)) as stream:
        events = list(stream)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    sources = next(event for event in events if isinstance(event, AskSources))
    done = events[-1]
    assert isinstance(done, AskDone) and done.quotation and done.model is None
    assert sources.seq < done.seq and sources.citations
    assert "1,840 euros" in done.answer
    citation = done.citations[0]
    assert citation.quote == NOTE[citation.quote_start : citation.quote_end]
    memory = running.client.memory(citation.memory)
    assert ReviewReason.CITED in [review.reason for review in memory.reviews]


def test_with_a_model_it_streams(daemon: Client) -> None:
    with daemon.ask(AskRequest(question=QUESTION)) as stream:
        events = list(stream)
    stages = [event.stage for event in events if isinstance(event, AskStage)]
    assert stages[0] == "searching" and stages[-1] == "answering"
    done = events[-1]
    assert isinstance(done, AskDone) and done.model == "Tiny" and not done.quotation
    assert sum(isinstance(event, AskDelta) for event in events) > 1
    found = daemon.model().model
    assert found is not None and found.state == "loaded" and found.problem is None


def test_asked_not_to_use_the_model_it_quotes(daemon: Client) -> None:
    with daemon.ask(AskRequest(question=QUESTION, use_model=False)) as stream:
        done = list(stream)[-1]
    assert isinstance(done, AskDone) and done.quotation


def test_cancel_stops_it_and_keeps_what_was_said(daemon: Client) -> None:
    chat = daemon.create_chat(ChatCreate())
    with daemon.ask(AskRequest(question=QUESTION, chat=chat.id)) as stream:
        request, events = _read_to_first_word(stream)
        daemon.cancel_ask(request)
        rest = list(events)
    done = rest[-1]
    assert isinstance(done, AskDone) and done.stopped
    answer = daemon.chat(chat.id).messages[-1]
    assert answer.state == "stopped" and answer.text == done.answer
    daemon.cancel_ask(request)  # it has ended: nothing to do, and no error


def test_a_client_that_leaves_stops_its_answer(daemon: Client) -> None:
    chat = daemon.create_chat(ChatCreate())
    with daemon.ask(AskRequest(question=QUESTION, chat=chat.id)) as stream:
        _read_to_first_word(stream)
    until(lambda: daemon.chat(chat.id).messages[-1].state == "stopped", "it went on")

    def given_back() -> bool:
        found = daemon.model().model
        return found is not None and found.state == "loaded"

    until(given_back, "the model was not given back")


def test_a_dead_worker_costs_one_answer(running: RunningDaemon, daemon: Client) -> None:
    chat = daemon.create_chat(ChatCreate())
    with daemon.ask(AskRequest(question=QUESTION, chat=chat.id)) as stream:
        _request, events = _read_to_first_word(stream)
        _worker(running).kill()
        done = list(events)[-1]
    # what was said stays, and the rest is said by quotation, with the reason
    assert isinstance(done, AskDone) and "1,840 euros" in done.answer
    assert done.problem is not None and done.problem.code is ErrorCode.MODEL
    assert daemon.health().ready
    with daemon.ask(AskRequest(question=QUESTION, chat=chat.id)) as stream:
        again = list(stream)[-1]
    assert isinstance(again, AskDone) and again.model == "Tiny"
    answers = [m for m in daemon.chat(chat.id).messages if m.role == "assistant"]
    assert [message.model for message in answers][-1] == "Tiny"


def test_a_chat_that_is_gone(daemon: Client) -> None:
    request = AskRequest(question=QUESTION, chat="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(DaemonError) as told, daemon.ask(request) as stream:
        last = list(stream)[-1]
        assert isinstance(last, AskFailed)
        raise DaemonError(last.problem)
    assert told.value.problem.code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model at all" * 100])
def test_a_file_that_is_no_model_is_refused(
    running: RunningDaemon, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(DaemonError) as told:
        running.client.use_model(str(path))
    assert told.value.problem.code is ErrorCode.MODEL
    assert running.client.model().model is None
    for wrong in (tmp_path / "nowhere.gguf", Path("relative.gguf"), tmp_path):
        with pytest.raises(DaemonError):
            running.client.use_model(str(wrong))


def test_a_model_that_went_away_is_told_and_answers_quote(tmp_path: Path, model: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(model.read_bytes())
    with running_daemon(tmp_path / "data") as running:
        running.client.add_note(NoteRequest(text=NOTE))
        running.client.use_model(str(mine))
        assert running.stop() == 0
        mine.unlink()
        client = running.start()
        found = client.model().model
        assert found is not None and found.state == "failed" and found.problem is not None
        with client.ask(AskRequest(question=QUESTION)) as stream:
            done = list(stream)[-1]
        assert isinstance(done, AskDone) and "1,840 euros" in done.answer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_stop_ends_the_answer_under_way_and_the_worker(tmp_path: Path, model: Path) -> None:
    with running_daemon(tmp_path / "data") as running:
        running.client.add_note(NoteRequest(text=NOTE))
        running.client.use_model(str(model))
        chat = running.client.create_chat(ChatCreate())
        with running.client.ask(AskRequest(question=QUESTION, chat=chat.id)) as stream:
            _request, events = _read_to_first_word(stream)
            worker = _worker(running)
            running.process.terminate()
            last = list(events)[-1]
        assert isinstance(last, AskDone) and last.stopped
        assert running.wait() == 0
        assert not worker.is_running()
        client = running.start()
        assert client.chat(chat.id).messages[-1].state == "stopped"
