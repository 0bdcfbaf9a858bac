"""The portrait: made of what holds, the person's word on it, and gone with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC

import pytest

from memory.chats import Chats
from memory.errors import BadRequest, NotFound
from memory.events import Events
from memory.fact_keeping import Facts
from memory.fact_learning import FactLearning
from memory.forgetting import Forgetting
from memory.index import Index
from memory.paths import DataPaths
from memory.portrait_keeping import Portrait
from memory.protocol import (
    ChatCreate,
    ChatInfo,
    FactChoice,
    ForgetRequest,
    PortraitEdit,
    PortraitLine,
)
from memory.reviews import record_all
from memory.settings import Settings
from memory.store import facts, memories
from memory.store.db import Connection, Database
from memory.store.forget import REMOVED_ANSWER
from memory.turns import Ended
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.standin import WordEmbedder, first, passages, remember
from tests.unit.memory.test_forgetting import traces


@dataclass
class Told:
    """A small memory that learns, and its portrait."""

    database: Database
    clock: FakeClock
    chats: Chats
    forgetting: Forgetting
    facts: Facts
    portrait: Portrait
    paths: DataPaths
    settings: Settings

    def say(self, *said: str, days: float = 1.0) -> ChatInfo:
        """A chat of its own, which rests and is learnt from."""
        chat = self.chats.create(ChatCreate())
        for text in said:
            begun = self.chats.begin(chat.id, text)
            self.chats.end(begun, Ended("I see.", "complete", [], "model", learn_from=()))
            self.clock.advance(seconds=40)
        self.clock.advance(days=days)
        self.learn()
        return chat

    def answer(self, chat: ChatInfo, question: str, answer: str) -> str:
        """A model's answer with the portrait before it; returns the id of its message."""
        begun = self.chats.begin(chat.id, question)
        told = tuple(self.portrait.told())
        self.chats.end(begun, Ended(answer, "complete", [], "model", learn_from=(), told=told))
        return begun.answer_id

    def learn(self) -> None:
        FactLearning(self.database, self.clock, lambda: self.settings, zone=UTC).learn()

    def shown(self) -> dict[str, list[str]]:
        return {
            section.name: [line.text for line in section.lines if not line.hidden]
            for section in self.portrait.page().sections
        }

    def line(self, words: str) -> PortraitLine:
        every = [line for section in self.portrait.page().sections for line in section.lines]
        (found,) = [line for line in every if words in line.text]
        return found


@pytest.fixture
def told(paths: DataPaths, clock: FakeClock) -> Iterator[Told]:
    database = Database(paths, clock)
    index = Index(database, paths, clock, WordEmbedder)
    index.start()
    assert index.settled(LONG_S)
    forgetting = Forgetting(database, index, paths, clock)
    chats = Chats(
        database, clock, Settings, Events(), lambda texts: [len(text.split()) for text in texts],
        forget=forgetting.forget, record_uses=record_all, wake_index=index.wake,
    )  # fmt: skip
    made: Told
    portrait = Portrait(
        database, clock, lambda: made.settings, forget_line=forgetting.forget_line, zone=UTC
    )
    made = Told(database, clock, chats, forgetting, Facts(database), portrait, paths, Settings())
    yield made
    index.stop()
    database.close()


def test_it_grows_from_facts_in_the_order_of_the_page(told: Told) -> None:
    assert told.portrait.page().on and told.shown() == {}
    told.say("I like hiking.", "My sister Mara lives in Graz.")
    told.say("I work as a nurse.", "I am allergic to peanuts.", "My name is Robin.")
    told.say("I have lived in Leeds since May 2024.")
    assert told.shown() == {
        "home": ["Your name is Robin.", "You live in Leeds (since May 2024)."],
        "work": ["You work as a nurse."],
        "people": ["Your sister is Mara.", "Mara lives in Graz."],
        "health": ["You are allergic to peanuts."],
        "likes": ["You like hiking."],
    }


def test_each_line_names_what_it_rests_on(told: Told) -> None:
    chat = told.say("Hello. I live in Leeds now.")
    line = told.line("Leeds")
    (source,) = line.sources
    assert line.fact == line.id and told.facts.get(line.id).fact.value == "Leeds"
    assert (source.source, source.text) == (chat.id, "I live in Leeds now.")


def test_what_held_once_and_what_is_doubtful_is_not_in_it(told: Told) -> None:
    told.say("I live in Berlin.")
    told.say("I have moved to Lyon.", days=40)
    told.say("I think I am allergic to peanuts.")
    assert told.shown() == {"home": ["You live in Lyon."]}
    (doubt,) = told.facts.review().doubts
    told.facts.decide(doubt.fact.id, FactChoice.ACCEPT)
    assert told.shown()["health"] == ["You are allergic to peanuts."]


def test_only_the_person_and_those_close_to_them(told: Told) -> None:
    told.say("Petra works as a baker.", "My brother Anton works as a plumber.")
    assert told.shown() == {
        "people": ["Your brother is Anton.", "Anton works as a plumber."],
    }


def test_a_plan_is_told_until_its_day(told: Told) -> None:
    told.say("I have a dentist appointment on 12 March 2026.", days=1)
    assert list(told.shown()) == ["plans"]
    told.clock.advance(days=20)
    assert told.shown() == {}


def test_the_persons_words_outlast_learning(told: Told) -> None:
    told.say("I live in Leeds.")
    line = told.line("Leeds")
    told.portrait.edit(line.id, PortraitEdit(text="You live in Leeds, by the canal."))
    told.say("I live in Leeds, as you know.")
    changed = told.line("Leeds")
    assert (changed.text, changed.made, changed.edited) == (
        "You live in Leeds, by the canal.", "You live in Leeds.", True,
    )  # fmt: skip
    told.portrait.edit(line.id, PortraitEdit(text=""))
    assert told.line("Leeds").text == "You live in Leeds." and not told.line("Leeds").edited


def test_words_find_the_fact_again_that_comes_of_a_changed_source(told: Told) -> None:
    told.settings = replace(Settings(), facts_from_files=True)
    remember(told.database, "diary", "I live in Leeds.", "Fine.")
    told.clock.advance(days=1)
    told.learn()
    line = told.line("Leeds")
    told.portrait.edit(line.id, PortraitEdit(text="Leeds it is."))

    def change(c: Connection) -> None:
        new = passages("I live in Leeds now.", "Fine.")
        memories.replace_source(c, "diary", new, told.clock.now_ms(), first)
        facts.refold(c, facts.changed_topics(c))

    told.database.write(change)
    assert told.shown() == {}
    told.learn()
    again = told.line("Leeds")
    assert again.id != line.id and again.text == "Leeds it is."


def test_lines_are_hidden_and_put_back(told: Told) -> None:
    told.say("I live in Leeds.", "I am allergic to peanuts.")
    told.portrait.edit(told.line("peanuts").id, PortraitEdit(hidden=True))
    assert told.shown() == {"home": ["You live in Leeds."], "health": []}
    assert told.portrait.page().hidden == 1
    assert [one.text for one in told.portrait.told()] == ["You live in Leeds."]
    told.portrait.edit(told.line("peanuts").id, PortraitEdit(hidden=False))
    assert len(told.portrait.told()) == 2 and told.portrait.page().hidden == 0


def test_lines_of_their_own(told: Told) -> None:
    told.portrait.add("  Call me   Rob. ")
    line = told.line("Rob")
    assert (line.text, line.fact, line.sources) == ("Call me Rob.", None, [])
    told.portrait.edit(line.id, PortraitEdit(text="Call me Bob Zwackelmann."))
    assert [one.text for one in told.portrait.told()] == ["Call me Bob Zwackelmann."]
    told.portrait.remove(line.id)
    assert told.shown() == {} and traces(told.paths, "Zwackelmann") == {}


def test_what_cannot_be_done_is_said(told: Told) -> None:
    told.say("I live in Leeds.")
    with pytest.raises(BadRequest):
        told.portrait.add(" ")
    with pytest.raises(BadRequest):
        told.portrait.edit(told.line("Leeds").id, PortraitEdit())
    with pytest.raises(BadRequest):
        told.portrait.remove(told.line("Leeds").id)
    with pytest.raises(NotFound):
        told.portrait.edit("nothing", PortraitEdit(hidden=True))
    told.settings = replace(told.settings, portrait=False)
    with pytest.raises(BadRequest):
        told.portrait.add("Something.")


def test_one_switch_turns_it_off(told: Told) -> None:
    told.say("I live in Leeds.")
    told.settings = replace(told.settings, portrait=False)
    page = told.portrait.page()
    assert not page.on and page.sections == [] and told.portrait.told() == []


def test_what_is_told_is_the_most_important_first_and_no_way_to_reach_somebody(
    told: Told,
) -> None:
    told.say("I like climbing.", "My phone number is 0113 496 0000.", "I live in Leeds.")
    first_told, again = told.portrait.told(), told.portrait.told()
    assert first_told == again
    assert [one.value for one in first_told] == ["Leeds", "climbing"]
    assert "0113" in str(told.shown()["reach"])


# -- forgetting


def test_a_forgotten_source_takes_its_line_and_the_words_written_over_it(told: Told) -> None:
    kept = told.say("I work as a nurse.")
    chat = told.say("I live in Xanthippolis.")
    edit = PortraitEdit(text="You live in Xanthippolis, beside the Brombachquelle.")
    told.portrait.edit(told.line("Xanthippolis").id, edit)
    answer = told.answer(kept, "Which town is mine?", "Your town is Xanthippolis.")
    other = told.answer(kept, "And my work?", "You are a nurse.")
    told.forgetting.forget(ForgetRequest(source=chat.id))
    assert told.shown() == {"work": ["You work as a nurse."]}
    assert traces(told.paths, "Xanthippolis Brombachquelle") == {}
    said = {message.id: message.text for message in told.chats.get(kept.id).messages}
    assert said[answer] == REMOVED_ANSWER and said[other] == "You are a nurse."


def test_an_answer_under_way_keeps_nothing_of_what_is_forgotten_meanwhile(told: Told) -> None:
    chat = told.say("I live in Xanthippolis.")
    other = told.chats.create(ChatCreate())
    begun = told.chats.begin(other.id, "Which town is mine?")
    read = tuple(told.portrait.told())
    told.forgetting.forget(ForgetRequest(source=chat.id))
    ended = Ended("It is Xanthippolis.", "complete", [], "model", learn_from=(), told=read)
    assert told.chats.end(begun, ended).text == REMOVED_ANSWER
    assert traces(told.paths, "Xanthippolis") == {}


def test_words_go_with_any_part_of_what_they_were_written_over(told: Told) -> None:
    told.say("I live in Leeds.")
    chat = told.say("I live in Leeds since May 2019.")
    line = told.line("Leeds")
    assert line.made == "You live in Leeds (since May 2019)."
    told.portrait.edit(line.id, PortraitEdit(text="Since the Zwackelmannjahr.", hidden=True))
    told.forgetting.forget(ForgetRequest(source=chat.id))
    left = told.line("Leeds")
    assert (left.text, left.edited, left.hidden) == ("You live in Leeds.", False, True)
    assert traces(told.paths, "Zwackelmannjahr") == {}


def test_words_whose_fact_went_before_go_with_any_forgetting(told: Told) -> None:
    told.settings = replace(Settings(), facts_from_files=True)
    remember(told.database, "diary", "I live in Leeds.", "Fine.")
    told.clock.advance(days=1)
    told.learn()
    told.portrait.edit(told.line("Leeds").id, PortraitEdit(text="By the Brombachquelle."))

    def change(c: Connection) -> None:
        memories.replace_source(c, "diary", passages("Fine."), told.clock.now_ms(), first)
        facts.refold(c, facts.changed_topics(c))

    told.database.write(change)
    told.forgetting.forget(ForgetRequest(source="diary"))
    assert traces(told.paths, "Brombachquelle") == {}


def test_before_a_date_and_everything(told: Told) -> None:
    told.portrait.add("Call me Zwackelmann.")
    told.clock.advance(days=10)
    told.portrait.add("Call me Xanthippe.")
    told.clock.advance(days=1)
    middle = told.chats.create(ChatCreate()).created_at
    told.forgetting.forget(ForgetRequest(before=middle))
    assert told.shown() == {}
    assert traces(told.paths, "Zwackelmann Xanthippe") == {}
    told.clock.advance(days=1)
    told.portrait.add("Call me Brombach.")
    told.forgetting.forget(ForgetRequest(all=True))
    assert told.shown() == {} and traces(told.paths, "Brombach") == {}


def test_forgetting_a_person_takes_lines_that_name_them(told: Told) -> None:
    told.say("I live in Leeds.", "My brother Zwackelmann works as a plumber.")
    told.portrait.add("Zwackelmann calls me Rob.")
    told.portrait.add("I read on a small screen.")
    edit = PortraitEdit(text="You live in Leeds, above Zwackelmann.")
    told.portrait.edit(told.line("Leeds").id, edit)
    told.forgetting.forget(ForgetRequest(person="Zwackelmann", naming=True))
    assert told.shown() == {"own": ["I read on a small screen."], "home": ["You live in Leeds."]}
    assert traces(told.paths, "Zwackelmann") == {}


def test_a_word_on_a_doubtful_fact_is_taken_back(told: Told) -> None:
    told.say("I think I am allergic to peanuts.")
    (doubt,) = told.facts.review().doubts
    told.facts.decide(doubt.fact.id, FactChoice.ACCEPT)
    assert told.shown() == {"health": ["You are allergic to peanuts."]}
    told.facts.decide(doubt.fact.id, FactChoice.UNDECIDED)
    assert told.shown() == {} and told.facts.review().doubts[0].fact.id == doubt.fact.id


def test_a_contradiction_shows_what_both_sides_rest_on(told: Told) -> None:
    told.say("My birthday is on 14 August.")
    told.say("My birthday is on 15 August.")
    (doubt,) = told.facts.review().doubts
    assert [one.text for one in doubt.sources] == ["My birthday is on 15 August."]
    assert [one.text for one in doubt.against_sources] == ["My birthday is on 14 August."]
    assert told.shown() == {"home": ["Your birthday is 14 August."]}
