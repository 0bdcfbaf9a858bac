"""Facts are learnt in idle time, from what people say alone, and are gone when it is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC

import pytest

from memory.chats import Chats
from memory.errors import Stopping
from memory.events import Events
from memory.fact_keeping import Facts
from memory.fact_learning import SLICE, FactLearning, speaker_of
from memory.forgetting import Forgetting
from memory.index import Index
from memory.paths import DataPaths
from memory.protocol import (
    ChatCreate,
    ChatInfo,
    FactChoice,
    FactState,
    ForgetRequest,
    MemoryKind,
    SourceKind,
    SourceState,
)
from memory.reviews import record_all
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from memory.turns import Ended
from tests.fakes import FakeClock
from tests.patience import LONG_S, until
from tests.unit.memory.standin import WordEmbedder, first
from tests.unit.memory.test_forgetting import traces


@dataclass
class Memory:
    """A whole small memory with everything that learning touches."""

    database: Database
    clock: FakeClock
    chats: Chats
    forgetting: Forgetting
    index: Index
    settings: Settings
    paths: DataPaths
    facts: Facts

    def learning(self, busy: Callable[[], bool] = lambda: False) -> FactLearning:
        return FactLearning(self.database, self.clock, lambda: self.settings, busy=busy, zone=UTC)

    def learn(self) -> int:
        self.clock.advance(days=0.1)
        return self.learning().learn().memories

    def chat(self, *said: str) -> ChatInfo:
        chat = self.chats.create(ChatCreate())
        self.say(chat, *said)
        return chat

    def say(self, chat: ChatInfo, *said: str, answer: str = "I see.") -> None:
        for text in said:
            begun = self.chats.begin(chat.id, text)
            self.clock.advance(seconds=20)
            self.chats.end(begun, Ended(answer, "complete", [], "model", learn_from=()))
            self.clock.advance(seconds=20)

    def told(self) -> list[tuple[str, str]]:
        return [(fact.text, fact.state.value) for fact in self.facts.list().facts]


@pytest.fixture
def memory(paths: DataPaths, clock: FakeClock) -> Iterator[Memory]:
    database = Database(paths, clock)
    index = Index(database, paths, clock, WordEmbedder)
    index.start()
    assert index.settled(LONG_S)
    forgetting = Forgetting(database, index, paths, clock)
    chats = Chats(
        database, clock, Settings, Events(), lambda texts: [len(text.split()) for text in texts],
        forget=forgetting.forget, record_uses=record_all, wake_index=index.wake,
    )  # fmt: skip
    made = Memory(database, clock, chats, forgetting, index, Settings(), paths, Facts(database))
    yield made
    index.stop()
    database.close()


def test_a_chat_is_learnt_from_once_it_has_rested(memory: Memory) -> None:
    memory.chat("I live in Berlin.")
    assert memory.learning().learn().memories == 0
    memory.clock.advance(seconds=5 * 60 + 1)
    assert memory.learning().learn().statements == 1
    assert memory.told() == [("You live in Berlin.", "current")]
    assert memory.learning().learn().memories == 0  # nothing is read twice


def test_a_chat_that_goes_on_is_read_on(memory: Memory) -> None:
    chat = memory.chat("I live in Berlin.")
    memory.learn()
    memory.clock.advance(days=300)
    memory.say(chat, "I have moved to Lyon.")
    memory.learn()
    assert memory.told() == [
        ("You live in Lyon (before: Berlin).", "current"),
        ("You lived in Berlin (until December 2026, then Lyon).", "past"),
    ]


def test_what_an_assistant_says_is_not_learnt(memory: Memory) -> None:
    chat = memory.chat("What do you know about me?")
    memory.say(chat, "And else?", answer="You live in Rome. I work at Orbis. My dog Rex is old.")
    memory.learn()
    assert memory.told() == []


def test_a_recalled_fact_is_not_learnt_again(memory: Memory) -> None:
    chat = memory.chat("I live in Berlin.")
    memory.learn()
    (before,) = memory.facts.list().facts
    memory.say(chat, "Where do I live?", answer="You live in Berlin.")
    memory.learn()
    (after,) = memory.facts.list().facts
    assert after == before and len(memory.facts.get(after.id).sources) == 1


def test_a_private_chat_leaves_nothing(memory: Memory) -> None:
    chat = memory.chats.create(ChatCreate(private=True))
    memory.chats.begin(chat.id, "I live in Xanthippolis and my dog Zwackelmann is old.")
    memory.learn()
    assert memory.told() == []
    assert traces(memory.paths, "Xanthippolis Zwackelmann") == {}


def test_chats_that_are_not_remembered_are_not_learnt_from(memory: Memory) -> None:
    chats = Chats(
        memory.database, memory.clock, lambda: replace(Settings(), remember_chats=False), Events(),
        lambda texts: [1] * len(texts), forget=memory.forgetting.forget, record_uses=record_all,
    )  # fmt: skip
    chats.begin(chats.create(ChatCreate()).id, "I live in Berlin.")
    memory.learn()
    assert memory.told() == []


def test_forgetting_takes_the_fact_and_every_byte(memory: Memory) -> None:
    chat = memory.chat("I live in Xanthippolis.", "My sister Mara lives in Graz.")
    memory.chat("Ordinary words about gardens.")
    memory.learn()
    assert memory.index.settled(LONG_S)
    assert traces(memory.paths, "Xanthippolis")
    with memory.database.read() as c:
        (turn,) = c.execute(
            "SELECT id FROM memories WHERE kind = 'turn' AND text LIKE '%Xanthippolis%'"
        ).fetchone()
    memory.forgetting.forget(ForgetRequest(memories=[turn]))
    assert traces(memory.paths, "Xanthippolis") == {}
    assert {text for text, _state in memory.told()} == {
        "Mara lives in Graz.",
        "Your sister is Mara.",
    }
    memory.chats.delete(chat.id)
    assert memory.told() == []


def test_a_fact_told_twice_outlives_the_forgetting_of_one_telling(memory: Memory) -> None:
    first_chat, other = memory.chat("I live in Berlin."), memory.chat("I live in Berlin, you know.")
    memory.learn()
    (fact,) = memory.facts.list().facts
    assert len(memory.facts.get(fact.id).sources) == 2
    memory.chats.delete(other.id)
    (left,) = memory.facts.list().facts
    assert (left.id, left.memory) == (fact.id, fact.memory)
    with memory.database.read() as c:
        assert memories.get(c, left.memory or "").source_id == first_chat.id
    memory.chats.delete(first_chat.id)
    assert memory.told() == []


def test_what_came_before_is_not_told_once_it_is_forgotten(memory: Memory) -> None:
    old = memory.chat("I live in Xanthippolis.")
    memory.clock.advance(days=90)
    memory.chat("I moved to Lyon.")
    memory.learn()
    assert ("You live in Lyon (before: Xanthippolis).", "current") in memory.told()
    assert memory.index.settled(LONG_S)
    memory.chats.delete(old.id)
    assert memory.told() == [("You live in Lyon.", "current")]
    assert traces(memory.paths, "Xanthippolis") == {}


def test_forgetting_a_fact_leaves_the_turn_and_does_not_bring_it_back(memory: Memory) -> None:
    memory.chat("I live in Berlin.")
    memory.learn()
    (fact,) = memory.facts.list().facts
    reply = memory.forgetting.forget(ForgetRequest(memories=[fact.memory or ""]))
    assert (reply.memories, reply.sources, reply.chats) == (1, 0, 0)
    memory.learn()
    assert memory.told() == []
    with memory.database.read() as c:
        texts = [row[0] for row in c.execute("SELECT text FROM memories WHERE role = 'person'")]
        (kept,) = c.execute("SELECT text FROM documents").fetchone()
    assert texts == ["I live in Berlin."] and "I live in Berlin." in kept


def test_forgetting_everything_leaves_no_fact(memory: Memory) -> None:
    memory.chat("I live in Berlin.")
    memory.learn()
    memory.forgetting.forget(ForgetRequest(all=True))
    with memory.database.read() as c:
        for table in ("facts", "fact_statements", "fact_changes", "fact_marks"):
            assert c.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_work_is_resumed_after_a_crash_and_nothing_is_learnt_twice(memory: Memory) -> None:
    count = SLICE * 2 + 3
    chat = memory.chats.create(ChatCreate())
    for number in range(count):
        memory.chats.begin(
            chat.id, f"I speak Tongue{number:03}." if number else "I live in Berlin."
        )
        memory.clock.advance(seconds=1)
    memory.clock.advance(days=1)
    dying = memory.learning()
    kept = dying._keep
    slices = []

    def die_in_the_second(*args: object) -> object:
        slices.append(1)
        done = kept(*args)  # type: ignore[arg-type]
        if len(slices) == 2:
            raise RuntimeError("the power is cut before the transaction ends")
        return done

    dying._keep = die_in_the_second  # type: ignore[method-assign, assignment]
    with pytest.raises(RuntimeError):
        dying.learn()
    assert memory.facts.list().total == SLICE  # the second slice was rolled back as a whole
    done = memory.learning().learn()
    assert done.memories == count - SLICE
    assert memory.facts.list().total == count
    assert all(len(memory.facts.get(one.id).sources) == 1 for one in memory.facts.list().facts)


def test_it_waits_while_somebody_is_served_and_ends_when_told_to(memory: Memory) -> None:
    memory.chat("I live in Berlin.")
    memory.clock.advance(days=1)
    asked = []

    def busy() -> bool:
        asked.append(1)
        return True

    learning = memory.learning(busy)
    learning.start()
    until(lambda: asked)
    assert memory.told() == []
    learning.stop()
    assert memory.told() == []
    with pytest.raises(Stopping):
        learning.learn()


def test_each_speaker_of_an_imported_conversation_speaks_for_themselves(memory: Memory) -> None:
    now = memory.clock.now_ms()
    turns = [
        ("Caroline", "other", "I live in Bristol."),
        ("Melanie", "other", "Nice. I work at Orbis."),
        ("assistant", "assistant", "I live in a computer in Rome."),
        ("Me", "person", "I live in Graz."),
    ]

    def work(c: Connection) -> None:
        source = sources.insert(c, kind=SourceKind.CONVERSATION, title="talk", location="talk",
                                state=SourceState.READY, now_ms=now)  # fmt: skip
        new = [
            NewMemory(MemoryKind.TURN, text, number, number * 100, number * 100 + len(text),
                      ref=str(number), speaker=speaker, role=role, happened_ms=now)
            for number, (speaker, role, text) in enumerate(turns)
        ]  # fmt: skip
        memories.append(c, source, new, now, first)

    memory.database.write(work)
    memory.learning().learn()
    assert {text for text, _state in memory.told()} == {
        "You live in Graz.", "Caroline lives in Bristol.", "Melanie works at Orbis.",
    }  # fmt: skip
    assert speaker_of("person", "You") == speaker_of(None, None) == "you"


def test_files_are_read_for_facts_only_where_the_person_wants_it(memory: Memory) -> None:
    from tests.unit.memory.standin import remember

    remember(memory.database, "book", "I live in Winesburg.")
    memory.learn()
    assert memory.told() == []
    memory.settings = replace(memory.settings, facts_from_files=True)
    memory.learn()
    assert memory.told() == [("You live in Winesburg.", "current")]


def test_doubtful_ones_are_decided_by_the_person(memory: Memory) -> None:
    memory.chat("My birthday is on 4 May.")
    memory.clock.advance(days=3)
    memory.chat("My birthday is on 5 May.")
    memory.learn()
    (doubt,) = memory.facts.review().doubts
    assert doubt.fact.value == "5 May" and doubt.fact.doubt == "contradicts"
    assert doubt.against is not None and doubt.against.value == "4 May"
    assert [one.text for one in doubt.sources] == ["My birthday is on 5 May."]
    memory.facts.decide(doubt.fact.id, FactChoice.ACCEPT)
    assert memory.facts.review().total == 0
    states = {one.value: one.state for one in memory.facts.list().facts}
    assert states == {"4 May": FactState.REJECTED, "5 May": FactState.CURRENT}
    memory.facts.decide(doubt.fact.id, FactChoice.REJECT)
    states = {one.value: one.state for one in memory.facts.list().facts}
    assert states == {"4 May": FactState.CURRENT, "5 May": FactState.REJECTED}
