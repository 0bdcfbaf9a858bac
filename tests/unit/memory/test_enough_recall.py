"""Does the memory hold an answer at all? Through the real store, index and embedder."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from memory import quote, quoting
from memory.answer import Answers
from memory.protocol import (
    AskDone,
    AskRequest,
    ChatCreate,
    MemoryKind,
    RecallRequest,
    SourceKind,
)
from memory.recall import enough
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import reviews
from tests.bench.enough_world import PAPERS, TALKS
from tests.unit.memory.recall_home import BrokenIndex, Home

ANSWERED = (
    "What does error E18 on the washing machine mean?",
    "How long does the seed bread bake?",
    "Where did the new conductor study?",
    "When is Godfrey's first rehearsal?",
)
FOREIGN = (
    "Which vaccine do I need for Kenya?",
    "Who is the guarantor of my mortgage?",
    "How do you say good night in Finnish?",
    "How many volts does the solar charger give?",
)


@pytest.fixture
def told(home: Home) -> Home:
    for name, texts in PAPERS.items():
        home.add(texts, name=f"/papers/{name}.txt", heading=name)
    talk = TALKS["Choir"]
    home.add(
        [text for _who, text in talk],
        kind=MemoryKind.TURN,
        source=SourceKind.CONVERSATION,
        name="Choir",
        speakers=[who for who, _text in talk],
    )
    home.settle()
    return home


def test_what_is_there_is_surer_than_what_is_not(told: Home) -> None:
    there = [told.ask(one) for one in ANSWERED]
    away = [told.ask(one) for one in FOREIGN]
    assert all(reply.confidence is not None for reply in there + away)
    least = min(reply.confidence or 0.0 for reply in there)
    assert least > 0.5 > max(reply.confidence or 1.0 for reply in away)
    assert not any(reply.nearest_only for reply in there)
    assert all(0 <= (reply.confidence or 0.0) <= 1 for reply in there + away)


def test_what_one_said_is_no_answer_about_another(told: Home) -> None:
    his, hers = (
        told.ask(f"What voice does {name} sing in the chamber choir?", explain=True)
        for name in ("Godfrey", "Sanne")
    )
    assert his.confidence is not None and hers.confidence is not None
    assert his.confidence > hers.confidence
    assert his.confidence_why is not None and hers.confidence_why is not None
    assert his.confidence_why["about"] > hers.confidence_why["about"]


def test_the_nearest_are_still_shown(told: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told.ask(ANSWERED[1])
    monkeypatch.setattr(enough, "WEIGHTS", replace(enough.WEIGHTS, threshold=1.0))
    after = told.ask(ANSWERED[1])
    assert after.nearest_only and not before.nearest_only
    assert [hit.memory for hit in after.hits] == [hit.memory for hit in before.hits] != []


def test_a_day_or_a_phrase_that_was_found_is_never_called_nothing(
    told: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enough, "WEIGHTS", replace(enough.WEIGHTS, threshold=1.0))
    assert not told.ask('What about the "chamber choir"?').nearest_only
    assert not told.ask("What happened today with the choir?").nearest_only


def test_the_confidence_is_the_same_however_many_hits_are_wanted(told: Home) -> None:
    few, many = told.ask(ANSWERED[0], 1), told.ask(ANSWERED[0], 30)
    assert few.confidence == pytest.approx(many.confidence, abs=0.02)


def test_explain_tells_what_it_is_made_of(told: Home) -> None:
    reply = told.ask(ANSWERED[0], explain=True)
    assert reply.confidence_why and reply.trace is not None
    assert {"base", "meaning", "score"} <= set(reply.confidence_why)
    step = reply.trace[-1]
    assert step.name == "enough" and step.note == f"{reply.confidence:.2f}"
    assert told.ask(ANSWERED[0]).confidence_why is None


@pytest.mark.parametrize("asked", ["Wie lange muss das Brot im Ofen backen?", "What was that?"])
def test_of_what_it_was_not_fitted_for_it_says_nothing(told: Home, asked: str) -> None:
    reply = told.ask(asked)
    assert reply.confidence is None and not reply.nearest_only


def test_without_meaning_it_says_nothing(told: Home) -> None:
    recall = Recall(told.database, BrokenIndex(), told.clock, Settings)  # type: ignore[arg-type]
    for asked in (ANSWERED[0], "zyzzyva"):
        reply = recall.recall(RecallRequest(question=asked))
        assert reply.confidence is None and not reply.nearest_only and reply.problems
    recall.close()


def test_a_question_asked_before_is_no_answer_to_itself(told: Home) -> None:
    asked = FOREIGN[0]
    first = told.ask(asked).confidence
    told.add([asked], kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, name="Chat")
    told.settle()
    again = told.ask(asked).confidence
    assert first is not None and again is not None
    assert again < 0.5


# -- answers


def _asked(home: Home, question: str, **more: Any) -> AskDone:
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, lambda: home.settings,
        home.embedder.embed_tokens, lambda: None,  # type: ignore[arg-type]
    )  # fmt: skip
    *_before, done = answers.ask(AskRequest(question=question, **more), "R", threading.Event())
    assert isinstance(done, AskDone)
    return done


@pytest.mark.parametrize("in_chat", [True, False])
def test_the_nearest_are_quoted_as_such_and_gain_no_strength(
    told: Home, monkeypatch: pytest.MonkeyPatch, in_chat: bool
) -> None:
    def uses(done: AskDone) -> int:
        with told.database.read() as c:
            return len(reviews.of_memory(c, done.citations[0].memory))

    chat = told.chats.create(ChatCreate()).id if in_chat else None
    monkeypatch.setattr(enough, "WEIGHTS", replace(enough.WEIGHTS, threshold=1.0))
    nearest = _asked(told, ANSWERED[1], chat=chat)
    assert nearest.answer.startswith(quote.NEAREST) and nearest.citations
    before = uses(nearest)
    monkeypatch.setattr(enough, "WEIGHTS", replace(enough.WEIGHTS, threshold=0.0))
    sure = _asked(told, ANSWERED[1], chat=chat)
    assert sure.answer.startswith(quote.OPENING)
    assert sure.citations[0].memory == nearest.citations[0].memory
    assert before == 0 and uses(sure) == 1


def test_what_a_person_tells_is_noted_whatever_is_nearest(
    told: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enough, "WEIGHTS", replace(enough.WEIGHTS, threshold=1.0))
    chat = told.chats.create(ChatCreate()).id
    done = _asked(
        told, "The washing machine shows error E18 again, I cleaned the filter.", chat=chat
    )
    assert done.answer == quoting.NOTED and done.citations == []
