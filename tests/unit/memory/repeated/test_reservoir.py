"""Answers kept for questions that are asked again: real store, real recall, real model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memory.answer import Answers
from memory.clock import to_datetime
from memory.forgetting import Forgetting
from memory.paths import DataPaths
from memory.protocol import (
    AskDelta,
    AskDone,
    AskEvent,
    AskRequest,
    AskSources,
    AskStage,
    ChatCreate,
    ForgetRequest,
    MemoryKind,
    RecallFilter,
    ReviewReason,
)
from memory.repeated.reservoir import Reservoir
from memory.reviews import record
from memory.store import memories, reviews, scopes
from models.embedder import Embedder
from tests.fakes import FakeClock
from tests.unit.memory.constrained import Constrained, constrained
from tests.unit.memory.recall_home import Home, open_home
from tests.unit.memory.test_forgetting import traces

PAPERS = [
    "The deposit for the flat in Harbour Street is two months' rent, paid on 3 March.",
    "The boiler must be serviced every October by a certified plumber.",
]
QUESTION = "How much is the deposit for the flat?"


@pytest.fixture
def home(paths: DataPaths, clock: FakeClock, embedder: Embedder) -> Iterator[Home]:
    with open_home(paths, clock, embedder) as opened:
        opened.add(PAPERS)
        opened.settle()
        yield opened


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Constrained]:
    made = constrained(tmp_path_factory.mktemp("model"))
    yield made
    made.close()


def _events(
    home: Home, question: str = QUESTION, model: Constrained | None = None, **more: Any
) -> list[AskEvent]:
    chosen = None if model is None else (model, "Tiny")
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, lambda: home.settings,
        home.embedder.embed_tokens, lambda: chosen,
    )  # fmt: skip
    request = AskRequest(question=question, **more)
    return list(answers.ask(request, "R", threading.Event()))


def _ask(
    home: Home, question: str = QUESTION, model: Constrained | None = None, **more: Any
) -> AskDone:
    done = _events(home, question, model, **more)[-1]
    assert isinstance(done, AskDone), done
    return done


def _kept(home: Home) -> int:
    with home.database.read() as c:
        return int(c.execute("SELECT count(*) FROM reservoir").fetchone()[0])


def _deposit(home: Home) -> str:
    return _ask(home, anew=True).citations[0].memory


def test_the_same_question_is_answered_with_what_was_said(home: Home, clock: FakeClock) -> None:
    first = _ask(home)
    assert first.answered_before is None and _kept(home) == 1
    when = clock.now_ms()
    clock.advance(days=2)
    events = _events(home, "how much is the DEPOSIT, for the flat")
    again = events[-1]
    assert [type(event) for event in events] == [AskStage, AskSources, AskDelta, AskDone]
    assert isinstance(again, AskDone) and again.answered_before == to_datetime(when)
    assert again.answer == first.answer and again.quotation
    (was,), (cited,) = first.citations, again.citations
    same = {"n", "memory", "quote", "quote_start", "quote_end", "source", "start", "end"}
    assert cited.model_dump(include=same) == was.model_dump(include=same)
    with home.database.read() as c:
        uses = [one.reason for one in reviews.of_memory(c, cited.memory)]
    assert uses == [ReviewReason.CITED, ReviewReason.CITED]


def test_anew_asks_anew_and_keeps_that(home: Home, clock: FakeClock) -> None:
    _ask(home)
    clock.advance(seconds=60)
    assert _ask(home, anew=True).answered_before is None
    assert _ask(home).answered_before == to_datetime(clock.now_ms())
    assert _kept(home) == 1


def test_another_filter_is_another_question(home: Home) -> None:
    _ask(home)
    assert _ask(home, filter=RecallFilter(source="/papers/one.txt")).answered_before is None
    assert _ask(home, "How high is the deposit for the flat?").answered_before is None


def test_scopes_make_another_question(home: Home) -> None:
    _ask(home)
    assert _ask(home, scopes=["home"]).answered_before is None
    assert _ask(home, scopes=["home"]).answered_before is not None
    assert not _ask(home, scopes=["work"]).citations


def test_what_belongs_to_another_scope_since_answers_no_more(home: Home) -> None:
    assert _ask(home, scopes=["home"]).citations
    home.database.write(
        lambda c: scopes.set_sources(c, [r[0] for r in c.execute("SELECT id FROM sources")], "work")
    )
    again = _ask(home, scopes=["home"])
    assert again.answered_before is None and not again.citations


@pytest.mark.parametrize("private", [False, True])
def test_in_chats_and_never_in_private_ones(home: Home, private: bool) -> None:
    first = home.chats.create(ChatCreate(private=private)).id
    assert _ask(home, chat=first).citations
    home.settle()
    assert _kept(home) == (0 if private else 1)
    second = home.chats.create(ChatCreate()).id
    assert (_ask(home, chat=second).answered_before is None) is private
    third = home.chats.create(ChatCreate(private=True)).id
    assert _ask(home, chat=third).answered_before is None
    if not private:
        stored = home.chats.get(second).messages[-1]
        assert stored.citations and stored.state == "complete"


def test_a_repeated_question_of_one_chat(home: Home) -> None:
    chat = home.chats.create(ChatCreate()).id
    _ask(home, chat=chat)
    _ask(home, "Who services the boiler?", chat=chat)
    home.settle()
    assert _ask(home, chat=chat).answered_before is not None
    assert _ask(home, "How much is it?", chat=chat).answered_before is None


def test_an_edited_memory_takes_its_answers_with_it(home: Home, paths: DataPaths) -> None:
    memory = _deposit(home)
    new = "The deposit for the flat in Harbour Street is three months' rent."
    home.database.write(lambda c: memories.edit(c, memory, text=new, now_ms=home.clock.now_ms()))
    assert _kept(home) == 0
    home.settle()
    done = _ask(home)
    assert done.answered_before is None and "three months" in done.answer


def test_a_memory_marked_wrong_takes_its_answers_with_it(home: Home) -> None:
    memory = _deposit(home)
    now_ms = home.clock.now_ms()
    home.database.write(lambda c: record(c, memory, ReviewReason.HELPFUL, now_ms))
    assert _kept(home) == 1
    home.database.write(lambda c: record(c, memory, ReviewReason.WRONG, now_ms))
    assert _kept(home) == 0 and _ask(home).answered_before is None


def test_a_newer_memory_that_answers_as_well_is_heard(home: Home) -> None:
    _ask(home)
    home.add(["The cat sleeps on the boiler."], name="/cat.txt")
    home.settle()
    assert _ask(home).answered_before is not None
    home.add(["The deposit for the flat is now three months' rent."], name="/new.txt")
    home.settle()
    done = _ask(home)
    assert done.answered_before is None and "three months" in done.answer


def test_another_memory_changed_since_is_heard(home: Home) -> None:
    (cat,) = home.add(["The cat sleeps on the boiler."], name="/cat.txt")
    home.settle()
    _ask(home)
    home.clock.advance(seconds=60)
    new = "The deposit for the flat was raised to four months' rent."
    home.database.write(lambda c: memories.edit(c, cat, text=new, now_ms=home.clock.now_ms()))
    home.settle()
    done = _ask(home)
    assert done.answered_before is None and "four months" in done.answer


def test_what_was_said_in_this_chat_since_is_heard(home: Home, model: Constrained) -> None:
    model.says = "Two months [1]."
    _ask(home, model=model)
    assert _ask(home, model=model).answered_before is not None
    chat = home.chats.create(ChatCreate()).id
    _ask(home, "The deposit for the flat is five months' rent.", model, chat=chat)
    home.settle()
    assert _ask(home, model=model, chat=chat).answered_before is None


def test_a_model_s_answer_is_kept_for_this_model_as_it_is(home: Home, model: Constrained) -> None:
    model.says = "Two months [1]."
    assert _ask(home, model=model).answered_before is None
    assert _ask(home).answered_before is None  # a quotation is another answer
    again = _ask(home, model=model)
    assert again.answered_before is not None and again.model == "Tiny" and not again.quotation
    model.path.touch()
    assert _ask(home, model=model).answered_before is None


@pytest.mark.parametrize("says", ["It is due in 3 days [1].", "I do not know."])
def test_what_a_model_says_of_now_or_of_nothing_is_not_kept(
    home: Home, model: Constrained, says: str
) -> None:
    model.says = says
    _ask(home, model=model)
    assert _kept(home) == 0


@pytest.mark.parametrize(
    "question",
    ["What is the latest on the deposit for the flat?", "What is the capital of Mongolia?", "the"],
)
def test_what_is_never_kept(home: Home, question: str) -> None:
    _ask(home, question)
    assert _kept(home) == 0


def test_a_time_that_means_other_days_by_now(home: Home, clock: FakeClock) -> None:
    home.add(["We had mussels with Bob."], kind=MemoryKind.NOTE, name="/diary.txt",
             happened_ms=clock.now_ms() - 86_400_000)  # fmt: skip
    home.settle()
    question = "Which mussels did we have with Bob yesterday?"
    assert _ask(home, question).citations
    assert _ask(home, question).answered_before is not None
    clock.advance(days=1)
    assert _ask(home, question).answered_before is None


def test_the_longest_unused_leaves_first(home: Home, clock: FakeClock) -> None:
    home.settings = replace(home.settings, answers_kept=2)
    boiler, rent = "Who services the boiler?", "When was the deposit for the flat paid?"
    for question in (QUESTION, boiler):
        clock.advance(seconds=1)
        assert _ask(home, question).citations
    clock.advance(seconds=1)
    assert _ask(home).answered_before is not None
    clock.advance(seconds=1)
    assert _ask(home, rent).citations and _kept(home) == 2
    assert _ask(home).answered_before is not None
    assert _ask(home, rent).answered_before is not None
    assert _ask(home, boiler).answered_before is None


def test_fewer_and_none(home: Home) -> None:
    _ask(home)
    _ask(home, "Who services the boiler?")
    reservoir = Reservoir(home.database, home.clock, lambda: home.settings)
    reservoir.follow(home.settings, replace(home.settings, answers_kept=1))
    assert _kept(home) == 1
    home.settings = replace(home.settings, answers_kept=0)
    assert _ask(home, "Who services the boiler?").answered_before is None
    reservoir.follow(replace(home.settings, answers_kept=1), home.settings)
    assert _kept(home) == 0


# -- forgetting

SECRET = "xylophone zugzwang quokka"


def _forgetting(home: Home) -> Forgetting:
    return Forgetting(home.database, home.index, home.paths, home.clock)


def test_forgetting_a_memory_leaves_no_byte_of_answers_from_it(
    home: Home, model: Constrained
) -> None:
    """Also where the model read it without citing it."""
    (secret,) = home.add([f"The deposit for the flat is kept in: {SECRET}."], name="/safe.txt")
    home.settle()
    offered = next(e for e in _events(home) if isinstance(e, AskSources)).citations
    number = next(cited.n for cited in offered if cited.memory != secret)
    model.says = f"In {SECRET} [{number}]."
    done = _ask(home, model=model)
    assert [cited.memory for cited in done.citations] != [secret] and _kept(home) >= 1
    home.settle()
    assert traces(home.paths, SECRET)
    _forgetting(home).forget(ForgetRequest(memories=[secret]))
    assert traces(home.paths, SECRET) == {}
    assert _kept(home) == 0


def test_forgetting_a_chat_takes_what_was_answered_in_it(home: Home, model: Constrained) -> None:
    model.says = f"Two months {SECRET} [1]."
    chat = home.chats.create(ChatCreate()).id
    _ask(home, model=model, chat=chat)
    home.settle()
    assert _kept(home) == 1
    home.chats.delete(chat)
    assert _kept(home) == 0 and traces(home.paths, SECRET) == {}


def test_forgetting_what_is_older_and_everything(home: Home, model: Constrained) -> None:
    model.says = f"Two months {SECRET} [1]."
    _ask(home, model=model)
    now = to_datetime(home.clock.now_ms())
    _forgetting(home).forget(ForgetRequest(before=datetime(2020, 1, 1, tzinfo=UTC)))
    assert _kept(home) == 1
    # The memory counts by when it happened; the answer by when it was given.
    later = now + timedelta(days=1)
    happened = home.clock.now_ms() + 10 * 86_400_000
    home.database.write(lambda c: c.execute("UPDATE memories SET happened_ms = ?", (happened,)))
    reply = _forgetting(home).forget(ForgetRequest(before=later))
    assert reply.memories == 0 and _kept(home) == 0 and traces(home.paths, SECRET) == {}
    _ask(home, model=model)
    _forgetting(home).forget(ForgetRequest(all=True))
    assert _kept(home) == 0 and traces(home.paths, SECRET) == {}


def test_what_is_forgotten_while_it_is_answered_is_not_kept(home: Home) -> None:
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, lambda: home.settings,
        home.embedder.embed_tokens, lambda: None,
    )  # fmt: skip
    for event in answers.ask(AskRequest(question=QUESTION), "R", threading.Event()):
        if isinstance(event, AskDelta):
            with home.database.read() as c:
                (memory,) = [
                    row[0]
                    for row in c.execute("SELECT id FROM memories WHERE text LIKE '%deposit%'")
                ]
            _forgetting(home).forget(ForgetRequest(memories=[memory]))
    assert _kept(home) == 0
