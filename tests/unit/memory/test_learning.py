"""Learning from use through the real store, recall and answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from memory.answer import Answers
from memory.events import Events
from memory.forgetting import Forgetting
from memory.learning import AROUND, STRENGTH, Learning
from memory.listed import KEPT_MS
from memory.protocol import (
    AskDone,
    AskRequest,
    ChatCreate,
    ForgetRequest,
    MemoryKind,
    RecallReply,
    RecallUnit,
    ReviewReason,
    SourceKind,
)
from memory.recall import preference
from memory.recall.weights import WEIGHTS
from memory.reviews import Reviews
from memory.store import feedback, memories
from memory.store.db import Connection
from memory.store.feedback import Pair
from tests.unit.memory.constrained import Constrained, constrained
from tests.unit.memory.recall_home import Home

QUESTION = "What did we say about the garden?"
SAID = (
    ("Ann", "The garden needs water, said the neighbour."),
    ("Ben", "I planted beans in the garden."),
    ("Ann", "Our garden gate squeaks."),
    ("Ben", "The garden hose leaks at the tap."),
    ("Ann", "We should paint the garden shed."),
    ("Ben", "The garden party is in June."),
    ("Ann", "The boiler was serviced."),
    ("Ben", "My train leaves at nine."),
)
SOMETHING = np.arange(len(WEIGHTS) + 1, dtype=np.float32)


class World:
    """A home whose recall learns, as the daemon puts it together."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.settings = home.settings
        self.learning = Learning(
            home.database, home.clock, lambda: self.settings, Events(), home.recall.weights,
            home.recall.personalise,
        )  # fmt: skip
        home.recall.listed = self.learning.listed
        self.reviews = Reviews(home.database, home.clock, Events(), self.learning.chose)
        self.forgetting = Forgetting(
            home.database, home.index, home.paths, home.clock,
            on_forgotten=self.learning.forgotten,
        )  # fmt: skip

    def use(self, reply: RecallReply, place: int, reason: ReviewReason) -> str:
        """Review what stands at this place of a list, from 0."""
        chosen = reply.hits[place].memory
        self.reviews.review(chosen, reason, reply.recall)
        return chosen

    def pairs(self) -> list[Pair]:
        with self.home.database.read() as c:
            return feedback.pairs(c, feedback.columns_key(tuple(sorted(WEIGHTS))))

    def row(self, memory_id: str) -> int:
        with self.home.database.read() as c:
            return memories.get(c, memory_id).rowid

    def teach(self, count: int, liked: str, above: float = 1.0) -> None:
        """Choices of somebody who takes what has more of ``liked``, at the second place."""
        names, now_ms = tuple(sorted(WEIGHTS)), self.home.clock.now_ms()
        random = np.random.default_rng(3)
        shipped = np.array([WEIGHTS[name] for name in names])
        at = names.index(liked)

        def work(c: Connection) -> None:
            rows = [row[0] for row in c.execute("SELECT rowid FROM memories")]
            for number in range(count):
                found = random.normal(scale=0.3, size=(6, len(names)))
                found[:, at] = random.random(6) < 0.4
                found = found[np.argsort(-(found @ shipped))]
                chosen = int(np.argmax(above * found[:, at] * 4 + found @ shipped))
                pairs = [
                    Pair(f"r{number}", rows[number % len(rows)], rows[(number + 1) % len(rows)],
                         chosen + 1, 1.0,
                         np.append(found[chosen] - found[k], 0.0).astype(np.float32))
                    for k in range(6) if k != chosen
                ]  # fmt: skip
                feedback.add(c, feedback.columns_key(names), pairs, now_ms)

        self.home.database.write(work)


@pytest.fixture
def world(home: Home) -> Iterator[World]:
    home.add(
        [text for _who, text in SAID], kind=MemoryKind.TURN, source=SourceKind.CONVERSATION,
        name="Talk", speakers=[who for who, _text in SAID],
    )  # fmt: skip
    home.add([f"Note {n}: something about matter {n}." for n in range(40)], name="/notes.txt")
    home.settle()
    yield World(home)


# -- what is kept of a choice


def test_what_is_opened_is_kept_against_what_stood_around_it(world: World) -> None:
    reply = world.home.ask(QUESTION)
    assert reply.recall is not None
    chosen = world.use(reply, 2, ReviewReason.OPENED)
    pairs = world.pairs()
    others = {world.row(hit.memory) for hit in reply.hits} - {world.row(chosen)}
    assert {pair.chosen for pair in pairs} == {world.row(chosen)}
    assert {pair.passed for pair in pairs} == others or len(pairs) == AROUND
    assert {pair.place for pair in pairs} == {3}
    assert {pair.strength for pair in pairs} == {STRENGTH[ReviewReason.OPENED]}


def test_the_differences_are_those_of_the_scores(world: World) -> None:
    """Weighed by the shipped weights they say how far the chosen stood above the passed."""
    reply = world.home.ask(QUESTION, explain=True)
    world.use(reply, 1, ReviewReason.OPENED)
    points = {world.row(hit.memory): sum((hit.why or {}).values()) for hit in reply.hits}
    shipped = np.array([WEIGHTS[name] for name in sorted(WEIGHTS)])
    for pair in world.pairs():
        told = float(pair.difference[:-1] @ shipped + pair.difference[-1])
        assert told == pytest.approx(points[pair.chosen] - points[pair.passed], abs=0.15)


def test_two_opened_of_one_list_are_not_set_against_each_other(world: World) -> None:
    reply = world.home.ask(QUESTION)
    rows = {world.row(world.use(reply, place, ReviewReason.OPENED)) for place in (0, 3)}
    rows |= {world.row(world.use(reply, 3, ReviewReason.HELPFUL))}
    pairs = world.pairs()
    assert {pair.chosen for pair in pairs} == rows and len(rows) == 2
    assert not any(pair.passed in rows for pair in pairs)
    per_choice = [(pair.chosen, pair.passed) for pair in pairs]
    assert len(per_choice) == len(set(per_choice))
    assert world.learning.info().choices == 2


def test_opening_what_turns_out_wrong_is_no_praise(world: World) -> None:
    reply = world.home.ask(QUESTION)
    wrong = world.row(world.use(reply, 0, ReviewReason.OPENED))
    world.use(reply, 0, ReviewReason.WRONG)
    (pair,) = world.pairs()
    assert (pair.chosen, pair.passed) == (world.row(reply.hits[1].memory), wrong)
    assert pair.strength == STRENGTH[ReviewReason.WRONG] < 1


@pytest.mark.parametrize("recall", [None, "0123456789abcdef"])
def test_a_use_that_comes_from_no_known_list_teaches_nothing(
    world: World, recall: str | None
) -> None:
    reply = world.home.ask(QUESTION)
    world.reviews.review(reply.hits[0].memory, ReviewReason.OPENED, recall)
    assert world.pairs() == []


def test_a_list_is_known_for_half_an_hour(world: World) -> None:
    reply = world.home.ask(QUESTION)
    world.home.clock.advance(days=(KEPT_MS + 1) / 86_400_000)
    world.use(reply, 0, ReviewReason.OPENED)
    assert world.pairs() == []


def test_what_was_not_listed_teaches_nothing(world: World) -> None:
    reply = world.home.ask("When does the train leave?", limit=2)
    foreign = next(
        hit.memory for hit in world.home.ask(QUESTION).hits
        if hit.memory not in {one.memory for one in reply.hits}
    )  # fmt: skip
    world.reviews.review(foreign, ReviewReason.OPENED, reply.recall)
    assert world.pairs() == []


def test_days_and_a_single_hit_are_no_lists_to_choose_from(world: World) -> None:
    assert world.home.ask(QUESTION, unit=RecallUnit.DAY).recall is None
    assert world.home.ask(QUESTION, limit=1).recall is None


def test_the_oldest_choices_leave(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "KEPT", 7)
    reply = world.home.ask(QUESTION, limit=5)
    for place in range(3):
        again = world.home.ask(QUESTION, limit=5)
        world.use(again, place, ReviewReason.OPENED)
    assert len(world.pairs()) == 7 and reply.recall is not None
    newest = world.row(again.hits[2].memory)
    assert sum(pair.chosen == newest for pair in world.pairs()) == 4


def test_nothing_of_the_question_is_stored(world: World) -> None:
    asked = "Was there a zugzwang xylophone in the garden?"
    world.use(world.home.ask(asked), 0, ReviewReason.OPENED)
    assert world.pairs()
    for path in world.home.paths.root.rglob("*"):
        if path.is_file():
            assert b"zugzwang" not in path.read_bytes().lower()


# -- forgetting


def test_forgetting_a_memory_takes_its_choices_with_it(world: World) -> None:
    reply = world.home.ask(QUESTION)
    chosen = world.use(reply, 0, ReviewReason.OPENED)
    passed = world.use(world.home.ask(QUESTION), 2, ReviewReason.OPENED)
    rows = (world.row(chosen), world.row(passed))
    gone = [p for p in world.pairs() if rows[0] in (p.chosen, p.passed)]
    kept = [p for p in world.pairs() if rows[0] not in (p.chosen, p.passed)]
    assert gone and kept
    needles = [pair.difference.astype("<f2").tobytes() for pair in gone]
    world.forgetting.forget(ForgetRequest(memories=[chosen]))
    assert {(p.chosen, p.passed) for p in world.pairs()} == {(p.chosen, p.passed) for p in kept}
    files = [path for path in world.home.paths.root.rglob("*") if path.is_file()]
    held = [path.name for path in files for one in needles if one in path.read_bytes()]
    assert held == []
    world.use(reply, 1, ReviewReason.OPENED)  # its list went as well
    assert {(p.chosen, p.passed) for p in world.pairs()} == {(p.chosen, p.passed) for p in kept}


def test_forgetting_everything_forgets_what_was_learnt(world: World) -> None:
    world.teach(200, "speaker")
    world.learning.learn()
    assert world.learning.info().state == "personal"
    world.forgetting.forget(ForgetRequest(all=True))
    info = world.learning.info()
    assert (info.state, info.choices, info.personal) == ("gathering", 0, None)
    assert world.home.recall._personal is None


def test_what_is_forgotten_while_it_learns_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.teach(200, "speaker")
    real = preference.learn

    def slow(*args: Any) -> preference.Learnt:
        found = real(*args)
        world.learning.reset()
        return found

    monkeypatch.setattr(preference, "learn", slow)
    world.learning.learn()
    assert world.learning.info().state == "gathering"
    assert world.home.recall._personal is None
    with world.home.database.read() as c:
        assert feedback.learnt(c) is None


# -- learning


def test_learnt_weights_rank_and_explain_says_so(world: World) -> None:
    before = world.home.ask(QUESTION, explain=True)
    assert before.personal is None
    world.teach(200, "speaker")
    assert world.learning.learn() == 200
    info = world.learning.info()
    assert info.state == "personal" and info.gain is not None and info.gain > 0
    after = world.home.ask(QUESTION, explain=True)
    assert after.personal is not None and after.personal == info.personal
    assert after.personal.choices == 200
    moved = {one.name: one for one in after.personal.weights}
    assert moved["speaker"].now > 1.1 * moved["speaker"].shipped == 1.1 * WEIGHTS["speaker"]
    for one in after.personal.weights:
        assert 0.5 <= one.now / one.shipped <= 2.0
    named = "What did Ben say about the garden?"
    points = {hit.memory: hit.why or {} for hit in world.home.ask(named, explain=True).hits}
    assert max(why.get("speaker", 0.0) for why in points.values()) == pytest.approx(
        moved["speaker"].now, abs=0.02
    )
    assert world.home.ask(QUESTION).personal is None  # only where asked to explain


def test_learnt_weights_are_there_after_a_restart(world: World) -> None:
    world.teach(200, "speaker")
    world.learning.learn()
    again = World(world.home)
    world.home.recall.personalise(None)
    again.learning.load()
    assert again.home.recall._personal is not None
    assert again.learning.info().state == "personal"


def test_weights_of_another_version_are_not_used(world: World) -> None:
    world.teach(200, "speaker")
    world.learning.learn()
    newer = {name: weight * 1.1 for name, weight in WEIGHTS.items()}
    home = world.home
    later = Learning(
        home.database, home.clock, lambda: home.settings, Events(), newer, home.recall.personalise
    )
    later.load()
    assert home.recall._personal is None
    assert later.info().choices == 200 and later.info().personal is None
    later.learn()  # the same columns: it begins again from the choices
    assert later.info().state == "personal"
    other = Learning(
        home.database, home.clock, lambda: home.settings, Events(), {**newer, "asks_more": 1.0},
        home.recall.personalise,
    )  # fmt: skip
    assert other.info().choices == 0
    other.learn()  # other columns: the old choices say nothing about them, and go
    assert later.info().choices == 0


def test_starting_over_restores_what_was_shipped(world: World) -> None:
    before = [(hit.memory, hit.score) for hit in world.home.ask(QUESTION).hits]
    world.teach(200, "speaker")
    world.learning.learn()
    named = "What did Ben say about the garden?"
    assert world.home.recall._personal is not None and world.home.ask(named).hits
    info = world.learning.reset()
    assert (info.state, info.choices, info.personal) == ("gathering", 0, None)
    assert [(hit.memory, hit.score) for hit in world.home.ask(QUESTION).hits] == before
    assert world.pairs() == []


def test_choices_that_say_nothing_leave_the_weights_as_shipped(world: World) -> None:
    world.teach(200, "speaker")
    world.learning.learn()
    world.learning.reset()
    world.teach(200, "speaker", above=0.0)  # this person agrees with the order shown
    world.learning.learn()
    assert world.learning.info().state == "shipped"
    assert world.home.recall._personal is None


def test_switched_off_it_neither_learns_nor_uses_what_it_learnt(world: World) -> None:
    world.teach(200, "speaker")
    world.learning.learn()
    world.settings = replace(world.settings, learn_from_use=False)
    world.learning.load()
    assert world.home.recall._personal is None
    reply = world.home.ask(QUESTION)
    assert reply.recall is None
    before = len(world.pairs())
    world.use(reply, 0, ReviewReason.OPENED)
    assert len(world.pairs()) == before and world.learning.learn() == 0
    assert world.learning.info().state == "off"
    world.settings = replace(world.settings, learn_from_use=True)
    world.learning.load()
    assert world.home.recall._personal is not None


@pytest.mark.parametrize("question", [QUESTION, "When does the night bus leave?"])
def test_the_confidence_is_that_of_the_shipped_weights(world: World, question: str) -> None:
    before = world.home.ask(question, explain=True)
    bent = {name: weight * (2.0 if n % 2 else 0.5) for n, (name, weight) in
            enumerate(sorted(WEIGHTS.items()))}  # fmt: skip
    world.home.recall.personalise(preference.Personal(bent, {}, 50))
    after = world.home.ask(question, explain=True)
    assert [hit.score for hit in after.hits] != [hit.score for hit in before.hits]
    assert after.confidence == before.confidence is not None
    assert after.confidence_why == before.confidence_why
    assert after.nearest_only == before.nearest_only


# -- answers


@pytest.fixture(scope="module")
def teller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Constrained]:
    """A language model that cites the second memory it is shown."""
    model = constrained(tmp_path_factory.mktemp("teller"))
    model.says = "So it was said [2]."
    yield model
    model.close()


def _ask(world: World, model: Constrained | None, **more: Any) -> AskDone:
    home = world.home
    answers = Answers(
        home.database, home.recall, home.chats, home.clock,
        lambda: replace(home.settings, hard_looks=0),
        home.embedder.embed_tokens, lambda: (model, "Teller") if model else None,
        learning=world.learning,
    )  # fmt: skip
    *_before, done = answers.ask(AskRequest(question=QUESTION, **more), "R", threading.Event())
    assert isinstance(done, AskDone)
    return done


def test_what_a_model_cites_is_a_choice(world: World, teller: Constrained) -> None:
    done = _ask(world, teller)
    (cited,) = done.citations
    pairs = world.pairs()
    assert {pair.chosen for pair in pairs} == {world.row(cited.memory)}
    assert {pair.place for pair in pairs} == {1}  # a model reads all it is given
    assert {pair.strength for pair in pairs} == {STRENGTH[ReviewReason.CITED]}


def test_a_quotation_teaches_nothing_until_it_is_praised(world: World) -> None:
    chat = world.home.chats.create(ChatCreate()).id
    done = _ask(world, None, chat=chat)
    assert done.citations and world.pairs() == []
    kept = world.home.chats.get(chat).messages[-1].citations[0]
    assert kept.recall is not None
    world.reviews.review(kept.memory, ReviewReason.HELPFUL, kept.recall)
    assert {pair.chosen for pair in world.pairs()} == {world.row(kept.memory)}


@pytest.mark.parametrize("worded", [True, False])
def test_a_private_chat_leaves_nothing(world: World, teller: Constrained, worded: bool) -> None:
    chat = world.home.chats.create(ChatCreate(private=True)).id
    done = _ask(world, teller if worded else None, chat=chat)
    assert done.citations and all(cited.recall is None for cited in done.citations)
    for cited in done.citations:
        for reason in (ReviewReason.OPENED, ReviewReason.HELPFUL, ReviewReason.WRONG):
            world.reviews.review(cited.memory, reason, cited.recall)
    assert world.pairs() == []
    with world.home.database.read() as c:
        assert c.execute("SELECT count(*) FROM feedback").fetchone()[0] == 0
